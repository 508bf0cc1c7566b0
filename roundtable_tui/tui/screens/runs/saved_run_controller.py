"""Actions on one saved run, in the list and in a replay: resume, fork, follow up, export, copy."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
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
from roundtable_tui.tui.screens.runs.results import FollowUpRun, ForkRun, ResumeRun, RunsScreenResult
from roundtable_tui.tui.session import Session
from roundtable_tui.utils import files, paths, processes
from roundtable_tui.utils.paths import expand_user
from roundtable_tui.utils.text import single_line

BUSY_MESSAGE = "A run is active. Stop it with F8 on the main screen"
_NEEDS_IDLE_SESSION = frozenset({"resume_run", "fork_run", "follow_up_run"})


class SavedRunController:
    """Acts on the run that a screen shows. The screen is closed with what the main screen has to start.

    Args:
        screen: The screen that shows the run; its result is a `RunsScreenResult` or None.
        session: The session, for whether another run is active.
        get_folder: Returns the folder of the run, or None if none is selected.
        get_turn: Returns the id of the turn that a fork begins with, or "" for the start.
    """

    def __init__(
        self,
        screen: BaseScreen[RunsScreenResult | None],
        session: Session,
        get_folder: Callable[[], Path | None],
        get_turn: Callable[[], str] = lambda: "",
    ) -> None:
        self.screen = screen
        self._session = session
        self._get_folder = get_folder
        self._get_turn = get_turn

    @property
    def actions(self) -> Mapping[str, Callable[..., object]]:
        """The actions on a saved run, by the id of their command."""
        return {
            "resume_run": self.resume,
            "follow_up_run": self.follow_up,
            "fork_run": self.fork,
            "export_run": self.export,
            "copy_transcript": self.copy_transcript,
        }

    def can_use(self, action: str) -> bool:
        """Return False for the actions that have to wait until the active run has finished."""
        return action not in _NEEDS_IDLE_SESSION or not self._session.is_running

    @background()
    async def resume(self) -> None:
        """Resume the run on the main screen."""
        if (recording := await self._load_run()) is None:
            return
        end = recording.run_finished
        if is_locked_by_writer(recording.folder):
            self.screen.show_notice("This run is active, here or in another window", warning=True)
        elif end is not None and end.status == "complete":
            self.screen.show_notice("This run is done. Fork it to continue differently (f)", warning=True)
        else:
            self.screen.dismiss(ResumeRun(recording.folder))

    @background()
    async def follow_up(self) -> None:
        """Ask the next question with this run as context."""
        if (recording := await self._load_run()) is not None:
            self.screen.dismiss(FollowUpRun(recording.folder))

    @background(opens_screen=True)
    async def fork(self) -> None:
        """Choose where a fork begins and what it changes, and start it on the main screen."""
        if (folder := self._get_free_run()) is None:
            return
        from roundtable_tui.tui.screens.runs.fork import ForkScreen, load_fork_options

        try:
            forkable = await asyncio.to_thread(load_fork_options, folder, self._session.wish.personas_dir)
        except RoundtableError as error:
            self.screen.show_notice(str(error), warning=True)
            return
        changes = await self.screen.app.push_screen_wait(ForkScreen(forkable, self._get_turn()))
        if changes is not None:
            self.screen.dismiss(ForkRun(folder, *changes))

    async def _load_run(self) -> RunRecord | None:
        """Return the run's record; show a notice if another run is active or it cannot be read."""
        if (folder := self._get_free_run()) is None:
            return None
        try:
            return await asyncio.to_thread(read_run, folder)
        except RoundtableError as error:
            self.screen.show_notice(str(error), warning=True)
            return None

    def _get_free_run(self) -> Path | None:
        """Return the run's folder; show a notice if another run is active."""
        if self._session.is_running:
            self.screen.show_notice(BUSY_MESSAGE, warning=True)
            return None
        return self._get_folder()

    @background(opens_screen=True)
    async def export(self) -> None:
        """Ask for a format and a file, and write the export."""
        if (folder := self._get_folder()) is not None:
            await ask_and_export(self.screen, folder)

    @background()
    async def copy_transcript(self) -> None:
        """Copy the run as Markdown."""
        if (folder := self._get_folder()) is None:
            return
        try:
            text = await asyncio.to_thread(export_run, folder, "md")
        except RoundtableError as error:
            self.screen.show_notice(str(error), warning=True)
            return
        copy(self.screen.app, text, "transcript", escape="Export it instead (x)")


async def ask_and_export(screen: BaseScreen[Any], folder: Path) -> None:
    """Ask for a format and a file, and export a run.

    Args:
        screen: The screen that shows the run, which also shows notices.
        folder: The folder of the run.
    """
    from roundtable_tui.tui.screens.dialogs.picker import Item, Picker
    from roundtable_tui.tui.screens.dialogs.text_prompt import TextPrompt

    items = [Item(form, text) for form, text in FORMATS.items()]
    form = await screen.app.push_screen_wait(Picker("Export as", items))
    if form is None:
        return
    try:
        name = await asyncio.to_thread(suggest_file_name, folder, form)
        path = await screen.app.push_screen_wait(
            TextPrompt(
                "Export to",
                str(find_unused_path((paths.current_dir() or Path.home()) / name)),
                "Path of the file",
            )
        )
        if path and path.strip():
            written = await _write_export(folder, form, _parse_path(path))
            screen.show_notice(f"Exported to {files.display_path(written)}")
    except RoundtableError as error:
        screen.show_notice(str(error), warning=True)


def _parse_path(typed: str) -> Path:
    return expand_user(typed.strip())


def find_unused_path(path: Path) -> Path:
    """Return `path`, with a number appended to its stem if the file exists."""
    number = 1
    found = path
    while files.path_exists(found):
        number += 1
        found = path.with_stem(f"{path.stem}-{number}")
    return found


def _make_recorder_command(folder: Path, path: Path) -> list[str]:
    words = ("runs", "export", str(folder.absolute()), "--format", "cast", "--out", str(path.absolute()))
    return processes.python_main("roundtable_tui.cli.main", *words)


async def _write_export(folder: Path, form: str, path: Path) -> Path:
    """Write the export and return where. Raises RoundtableError."""
    if form != "cast":
        text = await asyncio.to_thread(export_run, folder, form)
        return await asyncio.to_thread(files.write_text, path, text, mode=0o644)
    # A second app draws the recording: two apps in one process would share global state of Textual.
    process = await processes.start_async(_make_recorder_command(folder, path), stderr="pipe")
    _, error_output = await process.communicate()
    if process.returncode:
        line = single_line(error_output.decode("utf-8", "replace").removeprefix("roundtable: "), 300)
        raise FileError(line or "the recording failed without an error message")
    return path
