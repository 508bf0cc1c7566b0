"""The list of runs. Only visible rows are read and drawn, so its cost does not depend on their number."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from roundtable_tui.history.summary import RunRow
from roundtable_tui.tui.widgets.cells import measure_cells
from roundtable_tui.tui.widgets.lists.to_search import forward_to_search
from roundtable_tui.utils.dates import format_relative
from roundtable_tui.utils.format import format_duration
from roundtable_tui.utils.text import single_line

Fetch = Callable[[Sequence[str]], list[RunRow]]
STATUS_SIGNS = {
    "complete": "✓", "partial": "◐", "failed": "✗", "cancelled": "■", "interrupted": "┄", "running": "●",
    "unreadable": "?",
}  # fmt: skip
FOLLOW_SIGN = "↳"
"""Before the question of a run that follows up on another one."""
_WHEN_CELLS, _MODE_CELLS, _FIGURES_CELLS = 12, 11, 16
_MIN_MODE_WIDTH, _MIN_FIGURES_WIDTH = 56, 76
"""Cells of width from which on these columns are shown."""


class RunList(ScrollView, can_focus=True):
    """Shows runs by their names; `fetch` looks them up when they become visible."""

    DEFAULT_CSS = """
    RunList {
        height: 1fr;
        scrollbar-size-vertical: 1;
        & > .runs--row { color: $foreground; }
        & > .runs--aside { color: $text-muted; }
        & > .runs--here { background: $surface-lighten-2; }
        &:focus > .runs--here { color: $block-cursor-foreground; background: $block-cursor-background; }
        & > .runs--good { color: $text-success; }
        & > .runs--half { color: $text-warning; }
        & > .runs--bad { color: $text-error; }
    }
    """
    HELP_TITLE = "Runs"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "runs--row", "runs--aside", "runs--here", "runs--good", "runs--half", "runs--bad",
    }  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Up", show=False),
        Binding("down", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home", "go(0)", "First", show=False),
        Binding("end", "go(-1)", "Last", show=False),
    ]
    _TONES: ClassVar[dict[str, str]] = {
        "complete": "good", "partial": "half", "failed": "bad", "cancelled": "half", "interrupted": "half",
        "running": "good", "unreadable": "bad",
    }  # fmt: skip

    @dataclass
    class Highlighted(Message):
        """Another run was highlighted; None if the list is empty."""

        name: str | None

    @dataclass
    class Opened(Message):
        """A run was opened by the mouse."""

        name: str

    def __init__(
        self,
        fetch: Fetch,
        search: Callable[[], None],
        search_keys: Sequence[str] = (),
        *,
        id: str | None = None,
    ) -> None:
        """Look runs up with `fetch`; call `search` at one of `search_keys`."""
        super().__init__(id=id)
        self._fetch = fetch
        self._search, self._search_keys = search, search_keys
        self.names: Sequence[str] = ()
        self._entries: dict[str, RunRow] = {}
        self._cursor = 0
        self.empty: Sequence[str] = ()
        """Paragraphs to show if there are no runs."""
        self.touched = False
        """True once the user has moved the highlight."""

    @property
    def current_name(self) -> str | None:
        """The name of the highlighted run."""
        return self.names[self._cursor] if self._cursor < len(self.names) else None

    @property
    def current_entry(self) -> RunRow | None:
        """The highlighted run."""
        return self._get_entry(self.current_name) if self.current_name else None

    def show(self, names: Sequence[str], *, first: bool = False, to: str = "") -> None:
        """Show these runs; the highlight stays with its run, or where it was. `first` puts it at the
        top, `to` on a run.
        """
        before = to or self.current_name
        self.names = names
        self._entries.clear()
        if first:
            self._cursor = 0
        elif before in names:
            self._cursor = names.index(before)
        self._cursor = max(0, min(self._cursor, len(names) - 1))
        self._update_size()
        self._scroll_to_cursor()
        self.post_message(self.Highlighted(self.current_name))
        self.refresh()

    def extend(self, names: Sequence[str]) -> None:
        """Show all runs of a list of which only the first page was shown."""
        here = self.current_name
        self.names = names
        if here is not None and self.current_name != here and here in names:
            self._cursor = names.index(here)
        self._update_size()
        self.refresh()

    def drop_cached(self, name: str) -> None:
        """Read a run again when it is drawn next."""
        self._entries.pop(name, None)
        self.refresh()

    def reread(self) -> None:
        """Read all runs again when they are drawn next."""
        self._entries.clear()
        self.refresh()

    # --- the rows ------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """Return one row."""
        number = self.scroll_offset.y + y
        width = self.scrollable_content_region.width
        blank = self.get_component_rich_style("runs--row")
        if not self.names:
            aside = self.get_component_rich_style("runs--aside")
            return Strip([Segment(self._render_empty(y, width), aside)], width)
        if number >= len(self.names):
            return Strip.blank(width, blank)
        entry = self._get_entry(self.names[number])
        if entry is None:
            return Strip.blank(width, blank)
        here = self.get_component_rich_style("runs--here") if number == self._cursor else Style()
        return Strip([Segment(text, style + here) for text, style in self._render_row(entry, width)], width)

    def _render_empty(self, y: int, width: int) -> str:
        """Return a row of the text shown if there are no runs."""
        lines = [line for text in self.empty for line in textwrap.wrap(text, max(10, width - 4)) or [""]]
        return set_cell_size(f"  {lines[y - 1]}" if 1 <= y <= len(lines) else "", width)

    def _render_row(self, entry: RunRow, width: int) -> list[tuple[str, Style]]:
        plain, aside = (self.get_component_rich_style(f"runs--{part}") for part in ("row", "aside"))
        tone = self.get_component_rich_style(f"runs--{self._TONES.get(entry.status, 'row')}")
        parts = [
            (f" {STATUS_SIGNS.get(entry.status, ' ')} ", tone),
            (set_cell_size(format_relative(entry.started), _WHEN_CELLS), aside),
        ]
        if width >= _MIN_MODE_WIDTH:
            parts.append((set_cell_size(single_line(entry.mode, 20), _MODE_CELLS - 1) + " ", aside))
        figures = f" {_format_figures(entry):>{_FIGURES_CELLS - 2}} " if width >= _MIN_FIGURES_WIDTH else " "
        room = width - sum(measure_cells(text) for text, _ in parts) - measure_cells(figures)
        called = single_line(entry.heading or entry.how or entry.name, 400)
        if entry.follows:
            called = f"{FOLLOW_SIGN} {called}"
        if measure_cells(called) > room:
            called = set_cell_size(called, max(0, room - 1)).rstrip() + "…"
        look = aside if entry.status == "unreadable" else plain
        parts += [
            (set_cell_size(called, max(0, room)), look + _BOLD if entry.title else look),
            (figures, aside),
        ]
        return parts

    def _get_entry(self, name: str) -> RunRow | None:
        if name not in self._entries:
            top = self.scroll_offset.y
            near = self.names[max(0, top - 20) : top + self.size.height + 20]
            wanted = list(near) if name in near else [name]
            self._entries.update({entry.name: entry for entry in self._fetch(wanted)})
        return self._entries.get(name)

    # --- position ----------------------------------------------------------------------------

    def on_resize(self) -> None:
        """Take the new width."""
        self._update_size()
        self._scroll_to_cursor()

    def _update_size(self) -> None:
        self.virtual_size = Size(self.scrollable_content_region.width, len(self.names))

    def _scroll_to_cursor(self) -> None:
        self.scroll_to_region(
            Region(0, self._cursor, 1, 1), animate=False, immediate=True, force=True, x_axis=False
        )

    def _move_cursor(self, number: int) -> None:
        number = max(0, min(number, len(self.names) - 1))
        self.touched = True
        if number != self._cursor:
            self._cursor = number
            self._scroll_to_cursor()
            self.refresh()
            self.post_message(self.Highlighted(self.current_name))

    def action_move(self, rows: int) -> None:
        """Go up or down."""
        self._move_cursor(self._cursor + rows)

    def action_page(self, pages: int) -> None:
        """Go a page up or down."""
        self._move_cursor(self._cursor + pages * max(1, self.size.height - 1))

    def action_go(self, number: int) -> None:
        """Go to the first run, or the last."""
        self._move_cursor(number if number >= 0 else len(self.names) - 1)

    def on_key(self, event: events.Key) -> None:
        """Forward typed text to the search."""
        forward_to_search(self, event, self._search_keys, self._search)

    def on_click(self, event: events.Click) -> None:
        """Highlight a run; open it with a second click."""
        number = self.scroll_offset.y + event.y
        if number < len(self.names):
            self._move_cursor(number)
            if event.chain > 1:
                self.post_message(self.Opened(self.names[number]))


_BOLD = Style(bold=True)


def _format_figures(entry: RunRow) -> str:
    """Format the cost and duration of a run briefly."""
    tokens = f"{entry.tokens / 1000:.1f}k" if entry.tokens >= 1000 else str(entry.tokens or "")
    length = format_duration(entry.elapsed_s) if entry.elapsed_s else ""
    return f"{tokens:>6} {length:>7}"
