"""Decodes the encodings of Enter and of shifted function keys that Textual 8.2 does not know.

Textual takes xterm's shift+F3, `CSI 1;2R`, for a cursor position, which it only asks for in inline mode, and
the `CSI 25~` to `CSI 34~` of F13 to F20 for control characters.

Terminals send shift+enter or alt+enter as ESC CR, as `CSI 13;2u` (Kitty's protocol, optionally with the kind
of event after a colon) or as `CSI 27;2;13~` (xterm's modifyOtherKeys).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from textual import _xterm_parser, events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._xterm_parser import XTermParser
from textual.keys import Keys

_original = XTermParser._sequence_to_key_events
_OTHER_KEYS = re.compile(r"\x1b\[27;(\d{1,3});(\d{1,7})~")
_EVENT_KIND = re.compile(r"(\x1b\[[\d:]*;\d+):([123])((?:;[\d:]*)?[~A-Zu])")
_F13_TO_F20 = re.compile(r"\x1b\[(?:25|26|28|29|31|32|33|34)~")
_CURSOR_POSITION = re.compile(r"(?!\x1b\[1;[2-8]R)\x1b\[(?P<row>\d+);(?P<col>\d+)R")
_RELEASED, _SHIFT, _SPACE = "3", "2", 32


def install_terminal_key_patch() -> None:
    """Make Textual's parser of terminal input decode these sequences."""
    XTermParser._sequence_to_key_events = _decode  # type: ignore[method-assign]
    _xterm_parser._re_cursor_position = _CURSOR_POSITION


def _decode(self: XTermParser, sequence: str, alt: bool = False) -> Iterable[events.Key]:
    """Return the keys of a sequence; see `XTermParser._sequence_to_key_events`."""
    if sequence in ("\x1b\r", "\x1b\n") or (alt and sequence in ("\r", "\n")):
        return [events.Key("alt+enter", None)]
    if _F13_TO_F20.fullmatch(sequence):
        found_keys = ANSI_SEQUENCES_KEYS[sequence]
        keys = found_keys if isinstance(found_keys, tuple) else ()
        return [events.Key(key.value, None) for key in keys]
    if (found := _OTHER_KEYS.fullmatch(sequence)) and not (found[1] == _SHIFT and int(found[2]) > _SPACE):
        sequence = f"\x1b[{found[2]};{found[1]}u"
    if found := _EVENT_KIND.fullmatch(sequence):
        if found[2] == _RELEASED:
            return [events.Key(Keys.Ignore, sequence)]
        sequence = found[1] + found[3]
    return _original(self, sequence, alt)
