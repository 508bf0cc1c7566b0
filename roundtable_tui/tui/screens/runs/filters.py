"""The filters of the list of runs: a row that shows them, and their choices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from roundtable_tui.history.constants import STATUSES
from roundtable_tui.history.index import RunIndex
from roundtable_tui.history.search import RunQuery
from roundtable_tui.reports.wording import status_label
from roundtable_tui.tui.commands import format_short_key, make_binding_by_id
from roundtable_tui.tui.screens.dialogs.picker import Item
from roundtable_tui.utils.dates import parse_time
from roundtable_tui.utils.text import single_line

ANY_VALUE = "any"
TIME_CHOICES = {
    "today": "today",
    "yesterday": "since yesterday",
    "7d": "last 7 days",
    "4w": "last 4 weeks",
}
FILTERS = {"mode": "filter_mode", "status": "filter_status", "model": "filter_model", "time": "filter_date"}
"""Field -> the command that chooses its value."""


class FilterChip(Static):
    """A filter with key, name and value; a click opens its choices."""

    def __init__(self, field: str, command: str) -> None:
        super().__init__("", id=f"chip-{field}", markup=False)
        self.field, self._command = field, command

    def show_value(self, value: str) -> None:
        """Show the value, "" for any."""
        self.set_class(bool(value), "-set")
        style = "bold $text-accent" if value else "dim"
        key = format_short_key(make_binding_by_id(self._command).key)
        parts = [(f"{key} ", "dim"), (f"{self.field} ", "dim")]
        self.update(Content.assemble(*parts, (single_line(value, 24) or ANY_VALUE, style)))

    async def on_click(self) -> None:
        """Open the choice."""
        await self.run_action(f"screen.{self._command}")


class FilterRow(Horizontal):
    """The row of filters."""

    DEFAULT_CSS = """
    FilterRow {
        height: 1;
        padding: 0 1;
        & > FilterChip { width: auto; margin-right: 3; }
        & > FilterChip:hover { background: $primary-muted; }
    }
    """

    def compose(self) -> ComposeResult:
        """Create a chip per filter."""
        for field, command in FILTERS.items():
            yield FilterChip(field, command)

    def show(self, run_query: RunQuery, time: str) -> None:
        """Show the values of the filters."""
        values = {
            "mode": run_query.mode,
            "status": status_label(run_query.status),
            "model": run_query.model,
            "time": TIME_CHOICES.get(time, ""),
        }
        for chip in self.query(FilterChip):
            chip.show_value(values[chip.field])


def list_choices(index: RunIndex, field: str) -> Sequence[Item]:
    """Return the possible values of a filter."""
    anything = Item(ANY_VALUE, f"any {field}")
    match field:
        case "mode":
            found = [Item(name, name, hint=f"{count:,}") for name, count in index.count_by_mode()]
        case "model":
            found = [Item(name, name, hint=f"{count:,}") for name, count in index.count_by_model()]
        case "status":
            found = [Item(status, status_label(status)) for status in STATUSES]
        case _:
            found = [Item(time, text) for time, text in TIME_CHOICES.items()]
    return [anything, *found]


def apply_filter(run_query: RunQuery, field: str, chosen: str) -> RunQuery:
    """Return the query with one filter changed."""
    value = "" if chosen == ANY_VALUE else chosen
    match field:
        case "mode":
            return replace(run_query, mode=value)
        case "status":
            return replace(run_query, status=value)
        case "model":
            return replace(run_query, model=value)
    return replace(run_query, since=parse_time(value) if value else 0.0)
