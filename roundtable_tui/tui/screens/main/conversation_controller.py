"""Keeps the conversation: what the next question follows up on, and the earlier questions above the panes."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from roundtable_tui.errors import RoundtableError
from roundtable_tui.tui.background import background
from roundtable_tui.tui.screens.main.context import MainContext

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from roundtable_tui.engine.events import RunStarted
    from roundtable_tui.reports.report.types import Report
    from roundtable_tui.tui.screens.dialogs.pictures import ShownPicture


class ConversationController:
    """Shows the earlier questions of the conversation, and adds runs to it as they end.

    Args:
        context: The main screen.
        show_run: Shows the run of a folder in the panes.
        get_header: Returns the header of the run in the panes; None while no run is shown.
    """

    def __init__(
        self,
        context: MainContext,
        show_run: Callable[[Path], Awaitable[None]],
        get_header: Callable[[], RunStarted | None],
    ) -> None:
        self.screen = context.screen
        self._context = context
        self._session = context.session
        self._show_run = show_run
        self._get_header = get_header
        self.shown: Path | None = None
        """Folder of the run in the panes; None while no run is shown."""

    def show(self, folder: Path | None) -> None:
        """Show the other runs of the conversation above the run of `folder`."""
        self.shown = folder
        self.update()

    def update(self) -> None:
        """Redraw the earlier questions."""
        from roundtable_tui.tui.widgets.thread_view import ThreadView, describe_attachments

        name = self.shown.name if self.shown else ""
        others = [one for one in self._session.conversation if one.run != name]
        header = self._get_header() if name else None
        attached = describe_attachments(header.attachments) if header else ""
        for view in self.screen.query(ThreadView):
            view.show(others if name else [], attached)

    def list_pictures(self) -> list[ShownPicture]:
        """Return the pictures of the run that is shown, and those that go with the next question."""
        from roundtable_tui.tui.screens.dialogs.pictures import list_file_pictures, list_run_pictures

        header = self._get_header() if self.shown else None
        shown = list_run_pictures(header.attachments, self.shown) if header else []
        return [*list_file_pictures(self._session.attachments), *shown]

    def show_pictures(self) -> None:
        """Show the attached pictures."""
        from roundtable_tui.tui.screens.dialogs.pictures import PictureScreen

        if pictures := self.list_pictures():
            self.screen.app.push_screen(PictureScreen(pictures))

    def end_question(self, folder: Path | None, report: Report) -> None:
        """Add a run that has ended, if it has an answer: the next question follows up on it."""
        from roundtable_tui.tui.conversation import describe_run

        if folder is not None and report.answer.strip():
            self._session.end_question(describe_run(folder, report))

    async def load(self, folder: Path, *, ended: bool) -> None:
        """Take over the conversation of a recorded run; `ended`: with that run itself."""
        from roundtable_tui.tui.conversation import read_thread

        runs = await asyncio.to_thread(read_thread, folder)
        self._session.start_conversation(runs if ended else runs[:-1])

    @background(exclusive=True, group="thread", opens_screen=True)
    async def choose_earlier(self) -> None:
        """Choose a run of the conversation, and show it."""
        from roundtable_tui.tui.screens.dialogs.earlier import choose_earlier_run

        current = self.shown.name if self.shown else ""
        chosen = await choose_earlier_run(self.screen.app, self._session.conversation, current)
        if chosen is not None and chosen.folder is not None:
            self.open_earlier(chosen.folder)

    @background(exclusive=True, group="open earlier")
    async def open_earlier(self, folder: Path) -> None:
        """Show an earlier run of the conversation; the next question still follows up on the last one."""
        if self._session.is_running:
            self.screen.show_notice("A run is active. Stop it with F8", warning=True)
            return
        try:
            await self._show_run(folder)
        except RoundtableError as error:
            self.screen.show_notice(str(error), warning=True)
            return
        self.show(folder)
