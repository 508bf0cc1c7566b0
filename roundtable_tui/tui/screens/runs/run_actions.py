"""What can be done with one run, wherever it is shown: go on, fork, follow up, export, copy."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from roundtable_tui.engine.record.recorder import RunRecord, is_locked_by_writer
from roundtable_tui.errors import FileError, RoundtableError
from roundtable_tui.history.constants import FORMATS
from roundtable_tui.history.export import export_run, suggest_file_name
from roundtable_tui.history.reader import read_run
from roundtable_tui.tui.background import background
from roundtable_tui.tui.clipboard import copy
from roundtable_tui.tui.screens.base import BaseScreen
from roundtable_tui.tui.screens.runs.results import FollowUpRun, ForkRun, ResumeRun
from roundtable_tui.tui.session import Session
from roundtable_tui.utils import files, processes
from roundtable_tui.utils.text import single_line

BUSY_MESSAGE = "a run goes on at the table: stop it first (F8 there)"
_TABLE_ACTIONS = frozenset({"resume_run", "fork_run", "follow_up_run"})


class RunActions(BaseScreen[Any]):
    """Actions on the run that is shown; what needs the table is given back to it as a `Next`."""

    session: Session

    @property
    def folder(self) -> Path | None:
        """Where the run is kept; None if none is shown."""
        raise NotImplementedError

    @property
    def turn(self) -> str:
        """The turn that a fork begins with, "" for the start."""
        return ""

    def can_offer(self, action: str) -> bool:
        """Tell whether an action can be offered at all."""
        return action not in _TABLE_ACTIONS or not self.session.is_running

    def show_message(self, line: str, *, wrong: bool = False) -> None:
        """Tell the person a line."""
        self.notify(
            single_line(line, 600),
            timeout=8 if wrong else 4,
            severity="warning" if wrong else "information",
            markup=False,
        )

    @background()
    async def action_resume_run(self) -> None:
        """Go on with the run at the table."""
        if (recording := await self._load_run()) is None:
            return
        end = recording.run_finished
        if is_locked_by_writer(recording.folder):
            self.show_message("it goes on right now, here or in another window", wrong=True)
        elif end is not None and end.status == "complete":
            self.show_message("it is complete: fork it to have it go otherwise (f)", wrong=True)
        else:
            self.dismiss(ResumeRun(recording.folder))

    @background()
    async def action_follow_up_run(self) -> None:
        """Ask the next question with the run as its background."""
        if (recording := await self._load_run()) is not None:
            self.dismiss(FollowUpRun(recording.folder))

    @background()
    async def action_fork_run(self) -> None:
        """Choose where and how a fork goes otherwise, and take it to the table."""
        if (folder := self._get_free_run()) is None:
            return
        from roundtable_tui.tui.screens.runs.fork import ForkScreen, load_fork_options

        try:
            forkable = await asyncio.to_thread(load_fork_options, folder, self.session.wish.personas_dir)
        except RoundtableError as error:
            self.show_message(str(error), wrong=True)
            return
        changes = await self.app.push_screen_wait(ForkScreen(forkable, self.turn))
        if changes is not None:
            self.dismiss(ForkRun(folder, *changes))

    async def _load_run(self) -> RunRecord | None:
        """Return the run, if the table is free for it and it can be read; else say why not."""
        if (folder := self._get_free_run()) is None:
            return None
        try:
            return await asyncio.to_thread(read_run, folder)
        except RoundtableError as error:
            self.show_message(str(error), wrong=True)
            return None

    def _get_free_run(self) -> Path | None:
        """Return the run, if the table is free for it."""
        if self.session.is_running:
            self.show_message(BUSY_MESSAGE, wrong=True)
            return None
        return self.folder

    @background()
    async def action_export_run(self) -> None:
        """Ask for a format and a file, and write it."""
        if (folder := self.folder) is None:
            return
        from roundtable_tui.tui.screens.dialogs.picker import Item, Picker
        from roundtable_tui.tui.screens.dialogs.text_prompt import TextPrompt

        items = [Item(form, text) for form, text in FORMATS.items()]
        form = await self.app.push_screen_wait(Picker("Export as", items))
        if form is None:
            return
        try:
            name = await asyncio.to_thread(suggest_file_name, folder, form)
            path = await self.app.push_screen_wait(
                TextPrompt("Export to", str(find_unused_path(Path.cwd() / name)), "The file to write.")
            )
            if path and path.strip():
                written = await _write_export(folder, form, _parse_path(path))
                self.show_message(f"written: {files.display_path(written)}")
        except RoundtableError as error:
            self.show_message(str(error), wrong=True)

    @background()
    async def action_copy_transcript(self) -> None:
        """Copy the run as Markdown."""
        if (folder := self.folder) is None:
            return
        try:
            text = await asyncio.to_thread(export_run, folder, "md")
        except RoundtableError as error:
            self.show_message(str(error), wrong=True)
            return
        copy(self.app, text, "transcript", escape="export it instead (x)")


def _parse_path(typed: str) -> Path:
    return Path(typed.strip()).expanduser()


def find_unused_path(path: Path) -> Path:
    """Return `path`, or the same with a number where a file has that name already."""
    number = 1
    found = path
    while files.path_exists(found):
        number += 1
        found = path.with_stem(f"{path.stem}-{number}")
    return found


def _recorder(folder: Path, path: Path) -> list[str]:
    words = ("runs", "export", str(folder.absolute()), "--format", "cast", "--out", str(path.absolute()))
    return processes.python_main("roundtable_tui.cli.main", *words)


async def _write_export(folder: Path, form: str, path: Path) -> Path:
    """Write the export and return where. Raises RoundtableError."""
    if form != "cast":
        text = await asyncio.to_thread(export_run, folder, form)
        return await asyncio.to_thread(files.write_text, path, text, mode=0o644)
    # A recording is a screen of its own: it is made by another process, beside this one.
    maker = await processes.start_async(_recorder(folder, path), stderr="pipe")
    _, told = await maker.communicate()
    if maker.returncode:
        line = single_line(told.decode("utf-8", "replace").removeprefix("roundtable: "), 300)
        raise FileError(line or "the recording could not be made")
    return path
