"""Which runs are shown: the row that says so, and the choices behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from roundtable_tui.history.constants import STATUSES
from roundtable_tui.history.index import RunIndex
from roundtable_tui.history.search import Wanted
from roundtable_tui.tui.screens.dialogs.picker import Item
from roundtable_tui.utils.dates import moment
from roundtable_tui.utils.text import one_line

ANY = "any"
TIMES = {"today": "today", "yesterday": "since yesterday", "7d": "the last 7 days", "4w": "the last 4 weeks"}
FIELDS = (("mode", "m"), ("status", "s"), ("model", "l"), ("time", "t"))


class Chip(Static):
    """One filter: its key, its name and what it is set to; a click opens the choice."""

    def __init__(self, field: str, key: str) -> None:
        super().__init__("", id=f"chip-{field}", markup=False)
        self.field, self._key = field, key

    def say(self, value: str) -> None:
        """Show the value, "" for any."""
        self.set_class(bool(value), "-set")
        style = "bold $text-accent" if value else "dim"
        parts = [(f"{self._key} ", "dim"), (f"{self.field} ", "dim")]
        self.update(Content.assemble(*parts, (one_line(value, 24) or ANY, style)))

    async def on_click(self) -> None:
        """Open the choice."""
        await self.run_action(f"screen.filter_{'date' if self.field == 'time' else self.field}")


class FilterRow(Horizontal):
    """The row of filters."""

    DEFAULT_CSS = """
    FilterRow {
        height: 1;
        padding: 0 1;
        & > Chip { width: auto; margin-right: 3; }
        & > Chip:hover { background: $primary-muted; }
    }
    """

    def compose(self) -> ComposeResult:
        """Show a chip for each."""
        for field, key in FIELDS:
            yield Chip(field, key)

    def show(self, wanted: Wanted, time: str) -> None:
        """Bring the chips up to date."""
        values = {
            "mode": wanted.mode,
            "status": wanted.status,
            "model": wanted.model,
            "time": TIMES.get(time, ""),
        }
        for chip in self.query(Chip):
            chip.say(values[chip.field])


def choices(index: RunIndex, field: str) -> Sequence[Item]:
    """Return what a filter can be set to."""
    anything = Item(ANY, f"any {field}")
    match field:
        case "mode":
            found = [Item(name, name, hint=f"{count:,}") for name, count in index.modes()]
        case "model":
            found = [Item(name, name, hint=f"{count:,}") for name, count in index.models()]
        case "status":
            found = [Item(status, status) for status in STATUSES]
        case _:
            found = [Item(time, text) for time, text in TIMES.items()]
    return [anything, *found]


def narrowed(wanted: Wanted, field: str, chosen: str) -> Wanted:
    """Return `wanted` with a filter set as chosen."""
    value = "" if chosen == ANY else chosen
    match field:
        case "mode":
            return replace(wanted, mode=value)
        case "status":
            return replace(wanted, status=value)
        case "model":
            return replace(wanted, model=value)
    return replace(wanted, since=moment(value) if value else 0.0)
