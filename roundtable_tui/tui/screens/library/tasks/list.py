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
from roundtable_tui.resources.edited_file import TaskFile
from roundtable_tui.resources.task import QUESTIONS_FILE, SETTINGS_FILE
from roundtable_tui.resources.task_entries import read_tasks, snapshot_tasks
from roundtable_tui.setup.plan import find_task
from roundtable_tui.setup.save_as_task import TaskDraft, draft_from_request, draft_from_run, make_task
from roundtable_tui.tui.background import background
from roundtable_tui.tui.commands import make_binding_by_id, make_list_bindings
from roundtable_tui.tui.screens.base import offered
from roundtable_tui.tui.screens.library.browser import ResourceBrowser, Snapshot, Undo, on_entry, undo_by
from roundtable_tui.tui.screens.library.tasks.editor import TaskTextEditor, edit_outside
from roundtable_tui.tui.screens.library.tasks.preview import describe_row
from roundtable_tui.tui.screens.library.tasks.rows import NO_TASK, TaskRow, make_part_id, make_row
from roundtable_tui.tui.session import Session
from roundtable_tui.tui.widgets.lists.item_list import Item
from roundtable_tui.tui.widgets.lists.item_tree import ItemTree
from roundtable_tui.utils import files
from roundtable_tui.utils.files import FileSnapshot
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


class TasksScreen(ResourceBrowser[TaskRow, TaskChoice | None]):
    """Closes with the chosen task, or with None."""

    NAME, NOUN, ENTRY = "Tasks", "task", TaskRow
    SEARCH_HINT = "Type to search; enter chooses, ↓ goes to the list"
    CSS_PATH = ["../library.tcss", "tasks.tcss"]
    AUTO_FOCUS = "#search"
    BINDINGS: ClassVar[list[BindingType]] = make_list_bindings("tasks")
    HELP_PLACES = ("tasks", "app")
    FIXED_ROWS = (NO_TASK,)
    view: ItemTree

    def __init__(self, session: Session, question: str = "") -> None:
        """List all tasks. `question` is the text in the prompt, from which a task can be made."""
        keys = session.settings.keys.get("search_tasks", make_binding_by_id("search_tasks").key)
        super().__init__(ItemTree(lambda: self.set_focus(self.search), keys.split(","), id="list"))
        self.preview.can_focus = True
        self.session = session
        self.question = question
        self._choose_when_loaded = False
        self._given: Path | None = None
        if "/" in session.wish.task or session.wish.task.startswith((".", "~")):
            with suppress(UsageError):  # The run reports it.
                self._given = expand_user(session.wish.task)

    def read_file_state(self) -> FileSnapshot:
        """Return the state of all files of all tasks."""
        return snapshot_tasks(self._given)

    def read(self) -> Snapshot:
        """Return all tasks, and the row for none of them."""
        file_state = self.read_file_state()
        entries, problems = read_tasks(self._given)
        chosen = self.session.wish.task.casefold()
        current = (
            entry for entry in entries if chosen in (entry.reference.casefold(), entry.title.casefold())
        )
        id = next((str(entry.path) for entry in current), "")
        return Snapshot([*map(make_row, entries), *self.FIXED_ROWS], file_state, tuple(problems), id)

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
            self._choose_when_loaded = not self.shown.rows
        elif row is NO_TASK:
            self.action_no_task()
        elif not isinstance(row, TaskRow):
            self.view.action_toggle_row()
        elif row.name:
            self.action_edit_text()
        else:
            self._choose(row, row.number, start=False)

    @on_entry(lambda row: row.entry.task is not None)
    @background(exclusive=True, group="choose", opens_screen=True)
    async def action_start_task(self, row: TaskRow) -> None:
        """Start the task; ask which question if there are several."""
        questions = row.entry.task.questions if row.entry.task is not None else ()
        number = row.number
        if not questions:
            self.say("The task has no question. Choose it with enter and type one.", is_error=True)
            return
        if not number and len(questions) > 1:
            from roundtable_tui.tui.screens.dialogs.picker import Picker

            lines = [(str(n), single_line(one)) for n, one in enumerate(questions, 1)]
            items = [Item(n, f"{n}  {line}", line) for n, line in lines]
            picked = await self.app.push_screen_wait(Picker("Question", items))
            if picked is None:
                return
            number = int(picked)
        self._choose(row, number, start=True)

    def action_no_task(self) -> None:
        """Choose no task."""
        self.dismiss(TaskChoice(""))

    def _choose(self, row: TaskRow, number: int, *, start: bool) -> None:
        if row.entry.fault is not None:
            self.say(str(row.entry.fault), is_error=True)
        else:
            self.dismiss(TaskChoice(row.entry.reference, max(1, number), start))

    # --- texts -----------------------------------------------------------------------------------

    @on_entry()
    def action_edit_text(self, row: TaskRow) -> None:
        """Edit the text."""
        count = len(row.entry.task.questions) if row.entry.task is not None else 0
        self._open_text(row.entry.path, row.text_name, row.entry.title, count)

    def _open_text(self, folder: Path, name: str, title: str, questions: int = 0) -> None:
        def show_saved(saved_to: Path | None) -> None:
            if saved_to is not None:
                self.load(make_part_id(saved_to, name), str(saved_to))

        self.say("")
        self.app.push_screen(TaskTextEditor(folder, name, title, questions), show_saved)

    @on_entry()
    def action_edit_outside(self, row: TaskRow) -> None:
        """Edit the text in the user's editor."""
        if self.session.is_running:
            line = "A run is active and would be suspended. Press e to edit the text here."
            self.say(line, is_error=True)
            return
        file = TaskFile(row.entry.path, row.text_name)
        self.say("")
        self.attempt(lambda: self.say(edit_outside(self.app, file)))
        self.load(make_part_id(file.folder, file.name), str(file.folder))

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
        name = await self._ask_name("Save this setup as a task", suggested, hint)
        make = partial(make_task, draft=draft, personas_dir=self.session.wish.personas_dir)
        if (path := await self._make(name, make, "Saved as {}")) is not None:
            self.view.open(str(path))
            if not question and base is None:
                self._open_text(path, QUESTIONS_FILE, name)

    @background(exclusive=True, group="files", opens_screen=True)
    async def action_new_empty_task(self) -> None:
        """Create an empty task."""
        name = await self._ask_name("New task", "", "You write its questions next, one per line.")
        texts = {QUESTIONS_FILE: "", SETTINGS_FILE: task_storage.new_settings_text(name)}
        if (path := await self._make(name, partial(task_storage.new_task, contents=texts))) is not None:
            self.view.open(str(path))
            self._open_text(path, QUESTIONS_FILE, name)

    @on_entry()
    @background(exclusive=True, group="files", opens_screen=True)
    async def action_copy_task(self, row: TaskRow) -> None:
        """Copy the task to the user's tasks."""
        name = await self._ask_name("Copy the task", f"{row.entry.title} 2", "The copy is yours.")
        await self._make(name, partial(task_storage.copy_task, row.entry.path), "Copied to {}")

    @on_entry(lambda row: not row.entry.is_bundled)
    @background(exclusive=True, group="files", opens_screen=True)
    async def action_rename_task(self, row: TaskRow) -> None:
        """Rename the task and its folder."""
        entry, hint = row.entry, "This renames the folder too, which is its name in commands."
        if (name := await self._ask_name("Rename the task", entry.title, hint)) == entry.title:
            return
        path = await self._make(name, partial(task_storage.rename_task, entry.path), "Renamed to {}")
        if path is not None and self.session.wish.task == entry.reference:
            self.session.choose(task=path.name if entry.origin != "given" else str(path))

    @on_entry(lambda row: not row.entry.is_bundled)
    def action_delete_task(self, row: TaskRow) -> None:
        """Move the task to the trash."""

        def delete() -> Undo:
            deleted = task_storage.delete_task(row.entry.path)
            if self.session.wish.task == row.entry.reference:
                self.session.choose(task="", question_number=1)
            return undo_by(partial(task_storage.restore_task, deleted))

        self.change(delete, f"{single_line(row.entry.title, 60)} deleted.")

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

    async def _ask_name(self, title: str, suggested: str, hint: str) -> str:
        """Ask for the name of a task; return "" if the user cancels."""
        from roundtable_tui.tui.screens.dialogs.text_prompt import TextPrompt

        folder = files.display_path(task_storage.user_tasks_dir())
        placeholder = f"Name; also names its folder in {folder}"
        prompt = TextPrompt(title, suggested, hint, placeholder=placeholder)
        return (await self.app.push_screen_wait(prompt) or "").strip()

    async def _make(self, name: str, make: Callable[[str], Path], line: str = "") -> Path | None:
        """Create or move a folder in the background, unless `name` is ""; then show its row, and a line."""
        path = await self._attempt(partial(make, name)) if name else None
        if path is not None:
            self.say(line.format(files.display_path(path)))
            self.load(str(path))
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
