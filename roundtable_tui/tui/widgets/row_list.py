"""A list of rows made of styled parts, with a cursor: the seats of a run, or the files of a fan-out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events as ui
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from roundtable_tui.tui.widgets.cells import measure_cells, truncate_cells

Row = Sequence[tuple[str, str]]
"""The parts of a row, each a text and its style."""


class RowList(ScrollView, can_focus=True):
    """Shows rows of one line each; `enter` or a click picks one."""

    DEFAULT_CSS = """
    RowList { height: auto; overflow-x: hidden; scrollbar-size-vertical: 1; background: $surface; }
    RowList { scrollbar-color: $panel-lighten-3; scrollbar-background: $surface; }
    RowList { scrollbar-color-hover: $primary; scrollbar-background-hover: $surface; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Up", show=False, id="rows.up"),
        Binding("down", "move(1)", "Down", show=False, id="rows.down"),
        Binding("enter", "pick", "Open", id="rows.pick"),
    ]

    @dataclass
    class Picked(Message):
        """A row was picked."""

        rows: RowList
        key: str

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rows: list[tuple[str, Row]] = []
        self.chosen = 0
        """The row of the cursor."""

    @property
    def count(self) -> int:
        """The number of rows."""
        return len(self._rows)

    def show(self, rows: Sequence[tuple[str, Row]]) -> None:
        """Show rows, each with the key that tells which one was picked."""
        changed = [at for at, row in enumerate(rows) if at >= len(self._rows) or self._rows[at] != row]
        resized = len(rows) != len(self._rows)
        self._rows = list(rows)
        self.chosen = min(self.chosen, max(0, len(rows) - 1))
        if resized:
            self.virtual_size = Size(self.size.width, len(rows))
            self.refresh(layout=True)
        elif changed:
            top = self.scroll_offset.y
            self.refresh(*(Region(0, at - top, self.size.width, 1) for at in changed if at >= top))

    def choose(self, key: str) -> None:
        """Move the cursor to the row with a key."""
        if (at := next((at for at, row in enumerate(self._rows) if row[0] == key), None)) is not None:
            self._move_to(at)

    def locate(self, key: str) -> tuple[int, int] | None:
        """Return (column, row) of a row on the screen; None if it is not shown."""
        at = next((at for at, row in enumerate(self._rows) if row[0] == key), None)
        if at is None or not self.scroll_offset.y <= at < self.scroll_offset.y + self.size.height:
            return None
        return self.region.x, self.region.y + at - self.scroll_offset.y

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the number of rows."""
        return len(self._rows)

    def on_resize(self) -> None:
        """Fit the rows to the new width."""
        self.virtual_size = Size(self.size.width, len(self._rows))

    def render_line(self, y: int) -> Strip:
        """Draw a row."""
        at, width = y + self.scroll_offset.y, self.size.width
        if not 0 <= at < len(self._rows):
            return Strip.blank(width, self.rich_style)
        has_cursor = at == self.chosen and self.has_focus
        mark = ("▸ ", "bold $accent") if has_cursor else ("  ", "")
        parts, used = [mark], 2
        for text, style in self._rows[at][1]:
            if used >= width:
                break
            text = truncate_cells(text, width - used)
            used += measure_cells(text)
            parts.append((text, style))
        parts.append((" " * (width - used), ""))
        content = Content.assemble(*parts)
        if has_cursor:
            content = content.stylize_before("on $panel")  # Below the parts: a chip keeps its own background.
        return Strip(content.render_segments(self.visual_style), width)

    def on_focus(self) -> None:
        """Show the cursor."""
        self.refresh()

    def on_blur(self) -> None:
        """Hide the cursor."""
        self.refresh()

    def on_click(self, event: ui.Click) -> None:
        """Pick the clicked row."""
        if (at := event.y + self.scroll_offset.y) < len(self._rows):
            self._move_to(at)
            self.action_pick()

    def action_move(self, by: int) -> None:
        """Move the cursor."""
        self._move_to(min(max(0, self.chosen + by), max(0, len(self._rows) - 1)))

    def _move_to(self, at: int) -> None:
        self.chosen = at
        self.scroll_to_region(Region(0, at, self.size.width, 1), animate=False, force=True)
        self.refresh()

    def action_pick(self) -> None:
        """Pick the row of the cursor."""
        if self.chosen < len(self._rows):
            self.post_message(self.Picked(self, self._rows[self.chosen][0]))
