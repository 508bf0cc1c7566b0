"""What a text says without its encodings and invisible characters, with the place of each character in it."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from roundtable_tui.utils.disguises.lookalikes import fold_char
from roundtable_tui.utils.lazy_pattern import lazy_compile

_ENCODED = lazy_compile(
    r"%[0-7][0-9A-Fa-f]"
    r"|(?:%[89A-Fa-f][0-9A-Fa-f]){1,64}"
    r"|&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,31}[0-9]{0,2});?"
    r"|\\(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|[bfnrt/\"\\])"
)
_MARKUP = lazy_compile(r"[\x1b\u241b]\[[0-?]{0,40}[ -/]{0,4}[@-~]|</?[A-Za-z!][^<>]{0,200}>")
"""Colours of terminals and tags."""
_MAX_LAYERS = 4
"""How often an encoding may itself be encoded (`&amp;#115;`, `%2573`)."""
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_INVISIBLE = lazy_compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)


@dataclass(slots=True)
class PlainView:
    """A text, and where each of its characters comes from in the original: `original[start:end]`."""

    text: str
    starts: list[int]
    ends: list[int]

    def fold(self) -> PlainView:
        """Return the letters and digits alone, without regard to case; look-alikes as letters of ASCII."""
        return self._replace(
            (at, "".join(char for char in fold_char(self.text[at]).casefold() if char.isalnum()))
            for at in range(len(self.text))
        )

    def _replace(self, pieces: Iterator[tuple[int, str]]) -> PlainView:
        """Return the view with each character (by its place) replaced by a text, which may be empty."""
        text: list[str] = []
        places: list[int] = []
        for at, piece in pieces:
            text.append(piece)
            places.extend([at] * len(piece))
        return PlainView("".join(text), [self.starts[at] for at in places], [self.ends[at] for at in places])


def read_plain(original: str) -> PlainView:
    """Return the view of a text: percent codes, entities and escapes decoded, compatibility characters
    (full-width letters) as plain ones, characters without an image left out.

    The cost is linear in the length of the text.
    """
    view = PlainView(original, list(range(len(original))), list(range(1, len(original) + 1)))
    for _ in range(_MAX_LAYERS):
        if _ENCODED.search(view.text) is None:
            break
        view = _substitute(view, _ENCODED, _decode)
    return view._replace((at, _read_char(char)) for at, char in enumerate(view.text))


def strip_markup(view: PlainView) -> PlainView | None:
    """Return the view without tags and colours, whose letters stand between those of the text; None if
    it has none.
    """
    return _substitute(view, _MARKUP, lambda markup: "") if _MARKUP.search(view.text) else None


def _read_char(char: str) -> str:
    if char.isascii():
        return char if char.isprintable() or char.isspace() or char == "\x1b" else ""
    if unicodedata.category(char) in ("Cf", "Cc", "Cs") or _INVISIBLE.match(char):
        return ""
    return unicodedata.normalize("NFKC", char)


def _substitute(view: PlainView, pattern: re.Pattern[str], replace: Callable[[str], str]) -> PlainView:
    text: list[str] = []
    starts: list[int] = []
    ends: list[int] = []

    def keep(start: int, end: int) -> None:
        text.append(view.text[start:end])
        starts.extend(view.starts[start:end])
        ends.extend(view.ends[start:end])

    at = 0
    for match in pattern.finditer(view.text):
        keep(at, match.start())
        decoded = replace(match[0])
        if decoded == match[0]:
            keep(match.start(), match.end())
        else:
            text.append(decoded)
            starts.extend([view.starts[match.start()]] * len(decoded))
            ends.extend([view.ends[match.end() - 1]] * len(decoded))
        at = match.end()
    keep(at, len(view.text))
    return PlainView("".join(text), starts, ends)


def _decode(encoded: str) -> str:
    if encoded.startswith("%"):
        return bytes.fromhex(encoded.replace("%", "")).decode("utf-8", "replace")
    if encoded.startswith("&"):
        return html.unescape(encoded)
    if encoded[1] in "ux":
        return chr(int(encoded[2:], 16))
    return _ESCAPES.get(encoded[1], encoded[1])
