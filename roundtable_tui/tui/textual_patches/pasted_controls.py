"""Removes control characters from pasted text before Textual 8.2 parses it.

Some terminals leave escape sequences in what is pasted. Textual's parser reacts to them as to keys: the paste
ends early, or its rest is typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from textual._xterm_parser import XTermParser
from textual.message import Message

_START, _END = "\x1b[200~", "\x1b[201~"
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_original_feed = XTermParser.feed


class PasteFilter:
    """Passes terminal input on, without the control characters inside bracketed pastes."""

    def __init__(self) -> None:
        self._is_pasting = False
        self._tail = ""
        """The last characters passed on, which may begin the start of a paste."""
        self._held = ""
        """The last characters of a paste so far, which may begin its end."""

    def filter(self, data: str) -> str:
        """Return the next input without the control characters of pastes; line ends and tabs stay."""
        passed, data, self._held = [], self._held + data, ""
        while data:
            if self._is_pasting:
                text, end, data = data.partition(_END)
                if not end:
                    held = find_partial(text, _END)
                    text, self._held = text[: len(text) - held], text[len(text) - held :]
                passed += [_CONTROLS.sub("", text), end]
                self._is_pasting = not end
            else:
                known = len(self._tail)
                before, start, rest = (self._tail + data).partition(_START)
                text = (before + start)[known:]
                passed.append(text)
                data, self._is_pasting = rest if start else "", bool(start)
                self._tail = "" if start else (before[-len(_START) + 1 :])
        return "".join(passed)


def find_partial(text: str, marker: str) -> int:
    """Return how many characters at the end of a text are the beginning of `marker`."""
    sizes = range(min(len(text), len(marker) - 1), 0, -1)
    return next((size for size in sizes if marker.startswith(text[-size:])), 0)


def install_pasted_controls_patch() -> None:
    """Make Textual's parser of terminal input use a `PasteFilter`."""
    XTermParser.feed = _feed  # type: ignore[method-assign]


def _feed(self: XTermParser, data: str) -> Iterable[Message]:
    """Parse the next input; see `XTermParser.feed`."""
    if data:
        data = vars(self).setdefault("paste_filter", PasteFilter()).filter(data)
        if not data:
            return ()
    return _original_feed(self, data)
