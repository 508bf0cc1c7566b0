"""A batch: its progress, its servers and its finished runs. The batch itself runs in another process.

It is started and stopped here or in a terminal, and continues when the app is closed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import ProgressBar, Static

from roundtable_tui.batch.control import (
    BatchCommand,
    make_batch_command,
    read_stop_request,
    request_stop,
)
from roundtable_tui.batch.folders import ResultsTail, list_batches, read_state
from roundtable_tui.batch.progress import BatchState, describe_server, format_state
from roundtable_tui.batch.rows import BatchRow
from roundtable_tui.errors import FileError
from roundtable_tui.history.reader import read_run
from roundtable_tui.history.summary import RunRow
from roundtable_tui.tui.background import background
from roundtable_tui.tui.commands import make_bindings
from roundtable_tui.tui.screens.base import BaseScreen
from roundtable_tui.tui.screens.batch.start import BatchStart, BatchStartForm
from roundtable_tui.tui.screens.dialogs.picker import Item, Picker
from roundtable_tui.tui.screens.runs.results import RunsScreenResult
from roundtable_tui.tui.screens.runs.table import RunList
from roundtable_tui.tui.session import Session
from roundtable_tui.tui.widgets.forms.note import Note
from roundtable_tui.tui.widgets.key_hints import KeyHints
from roundtable_tui.utils import files
from roundtable_tui.utils.format import count_of
from roundtable_tui.utils.paths import expand_user
from roundtable_tui.utils.text import single_line

NO_BATCH = (
    "A batch runs every task of a file, on one or several servers.",
    "Start it here with n, or in a terminal:",
    "",
    "roundtable batch tasks.jsonl",
    "",
    "Here you see its progress, and open its runs.",
)
NO_RUNS = ("No run has finished yet.",)
REFRESH_S = 1.0
_MAX_SERVERS = 6


class BatchScreen(BaseScreen[RunsScreenResult | None]):
    """Closes with what the main screen has to start, or None."""

    CSS_PATH = "batch.tcss"
    AUTO_FOCUS = "#results"
    BINDINGS: ClassVar[list[BindingType]] = make_bindings("batch")
    HELP_PLACES = ("batch", "app")

    def __init__(self, session: Session, folder: Path | None = None) -> None:
        super().__init__()
        self.session = session
        self._tail: ResultsTail | None = ResultsTail(folder) if folder else None
        self._state = BatchState()
        self._only_failed = False
        self._waits_for_start = False
        """True from the start of a batch to its first progress."""
        self._is_reading = False
        self._last_start = BatchStart("")
        """What was typed last: a batch that is continued has the same servers and limits."""

    def compose(self) -> ComposeResult:
        """Create head, progress, servers, runs and key hints."""
        yield Static(id="head", markup=False)
        yield ProgressBar(id="progress", show_eta=False, show_percentage=False)
        yield Note(id="figures")
        yield Note(id="servers", hide_empty=True)
        yield RunList(self._fetch, lambda: None, id="results")
        yield KeyHints()

    def on_mount(self) -> None:
        """Show the newest batch; what changes is read at intervals."""
        self.query_one(RunList).empty = NO_BATCH
        self.query_one("#progress").display = False
        self.refresh_batch()
        self.set_interval(REFRESH_S, self.refresh_batch)

    @background(group="refresh")
    async def refresh_batch(self) -> None:
        """Read what has changed, and show it, unless that is under way.

        A reading is not cancelled by the next one: rows that it has read would never be shown.
        """
        if self._is_reading:
            return
        self._is_reading = True
        try:
            await self._read_and_show()
        finally:
            self._is_reading = False

    async def _read_and_show(self) -> None:
        if self._tail is None:
            found = await asyncio.to_thread(list_batches)
            if not found:
                self._show_head("")
                return
            self._tail = ResultsTail(found[0])
        tail = self._tail
        try:
            is_new = await asyncio.to_thread(tail.read)
            self._state = await asyncio.to_thread(read_state, tail.folder)
        except (FileError, OSError) as error:
            if self._waits_for_start:
                return
            self.query_one("#figures", Note).show_line(str(error), is_error=True)
            return
        if tail is self._tail:
            self._show_state()
            self.refresh_bindings()
            if is_new:
                self._show_runs()

    def _show_state(self) -> None:
        state = self._state
        self._show_head(state.status)
        bar = self.query_one("#progress", ProgressBar)
        bar.display = True
        bar.update(total=max(1, state.total), progress=state.done)
        figures = self.query_one("#figures", Note)
        figures.show_line(format_state(state))
        servers = [describe_server(server) for server in state.servers[:_MAX_SERVERS]]
        if len(state.servers) > _MAX_SERVERS:
            servers[-1] = f"and {len(state.servers) - _MAX_SERVERS + 1} more servers"
        self.query_one("#servers", Note).show_content("\n".join(servers))

    def _show_head(self, status: str) -> None:
        name = files.display_path(self._tail.folder) if self._tail else ""
        shown = " (failed runs)" if self._only_failed else ""
        parts = [("◆ Batch", "bold $primary"), (f"  {name}{shown}", ""), (f"  {status}", "$text-accent")]
        self.query_one("#head", Static).update(Content.assemble(*parts))

    def _show_runs(self) -> None:
        """Show the runs, the newest first."""
        if self._tail is None:
            return
        listed = self.query_one(RunList)
        listed.empty = NO_RUNS
        rows = self._tail.rows
        names = [key for key in reversed(rows) if not (self._only_failed and rows[key].ok)]
        listed.show(names, first=not listed.touched)
        self.refresh_bindings()

    def _fetch(self, names: Sequence[str]) -> list[RunRow]:
        tail = self._tail
        return [_make_row(tail.rows[key], tail.folder) for key in names if tail and key in tail.rows]

    @on(RunList.Opened)
    def _open_clicked(self) -> None:
        self.action_open_batch_run()

    @background(exclusive=True, group="open", opens_screen=True)
    async def action_open_batch_run(self) -> None:
        """Open the highlighted run; the batch continues."""
        from roundtable_tui.tui.screens.replay.screen import ReplayScreen

        tail = self._tail
        row = tail.rows.get(self.query_one(RunList).current_name or "") if tail else None
        if row is None or tail is None:
            return
        if not row.run_folder:
            self.show_notice("This run has no record", warning=True)
            return
        try:
            recording = await asyncio.to_thread(read_run, tail.folder / row.run_folder)
        except FileError as error:
            self.show_notice(str(error), warning=True)
            return
        result = await self.app.push_screen_wait(ReplayScreen(self.session, recording))
        if result is not None:
            self.dismiss(result)

    def action_failed_batch_runs(self) -> None:
        """Show failed runs only, and back."""
        self._only_failed = not self._only_failed
        self._show_head(self._state.status)
        self._show_runs()

    @background(exclusive=True, group="open", opens_screen=True)
    async def action_other_batches(self) -> None:
        """Choose another batch."""
        found = await asyncio.to_thread(list_batches)
        if not found:
            self.show_notice("There are no batches")
            return
        items = [Item(str(one), one.name, detail=files.display_path(one.parent)) for one in found]
        chosen = await self.app.push_screen_wait(Picker("Batches", items))
        if chosen is not None:
            self._tail = ResultsTail(Path(chosen))
            self.query_one(RunList).touched = False
            self._show_runs()
            self.refresh_batch()

    @background(exclusive=True, group="new", opens_screen=True)
    async def action_new_batch(self) -> None:
        """Start a batch of a file that the user names, after its tasks have been read."""
        is_left = self._state.left and not self._is_running
        given = replace(self._last_start, source=self._state.source if is_left else "")
        form = BatchStartForm(given, tuple(self.session.settings.servers))
        chosen = await self.app.push_screen_wait(form)
        if chosen is None:
            return
        self._last_start = chosen
        command = make_batch_command(
            expand_user(chosen.source), self.session.wish, servers=chosen.servers, budget=chosen.budget,
            max_cost=chosen.max_cost,
        )  # fmt: skip
        self.show_notice("Reading the tasks …")
        try:
            can_start, lines = await command.check()
        except OSError as error:
            can_start, lines = False, [f"it cannot be started: {error.strerror}"]
        if not can_start:
            self.show_notice(" ".join(lines), warning=True)
            return
        detail = " · ".join((f"mode {self.session.summary['mode']}", *lines[1:]))
        items = [Item("start", "Start", detail=detail), Item("no", "Cancel")]
        if await self.app.push_screen_wait(Picker(single_line(lines[0], 60), items)) == "start":
            self._start_batch(command)

    def _start_batch(self, command: BatchCommand) -> None:
        self._tail, self._state = ResultsTail(command.folder), BatchState(source=str(command.source))
        self._waits_for_start = True
        listed = self.query_one(RunList)
        listed.touched = False
        self._show_runs()
        self._show_state()
        self.show_notice("The batch is starting. It continues when the app is closed")
        self._run_batch(command)

    @background(group="batches")
    async def _run_batch(self, command: BatchCommand) -> None:
        try:
            reason = await command.run()
        except OSError as error:
            reason = f"it cannot be started: {error.strerror}"
        self._waits_for_start = False
        if reason:
            self.show_notice(reason, warning=True)
        self.refresh_batch()

    @background(exclusive=True, group="stop")
    async def action_stop_batch(self) -> None:
        """End the batch after its active runs; the second time, end these too."""
        tail = self._tail
        if tail is None or not self._is_running:
            return
        is_second = await asyncio.to_thread(read_stop_request, tail.folder) != ""
        try:
            await asyncio.to_thread(request_stop, tail.folder, now=is_second)
        except FileError as error:
            self.show_notice(str(error), warning=True)
            return
        runs = count_of(self._state.running, "active run")
        self.show_notice(
            "Stopping the active runs" if is_second else f"Finishing {runs}; F8 again stops them"
        )

    @property
    def _is_running(self) -> bool:
        return self._state.status == "running"

    def action_leave_batch(self) -> None:
        """Leave the screen."""
        self.dismiss(None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what can be done now."""
        if action in ("open_batch_run", "failed_batch_runs"):
            return bool(self._tail and self._tail.rows)
        if action == "stop_batch":
            return self._is_running
        return True


def _make_row(row: BatchRow, folder: Path) -> RunRow:
    """Return a row of the list of runs."""
    said = row.answer if row.ok else f"failed: {row.error}"
    try:
        started = (folder / row.run_folder).stat().st_mtime if row.run_folder else 0.0
    except OSError:
        started = 0.0
    question = single_line(f"{row.id}: {row.question} — {said}", 400)
    return RunRow(
        name=row.key, status=row.status or "failed", started=started, title="", mode=row.server,
        question=question, team="", models=(), seats=(), how=row.how, agreement=row.agreement,
        elapsed_s=row.seconds, tokens=row.tokens, turns=row.calls, parent="",
    )  # fmt: skip
