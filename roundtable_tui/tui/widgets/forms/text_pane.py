"""Text fields that colour their syntax, underline the lines with problems and list them below."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical

from roundtable_tui.resources.validation import Problem
from roundtable_tui.tui.widgets.forms.note import Note
from roundtable_tui.tui.widgets.lists.entry import MAX_WRAPPED_LINE_CHARS, TextField
from roundtable_tui.utils.text import single_line

JSON_SYNTAX = re.compile(
    r'(?P<name>"(?:[^"\\]|\\.)*+"(?=\s*:))|(?P<string>"(?:[^"\\]|\\.)*+"?)'
    r"|(?P<value>-?\d[\d.eE+-]*|\b(?:true|false|null)\b)"
)
COMMENT_SYNTAX = re.compile(r"^\s*+(?P<comment>#.*)")


MAX_SHOWN_PROBLEMS = 3


class ProblemField(TextField):
    """A TextArea; the names of the groups of `syntax` name the styles `source--...`."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "source--name",
        "source--string",
        "source--value",
        "source--comment",
        "source--fault",
    }

    def __init__(
        self, syntax: re.Pattern[str] | None = None, *, numbered: bool = True, id: str | None = None
    ) -> None:
        super().__init__(id=id, compact=True, show_line_numbers=numbered, highlight_cursor_line=False)
        self._syntax = syntax
        self._problems: Sequence[Problem] = ()
        self._faulty: Collection[int] = frozenset()

    def get_line(self, line_index: int) -> Text:
        """Return a line with its colours."""
        line = super().get_line(line_index)
        if self._syntax is not None and len(line) <= MAX_WRAPPED_LINE_CHARS:
            for token in self._syntax.finditer(line.plain):
                style = self.get_component_rich_style(f"source--{token.lastgroup}", partial=True)
                line.stylize(style, *token.span())
        if line_index in self._faulty:
            line.stylize(self.get_component_rich_style("source--fault", partial=True))
        return line

    def mark(self, problems: Sequence[Problem]) -> None:
        """Underline the lines of these problems and no others."""
        self._problems = problems
        faulty = frozenset(problem.line - 1 for problem in problems if problem.line)
        if self._faulty != faulty:
            self._faulty = faulty
            self.notify_style_update()  # clears the cache of drawn lines

    def go_to_next_problem(self) -> None:
        """Move the cursor to the next problem below it, or to the first."""
        lines = [problem.line - 1 for problem in self._problems if problem.line]
        if lines:
            row = self.cursor_location[0]
            line = next((line for line in lines if line > row), lines[0])
            columns = [p.column - 1 for p in self._problems if p.line == line + 1 and p.column]
            self.move_cursor((line, min(columns[0] if columns else 0, len(self.document[line]))))


class TextPane(Vertical):
    """A text that is checked, and below it its problems or a line about it."""

    def __init__(self, field: ProblemField, *, title: str = "", id: str | None = None) -> None:
        super().__init__(id=id)
        self.field = field
        self.border_title = title

    def compose(self) -> ComposeResult:
        """Yield the text and the line."""
        yield self.field
        yield Note(id="faults", hide_empty=True)

    def show(
        self, text: str, problems: Sequence[Problem], otherwise: str = "", *, is_valid: bool = False
    ) -> None:
        """Show a text.

        Args:
            text: the text; cursor and undo steps of the field stay.
            problems: they are underlined, and the first ones listed.
            otherwise: the line about a text without problems.
            is_valid: whether that line is good news.
        """
        self.field.replace_content(text)
        self.field.mark(problems)
        lines = [single_line(str(problem)) for problem in problems[:MAX_SHOWN_PROBLEMS]]
        if (left := len(problems) - MAX_SHOWN_PROBLEMS) > 0:
            lines.append(f"and {left} more")
        note = self.query_one(Note)
        note.set_class(bool(problems), "-faulty")
        note.set_class(is_valid, "-fine")
        note.show_content("\n".join(lines) or otherwise)

    def go_to_next_problem(self) -> None:
        """Focus the text and move the cursor to the next problem."""
        self.field.focus()
        self.field.go_to_next_problem()
