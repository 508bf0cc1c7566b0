"""The input at the bottom, for questions and messages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widgets import TextArea
from textual.widgets.text_area import EditResult

from roundtable_tui.utils.format import count_of
from roundtable_tui.utils.text import sanitize_input

if TYPE_CHECKING:
    from textual.document._edit import Edit  # The argument of TextArea.edit; it has no public name.

    from roundtable_tui.tui.completion import Candidate, CompletionToken
    from roundtable_tui.tui.widgets.completion_menu import CompletionMenu


class Prompt(TextArea):
    """A text area of one to eight rows. Enter sends; after a backslash or with a modifier it adds a line."""

    DEFAULT_CSS = """
    Prompt {
        width: 1fr;
        height: auto;
        max-height: 8;
        border: none;
        border-left: outer $primary;
        padding: 0 1;
        background: $surface;
        &:focus { background: $surface-lighten-1; border: none; border-left: outer $primary; }
    }
    """

    HELP_TITLE = "Input"
    HELP_KEYS = (
        ("enter", "Send", "A question. During a run it is queued, and asked when the run has ended."),
        ("@name", "Message one seat", "During a run, at the start of the text; @all: everyone."),
        ("@path", "Attach a file", "Tab completes it; a pasted path works too."),
        ("/command", "Run a command", "Every command of the palette; tab completes it."),
        (
            "backspace",
            "Remove the last chip",
            "In the empty input: an attachment, the earlier questions, ...",
        ),
        (
            "shift+enter ctrl+j",
            "New line",
            "Also alt+enter, or a backslash at the end and enter.",
        ),
        ("↑ ↓", "History", "Texts that were sent before; ↓ returns to the text being typed."),
        ("esc", "Switch to the panes", "And back."),
    )

    NEW_LINE_KEYS = frozenset(
        {"shift+enter", "alt+enter", "ctrl+enter", "alt+shift+enter", "ctrl+shift+enter", "ctrl+j"}
    )
    TEXT_KEYS = NEW_LINE_KEYS | {"enter"}
    """Keys that send the text or start a new line."""

    MAX_SHOWN_PASTE_CHARS, MAX_SHOWN_PASTE_LINES = 2_000, 20
    """A longer paste is shown as one line that stands for it: wrapping it again would delay each key."""

    @dataclass
    class Submitted(Message):
        """The user has sent `text`, which may be empty."""

        text: str
        is_question: bool = False
        """True if it began with a space: then it is a question even if it looks like a command."""

    @dataclass
    class RemoveRequested(Message):
        """Backspace was pressed in the empty input: the last chip goes."""

    @dataclass
    class PathPasted(Message):
        """The path of an existing file was pasted."""

        path: Path

    @dataclass
    class CompletionTaken(Message):
        """A candidate was taken that is more than text."""

        candidate: Candidate

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(highlight_cursor_line=False, soft_wrap=True, id=id)
        # Textual selects and undoes with these; here they are commands of the app.
        for key in ("f6", "f7", "ctrl+d", "ctrl+z"):
            self._bindings.key_to_bindings.pop(key, None)
        self._history: list[str] = []
        self._history_index = 0
        self._pastes: dict[str, str] = {}
        """The line that stands for a paste -> its text."""
        self._draft = ""
        """The text being typed, while an earlier one is shown."""
        self.menu: CompletionMenu | None = None
        """The completions on offer; made after the first frame."""
        self.token: CompletionToken | None = None
        """What they complete."""
        self.find_pasted_path: Callable[[str], Path | None] = lambda text: None

    def set_placeholder(self, placeholder: str) -> None:
        """Set the hint shown while the input is empty."""
        self.placeholder = Content(placeholder)

    def edit(self, edit: Edit) -> EditResult:
        """Apply an edit with sanitized text."""
        edit.text = sanitize_input(edit.text)
        return super().edit(edit)

    async def take_key(self, event: events.Key) -> None:
        """Handle a key that came to the screen before this had the focus."""
        await self._on_key(event)

    def put_back(self, text: str) -> bool:
        """Put text that could not be sent into the empty input.

        Returns:
            False if something else was typed meanwhile; the text is then in the history.
        """
        if not text:
            return True
        shown = self._shorten(text)
        if self.text:
            if shown not in self._history:
                self._history.append(shown)
                self._history_index = len(self._history)
            return False
        self._replace_text(shown)
        return True

    @property
    def full_text(self) -> str:
        """The text with its pastes."""
        text = self.text
        for line, pasted in self._pastes.items():
            text = text.replace(line, pasted)
        return text

    @property
    def pastes(self) -> list[tuple[str, str]]:
        """(the line that stands for it, its size) of each long paste in the text, in order."""
        return [(line, describe_size(pasted)) for line, pasted in self._pastes.items() if line in self.text]

    def remove_paste(self, line: str) -> None:
        """Remove a long paste from the text."""
        self._replace_text(self.text.replace(line, ""))

    # --- completion ----------------------------------------------------------------------------

    @property
    def lines_before_cursor(self) -> list[str]:
        """The text before the cursor; empty where text is selected."""
        start, end = self.selection.start, self.selection.end
        if start != end:
            return [""]
        row, column = end
        return [
            *(self.document.get_line(number) for number in range(row)),
            self.document.get_line(row)[:column],
        ]

    def take_completion(self, candidate: Candidate) -> None:
        """Replace the token at the cursor by a candidate."""
        if (token := self.token) is None:
            return
        row, column = self.selection.end
        if row != token.row or column < token.start:
            return
        text = candidate.text if token.sign == "/" or candidate.path else f"@{candidate.text}"
        end = " " if candidate.is_final and self.document.get_line(row)[column : column + 1] != " " else ""
        self.replace(text + end, (token.row, token.start), (row, column))
        if candidate.path is not None:
            self.post_message(self.CompletionTaken(candidate))

    async def _take_menu_key(self, event: events.Key) -> bool:
        """Handle a key of the open list of completions. Returns False for other keys."""
        menu = self.menu
        if menu is None or not menu.display or (candidate := menu.current) is None:
            return False
        if event.key in ("up", "down"):
            menu.move(-1 if event.key == "up" else 1)
        elif event.key == "escape":
            menu.show([])
        elif event.key == "tab" or (event.key == "enter" and not self._is_complete(candidate)):
            self.take_completion(candidate)
        else:
            return False
        event.prevent_default().stop()
        return True

    def _is_complete(self, candidate: Candidate) -> bool:
        """Whether the token is the candidate already: enter then sends the text."""
        token = self.token
        return (
            token is not None
            and candidate.is_final
            and token.sign + token.word == (candidate.text if token.sign == "/" else f"@{candidate.text}")
        )

    # --- keys and pastes -----------------------------------------------------------------------

    async def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        if (path := self.find_pasted_path(event.text)) is not None:
            event.prevent_default()
            self.post_message(self.PathPasted(path))
        elif self._is_long(event.text):
            event.prevent_default()
            self.insert(self._shorten(event.text))
        # Otherwise the text area inserts it: Textual calls the handlers of all base classes.

    def _is_long(self, text: str) -> bool:
        return len(text) > self.MAX_SHOWN_PASTE_CHARS or text.count("\n") >= self.MAX_SHOWN_PASTE_LINES

    def _shorten(self, text: str) -> str:
        """Return a line that stands for a long text; a short text itself."""
        if not self._is_long(text):
            return text
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        known = next((line for line, pasted in self._pastes.items() if pasted == text), "")
        if not known:
            known = f"[Pasted text {len(self._pastes) + 1}: {describe_size(text)}]"
            self._pastes[known] = text
        return known

    async def _on_key(self, event: events.Key) -> None:
        if await self._take_menu_key(event):
            return
        if event.key == "backspace" and not self.text:
            event.prevent_default().stop()
            self.post_message(self.RemoveRequested())
        elif event.key == "enter" and self._ends_with_backslash:
            event.prevent_default().stop()
            row, column = self.selection.end
            self.replace("\n", (row, column - 1), (row, column))
        elif event.key == "enter":
            event.prevent_default().stop()
            typed = self.full_text
            text = typed.strip()
            if text:
                self._history.append(self.text.strip())
                self._history_index = len(self._history)
                self._draft = ""
                self.clear()
            self.post_message(self.Submitted(text, is_question=typed[:1].isspace()))
        elif event.key in self.TEXT_KEYS:
            event.prevent_default().stop()
            self.insert("\n")
        elif event.key in ("up", "down") and self._history and self._is_at_edge(event.key):
            step = -1 if event.key == "up" else 1
            if 0 <= self._history_index + step <= len(self._history):
                event.prevent_default().stop()
                self._show_history(self._history_index + step)
        else:
            await super()._on_key(event)

    @property
    def _ends_with_backslash(self) -> bool:
        """Whether the cursor is behind a backslash at the end of the text."""
        at_end = self.selection.start == self.selection.end == self.document.end
        return at_end and self.document.get_line(self.document.end[0]).endswith("\\")

    def _is_at_edge(self, key: str) -> bool:
        """Whether the cursor cannot move further within the text: at its first or last line."""
        row = self.selection.end[0]
        return row == 0 if key == "up" else row == self.document.line_count - 1

    def _show_history(self, index: int) -> None:
        """Show an earlier text, or at the end of the history what is being typed."""
        if self._history_index == len(self._history):
            self._draft = self.text
        self._history_index = index
        self._replace_text(self._history[index] if index < len(self._history) else self._draft)

    def _replace_text(self, text: str) -> None:
        self.text = sanitize_input(text)
        self.move_cursor(self.document.end)


def describe_size(text: str) -> str:
    """Return the size of a text as `61 lines` or, of one line, `100,000 characters`."""
    lines = text.count("\n") + 1
    return count_of(lines, "line") if lines > 1 else count_of(len(text), "character")
