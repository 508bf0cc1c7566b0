"""The base of the editors: header, status line, saving, and changes of the file on disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from textual.app import ComposeResult
from textual.content import Content

from roundtable_tui.errors import RoundtableError
from roundtable_tui.tui.background import background
from roundtable_tui.tui.screens.base import BaseDialog
from roundtable_tui.tui.widgets.forms.note import Note
from roundtable_tui.tui.widgets.key_hints import KeyHints
from roundtable_tui.utils.text import single_line

POLL_INTERVAL_S = 1.0
"""Seconds between two looks at the file and, in a browser, at the folders."""
MAX_SHOWN_PROBLEMS = 3
UNSAVED = "There are unsaved changes."


class EditedFile(Protocol):
    """The file behind an editor: `WatchedFile` plus where saving puts it."""

    path: Path | None
    gone: bool
    fault: str

    @property
    def is_writable(self) -> bool:
        """Whether saving writes to the file itself."""

    @property
    def differs(self) -> bool:
        """Whether the text on disk differs from the one that is edited."""

    @property
    def disk_text(self) -> str:
        """The text on disk as last looked at."""

    def has_new_version(self) -> bool:
        """Return whether the file has changed on disk. Safe in a thread."""

    def look(self) -> bool:
        """Read the file again if it has changed on disk; return whether it has."""

    def accept(self) -> str:
        """Make the text on disk the one that is edited and return it."""

    def describe_target(self, name: str) -> str:
        """Return one line about the file that saving writes."""


D = TypeVar("D")
R = TypeVar("R")


class FileEditor(BaseDialog[R], Generic[D, R]):
    """Edits a draft of type D and closes with a result of type R, or with None.

    A subclass composes its fields between `compose_header` and `compose_footer`, calls `set_draft` whenever
    one of them changes, and draws the draft in `show_draft`. The file is polled: a new version on disk
    replaces an unchanged draft; otherwise the user chooses with F6 and F7.
    """

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-tall")]
    NOUN = "file"
    """The kind of resource, shown in the header of a new one."""

    def __init__(self, store: EditedFile, draft: D, parse: Callable[[str], D]) -> None:
        """Begin with `draft`; `parse` makes a draft of a text on disk."""
        super().__init__()
        self.store = store
        self.draft = self.original = draft
        self._parse = parse
        self._confirming = ""
        self._is_polling = False

    # --- drawing -------------------------------------------------------------------------------

    def compose_header(self) -> ComposeResult:
        """Yield name, target and the notice about the disk."""
        yield Note(id="who")
        yield Note(id="where")
        yield Note(id="disk", hide_empty=True)

    def compose_footer(self) -> ComposeResult:
        """Yield the status line and the keys."""
        yield Note(id="status", hide_empty=True)
        yield KeyHints()

    def start_polling(self) -> None:
        """Begin to poll the file."""
        self.set_interval(POLL_INTERVAL_S, self._poll)

    @property
    def changed(self) -> bool:
        """Whether the draft differs from the file."""
        return self.draft != self.original

    def show_header(self, name: str, about: str = "") -> None:
        """Show name, a sign for unsaved changes, and the file that saving writes."""
        sign = " •" if self.changed else ""
        title = single_line(name, 60) or f"New {self.NOUN}"
        note = (f"  {single_line(about, 80)}", "dim") if about else ""
        self.query_one("#who", Note).show_content(Content.assemble((title, "bold"), note, sign))
        self.query_one("#where", Note).show_content(self.store.describe_target(name))

    def show_draft(self) -> None:
        """Draw the draft."""

    def set_draft(self, draft: D) -> None:
        """Take a changed draft and draw it."""
        self.draft = draft
        self._confirming = ""
        self.say("")
        self.show_draft()

    def say(self, line: str, kind: str = "warning") -> None:
        """Show a line above the keys; `kind` "error" colours it as one."""
        self.query_one("#status", Note).show_line(line, is_error=kind == "error")

    # --- saving and leaving --------------------------------------------------------------------

    def confirm(self, question: str, how: str) -> bool:
        """Return whether the user repeats a key after this question; ask it otherwise."""
        if self._confirming == question:
            return True
        self._confirming = question
        self.say(f"{question} {how}")
        return False

    def save(self, question: str, write: Callable[[], object]) -> None:
        """Save unless nothing has changed; ask first if there is a question. Errors become a line."""
        if not self.changed and self.store.path is not None and not self.store.gone:
            self.say("Nothing has changed: there is nothing to save.")
        elif not question or self.confirm(question, "Press ctrl+s again to save anyway."):
            try:
                write()
            except RoundtableError as error:
                self.say(f"Not saved: {error}", "error")

    def leave(self, result: Any = None) -> None:
        """Close; ask first if there are unsaved changes."""
        how = "ctrl+s saves them, esc again leaves without them."
        if not self.changed or self.confirm(UNSAVED, how):
            self.dismiss(result)

    # --- the file on disk ----------------------------------------------------------------------

    def check_disk_text(self, text: str) -> str:
        """Return why a text on disk cannot be edited here, as a sentence; "" if it can."""
        return ""

    def on_screen_resume(self) -> None:
        """Look at the file: it may have been changed while another screen was open."""
        self._poll()

    @background(group="poll")
    async def _poll(self) -> None:
        if self._is_polling or not self.is_current:
            return
        self._is_polling = True  # A slow disk is not asked again before it has answered.
        try:
            has_changed = await asyncio.to_thread(self.store.has_new_version)
        finally:
            self._is_polling = False
        if has_changed and self.store.look():
            self._show_disk_change()

    def _show_disk_change(self) -> None:
        if self.store.differs and (fault := self.check_disk_text(self.store.disk_text)):
            self._show_disk_line(f"The file was changed on disk. {fault} F7 keeps the text here.")
        elif self.store.differs and not self.changed:
            self.action_take_theirs()
            self.say("Reloaded: the file was changed on disk.")
        elif self.store.differs:
            self._show_disk_line("The file was changed on disk: F6 loads it, F7 keeps the text here.")
        elif self.store.gone and self.store.is_writable:
            self._show_disk_line("The file was removed from disk: saving writes it again.")
        else:
            self._show_disk_line(self.store.fault)

    def _show_disk_line(self, line: str) -> None:
        self.query_one("#disk", Note).show_content(single_line(line))
        self.refresh_bindings()

    def action_take_theirs(self) -> None:
        """Load the text on disk in place of the draft."""
        if self.store.differs and not self.check_disk_text(self.store.disk_text):
            self.load_text(self.store.accept())
            self._show_disk_line("")

    def action_keep_yours(self) -> None:
        """Keep the draft; saving replaces the text on disk."""
        if self.store.differs:
            self.original = self._parse(self.store.accept())
            self.show_draft()
            self._show_disk_line("")

    def load_text(self, text: str) -> None:
        """Begin again with a text on disk."""
        self.draft = self.original = self._parse(text)
        self._confirming = ""
        self.show_draft()


def list_problems(problems: list[str]) -> str:
    """Return the first problems, one per line, and how many more there are."""
    lines = [single_line(problem) for problem in problems[:MAX_SHOWN_PROBLEMS]]
    if (left := len(problems) - MAX_SHOWN_PROBLEMS) > 0:
        lines.append(f"and {left} more")
    return "\n".join(lines)
