"""The runs, from the table: their list, the offer to go on with one that was cut off, and what comes back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from textual import work
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from roundtable_tui.tui.session import Session
from roundtable_tui.tui.widgets.empty_state import Welcome
from roundtable_tui.utils import paths
from roundtable_tui.utils.text import one_line

if TYPE_CHECKING:
    from roundtable_tui.engine.run import Run
    from roundtable_tui.history.summary import Digest
    from roundtable_tui.tui.screens.runs.results import Next

NOT_AFTER_S = 14 * 24 * 3600
"""A run that was cut off longer ago than this is not offered at the start: it stands in the list."""


class RunsAtTable(Screen[None]):
    """Actions of the table on runs that were."""

    session: Session
    cut_off: Path | None = None
    """The run that is offered to go on with."""

    def take_on(self, question: str, make: Callable[[], Awaitable[Run]]) -> None:
        """Take a run that is made from a record to its end."""
        raise NotImplementedError

    def show_choices(self) -> None:
        """Bring the row of choices and the input's hint up to date."""
        raise NotImplementedError

    @work(exclusive=True, group="runs", exit_on_error=False)
    async def action_runs(self) -> None:
        """Open the list of all runs."""
        from roundtable_tui.history.index import RunIndex
        from roundtable_tui.tui.screens.runs.results import FollowOn, ForkOff, GoOn
        from roundtable_tui.tui.screens.runs.screen import RunsScreen

        wish: Next | None = await self.app.push_screen_wait(
            RunsScreen(self.session, await asyncio.to_thread(RunIndex))
        )
        match wish:
            case GoOn(folder):
                self.take_on("", lambda: self.session.resume(folder))
            case ForkOff(folder, turn, changes):
                self.take_on("", lambda: self.session.fork(folder, turn, changes))
            case FollowOn(folder):
                await self.session.follow(folder)
                self.show_choices()
                self.query_one("#prompt").focus()

    def action_resume_last(self) -> None:
        """Go on with the run that was cut off."""
        if (folder := self.cut_off) is not None:
            self.withdraw_offer()
            self.take_on("", lambda: self.session.resume(folder))

    async def offer_last(self) -> None:
        """After the start: where the last run was cut off, say so in one line of the welcome."""
        last = await asyncio.to_thread(last_cut_off)
        if last is None:
            return
        folder, digest = last
        self.cut_off = folder
        called = one_line(digest.title or digest.question, 24)
        line = Content.assemble(
            ("  ctrl+o  ", "bold $accent"), ("goes on with ", ""), (f"“{called}”", "bold"), (", cut off", "")
        )
        await self.query_one(Welcome).mount(Static(line, id="cut-off", markup=False))
        self.refresh_bindings()

    def withdraw_offer(self) -> None:
        """Offer it no more: something else has been begun."""
        self.cut_off = None
        for line in self.query("#cut-off"):
            line.remove()


def last_cut_off() -> tuple[Path, Digest] | None:
    """Return the newest run, if it has no end, nobody works on it, and it is not long ago."""
    from roundtable_tui.engine.record.recorder import is_going_on
    from roundtable_tui.history.constants import INTERRUPTED
    from roundtable_tui.history.scan import run_names, state
    from roundtable_tui.history.summary import read_digest

    home = paths.runs_dir()
    with suppress(StopIteration):
        name = next(one for one in sorted(run_names(home), reverse=True) if state(f"{home}/{one}"))
        digest = read_digest(home / name)
        fresh = time.time() - digest.started < NOT_AFTER_S
        if digest.status == INTERRUPTED and fresh and not is_going_on(home / name):
            return home / name, digest
    return None
