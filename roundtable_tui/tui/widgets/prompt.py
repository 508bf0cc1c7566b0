"""The input at the bottom, for questions and messages."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widgets import TextArea


class Prompt(TextArea):
    """A text area of one to six rows. Enter sends; after a backslash or with a modifier it adds a line."""

    DEFAULT_CSS = """
    Prompt {
        width: 1fr;
        height: auto;
        max-height: 6;
        border: none;
        border-left: outer $primary;
        padding: 0 1;
        background: $surface;
        &:focus { background: $surface-lighten-1; border: none; border-left: outer $primary; }
    }
    """

    HELP_TITLE = "Input"
    HELP_KEYS = (
        ("enter", "Send", "A question; during a run, a message to everyone."),
        ("@name", "Message one seat", "At the start of the text; only that seat reads it."),
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

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(highlight_cursor_line=False, soft_wrap=True, id=id)
        # Textual selects and undoes with these; here they are commands of the app.
        for key in ("f6", "f7", "ctrl+z"):
            self._bindings.key_to_bindings.pop(key, None)
        self._history: list[str] = []
        self._history_index = 0
        self._pastes: dict[str, str] = {}
        """The line that stands for a paste -> its text."""
        self._draft = ""
        """The text being typed, while an earlier one is shown."""

    def set_placeholder(self, placeholder: str) -> None:
        """Set the hint shown while the input is empty."""
        self.placeholder = Content(placeholder)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Pass keys that would do nothing here, as at the end of the text, to the screen."""
        at_end = self.selection.start == self.selection.end == self.document.end
        if at_end and action in ("cursor_line_end", "delete_right"):
            return False
        return super().check_action(action, parameters)

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

    async def _on_paste(self, event: events.Paste) -> None:
        if self._is_long(event.text):
            event.prevent_default().stop()
            self.insert(self._shorten(event.text))
        else:
            await super()._on_paste(event)

    def _is_long(self, text: str) -> bool:
        return len(text) > self.MAX_SHOWN_PASTE_CHARS or text.count("\n") >= self.MAX_SHOWN_PASTE_LINES

    def _shorten(self, text: str) -> str:
        """Return a line that stands for a long text; a short text itself."""
        if not self._is_long(text):
            return text
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        known = next((line for line, pasted in self._pastes.items() if pasted == text), "")
        if not known:
            lines = text.count("\n") + 1
            size = f"{lines:,} lines" if lines > 1 else f"{len(text):,} characters"
            known = f"[Pasted text {len(self._pastes) + 1}: {size}]"
            self._pastes[known] = text
        return known

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "enter" and self._ends_with_backslash:
            event.prevent_default().stop()
            row, column = self.selection.end
            self.replace("\n", (row, column - 1), (row, column))
        elif event.key == "enter":
            event.prevent_default().stop()
            text = self.full_text.strip()
            if text:
                self._history.append(self.text.strip())
                self._history_index = len(self._history)
                self._draft = ""
                self.clear()
            self.post_message(self.Submitted(text))
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
        self.text = text
        self.move_cursor(self.document.end)
