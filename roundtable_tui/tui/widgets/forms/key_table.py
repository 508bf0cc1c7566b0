"""A table of keys with the title and the help of their commands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text
from textual.geometry import Size
from textual.widget import Widget

from roundtable_tui.utils.text import single_line

KeyRow = tuple[str, str, str]
"""Keys, title of the command, its help."""

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

    def show(self, rows: Sequence[KeyRow]) -> None:
        """Show other rows."""
        self._rows = [tuple(single_line(part) for part in row) for row in rows]
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the height of the table at a width."""
        options = self.app.console.options.update(width=width, height=None, highlight=False)
        return len(self.app.console.render_lines(self._build_table(width), options, pad=False))

    def render(self) -> RenderableType:
        """Return the table in the current colours."""
        return self._build_table(self.content_size.width)

    def _build_table(self, width: int) -> Table:
        parts = ("key", "title", "help")
        key, title, aside = (self.get_component_rich_style(f"key-table--{part}") for part in parts)
        table = Table.grid(padding=(0, 2, 0, 0), expand=True)
        table.add_column(width=self._keys_width, justify="right")
        wide = width >= _MIN_COLUMNS_WIDTH
        if wide:
            table.add_column(width=self._title_width)
        table.add_column(ratio=1)
        for keys, command, line in self._rows:
            if wide:
                table.add_row(Text(keys, key), Text(command, title), Text(line, aside))
            else:
                both = Text.assemble((command, title), "\n", (line, aside)) if line else Text(command, title)
                table.add_row(Text(keys, key), both)
        return table
