"""The question whether a seat may call a tool, in the place of the captain's strip."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from roundtable_tui.tui.widgets.cells import measure_cells
from roundtable_tui.tui.widgets.run.rows.seat_style import Part, get_seat_style, make_chip
from roundtable_tui.tui.widgets.run.seat_pane import SeatPane
from roundtable_tui.utils.text import single_line

if TYPE_CHECKING:
    from roundtable_tui.engine.tools.permission import PermissionAnswer, PermissionQuestion

CHOICES: tuple[tuple[PermissionAnswer, str], ...] = (
    ("once", "once"),
    ("run", "this run"),
    ("always", "always"),
    ("no", "no"),
)
_NO = len(CHOICES) - 1
_HINT = "esc answers"
_HINT_FOCUSED = "← → enter"
_MAX_ARGUMENT_CHARS = 400


class PermissionStrip(Static, can_focus=True):
    """Asks the user. It never takes the focus by itself: a key meant for something else allows no call."""

    HELP_TITLE = "Permission for a tool"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "move(-1)", "Choose", show=False),
        Binding("right", "move(1)", "Choose", show=False),
        Binding("enter", "answer", "Select"),
        *(Binding(str(at + 1), f"answer({at})", label, show=False) for at, (_, label) in enumerate(CHOICES)),
    ]
    DEFAULT_CSS = """
    PermissionStrip {
        display: none;
        height: auto;
        max-height: 4;
        padding: 0 1;
        background: $warning-muted;
        color: $foreground;
        &:focus { background: $panel-lighten-1; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__("", id=id, markup=False)
        self._chosen = _NO
        self._spans: list[tuple[int, int, int]] = []
        self._head: list[Part] = []
        self._arguments = ""
        self._answered: asyncio.Future[PermissionAnswer] | None = None

    @property
    def is_asking(self) -> bool:
        """Whether a question waits for an answer."""
        return self._answered is not None

    async def ask(self, question: PermissionQuestion, pane: SeatPane | None) -> PermissionAnswer:
        """Show a question until it is answered.

        Args:
            question: The question.
            pane: The pane of the seat that calls; None if it has none.
        """
        name = single_line(pane.seat_name if pane else question.seat, 24)
        chip = [] if pane is None or pane.is_seatless else [make_chip(pane.identity), (" ", "")]
        style = get_seat_style(pane.identity.number) if pane else ""
        self._head = [*chip, (name, f"bold {style}"), (f" calls {single_line(question.tool, 48)}", "bold")]
        self._arguments = single_line(question.arguments, _MAX_ARGUMENT_CHARS)
        self._chosen = _NO
        self._answered = asyncio.get_running_loop().create_future()
        self.display = True
        self.write()
        try:
            return await self._answered
        finally:
            had_focus = self.has_focus
            self._answered = None
            self.display = False
            if had_focus:
                self.screen.set_focus(None)

    def write(self) -> None:
        """Write the question: the choices first, so that long arguments do not hide them."""
        parts: list[Part] = [("? ", "bold $text-warning"), *self._head, ("   ", "")]
        at = sum(measure_cells(text) for text, _ in parts)
        self._spans = []
        for number, (_, label) in enumerate(CHOICES):
            text = f" {number + 1} {label} "
            parts.append((text, "bold $background on $foreground" if number == self._chosen else "bold"))
            self._spans.append((at, at + measure_cells(text), number))
            at += measure_cells(text)
        parts.append((f"  {_HINT_FOCUSED if self.has_focus else _HINT}", "$text-muted"))
        self.update(Content.assemble(*parts, "\n", (self._arguments, "$text-muted")))

    def action_move(self, by: int) -> None:
        """Highlight the choice `by` places after the highlighted one."""
        self._chosen = min(_NO, max(0, self._chosen + by))
        self.write()

    def action_answer(self, choice: int | None = None) -> None:
        """Answer with a choice, or with the highlighted one."""
        if self._answered is not None and not self._answered.done():
            self._answered.set_result(CHOICES[self._chosen if choice is None else choice][0])

    def on_focus(self) -> None:
        """Show the keys that work now."""
        self.write()

    def on_blur(self) -> None:
        """Show how to get to the keys; enter means no again."""
        self._chosen = _NO
        self.write()

    def on_click(self, event: events.Click) -> None:
        """Answer with the choice under the pointer."""
        x = event.x - self.gutter.left
        for start, end, number in self._spans:
            if event.y == 0 and start <= x < end:
                self.action_answer(number)
