"""The screen with all tasks: choose or start one, edit its texts, create, copy, rename and delete tasks."""

from __future__ import annotations

import asyncio
import textwrap
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar, TypeVar

from textual import on
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import OptionList

from roundtable_tui.errors import RoundtableError, UsageError
from roundtable_tui.resources import task_storage
from roundtable_tui.resources.task import QUESTIONS_FILE, SETTINGS_FILE
from roundtable_tui.setup.plan import find_task
from roundtable_tui.setup.save_as_task import TaskDraft, draft_from_request, draft_from_run, make_task
from roundtable_tui.tui.background import background
from roundtable_tui.tui.commands import make_binding_by_id, make_list_bindings
from roundtable_tui.tui.screens.base import offered
from roundtable_tui.tui.screens.library.browser import ResourceBrowser, Undo, on_entry, undo_by
from roundtable_tui.tui.screens.library.entry_list import Target
from roundtable_tui.tui.screens.library.tasks.preview import describe_row
from roundtable_tui.tui.screens.library.tasks.scan import TaskEntry, read_tasks, snapshot_tasks
from roundtable_tui.tui.screens.library.tasks.target import TaskFile
from roundtable_tui.tui.screens.library.tasks.tree import NO_TASK, TaskRow, TaskTree
from roundtable_tui.tui.session import Session
from roundtable_tui.utils import files
from roundtable_tui.utils.paths import expand_user
from roundtable_tui.utils.text import single_line

T = TypeVar("T")
MAX_SUGGESTED_NAME_CHARS = 48


@dataclass(frozen=True, slots=True)
class TaskChoice:
    """The chosen task by name or folder ("": none), its question from 1, and whether to start it at once."""

    task: str
    question_number: int = 1
    start: bool = False


class TasksScreen(ResourceBrowser[TaskEntry, TaskChoice | None]):
    """Closes with the chosen task, or with None."""

    NAME = "Tasks"
    SEARCH_HINT = "Type to search; enter chooses, ↓ goes to the list"
    CSS_PATH = ["../library.tcss", "tasks.tcss"]
    AUTO_FOCUS = "#search"
    BINDINGS: ClassVar[list[BindingType]] = make_list_bindings("tasks")
    HELP_PLACES = ("tasks", "app")

    def __init__(self, session: Session, question: str = "") -> None:
        """List all tasks. `question` is the text in the prompt, from which a task can be made."""
        task = session.wish.task
        given = None
        if "/" in task or task.startswith((".", "~")):
            with suppress(UsageError):  # The run reports it.
                given = expand_user(task)
        keys = session.settings.keys.get("search_tasks", make_binding_by_id("search_tasks").key)
        tree = TaskTree(lambda: self.set_focus(self.search), keys.split(","))
        super().__init__(
            "task",
            lambda: read_tasks(given, session.wish.task),
            lambda: snapshot_tasks(given),
            describe_row,
            view=tree,
            fixed_preview=False,
        )
        self._tree = tree
        self.session = session
        self.question = question
        self._choose_when_loaded = False

    @property
    def row(self) -> TaskRow | None:
        """The row under the cursor: a task or a part of it."""
        return self._tree.row if self.is_mounted and self._tree.display else None

    def after_load(self) -> None:
        """Choose if enter was pressed before there was anything."""
        if self._choose_when_loaded:
            self._choose_when_loaded = False
            self.action_open_row()

    @background(exclusive=True, group="preview")
    async def show_preview(self) -> None:  # type: ignore[override]
        """Describe the row. Runs in the background: it reads the row's file."""
        row = self.row
        self.preview.show(await asyncio.to_thread(describe_row, row) if row is not None else Content(""))

    # --- choosing --------------------------------------------------------------------------------

    @on(OptionList.OptionSelected)
    def action_open_row(self) -> None:
        """Choose the task, edit the text, or open the origin."""
        row = self.row
        if row is None:
            self._choose_when_loaded = not self.shown.entries
        elif row is NO_TASK:
            self.action_no_task()
        elif row.name:
            self.action_edit_text()
        elif row.entry is None:
            self._tree.action_toggle_row()
        else:
            self._choose(row.entry, max(1, row.number), start=False)

    @on_entry(lambda entry: entry.task is not None)
    @background(exclusive=True, group="choose", opens_screen=True)
    async def action_start_task(self, entry: TaskEntry) -> None:
        """Start the task; ask which question if there are several."""
        questions = entry.task.questions if entry.task is not None else ()
        number = self.row.number if self.row is not None else 0
        if not questions:
            self.say("The task has no question. Choose it with enter and type one.", is_error=True)
            return
        if not number and len(questions) > 1:
            from roundtable_tui.tui.screens.dialogs.picker import Item, Picker

            lines = [(str(n), single_line(one)) for n, one in enumerate(questions, 1)]
            items = [Item(n, f"{n}  {line}", line) for n, line in lines]
            picked = await self.app.push_screen_wait(Picker("Question", items))
            if picked is None:
                return
            number = int(picked)
        self._choose(entry, max(1, number), start=True)

    def action_no_task(self) -> None:
        """Choose no task."""
        self.dismiss(TaskChoice(""))

    def _choose(self, entry: TaskEntry, number: int, *, start: bool) -> None:
        if entry.fault is not None:
            self.say(str(entry.fault), is_error=True)
        else:
            self.dismiss(TaskChoice(entry.reference, number, start))

    # --- texts -----------------------------------------------------------------------------------

    def _get_text_name(self, entry: TaskEntry) -> str:
        """Return the name of the text under the cursor, or of the first text of the task."""
        name = self.row.name if self.row is not None else ""
        return name or next(iter(entry.texts), QUESTIONS_FILE)

    @on_entry()
    def action_edit_text(self, entry: TaskEntry) -> None:
        """Edit the text."""
        self._open_text(entry.path, self._get_text_name(entry), entry.title)

    def _open_text(self, folder: Path, name: str, title: str) -> None:
        from roundtable_tui.tui.screens.library.tasks.editor import TaskTextEditor

        entry = self.shown.entries.get(str(folder))
        count = len(entry.task.questions) if entry is not None and entry.task is not None else 0
        self.say("")

        def show_saved(saved_to: Path | None) -> None:
            if saved_to is not None:
                self.load(Target(str(saved_to), name))

        self.app.push_screen(TaskTextEditor(folder, name, title, count), show_saved)

    @on_entry()
    def action_edit_outside(self, entry: TaskEntry) -> None:
        """Edit the text in the user's editor."""
        if self.session.is_running:
            line = "A run is active and would be suspended. Press e to edit the text here."
            self.say(line, is_error=True)
            return
        file = TaskFile.locate(entry.path, self._get_text_name(entry))
        self.say("")
        self.attempt(lambda: self.say(file.copy_notice if file.edit_outside(self.app) else ""))
        self.load(Target(str(file.folder), file.name))

    # --- tasks of the user's own -----------------------------------------------------------------

    @background(exclusive=True, group="files", opens_screen=True)
    async def action_new_task(self) -> None:
        """Save the question and the settings as a task."""
        draft = await self._attempt(lambda: _make_draft(self.session, self.question))
        if draft is None:
            return
        question, base = single_line(draft.question, 60), draft.base
        if question or base is not None:
            source = f"“{question}”" if question else f"The questions of {base.title if base else ''}"
            hint = f"{source}, with the current mode, team and options."
        else:
            hint = "There is no question yet: you write it next."
        suggested = _suggest_name(draft.question, base.title if base else "")
        prompt = ("Save this setup as a task", suggested, hint)
        make = partial(make_task, draft=draft, personas_dir=self.session.wish.personas_dir)
        await self._make(prompt, make, "Saved as {}", is_open=True, edits=not question and base is None)

    @background(exclusive=True, group="files", opens_screen=True)
    async def action_new_empty_task(self) -> None:
        """Create an empty task."""

        def make(name: str) -> Path:
            texts = {QUESTIONS_FILE: "", SETTINGS_FILE: task_storage.new_settings_text(name)}
            return task_storage.new_task(name, texts)

        prompt = ("New task", "", "You write its questions next, one per line.")
        await self._make(prompt, make, is_open=True, edits=True)

    @on_entry()
    @background(exclusive=True, group="files", opens_screen=True)
    async def action_copy_task(self, entry: TaskEntry) -> None:
        """Copy the task to the user's tasks."""
        prompt = ("Copy the task", f"{entry.title} 2", "The copy is yours.")
        await self._make(prompt, partial(task_storage.copy_task, entry.path), "Copied to {}")

    @on_entry(lambda entry: not entry.is_bundled)
    @background(exclusive=True, group="files", opens_screen=True)
    async def action_rename_task(self, entry: TaskEntry) -> None:
        """Rename the task and its folder."""
        hint = "This renames the folder too, which is its name in commands."
        prompt, rename = ("Rename the task", entry.title, hint), partial(task_storage.rename_task, entry.path)
        path = await self._make(prompt, rename, "Renamed to {}", unchanged=entry.title)
        if path is not None and self.session.wish.task == entry.reference:
            self.session.choose(task=path.name if entry.origin != "given" else str(path))

    @on_entry(lambda entry: not entry.is_bundled)
    def action_delete_task(self, entry: TaskEntry) -> None:
        """Move the task to the trash."""

        def delete() -> Undo:
            deleted = task_storage.delete_task(entry.path)
            if self.session.wish.task == entry.reference:
                self.session.choose(task="", question_number=1)
            return undo_by(partial(task_storage.restore_task, deleted))

        self.change(delete, f"{single_line(entry.title, 60)} deleted.")

    def action_undo_task_delete(self) -> None:
        """Restore the task deleted last; after those deleted here, the ones in the trash."""
        if not self._undo and (trash := task_storage.list_deleted_tasks()):
            self._undo.append(undo_by(partial(task_storage.restore_task, trash[0])))
        if self._undo:
            self.undo_last()
        else:
            self.say("The trash is empty.")

    async def _attempt(self, change: Callable[[], T]) -> T | None:
        """Change folders in the background; show the error if that fails."""
        try:
            return await asyncio.to_thread(change)
        except RoundtableError as error:
            self.say(str(error), is_error=True)
            return None

    async def _make(
        self,
        prompt: tuple[str, str, str],
        make: Callable[[str], Path],
        line: str = "",
        *,
        unchanged: str = "",
        is_open: bool = False,
        edits: bool = False,
    ) -> Path | None:
        """Ask for a name, and create or move a folder in the background; then show its row.

        Args:
            prompt: title, suggested name and hint of the question.
            make: gets the name, returns the folder.
            line: shown then, with the path for `{}`.
            unchanged: a name for which there is nothing to do.
            is_open: whether to show the parts of the task.
            edits: whether to edit its questions then.
        """
        from roundtable_tui.tui.screens.dialogs.text_prompt import TextPrompt

        folder = files.display_path(task_storage.user_tasks_dir())
        question = TextPrompt(*prompt, placeholder=f"Name; also names its folder in {folder}")
        name = (await self.app.push_screen_wait(question) or "").strip()
        path = await self._attempt(partial(make, name)) if name not in ("", unchanged) else None
        if path is not None:
            self.say(line.format(files.display_path(path)))
            self.load(Target(str(path), is_open=is_open))
            if edits:
                self._open_text(path, QUESTIONS_FILE, name)
        return path

    # --- keys ------------------------------------------------------------------------------------

    @offered(lambda self: not self.search.has_focus, hide=True)
    def focus_search(self) -> None:
        """Go to the search."""
        super().focus_search()

    def action_move_highlight(self, move: str) -> None:
        """Go from the search to the best match, or turn the pages of the tree."""
        if move == "cursor_down":
            self.set_focus(self.view)
        elif move != "cursor_up":
            super().action_move_highlight(move)

    def leave(self) -> None:
        """Clear the search, or close."""
        if self.search.value:
            self.search.value = ""
        else:
            self.dismiss(None)


def _make_draft(session: Session, question: str) -> TaskDraft:
    """Return the content of a new task: the typed question and the choices, else the run on the screen."""
    run, request = session.run, session.wish
    if run is not None and not question.strip():
        return draft_from_run(run.build_header(), run.plan.task)
    return draft_from_request(request, question, session.settings, find_task(request.task))


def _suggest_name(question: str, base_title: str) -> str:
    if not question.strip():
        return f"{base_title} 2" if base_title else ""
    return textwrap.shorten(single_line(question, 1000), MAX_SUGGESTED_NAME_CHARS, placeholder="")
