"""The JSON side of the persona editor: the text and the problems in it."""

from __future__ import annotations

from collections.abc import Collection

from textual.app import ComposeResult
from textual.containers import Vertical

from roundtable_tui.tui.screens.library.file_editor import list_problems
from roundtable_tui.tui.screens.library.personas.draft import PersonaDraft
from roundtable_tui.tui.screens.library.problem_field import JSON_SYNTAX, ProblemField
from roundtable_tui.tui.widgets.forms.note import Note


class PersonaJsonEditor(Vertical):
    """The JSON of a draft, and below it the problems."""

    def __init__(self) -> None:
        super().__init__(id="source")

    def compose(self) -> ComposeResult:
        """Yield the text and a note."""
        self.border_title = "JSON"
        yield ProblemField(JSON_SYNTAX, id="json")
        yield Note(id="faults")

    @property
    def field(self) -> ProblemField:
        """The text field."""
        return self.query_one(ProblemField)

    def show(self, draft: PersonaDraft, untouched: Collection[str] = ()) -> None:
        """Show a draft and its problems, those of `untouched` fields of a new persona left out."""
        problems = [problem for problem in draft.problems if problem.field not in untouched]
        self.field.replace_content(draft.text)
        self.field.mark(problems)
        note = self.query_one("#faults", Note)
        note.set_class(bool(problems), "-faulty")
        note.set_class(draft.persona is not None, "-fine")
        fine = "✓ Valid persona." if draft.persona is not None else "Not complete yet."
        note.show_content(list_problems([str(problem) for problem in problems]) or fine)

    def go_to_next_problem(self) -> None:
        """Focus the text and move the cursor to the next problem."""
        self.field.focus()
        self.field.go_to_next_problem()
