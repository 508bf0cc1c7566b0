"""Edit one text of a task; it is checked as the user types."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import TextArea

from roundtable_tui.errors import RoundtableError
from roundtable_tui.resources import PersonaLibrary
from roundtable_tui.tui.background import background
from roundtable_tui.tui.commands import format_key_of, make_bindings
from roundtable_tui.tui.screens.base import offered
from roundtable_tui.tui.screens.library.file_editor import FileEditor
from roundtable_tui.tui.screens.library.file_store import CHANGED_QUESTION
from roundtable_tui.tui.screens.library.tasks.target import TaskFile
from roundtable_tui.tui.screens.library.tasks.text_check import WHAT_FOR, TextChecker
from roundtable_tui.tui.screens.library.text_pane import COMMENT_SYNTAX, ProblemField, TextPane
from roundtable_tui.utils.text import sanitize_input


class TaskTextEditor(FileEditor[str, Path | None]):
    """Closes with the folder of the task if something was saved, else with None."""

    CSS_PATH = ["../editor.tcss", "editor.tcss"]
    AUTO_FOCUS = "#text"
    BINDINGS = [*make_bindings("text"), *make_bindings("disk")]
    HELP_PLACES = ("text", "disk", "app")

    def __init__(self, folder: Path, name: str, title: str, questions: int = 0) -> None:
        """Edit the text `name` of the task in `folder`, which has this title and number of questions."""
        self.file = TaskFile.locate(folder, name)
        super().__init__(self.file, "")
        self._task_title = title
        self._checker = TextChecker(name, questions, folder=folder)
        self._has_saved = False
        self._is_readable = True
        syntax = COMMENT_SYNTAX if self._checker.has_form else None
        self.field = ProblemField(syntax, numbered=self._checker.is_source, id="text")
        self._pane = TextPane(self.field)

    def compose(self) -> ComposeResult:
        """Yield header, text, problems, status and keys."""
        yield from self.compose_header()
        yield self._pane
        yield from self.compose_footer()

    def on_mount(self) -> None:
        """Read the file."""
        self.field.placeholder = Content(WHAT_FOR.get(self.file.name, ""))
        self._reload()
        if self._checker.has_form:
            self._load_library()

    @background(exclusive=True, group="library")
    async def _load_library(self) -> None:
        """Read the teams, so that a wrong name is found."""
        library = await asyncio.to_thread(PersonaLibrary.load, None, self.file.folder / "participants")
        self._checker = replace(self._checker, library=library)
        self.show_draft()

    @on(TextArea.Changed)
    def _take_text(self) -> None:
        if self.field.text != self.draft:
            self.set_draft(self.field.text)

    def show_draft(self) -> None:
        """Draw the draft and its problems."""
        line, problems = self._checker.check(self.draft)
        self.show_header(self.file.name, self._task_title)
        self._pane.show(self.draft, problems, line)
        self.note_problems(problems)

    def parse(self, text: str) -> str:
        """Return the draft of a text on disk."""
        return sanitize_input(text)

    # --- the file --------------------------------------------------------------------------------

    def _reload(self) -> None:
        """Begin again with the text on disk."""
        try:
            text = self.file.read()
        except RoundtableError as error:
            self._is_readable, self.field.read_only = False, True
            self.load_text("")
            self.say(str(error), is_error=True)
        else:
            self._is_readable, self.field.read_only = True, False
            self.load_text(text)
        self.field.reset_history()
        self._show_disk_line("")

    def load_text(self, text: str) -> None:
        """Begin again with a text on disk; say what saving changes besides the user's edits."""
        super().load_text(text)
        self.field.history.clear()
        notes = ["Saving removes control characters."] if self.draft != text else []
        notes += ["Saving makes all line ends the same."] if self.file.form.is_mixed else []
        self.say(" ".join(notes))

    @offered(lambda self: self._is_readable, hide=True)
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
            line = self.file.copy_notice if self.file.edit_outside(self.app) else ""
        except RoundtableError as error:
            fault = str(error)
        self._reload()
        self._has_saved |= self.file.text != before
        if line or fault:
            self.say(line or fault, is_error=bool(fault))

    def action_leave_text(self) -> None:
        """Leave; ask first if there are unsaved changes."""
        self.leave(self.file.folder if self._has_saved else None)
