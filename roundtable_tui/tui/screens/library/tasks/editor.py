"""Edit one text of a task: checked as one types, never over what somebody else has written meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import TextArea

from roundtable_tui.errors import RoundtableError
from roundtable_tui.resources import Persona, PersonaLibrary, Problem, Team
from roundtable_tui.resources.inside import own
from roundtable_tui.resources.task import QUESTIONS_FILE, SETTINGS_FILE, TaskSettings
from roundtable_tui.resources.task_storage import TextFile
from roundtable_tui.resources.validation import check_json
from roundtable_tui.setup.task_check import check_task_settings
from roundtable_tui.tui.background import background
from roundtable_tui.tui.commands import make_bindings
from roundtable_tui.tui.screens.base import BaseScreen
from roundtable_tui.tui.screens.library.tasks.target import TaskFile, copied_line
from roundtable_tui.tui.widgets.forms.note import Note
from roundtable_tui.tui.widgets.key_hints import KeyHints
from roundtable_tui.tui.widgets.lists.entry import TextField, sanitize_input
from roundtable_tui.utils import files
from roundtable_tui.utils.text import single_line


class SourceField(TextField):
    """A TextArea that underlines the lines with a fault."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"text--fault", "text--comment"}

    def __init__(self, *, numbered: bool, comments: bool, id: str | None = None) -> None:
        """With `numbered` lines have numbers, with `comments` those that begin with # step back."""
        super().__init__(id=id, compact=True, show_line_numbers=numbered, highlight_cursor_line=False)
        self._comments = comments
        self._faulty: frozenset[int] = frozenset()

    def get_line(self, line_index: int) -> Text:
        """Return a line, marked if it has a fault."""
        line = super().get_line(line_index)
        if self._comments and line.plain.lstrip().startswith("#"):
            line.stylize(self.get_component_rich_style("text--comment", partial=True))
        if line_index in self._faulty:
            line.stylize(self.get_component_rich_style("text--fault", partial=True))
        return line

    def mark(self, lines: Collection[int]) -> None:
        """Underline these lines, counted from 0, and no others."""
        if self._faulty != (faulty := frozenset(lines)):
            self._faulty = faulty
            self.notify_style_update()  # forgets the lines it has drawn


LOOK_S = 2.0
_MOST_FAULTS = 3
_AGAIN = "ctrl+s again saves it all the same."
_MEANWHILE = "The file has been changed by somebody else"


class TaskTextEditor(BaseScreen[Path | None]):
    """Gives the folder of the task when something was saved, else None."""

    CSS_PATH = "editor.tcss"
    AUTO_FOCUS = "#text"
    BINDINGS = make_bindings("text")
    HELP_PLACES = ("text", "app")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-tall")]

    def __init__(self, folder: Path, name: str, title: str, questions: int = 0) -> None:
        super().__init__()
        self._place = TaskFile(folder, name)
        self._title = title
        self._file = TextFile(self._place.path)
        self._checker = TextChecker(name, questions, folder=folder)
        self._problems: Sequence[Problem] = ()
        self._kept = ""
        """The text as it is in the file."""
        self._asked = ""
        self._saved = False
        self._readable = True
        self._faulty = self._looking = False

    def compose(self) -> ComposeResult:
        """What is edited and where it goes, the text, what there is to say, and the keys."""
        yield Note(id="who")
        yield Note(id="where")
        yield SourceField(numbered=self._checker.is_source, comments=self._checker.has_form, id="text")
        yield Note(id="faults", hide_empty=True)
        yield Note(id="status", hide_empty=True)
        yield KeyHints()

    def on_mount(self) -> None:
        """Read the file, and keep an eye on it."""
        self.field = self.query_one(SourceField)
        self.field.placeholder = Content(WHAT_FOR.get(self._place.name, ""))
        self._read()
        self.set_interval(LOOK_S, self._look)
        if self._checker.has_form:
            self._find_people()

    def _read(self) -> None:
        """Show the file as it is now."""
        try:
            own(self._place.folder, self._place.name)
            found = self._file.read()
        except RoundtableError as error:
            self._readable = False
            self.field.read_only = True
            self._say(str(error), "error")
            found = ""
        self._kept = sanitize_input(found)
        self.field.replace_content(self._kept)
        self.field.reset_history()
        self._show()
        notes = ["Its signs that are not shown are left out on saving."] if self._kept != found else []
        notes += (
            ["Its lines end in more than one way; saved, all end as most do."]
            if self._file.has_mixed_line_ends
            else []
        )
        if notes and self._readable:
            self._say(" ".join(notes))

    @background(exclusive=True, group="people")
    async def _find_people(self) -> None:
        """Read the teams there are, so that a wrong name is seen."""
        library = await asyncio.to_thread(PersonaLibrary.load, None, self._place.folder / "participants")
        self._checker = replace(self._checker, library=library)
        self._show()

    @property
    def changed(self) -> bool:
        """Whether anything is not saved."""
        return self.field.text != self._kept

    @on(TextArea.Changed)
    def _typed(self) -> None:
        self._asked = ""
        if self.changed:
            self._say("")
        self._show()

    def _show(self) -> None:
        told, self._problems = self._checker.check(self.field.text)
        sign = " •" if self.changed else ""
        name = single_line(self._place.name, 80)
        about = Content.assemble((name, "bold"), (f"  {single_line(self._title, 80)}", "dim"), sign)
        self.query_one("#who", Note).show_content(about)
        self.query_one("#where", Note).show_content(self._place.line)
        self.field.mark({problem.line - 1 for problem in self._problems if problem.line})
        lines = [single_line(str(problem)) for problem in self._problems[:_MOST_FAULTS]]
        if (left := len(self._problems) - _MOST_FAULTS) > 0:
            lines.append(f"and {left} more")
        faults = self.query_one("#faults", Note)
        faults.set_class(bool(lines), "-faulty")
        faults.show_content("\n".join(lines) or told)
        if self._faulty != bool(lines):
            self._faulty = bool(lines)
            self.refresh_bindings()

    def _say(self, line: str, kind: str = "") -> None:
        self.query_one("#status", Note).show_line(line, is_error=kind == "error")

    def _sure(self, question: str, again: str) -> bool:
        """Return whether this was asked just before; else ask it."""
        if self._asked == question:
            return True
        self._asked = question
        self._say(f"{question}. {again}")
        return False

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what makes sense now."""
        if action == "next_fault":
            return bool(self._problems)
        if action == "save_text":
            return self._readable
        return True

    # --- the file --------------------------------------------------------------------------------

    @background(group="look")
    async def _look(self) -> None:
        """Show what somebody else has made of the file; say so only where something would be lost."""
        if self._looking or not self.is_current or not self._readable:
            return
        self._looking = True  # A slow disk is not asked again before it has answered.
        try:
            changed = await asyncio.to_thread(self._file.has_changed)
        finally:
            self._looking = False
        # Looked at again: it may have been saved or read meanwhile.
        if not changed or not self._file.has_changed():
            return
        if not self.changed and files.path_exists(self._file.path):
            at = self.field.cursor_location
            self._read()
            self.field.move_cursor(at)
            self._say("The file was changed by somebody else; this is how it is now.")
        elif not self._asked:
            self._say(f"{_MEANWHILE}. ctrl+s asks before it replaces that; ctrl+r shows it instead of yours.")

    def action_save_text(self) -> None:
        """Save; ask first where something would be lost, or does not work."""
        if not self.changed and files.path_exists(self._file.path) and not self._file.has_changed():
            self._say("Nothing has changed: there is nothing to save.")
        elif not (question := self._question()) or self._sure(question, _AGAIN):
            self._save()

    def _question(self) -> str:
        """Return what saving would do that one may not want; "" if nothing."""
        meanwhile = f"{_MEANWHILE}, and would be replaced" if self._file.has_changed() else ""
        fault = "There is a fault, with which it cannot be used" if self._problems else ""
        return ". ".join(part for part in (meanwhile, fault) if part)

    def _save(self) -> None:
        text = self.field.text
        try:
            copied = self._place.make_own()
            self._file.save(text, self._place.path)
        except RoundtableError as error:
            self._say(f"Not saved: {error}", "error")
            return
        self._kept, self._saved, self._asked = text, True, ""
        self._show()
        self._say(f"Saved. {copied_line(self._place)}" if copied else "Saved.")

    def action_read_again(self) -> None:
        """Show the file as it is, in place of what was typed."""
        if not self.changed or self._sure("What you have typed is lost", "ctrl+r again reads the file anew."):
            self._asked = ""
            self._readable, self.field.read_only = True, False
            self._say("")
            self._read()

    def action_text_outside(self) -> None:
        """Open the file in the person's own editor."""
        if self.changed:
            self._say("Save it first: ctrl+s. The editor opens the file.")
            return
        try:
            said, kind = copied_line(self._place) if self._place.edit_outside(self.app) else "", ""
        except RoundtableError as error:
            said, kind = str(error), "error"
        self._file.path = self._place.path
        self._saved |= self._file.has_changed()
        self._readable, self.field.read_only = True, False
        self._read()
        if said:
            self._say(said, kind)

    def action_next_fault(self) -> None:
        """Go to the next fault below the cursor, or to the first."""
        lines = [problem.line - 1 for problem in self._problems if problem.line]
        if lines:
            row = self.field.cursor_location[0]
            self.field.move_cursor((next((line for line in lines if line > row), lines[0]), 0))

    def action_leave_text(self) -> None:
        """Leave; ask once if something is unsaved."""
        if not self.changed or self._sure("There are unsaved changes", "ctrl+s saves, esc again leaves."):
            self.dismiss(self._place.folder if self._saved else None)


WHAT_FOR = {
    "questions.txt": "The questions, one a line.",
    "context.txt": "What everybody at the table should know.",
    "instructions.txt": "How to go about it.",
    "discuss_instructions.txt": "How to go about it.",
    "summarize_instructions.txt": "How to sum up at the end.",
    "task.toml": "How the task is best run: title, mode, team, options.",
}
"""What each text of a task is for."""
TextCheck = tuple[str, Sequence[Problem]]


@dataclass(frozen=True, slots=True)
class TextChecker:
    """Checks the text called `name` of a task with so many questions; the team is looked for in `library`,
    and files that options name in the task's `folder`.
    """

    name: str
    questions: int = 0
    library: PersonaLibrary | None = None
    folder: Path | None = None

    @property
    def is_source(self) -> bool:
        """Whether the lines of the text are numbered: each of them means something."""
        return self.name == QUESTIONS_FILE or self.has_form

    @property
    def has_form(self) -> bool:
        """Whether the text can be wrong."""
        return self.name == SETTINGS_FILE or _is_of_people(self.name)

    def check(self, text: str) -> TextCheck:
        """Return a line about the text, and its faults."""
        if self.name == SETTINGS_FILE:
            settings, problems = check_task_settings(text, self.questions, self.library, self.folder)
            return _in_words(settings) if settings is not None and not problems else "", problems
        if _is_of_people(self.name):
            model = Team if PurePath(self.name).parent.name == "teams" else Persona
            _, problems = check_json(model, text)
            return "" if problems else f"✓ A {model.__name__.lower()}.", problems
        if self.name == QUESTIONS_FILE:
            count = sum(bool(line.strip()) for line in text.split("\n"))
            return f"{count} question{'' if count == 1 else 's'}, one a line", []
        words = len(text.split())
        return f"{words:,} word{'' if words == 1 else 's'}", []


def _in_words(settings: TaskSettings) -> str:
    options = len(settings.options)
    parts = (
        f"mode {settings.mode}" if settings.mode else "",
        " → ".join(stage.mode for stage in settings.stages),
        f"team {settings.team}" if settings.team else "",
        f"{options} option{'s' * (options != 1)}" if options else "",
    )
    return "✓ " + (", ".join(part for part in parts if part) or "Nothing is wrong.")


def _is_of_people(name: str) -> bool:
    path = PurePath(name)
    return path.suffix == ".json" and path.parts[0] in ("participants", "personas")
