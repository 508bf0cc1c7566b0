"""A line or a few of plain text, laid out again only when it says something else."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from roundtable_tui.utils.text import one_line


class Note(Static):
    """Says what it is given, never as markup; one that `folds` takes no room while it says nothing."""

    def __init__(self, *, folds: bool = False, id: str | None = None, classes: str | None = None) -> None:
        super().__init__("", markup=False, id=id, classes=classes)
        self._folds = folds
        self.said = Content("")
        if folds:
            self.display = False

    def tell(self, line: str, *, wrong: bool = False) -> None:
        """Say a line that may hold anything; `wrong` ones look it."""
        self.say(one_line(line))
        self.set_class(wrong, "-error")

    def say(self, said: Content | str) -> None:
        """Say something; strings have to be clean."""
        content = Content(said) if isinstance(said, str) else said
        if not content.is_same(self.said):
            self.said = content
            self.update(content)
            if self._folds and self.display != bool(content):
                self.display = bool(content)
