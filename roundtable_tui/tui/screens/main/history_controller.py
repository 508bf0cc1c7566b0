"""Opens the list of runs from the main screen, and offers to resume an interrupted one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from roundtable_tui.tui.background import background
from roundtable_tui.tui.screens.main.context import MainContext
from roundtable_tui.tui.widgets.empty_state import EmptyState
from roundtable_tui.utils import paths
from roundtable_tui.utils.text import single_line

if TYPE_CHECKING:
    from roundtable_tui.engine.record.recorder import RunRecord
    from roundtable_tui.engine.run import Run
    from roundtable_tui.history.summary import RunSummary
    from roundtable_tui.tui.screens.main.conversation_controller import ConversationController
    from roundtable_tui.tui.screens.runs.results import RunsScreenResult

MAX_OFFER_AGE_S = 14 * 24 * 3600
"""Older interrupted runs are not offered; the list of runs has them."""


class HistoryController:
    """Opens saved runs, and starts what the user chose there.

    Args:
        context: The main screen.
        start_run: Starts a run that is made from a record.
        show_record: Shows the final state of a recorded run in the panes.
        thread: Shows the conversation that runs belong to.
    """

    def __init__(
        self,
        context: MainContext,
        start_run: Callable[[Callable[[], Awaitable[Run]]], None],
        show_record: Callable[[RunRecord], Awaitable[None]],
        thread: ConversationController,
    ) -> None:
        self.screen = context.screen
        self.interrupted_run: Path | None = None
        """The folder of the run that is offered for resuming."""
        self._context = context
        self._session = context.session
        self._start_run = start_run
        self._show_record = show_record
        self._thread = thread

    @background(exclusive=True, group="runs", opens_screen=True)
    async def open_runs(self) -> None:
        """Open the list of all runs."""
        from roundtable_tui.history.index import RunIndex
        from roundtable_tui.tui.screens.runs.screen import RunsScreen

        result: RunsScreenResult | None = await self.screen.app.push_screen_wait(
            RunsScreen(self._session, await asyncio.to_thread(RunIndex))
        )
        await self._start(result)

    @background(exclusive=True, group="runs", opens_screen=True)
    async def open_bench(self) -> None:
        """Open the bench."""
        if self._session.is_running:
            self.screen.show_notice("A run is active. Stop it with F8 to measure modes")
            return
        await self._session.preload_imports()
        from roundtable_tui.tui.screens.bench.screen import BenchScreen

        await self._start(await self.screen.app.push_screen_wait(BenchScreen(self._session)))

    async def _start(self, result: RunsScreenResult | None) -> None:
        """Start what was chosen on the screen of a saved run."""
        from roundtable_tui.tui.screens.runs.results import FollowUpRun, ForkRun, ResumeRun

        match result:
            case ResumeRun(folder):
                self._resume(folder)
            case ForkRun(folder, turn, changes):
                self._start_run(lambda: self._session.fork(folder, turn, changes))
            case FollowUpRun(folder):
                await self._session.start_follow_up(folder)
                await self.show_run(folder)
                self._thread.show(folder)
                self._context.update_choices()
                self.screen.set_focus(self.screen.query_one("#prompt"))

    def _resume(self, folder: Path) -> None:
        async def resume() -> Run:
            run = await self._session.resume(folder)
            await self._thread.load(folder, ended=False)
            return run

        self._start_run(resume)

    async def show_run(self, folder: Path) -> None:
        """Show the run in `folder`, unless its panes are shown already."""
        from roundtable_tui.history.reader import read_run

        run = self._session.run
        if run is None or run.folder is None or run.folder.name != folder.name:
            await self._show_record(await asyncio.to_thread(read_run, folder))

    @background()
    async def follow_up_shown(self) -> None:
        """Make the next question a follow-up of the run that is shown."""
        if (run := self._session.run) is None or run.folder is None or self._session.is_running:
            return
        await self._session.start_follow_up(run.folder)
        self._context.update_choices()
        self.screen.set_focus(self.screen.query_one("#prompt"))

    @background(opens_screen=True)
    async def export_shown(self) -> None:
        """Export the run that is shown."""
        from roundtable_tui.tui.screens.runs.saved_run_controller import ask_and_export

        if (run := self._session.run) is not None and run.folder is not None:
            await ask_and_export(self.screen, run.folder)

    @background(exclusive=True, group="runs", opens_screen=True)
    async def open_batches(self) -> None:
        """Open the progress of the newest batch."""
        from roundtable_tui.tui.screens.batch.screen import BatchScreen

        await self._start(await self.screen.app.push_screen_wait(BatchScreen(self._session)))

    def resume_last(self) -> None:
        """Resume the interrupted run."""
        if (folder := self.interrupted_run) is not None:
            self.withdraw_offer()
            self._resume(folder)

    async def offer_interrupted_run(self) -> None:
        """Show one line in the empty state if the last run was interrupted or stopped."""
        from roundtable_tui.reports.wording import status_label

        last = await asyncio.to_thread(find_interrupted_run)
        if last is None:
            return
        folder, digest = last
        self.interrupted_run = folder
        called = single_line(digest.title or digest.question, 24)
        line = Content.assemble(
            ("  ctrl+o  ", "bold $accent"), ("resumes ", ""), (f"“{called}”", "bold"),
            (f", {status_label(digest.status)}", ""),
        )  # fmt: skip
        await self.screen.query_one(EmptyState).mount(Static(line, id="cut-off", markup=False))
        self.screen.refresh_bindings()

    def set_offer(self, folder: Path | None) -> None:
        """Offer to resume the run of this folder, which was stopped or lost its server; None: no offer."""
        self.withdraw_offer()
        self.interrupted_run = folder

    def withdraw_offer(self) -> None:
        """Remove the offer: another run was started."""
        self.interrupted_run = None
        for line in self.screen.query("#cut-off"):
            line.remove()


def find_interrupted_run() -> tuple[Path, RunSummary] | None:
    """Return the newest run if it was interrupted or stopped recently and no other process is running it."""
    from roundtable_tui.engine.record.recorder import is_locked_by_writer
    from roundtable_tui.history.constants import INTERRUPTED
    from roundtable_tui.history.scan import list_run_names, record_state
    from roundtable_tui.history.summary import read_summary

    home = paths.runs_dir()
    with suppress(StopIteration):
        name = next(
            one for one in sorted(list_run_names(home), reverse=True) if record_state(f"{home}/{one}")
        )
        digest = read_summary(home / name)
        fresh = time.time() - digest.started < MAX_OFFER_AGE_S
        if digest.status in (INTERRUPTED, "cancelled") and fresh and not is_locked_by_writer(home / name):
            return home / name, digest
    return None
