"""The line at the bottom: a question, or a word to the table. Enter sends; a paste stays one text."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widgets import TextArea


class Prompt(TextArea):
    """A text of one to six lines. Enter sends it, shift+enter or ctrl+j begins a new line."""

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

    HELP_TITLE = "At the input"
    HELP_KEYS = (
        ("enter", "Send", "A question; while a run goes on, a word to the table."),
        ("@name", "To one seat", "At the beginning: only that seat hears it."),
        ("shift+enter ctrl+j", "A new line", "A paste of many lines stays one text, too."),
        ("↑ ↓", "What was sent before", "To send it again, or another way."),
        ("esc", "To the panes", "And back."),
    )

    @dataclass
    class Submitted(Message):
        """The person has sent `text`, which may be empty."""

        text: str

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(highlight_cursor_line=False, soft_wrap=True, id=id)
        for key in ("f6", "f7"):  # Selecting here is of less use than what the table does with them.
            self._bindings.key_to_bindings.pop(key, None)
        self._history: list[str] = []
        self._history_index = 0

    def set_placeholder(self, placeholder: str) -> None:
        """Say what the line is for now."""
        self.placeholder = Content(placeholder)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave keys that do nothing here, as in an empty line, to the table."""
        at_end = self.selection.start == self.selection.end == self.document.end
        if at_end and action in ("cursor_line_end", "delete_right"):
            return False
        return super().check_action(action, parameters)

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "enter":
            event.prevent_default().stop()
            text = self.text.strip()
            if text:
                self._history.append(text)
                self._history_index = len(self._history)
                self.clear()
            self.post_message(self.Submitted(text))
        elif event.key in ("shift+enter", "ctrl+j", "alt+enter"):
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
