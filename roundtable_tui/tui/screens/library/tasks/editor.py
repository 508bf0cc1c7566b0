"""Edit one text of a task; it is checked as the user types."""

from __future__ import annotations

import asyncio
import os
from functools import partial
from pathlib import Path
from typing import Any

from textual import on
from textual.app import App, ComposeResult
from textual.content import Content
from textual.widgets import TextArea

from roundtable_tui.errors import RoundtableError
from roundtable_tui.resources import PersonaLibrary
from roundtable_tui.resources.edited_file import CHANGED_QUESTION, TaskFile
from roundtable_tui.resources.task import QUESTIONS_FILE
from roundtable_tui.resources.task_entries import TEXTS
from roundtable_tui.setup.task_check import check_task_text, has_syntax
from roundtable_tui.tui.background import background
from roundtable_tui.tui.commands import format_key_of, make_bindings
from roundtable_tui.tui.external_editor import get_editor_command, open_in_editor
from roundtable_tui.tui.screens.base import offered
from roundtable_tui.tui.screens.library.file_editor import FileEditor
from roundtable_tui.tui.widgets.forms.text_pane import COMMENT_SYNTAX, ProblemField, TextPane
from roundtable_tui.utils.text import sanitize_input


def edit_outside(app: App[Any], file: TaskFile) -> str:
    """Open the file in the user's editor; return a line about the copy if the task was copied for that.

    Raises UsageError, FileError.
    """
    get_editor_command(os.environ)  # Raises before anything is copied.
    return file.copy_notice if file.edit_outside(partial(open_in_editor, app)) else ""


class TaskTextEditor(FileEditor[str, Path | None]):
    """Closes with the folder of the task if something was saved, else with None."""

    CSS_PATH = ["../editor.tcss", "editor.tcss"]
    AUTO_FOCUS = "#text"
    BINDINGS = [*make_bindings("text"), *make_bindings("disk")]
    HELP_PLACES = ("text", "disk", "app")
    file: TaskFile

    def __init__(self, folder: Path, name: str, title: str, questions: int = 0) -> None:
        """Edit the text `name` of the task in `folder`, which has this title and number of questions."""
        super().__init__(TaskFile(folder, name), "")
        self._task_title, self._questions = title, questions
        self._library: PersonaLibrary | None = None
        self._has_saved = False
        syntax = COMMENT_SYNTAX if has_syntax(name) else None
        is_numbered = name == QUESTIONS_FILE or has_syntax(name)  # Each line has a meaning of its own.
        self.field = ProblemField(syntax, numbered=is_numbered, id="text")
        self._pane = TextPane(self.field)

    def compose_fields(self) -> ComposeResult:
        """Yield text and problems."""
        yield self._pane

    def on_mount(self) -> None:
        """Read the file."""
        self.field.placeholder = Content(TEXTS.get(self.file.name, ""))
        self._reload()
        if has_syntax(self.file.name):
            self._load_library()

    @background(exclusive=True, group="library")
    async def _load_library(self) -> None:
        """Read the teams, so that a wrong name is found."""
        participants = self.file.folder / "participants"
        self._library = await asyncio.to_thread(PersonaLibrary.load, None, participants)
        self.show_draft()

    @on(TextArea.Changed)
    def _take_text(self) -> None:
        if self.field.text != self.draft:
            self.set_draft(self.field.text)

    def show_draft(self) -> None:
        """Draw the draft and its problems."""
        file = self.file
        line, problems = check_task_text(file.name, self.draft, self._questions, self._library, file.folder)
        self.show_header(file.name, self._task_title)
        self._pane.show(self.draft, problems, line)
        self.note_problems(problems)

    def parse(self, text: str) -> str:
        """Return the draft of a text on disk."""
        return sanitize_input(text)

    # --- the file --------------------------------------------------------------------------------

    def _reload(self) -> None:
        """Begin again with the text on disk."""
        text, fault = "", ""
        try:
            text = self.file.read()
        except RoundtableError as error:
            fault = str(error)
        self.field.read_only = bool(fault)
        self.load_text(text)
        if fault:
            self.say(fault, is_error=True)
        self.field.reset_history()
        self._show_disk_line("")

    def load_text(self, text: str) -> None:
        """Begin again with a text on disk; say what saving changes besides the user's edits."""
        super().load_text(text)
        self.field.history.clear()
        notes = ["Saving removes control characters."] if self.draft != text else []
        notes += ["Saving makes all line ends the same."] if self.file.form.is_mixed else []
        self.say(" ".join(notes))

    @offered(lambda self: not self.field.read_only, hide=True)
    def action_save_text(self) -> None:
        """Save; ask first if something would be lost or does not work."""
        conflict = CHANGED_QUESTION if self.file.has_conflict() else ""
        fault = "There are errors: the task cannot use this text." if self.has_problems else ""
        self.save(" ".join(part for part in (conflict, fault) if part), self._write)

    def _write(self) -> None:
        copied = self.file.save(self.draft)
        self.original, self._has_saved, self._confirming = self.draft, True, ""
        self.show_draft()
        self._show_disk_line("")
        self.say(f"Saved. {self.file.copy_notice}" if copied else "Saved.")

    @offered(lambda self: self.has_problems, hide=True)
    def action_next_fault(self) -> None:
        """Go to the next problem."""
        self._pane.go_to_next_problem()

    def action_read_again(self) -> None:
        """Load the text on disk in place of the draft; ask first."""
        if not self.changed or self.confirm(
            "Your changes will be lost.", f"Press {format_key_of('read_again')} again."
        ):
            self._reload()

    def action_text_outside(self) -> None:
        """Open the file in the user's editor."""
        if self.changed:
            self.say("Save first with ctrl+s: the editor opens the file.")
            return
        before, line, fault = self.file.text, "", ""
        try:
            line = edit_outside(self.app, self.file)
        except RoundtableError as error:
            fault = str(error)
        self._reload()
        self._has_saved |= self.file.text != before
        if line or fault:
            self.say(line or fault, is_error=bool(fault))

    def action_leave_text(self) -> None:
        """Leave; ask first if there are unsaved changes."""
        self.leave(self.file.folder if self._has_saved else None)
