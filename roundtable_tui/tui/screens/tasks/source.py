"""The text that is edited, with the lines marked that have a fault."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar

from rich.text import Text

from roundtable_tui.tui.widgets.entry import TextField


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
