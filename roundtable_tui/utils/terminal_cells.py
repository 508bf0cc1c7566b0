"""Widths of characters as terminals draw them, for Rich and Textual, whose tables differ from most terminals.

Rich measures whole clusters; tmux, xterm, VTE and the terminal in the browser add up the characters. They
differ on two kinds of characters. Spacing vowel signs (Tamil, Devanagari, ...) take a cell of their own.
Joiners, variation selectors and skin tones are drawn differently by every terminal: they take no cell here
and are not written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.cells import CellTable

_UNDRAWN = re.compile("[\u200d\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\U000e0100-\U000e01ef]")
# Characters that may not be exactly one cell wide: wide, combining and joining ones, and all not listed here.
_MULTI_CELL = re.compile(
    "[^ -~\xa0-\xac\xae-\u02ff\u0370-\u0377\u0384-\u0482\u2010-\u2015\u2018-\u201f\u2020-\u2027\u2030-\u205e"
    "\u20a0-\u20bf\u2190-\u2199\u2200-\u22ff\u2500-\u257f\u2580-\u259f\u25a0-\u25fc]"
)
_MARKS_WITHOUT_WIDTH = frozenset("\u302e\u302f\U00016ff0\U00016ff1")
"""Spacing marks that terminals draw on the character before."""


def is_single_cell(text: str) -> bool:
    """Return whether every character of sanitized text takes exactly one cell."""
    return text.isascii() or _MULTI_CELL.search(text) is None


def drop_undrawn(text: str) -> str:
    """Remove the characters that terminals disagree about: a family becomes its members side by side."""
    return text if text.isascii() else _UNDRAWN.sub("", text)


@cache
def use_terminal_widths() -> None:
    """Make Rich, and with it Textual, measure text as terminals draw it after `drop_undrawn`."""
    from rich import cells

    vars(cells)["load_cell_table"] = lambda unicode_version="auto": _adapt_table()
    cells._cell_len = _measure
    cells.split_graphemes = split_graphemes
    cells.get_character_cell_size.cache_clear()
    cells.cached_cell_len.cache_clear()


@cache
def _adapt_table() -> CellTable:
    """Return Rich's table of widths with spacing marks of one cell. Made for the first text that needs it."""
    from rich import _unicode_data, cells

    table = _unicode_data.load("latest")
    widths = [entry for given in table.widths for entry in _split_entry(*given)]
    return cells.CellTable(table.unicode_version, widths, frozenset())


def split_graphemes(text: str, unicode_version: str = "auto") -> tuple[list[tuple[int, int, int]], int]:
    """Return (start, end, cells) of each character with the marks on it, and the width of the text."""
    from rich.cells import get_character_cell_size

    spans: list[tuple[int, int, int]] = []
    for index, char in enumerate(text):
        width = get_character_cell_size(char)
        if spans and not width:
            start, _, cells = spans[-1]
            spans[-1] = (start, index + 1, cells)
        else:
            spans.append((index, index + 1, width))
    return spans, sum(cells for _, _, cells in spans)


def _measure(text: str, unicode_version: str = "auto") -> int:
    if _MULTI_CELL.search(text) is None:
        return len(text)
    from rich.cells import get_character_cell_size

    return sum(map(get_character_cell_size, text))


def _split_entry(start: int, end: int, width: int) -> Iterator[tuple[int, int, int]]:
    """Split a range of characters without width at the spacing marks in it, which take one cell."""
    if width:
        yield start, end, width
        return
    for code in range(start, end + 1):
        char = chr(code)
        is_spacing = unicodedata.category(char) == "Mc" and char not in _MARKS_WITHOUT_WIDTH
        yield code, code, int(is_spacing)
