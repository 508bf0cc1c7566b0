"""The runs, from the table: their list, the offer to go on with one that was cut off, and what comes back."""

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
from roundtable_tui.tui.screens.base import BaseScreen
from roundtable_tui.tui.session import Session
from roundtable_tui.tui.widgets.empty_state import EmptyState
from roundtable_tui.utils import paths
from roundtable_tui.utils.text import single_line

if TYPE_CHECKING:
    from roundtable_tui.engine.run import Run
    from roundtable_tui.history.summary import RunSummary
    from roundtable_tui.tui.screens.runs.results import RunsScreenResult

MAX_OFFER_AGE_S = 14 * 24 * 3600
"""A run that was cut off longer ago than this is not offered at the start: it stands in the list."""


class OpenRunActions(BaseScreen[None]):
    """Actions of the table on runs that were."""

    session: Session
    interrupted_run: Path | None = None
    """The run that is offered to go on with."""

    def start_run(self, question: str, create_run: Callable[[], Awaitable[Run]]) -> None:
        """Take a run that is made from a record to its end."""
        raise NotImplementedError

    def update_choices(self) -> None:
        """Bring the row of choices and the input's hint up to date."""
        raise NotImplementedError

    @background(exclusive=True, group="runs")
    async def action_runs(self) -> None:
        """Open the list of all runs."""
        from roundtable_tui.history.index import RunIndex
        from roundtable_tui.tui.screens.runs.results import FollowUpRun, ForkRun, ResumeRun
        from roundtable_tui.tui.screens.runs.screen import RunsScreen

        wish: RunsScreenResult | None = await self.app.push_screen_wait(
            RunsScreen(self.session, await asyncio.to_thread(RunIndex))
        )
        match wish:
            case ResumeRun(folder):
                self.start_run("", lambda: self.session.resume(folder))
            case ForkRun(folder, turn, changes):
                self.start_run("", lambda: self.session.fork(folder, turn, changes))
            case FollowUpRun(folder):
                await self.session.start_follow_up(folder)
                self.update_choices()
                self.query_one("#prompt").focus()

    def action_resume_last(self) -> None:
        """Go on with the run that was cut off."""
        if (folder := self.interrupted_run) is not None:
            self.withdraw_offer()
            self.start_run("", lambda: self.session.resume(folder))

    async def offer_interrupted_run(self) -> None:
        """After the start: where the last run was cut off, say so in one line of the welcome."""
        last = await asyncio.to_thread(find_interrupted_run)
        if last is None:
            return
        folder, digest = last
        self.interrupted_run = folder
        called = single_line(digest.title or digest.question, 24)
        line = Content.assemble(
            ("  ctrl+o  ", "bold $accent"), ("goes on with ", ""), (f"“{called}”", "bold"), (", cut off", "")
        )
        await self.query_one(EmptyState).mount(Static(line, id="cut-off", markup=False))
        self.refresh_bindings()

    def withdraw_offer(self) -> None:
        """Offer it no more: something else has been begun."""
        self.interrupted_run = None
        for line in self.query("#cut-off"):
            line.remove()


def find_interrupted_run() -> tuple[Path, RunSummary] | None:
    """Return the newest run, if it has no end, nobody works on it, and it is not long ago."""
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
