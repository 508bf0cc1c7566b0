"""The base of all editors: a draft, a line about it, and questions before something is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from roundtable_tui.errors import RoundtableError
from roundtable_tui.tui.screens.base import BaseDialog
from roundtable_tui.tui.widgets.forms.note import Note

UNSAVED = "There are unsaved changes."

D = TypeVar("D")
R = TypeVar("R")


class DraftEditor(BaseDialog[R], Generic[D, R]):
    """Edits a draft of type D and closes with a result of type R, or with None.

    A subclass has a note `#status`, calls `set_draft` whenever one of its fields changes, and draws the draft
    in `show_draft`.
    """

    def __init__(self, draft: D) -> None:
        super().__init__()
        self.draft = self.original = draft
        self._confirming = ""

    @property
    def changed(self) -> bool:
        """Whether the draft differs from what is saved."""
        return self.draft != self.original

    def show_draft(self) -> None:
        """Draw the draft."""

    def set_draft(self, draft: D) -> None:
        """Take a changed draft and draw it."""
        self.draft = draft
        self._confirming = ""
        self.say("")
        self.show_draft()

    def begin(self, draft: D) -> None:
        """Begin again with what is saved."""
        self.draft = self.original = draft
        self._confirming = ""
        self.show_draft()

    def say(self, line: str, *, is_error: bool = False) -> None:
        """Show a line above the keys."""
        self.query_one("#status", Note).show_line(line, is_error=is_error)

    def confirm(self, question: str, how: str) -> bool:
        """Return whether the user repeats a key after this question; ask it otherwise."""
        if self._confirming == question:
            return True
        self._confirming = question
        self.say(f"{question} {how}")
        return False

    def attempt_save(self, write: Callable[[], object]) -> None:
        """Save; an error becomes a line."""
        try:
            write()
        except RoundtableError as error:
            self.say(f"Not saved: {error}", is_error=True)

    def leave(self, result: Any = None) -> None:
        """Close; ask first if there are unsaved changes."""
        how = "ctrl+s saves them, esc again leaves without them."
        if not self.changed or self.confirm(UNSAVED, how):
            self.dismiss(result)
