"""Decodes the encodings of Enter with a modifier that Textual 8.2 does not know.

Terminals send shift+enter or alt+enter as ESC CR, as `CSI 13;2u` (Kitty's protocol, optionally with the kind
of event after a colon) or as `CSI 27;2;13~` (xterm's modifyOtherKeys).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from textual import events
from textual._xterm_parser import XTermParser
from textual.keys import Keys

_original = XTermParser._sequence_to_key_events
_OTHER_KEYS = re.compile(r"\x1b\[27;(\d{1,3});(\d{1,7})~")
_EVENT_KIND = re.compile(r"(\x1b\[[\d:]*;\d+):([123])((?:;[\d:]*)?[~A-Zu])")
_RELEASED, _SHIFT, _SPACE = "3", "2", 32


def install_terminal_key_patch() -> None:
    """Make Textual's parser of terminal input decode these sequences."""
    XTermParser._sequence_to_key_events = _decode  # type: ignore[method-assign]


def _decode(self: XTermParser, sequence: str, alt: bool = False) -> Iterable[events.Key]:
    """Return the keys of a sequence; see `XTermParser._sequence_to_key_events`."""
    if sequence in ("\x1b\r", "\x1b\n") or (alt and sequence in ("\r", "\n")):
        return [events.Key("alt+enter", None)]
    if (found := _OTHER_KEYS.fullmatch(sequence)) and not (found[1] == _SHIFT and int(found[2]) > _SPACE):
        sequence = f"\x1b[{found[2]};{found[1]}u"
    if found := _EVENT_KIND.fullmatch(sequence):
        if found[2] == _RELEASED:
            return [events.Key(Keys.Ignore, sequence)]
        sequence = found[1] + found[3]
    return _original(self, sequence, alt)
