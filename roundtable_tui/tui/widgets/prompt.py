"""The input at the bottom, for questions and messages."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widgets import TextArea


class Prompt(TextArea):
    """A text area of one to six rows. Enter sends; shift+enter or ctrl+j starts a new line."""

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
        ("shift+enter ctrl+j", "New line", "Pasted lines also stay one text."),
        ("↑ ↓", "History", "Texts that were sent before."),
        ("esc", "Switch to the panes", "And back."),
    )

    TEXT_KEYS = frozenset({"enter", "shift+enter", "ctrl+j", "alt+enter"})
    """Keys that send the text or start a new line."""

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

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "enter":
            event.prevent_default().stop()
            text = self.text.strip()
            if text:
                self._history.append(text)
                self._history_index = len(self._history)
                self.clear()
            self.post_message(self.Submitted(text))
        elif event.key in self.TEXT_KEYS:
            event.prevent_default().stop()
            self.insert("\n")
        elif event.key in ("up", "down") and self._history and "\n" not in self.text:
            step = -1 if event.key == "up" else 1
            if 0 <= self._history_index + step <= len(self._history):
                event.prevent_default().stop()
                self._history_index += step
                self.text = (
                    self._history[self._history_index] if self._history_index < len(self._history) else ""
                )
                self.move_cursor(self.document.end)
        else:
            await super()._on_key(event)
