"""The form that starts a batch: the file of tasks, the servers that share the runs, and the limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input

from roundtable_tui.config.fields import format_input, parse_input
from roundtable_tui.config.model import Setting
from roundtable_tui.errors import UsageError
from roundtable_tui.tui.screens.base import BaseDialog
from roundtable_tui.tui.widgets.forms.form_row import FormHelp, FormRow

SOURCE = Setting("JSONL, CSV, OpenAI Batch lines, or a folder of tasks", name="tasks")
SERVERS = Setting("share the runs, with commas; empty: that of the app", name="servers")
BUDGET = Setting(
    "tokens of the whole batch; empty: no limit", name="budget", kind="count", max_value=1e12, optional=True
)
MAX_COST = Setting(
    "US dollars of the whole batch; empty: no limit", name="max_cost", kind="number", max_value=1e6,
    optional=True,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class BatchStart:
    """What the user asks for. Limits are for the whole batch; None for none."""

    source: str
    servers: tuple[str, ...] = ()
    budget: int | None = None
    max_cost: float | None = None


class BatchStartForm(BaseDialog[BatchStart | None]):
    """Closes with what to start, or None if cancelled."""

    CSS_PATH = "start.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Cancel", show=False)]

    def __init__(self, given: BatchStart, servers: Sequence[str] = ()) -> None:
        """Create the form.

        Args:
            given: The values to begin with.
            servers: Names of the settings, offered as completions.
        """
        super().__init__()
        self._given, self._servers = given, servers

    def compose(self) -> ComposeResult:
        """Create a row per field."""
        given = self._given
        with Vertical(id="box") as box:
            box.border_title = "New batch"
            box.border_subtitle = "enter read the tasks   esc cancel"
            yield FormRow(SOURCE, text=given.source, placeholder="tasks.jsonl")
            yield FormRow(
                SERVERS, text=", ".join(given.servers), placeholder="home, gpu", suggestions=self._servers
            )
            yield FormRow(BUDGET, text=format_input(given.budget), placeholder="no limit")
            yield FormRow(MAX_COST, text=format_input(given.max_cost), placeholder="no limit")
            yield FormHelp(id="about")

    def on_mount(self) -> None:
        """Go to the file; typing replaces it."""
        field = self._row(SOURCE).field
        field.focus()
        if isinstance(field, Input):
            field.select_all()

    @on(Input.Submitted)
    def _take(self) -> None:
        values = [self._parse(setting) for setting in (SOURCE, SERVERS, BUDGET, MAX_COST)]
        if not values[0] and not self._row(SOURCE).error:
            self._row(SOURCE).show_error("should be a file or a folder")
        wrong = next((row for row in self.query(FormRow) if row.error), None)
        self.query_one(FormHelp).update_help()
        if wrong is not None:
            wrong.field.focus()
            return
        source, servers, budget, max_cost = values
        names = dict.fromkeys(name for one in servers.split(",") if (name := one.strip()))
        self.dismiss(BatchStart(source, tuple(names), budget or None, max_cost or None))

    def _parse(self, setting: Setting) -> Any:
        """Return the value of a field, and show its error; None for a wrong one."""
        row = self._row(setting)
        try:
            value = parse_input(setting, row.text)
        except UsageError as error:
            row.show_error(str(error))
            return None
        row.show_error("")
        return value

    def _row(self, setting: Setting) -> FormRow:
        return self.query_one(f"#row-{setting.name}", FormRow)

    def action_leave(self) -> None:
        """Close without a batch."""
        self.dismiss(None)
