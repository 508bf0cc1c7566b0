"""The pane beside a list that describes what is highlighted."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content

from roundtable_tui.tui.widgets.forms.note import Note
from roundtable_tui.utils.text import sanitize, single_line

MAX_TEXT_CHARS = 6_000
"""Characters of one text that are shown."""


class PreviewPane(VerticalScroll):
    """Shows a text from its start."""

    def __init__(self, *, can_focus: bool = False) -> None:
        super().__init__(id="about", can_focus=can_focus)

    def compose(self) -> ComposeResult:
        """Yield the text."""
        yield Note(id="known")

    def show(self, content: Content) -> None:
        """Show a text."""
        self.query_one(Note).show_content(content)
        self.scroll_home(animate=False)


def make_preview(
    title: str, facts: Sequence[str], *text: str | tuple[str, str], is_error: bool = False
) -> Content:
    """Return a title, facts about it one per line, and below them a text.

    Args:
        title: one line, any text.
        facts: lines of any text; empty ones are left out.
        text: sanitized parts, each plain or with a style.
        is_error: whether the title is the place of an error.
    """
    lines = "".join(f"\n{single_line(fact)}" for fact in facts if fact)
    style = "bold $text-error" if is_error else "bold $text-primary"
    return Content.assemble((single_line(title), style), (lines, "dim"), "\n\n", *text)


def cut_text(text: str) -> str:
    """Return the beginning of an untrusted text, sanitized, and a sign if there is more."""
    return sanitize(text[:MAX_TEXT_CHARS]).strip() + ("\n…" if len(text) > MAX_TEXT_CHARS else "")
