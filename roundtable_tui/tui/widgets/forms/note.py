"""A text that is laid out again only when it changes."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from roundtable_tui.utils.text import single_line


class Note(Static):
    """Plain text, never read as markup; with `hide_empty` it takes no space while it is empty."""

    def __init__(
        self,
        shown: str = "",
        *,
        hide_empty: bool = False,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """Show `shown`, which must be sanitized, from the first layout on."""
        self.shown = Content(shown)
        super().__init__(self.shown, markup=False, id=id, classes=classes)
        self._hides_empty = hide_empty
        if hide_empty and not shown:
            self.display = False

    def show_line(self, line: str, *, is_error: bool = False) -> None:
        """Show one line of untrusted text; `is_error` marks it as an error."""
        self.show_content(single_line(line))
        self.set_class(is_error, "-error")

    def show_content(self, shown: Content | str) -> None:
        """Show content; strings must be sanitized."""
        content = Content(shown) if isinstance(shown, str) else shown
        if not content.is_same(self.shown):
            self.shown = content
            self.update(content)
            if self._hides_empty and self.display != bool(content):
                self.display = bool(content)
