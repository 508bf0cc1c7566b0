"""Tasks made, copied, renamed, deleted and taken back: what can be done to the folders of one's own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from roundtable_tui.errors import RoundtableError
from roundtable_tui.resources import task_storage
from roundtable_tui.resources.task import QUESTIONS_FILE, SETTINGS_FILE
from roundtable_tui.setup.plan import find_task
from roundtable_tui.setup.save_as_task import TaskDraft, draft_from_request, draft_from_run, make_task
from roundtable_tui.tui.background import background
from roundtable_tui.tui.screens.base import BaseScreen
from roundtable_tui.tui.screens.library.tasks.rows import TaskChoice
from roundtable_tui.tui.screens.library.tasks.scan import TaskEntry
from roundtable_tui.tui.session import Session
from roundtable_tui.utils import files
from roundtable_tui.utils.text import single_line

_NAME_LIMIT = 48


class TaskFileActions(BaseScreen[TaskChoice | None]):
    """Actions on the task under the cursor."""

    session: Session
    question: str
    """What stands in the input of the table."""
    _deleted: list[task_storage.DeletedTask]

    @property
    def entry(self) -> TaskEntry | None:
        """The task under the cursor."""
        raise NotImplementedError

    def say(self, line: str, *, wrong: bool = False) -> None:
        """Say a line below the tree."""
        raise NotImplementedError

    def load(self, to: Path | None = None, name: str = "", *, opened: bool = False) -> None:
        """Read all tasks anew and go to one of them, or to a text of it; show what is in it if `opened`."""
        raise NotImplementedError

    def open_text(self, folder: Path, name: str, title: str) -> None:
        """Open a text in the editor."""
        raise NotImplementedError

    @background(exclusive=True, group="keeping")
    async def action_new_task(self) -> None:
        """Make a task of the question and the settings as they are."""
        try:
            draft = await asyncio.to_thread(_draft, self.session, self.question)
        except RoundtableError as error:
            self.say(str(error), wrong=True)
            return
        asked = single_line(draft.question, 60)
        if not asked and draft.base is None:
            hint = "There is no question yet: type one at the table first, or go on and write it here."
        else:
            hint = f"With “{asked}”" if asked else f"Like {draft.base.title if draft.base else ''}"
            hint += ", and mode, team and options as they are now."
        name = await self._ask_name("A task of the question and the settings", _called(draft), hint)
        if name and (
            path := await self._made(lambda: make_task(name, draft, self.session.wish.personas_dir))
        ):
            self.say(f"It is {files.display_path(path)}")
            self._open_new(path, name, empty=not asked and draft.base is None)

    @background(exclusive=True, group="keeping")
    async def action_new_empty_task(self) -> None:
        """Make a task with nothing in it yet."""
        name = await self._ask_name("A new task", "", "You write its questions next, one a line.")
        contents = {QUESTIONS_FILE: "", SETTINGS_FILE: task_storage.new_settings_text(name) if name else ""}
        if name and (path := await self._made(lambda: task_storage.new_task(name, contents))):
            self._open_new(path, name, empty=True)

    def _open_new(self, path: Path, name: str, *, empty: bool) -> None:
        self.load(path, opened=True)
        if empty:
            self.open_text(path, QUESTIONS_FILE, name)

    @background(exclusive=True, group="keeping")
    async def action_copy_task(self) -> None:
        """Make a task like this one."""
        if (entry := self.entry) is None:
            return
        name = await self._ask_name("Copy the task", f"{entry.title} 2", "The copy is yours.")
        if name and (path := await self._made(lambda: task_storage.copy_task(entry.path, name))):
            self.say(f"The copy is {files.display_path(path)}")
            self.load(path)

    @background(exclusive=True, group="keeping")
    async def action_rename_task(self) -> None:
        """Give the task another name."""
        entry = self.entry
        if entry is None or entry.shipped:
            return
        hint = "Its folder is renamed too: `--task` knows it by that."
        name = await self._ask_name("Rename the task", entry.title, hint)
        if not name or name == entry.title:
            return
        if path := await self._made(lambda: task_storage.rename_task(entry.path, name)):
            if self.session.wish.task == entry.wanted_as:
                self.session.choose(task=path.name if entry.origin != "given" else str(path))
            self.say(f"It is {files.display_path(path)} now")
            self.load(path)

    @background(exclusive=True, group="keeping")
    async def action_delete_task(self) -> None:
        """Move the task to the trash."""
        entry = self.entry
        if entry is None or entry.shipped:
            return
        try:
            self._deleted.append(await asyncio.to_thread(task_storage.delete_task, entry.path))
        except RoundtableError as error:
            self.say(str(error), wrong=True)
            return
        if self.session.wish.task == entry.wanted_as:
            self.session.choose(task="", nth=1)
        self.say(f"{single_line(entry.title, 60)} is deleted: u takes it back")
        self.load()

    @background(exclusive=True, group="keeping")
    async def action_undo_task_delete(self) -> None:
        """Take the last deleted task back; after those of this sitting, what the trash holds."""
        there = self._deleted[-1:] or await asyncio.to_thread(lambda: task_storage.list_deleted_tasks()[:1])
        if not there:
            self.say("nothing is in the trash")
            return
        if path := await self._made(lambda: task_storage.restore_task(there[0])):
            self._deleted = self._deleted[:-1]
            self.say(f"{files.display_path(path)} is back")
            self.load(path)

    async def _ask_name(self, title: str, value: str, hint: str) -> str:
        from roundtable_tui.tui.screens.dialogs.text_prompt import TextPrompt

        placeholder = (
            f"A name; the folder in {files.display_path(task_storage.user_tasks_dir())} is called by it"
        )
        return (
            await self.app.push_screen_wait(TextPrompt(title, value, hint, placeholder=placeholder)) or ""
        ).strip()

    async def _made(self, make: Callable[[], Path]) -> Path | None:
        """Do what makes or moves a folder, beside the screen; a fault becomes a line."""
        try:
            return await asyncio.to_thread(make)
        except RoundtableError as error:
            self.say(str(error), wrong=True)
            return None


def _draft(session: Session, question: str) -> TaskDraft:
    """Return what a new task is to hold: what is typed and chosen, else the run on the table."""
    run, wish = session.run, session.wish
    if run is not None and not question.strip():
        base = run.plan.task
        return draft_from_run(run.build_header(), base)
    return draft_from_request(wish, question, session.settings, find_task(wish.task))


def _called(draft: TaskDraft) -> str:
    """Return a name to begin with."""
    if draft.question.strip():
        words = single_line(draft.question, 1000)
        return words if len(words) <= _NAME_LIMIT else words[:_NAME_LIMIT].rpartition(" ")[0]
    return f"{draft.base.title} 2" if draft.base else ""
