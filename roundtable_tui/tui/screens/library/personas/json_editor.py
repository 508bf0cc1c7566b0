"""The JSON side of the editor: the text itself, coloured, and what is wrong with it, line by line."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from roundtable_tui.resources import Problem
from roundtable_tui.tui.screens.library.personas.draft import PersonaDraft
from roundtable_tui.tui.widgets.forms.note import Note
from roundtable_tui.tui.widgets.lists.entry import MAX_WRAPPED_LINE_CHARS, TextField
from roundtable_tui.utils.text import single_line

_TOKEN = re.compile(
    r'(?P<name>"(?:[^"\\]|\\.)*+"(?=\s*:))|(?P<string>"(?:[^"\\]|\\.)*+"?)'
    r"|(?P<value>-?\d[\d.eE+-]*|\b(?:true|false|null)\b)"
)
_MOST_FAULTS = 3


class JsonField(TextField):
    """A TextArea that colours JSON, and the numbers of the lines that have a fault."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"json--name", "json--string", "json--value", "json--fault"}

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, compact=True, show_line_numbers=True, highlight_cursor_line=False)
        self._faulty: frozenset[int] = frozenset()

    def get_line(self, line_index: int) -> Text:
        """Return a line with its colours."""
        line = super().get_line(line_index)
        if len(line) <= MAX_WRAPPED_LINE_CHARS:
            for token in _TOKEN.finditer(line.plain):
                style = self.get_component_rich_style(f"json--{token.lastgroup}", partial=True)
                line.stylize(style, *token.span())
        if line_index in self._faulty:
            line.stylize(self.get_component_rich_style("json--fault", partial=True))
        return line

    def mark(self, lines: Collection[int]) -> None:
        """Underline these lines, counted from 0, and no others."""
        if self._faulty != (faulty := frozenset(lines)):
            self._faulty = faulty
            self.notify_style_update()  # forgets the lines it has drawn


class PersonaJsonEditor(Vertical):
    """The JSON of a draft, and below it its faults."""

    def __init__(self) -> None:
        super().__init__(id="source")
        self._problems: Sequence[Problem] = ()

    def compose(self) -> ComposeResult:
        """The text, and a line or more about it."""
        self.border_title = "JSON"
        yield JsonField(id="json")
        yield Note(id="faults")

    @property
    def text(self) -> str:
        """The text as it stands there now."""
        return self.query_one(JsonField).text

    def show(self, draft: PersonaDraft, untouched: Collection[str] = ()) -> None:
        """Show a draft and its faults; fields that are `untouched` are only waited for."""
        self._problems = [problem for problem in draft.problems if problem.field not in untouched]
        field = self.query_one(JsonField)
        field.replace_content(draft.text)
        field.mark({problem.line - 1 for problem in self._problems if problem.line})
        faults = self.query_one("#faults", Note)
        faults.set_class(bool(self._problems), "-faulty")
        faults.set_class(draft.persona is not None, "-fine")
        faults.show_content(_told(self._problems, waiting=draft.persona is None))

    def go_to_fault(self) -> None:
        """Put the cursor on the next fault below it, or on the first."""
        field = self.query_one(JsonField)
        field.focus()
        lines = [problem.line - 1 for problem in self._problems if problem.line]
        if lines:
            row = field.cursor_location[0]
            line = next((line for line in lines if line > row), lines[0])
            columns = [p.column - 1 for p in self._problems if p.line == line + 1 and p.column]
            field.move_cursor((line, min(columns[0] if columns else 0, len(field.document[line]))))


def _told(problems: Sequence[Problem], *, waiting: bool) -> Content:
    """Return the first faults, a line each."""
    if not problems:
        return Content("Not complete yet." if waiting else "✓ A persona.")
    lines = [single_line(str(problem)) for problem in problems[:_MOST_FAULTS]]
    if (left := len(problems) - _MOST_FAULTS) > 0:
        lines.append(f"and {left} more")
    return Content("\n".join(lines))
