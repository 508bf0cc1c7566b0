"""A table of keys with the title and the help of their commands."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, zip_longest
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from roundtable_tui.tui.widgets.transcript.wrap import wrap
from roundtable_tui.utils.text import single_line

KeyRow = tuple[str, str, str]
"""Keys, title of the command, its help."""

_GAP = "  "
_MIN_TEXT_WIDTH = 8
_MIN_COLUMNS_WIDTH = 72
"""Width in cells from which title and help have separate columns."""


class KeyTable(Widget):
    """Rows of keys. Equal `keys_width` and `title_width`, in cells, align several tables."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"key-table--key", "key-table--title", "key-table--help"}
    DEFAULT_CSS = """
    KeyTable {
        width: 100%;
        height: auto;
        & > .key-table--key { color: $text-accent; text-style: bold; }
        & > .key-table--title { color: $foreground; }
        & > .key-table--help { color: $text-muted; }
    }
    """

    def __init__(self, rows: Sequence[KeyRow], *, keys_width: int, title_width: int) -> None:
        super().__init__()
        self._rows = [tuple(single_line(part) for part in row) for row in rows]
        self._keys_width, self._title_width = keys_width, title_width
        self._drawn: tuple[int, list[KeyRow]] = (0, [])
        """The rows as they were drawn last, and the width in cells."""

    def show(self, rows: Sequence[KeyRow]) -> None:
        """Show other rows."""
        self._rows = [tuple(single_line(part) for part in row) for row in rows]
        self._drawn = (0, [])
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the height of the table at a width."""
        return len(self._draw(width))

    def render(self) -> Content:
        """Return the table in the current colours."""
        key, title, aside = (self.get_visual_style(f"key-table--{part}") for part in ("key", "title", "help"))
        return Content("\n").join(
            Content.assemble((keys, key), _GAP, (command, title), (line, aside))
            for keys, command, line in self._draw(self.content_size.width)
        )

    def _draw(self, width: int) -> list[KeyRow]:
        """Return the rows at a width: keys, title and help, each padded to its column."""
        if self._drawn[0] != width:
            self._drawn = width, [line for row in self._rows for line in self._draw_row(row, width)]
        return self._drawn[1]

    def _draw_row(self, row: Sequence[str], width: int) -> list[KeyRow]:
        keys, command, line = row
        room = max(_MIN_TEXT_WIDTH, width - self._keys_width - len(_GAP))
        left = [_align_right(part, self._keys_width) for part in _divide(keys, self._keys_width)]
        if width < _MIN_COLUMNS_WIDTH:
            middle, right = _divide(command, room), _divide(line, room) if line else []
            texts = [(part, "") for part in middle] + [("", part) for part in right]
        else:
            middle = _divide(command, self._title_width)
            right = _divide(line, max(_MIN_TEXT_WIDTH, room - self._title_width - len(_GAP)))
            texts = [
                (set_cell_size(one, self._title_width) + _GAP, other)
                for one, other in zip_longest(middle, right, fillvalue="")
            ]
        rows = max(len(left), len(texts))
        left += [" " * self._keys_width] * (rows - len(left))
        texts += [("", "")] * (rows - len(texts))
        return [(one, *two) for one, two in zip(left, texts, strict=True)]


def _divide(text: str, width: int) -> list[str]:
    """Return a text as lines of at most `width` cells; one line for an empty text."""
    starts = [0, *wrap(text, width), len(text)]
    return [text[first:last].rstrip() for first, last in pairwise(starts)]


def _align_right(text: str, width: int) -> str:
    return " " * max(0, width - cell_len(text)) + text
