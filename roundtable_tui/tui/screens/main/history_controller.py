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
    from roundtable_tui.engine.run import Run
    from roundtable_tui.history.summary import RunSummary
    from roundtable_tui.tui.screens.runs.results import RunsScreenResult

MAX_OFFER_AGE_S = 14 * 24 * 3600
"""Older interrupted runs are not offered; the list of runs has them."""


class HistoryController:
    """Opens saved runs, and starts what the user chose there.

    Args:
        context: The main screen.
        start_run: Starts a run that is made from a record.
    """

    def __init__(
        self, context: MainContext, start_run: Callable[[Callable[[], Awaitable[Run]]], None]
    ) -> None:
        self.screen = context.screen
        self.interrupted_run: Path | None = None
        """The folder of the run that is offered for resuming."""
        self._context = context
        self._session = context.session
        self._start_run = start_run

    @background(exclusive=True, group="runs")
    async def open_runs(self) -> None:
        """Open the list of all runs."""
        from roundtable_tui.history.index import RunIndex
        from roundtable_tui.tui.screens.runs.screen import RunsScreen

        result: RunsScreenResult | None = await self.screen.app.push_screen_wait(
            RunsScreen(self._session, await asyncio.to_thread(RunIndex))
        )
        await self._start(result)

    async def _start(self, result: RunsScreenResult | None) -> None:
        """Start what was chosen on the screen of a saved run."""
        from roundtable_tui.tui.screens.runs.results import FollowUpRun, ForkRun, ResumeRun

        match result:
            case ResumeRun(folder):
                self._start_run(lambda: self._session.resume(folder))
            case ForkRun(folder, turn, changes):
                self._start_run(lambda: self._session.fork(folder, turn, changes))
            case FollowUpRun(folder):
                await self._session.start_follow_up(folder)
                self._context.update_choices()
                self.screen.query_one("#prompt").focus()

    @background(exclusive=True, group="runs")
    async def open_batches(self) -> None:
        """Open the progress of the newest batch."""
        from roundtable_tui.tui.screens.batch.screen import BatchScreen

        await self._start(await self.screen.app.push_screen_wait(BatchScreen(self._session)))

    def resume_last(self) -> None:
        """Resume the interrupted run."""
        if (folder := self.interrupted_run) is not None:
            self.withdraw_offer()
            self._start_run(lambda: self._session.resume(folder))

    async def offer_interrupted_run(self) -> None:
        """Show one line in the empty state if the last run was interrupted."""
        last = await asyncio.to_thread(find_interrupted_run)
        if last is None:
            return
        folder, digest = last
        self.interrupted_run = folder
        called = single_line(digest.title or digest.question, 24)
        line = Content.assemble(
            ("  ctrl+o  ", "bold $accent"), ("resumes ", ""), (f"“{called}”", "bold"), (", interrupted", "")
        )
        await self.screen.query_one(EmptyState).mount(Static(line, id="cut-off", markup=False))
        self.screen.refresh_bindings()

    def set_offer(self, folder: Path | None) -> None:
        """Offer to resume the run of this folder, which a lost server has ended; None removes the offer."""
        self.withdraw_offer()
        self.interrupted_run = folder

    def withdraw_offer(self) -> None:
        """Remove the offer: another run was started."""
        self.interrupted_run = None
        for line in self.screen.query("#cut-off"):
            line.remove()


def find_interrupted_run() -> tuple[Path, RunSummary] | None:
    """Return the newest run if it was interrupted recently and no other process is running it."""
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
        if digest.status == INTERRUPTED and fresh and not is_locked_by_writer(home / name):
            return home / name, digest
    return None
