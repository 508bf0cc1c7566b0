"""The row above the input: mode, team, model and task as they are chosen; a click opens the choice."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from roundtable_tui.text import one_line


class Choice(Static):
    """One choice: its name and what it is now."""

    def __init__(self, name: str, action: str, key: str) -> None:
        super().__init__("", id=f"choice-{name}", classes="choice", markup=False)
        self._label, self._action, self._key = name, action, key

    def say(self, value: str) -> None:
        """Show the value."""
        self.update(
            Content.assemble(
                (f"{self._key} ", "$text-muted"),
                (f"{self._label} ", "$text-muted"),
                (one_line(value, 32) or "–", "bold"),
            )
        )

    async def on_click(self) -> None:
        """Open the choice."""
        await self.run_action(f"screen.{self._action}")


class Choices(Horizontal):
    """The row of choices."""

    DEFAULT_CSS = """
    Choices { height: 1; background: $surface; padding: 0 1; }
    Choices > .choice { width: auto; margin-right: 3; text-wrap: nowrap; text-overflow: ellipsis; }
    Choices > .choice:hover { background: $primary-muted; }
    """

    def compose(self) -> ComposeResult:
        """Show mode, team, model, task."""
        yield Choice("mode", "choose_mode", "F2")
        yield Choice("team", "choose_team", "F3")
        yield Choice("model", "choose_model", "F4")
        yield Choice("task", "choose_task", "F6")

    def show(self, *, mode: str, team: str, model: str, task: str) -> None:
        """Write the choices."""
        for name, value in (("mode", mode), ("team", team), ("model", model), ("task", task)):
            self.query_one(f"#choice-{name}", Choice).say(value)
