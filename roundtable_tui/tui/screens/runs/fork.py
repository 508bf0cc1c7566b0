"""The form of a fork: from which turn, and what goes otherwise from there."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Select, Static

from roundtable_tui.errors import RoundtableError
from roundtable_tui.setup.resume import Changes
from roundtable_tui.tui.screens.runs.fork_options import AS_IT_WAS, Forkable, ready
from roundtable_tui.tui.widgets.lists.entry import LineField, TextField
from roundtable_tui.utils.text import one_line

__all__ = ["ForkScreen", "ready"]
_ANEW = "It is asked again, and all that came after it. Edit it, and the run goes on from what you write."
_START = "Everything is asked again."


class ForkScreen(ModalScreen[tuple[str, Changes] | None]):
    """Gives (turn, changes), or None."""

    CSS_PATH = "fork.tcss"
    AUTO_FOCUS = "#turn"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-tall")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave", show=False),
        Binding("ctrl+o", "fork", "Fork", show=False, priority=True),
    ]

    def __init__(self, forkable: Forkable, turn: str = "") -> None:
        super().__init__()
        self.forkable = forkable
        self._models = forkable.models("")
        """What the fields of the models said before anything was typed."""
        self._turn = turn if any(said.turn == turn for said in forkable.turns) else ""

    def compose(self) -> ComposeResult:
        """The turn and its answer; a row for each seat; a field for each option."""
        forkable = self.forkable
        with VerticalScroll(id="form", can_focus=False) as form:
            form.border_title = "Fork the run"
            form.border_subtitle = Content("tab next   ctrl+o fork and go on   esc leave")
            yield Static("From", classes="label", markup=False)
            turns = [(Content("the start"), "")]
            turns += [
                (Content(one_line(f"{forkable.name(said.seat)} · {said.what}", 70)), said.turn)
                for said in forkable.turns
            ]
            yield Select(turns, value=self._turn, allow_blank=False, id="turn", compact=True)
            yield Static(id="about", classes="note", markup=False)
            yield TextField(id="answer", soft_wrap=True, compact=True)
            yield Static("Who speaks: persona, and model", classes="label", markup=False)
            personas = [(Content("as it was"), AS_IT_WAS)]
            personas += [(Content(one_line(name, 30)), name) for name in forkable.personas]
            for seat in forkable.header.seats:
                seat_id = str(seat["seat"])
                with Horizontal(classes="row"):
                    yield Static(one_line(str(seat["name"]), 18), classes="name", markup=False)
                    yield Select(
                        personas, value=AS_IT_WAS, allow_blank=False, id=f"persona-{seat_id}", compact=True
                    )
                    field = LineField(placeholder="model", id=f"model-{seat_id}")
                    field.value = str(seat["model"])
                    yield field
            if forkable.options:
                yield Static("Options", classes="label", markup=False)
            for name, text in forkable.options.items():
                with Horizontal(classes="row"):
                    yield Static(one_line(name.replace("_", " "), 24), classes="name", markup=False)
                    field = LineField(placeholder=one_line(text, 80), id=f"option-{name}")
                    field.value = forkable.option(name)
                    field.tooltip = Content(one_line(text, 200))
                    yield field
            yield Static(id="wrong", markup=False)
            with Horizontal(id="buttons"):
                yield Button("Fork and go on", variant="primary", id="go", compact=True)
                yield Button("Leave", id="no", compact=True)

    def on_mount(self) -> None:
        """Show the answer of the turn."""
        self._show()

    @on(Select.Changed, "#turn")
    def _show(self) -> None:
        turn = self.turn
        said = next((one for one in self.forkable.turns if one.turn == turn), None)
        answer = self.query_one("#answer", TextField)
        answer.display = said is not None
        answer.text = said.text if said else ""
        self.query_one("#about", Static).update(_ANEW if said else _START)
        for seat, model in self.forkable.models(turn).items():
            field = self.query_one(f"#model-{seat}", LineField)
            if field.value == self._models[seat]:  # What was typed stays.
                field.value = model
        self._models = self.forkable.models(turn)

    @property
    def turn(self) -> str:
        """The turn that is chosen, "" for the start."""
        value = self.query_one("#turn", Select).value
        return value if isinstance(value, str) else ""

    @on(Button.Pressed, "#go")
    def action_fork(self) -> None:
        """Give what is to go otherwise."""
        forkable = self.forkable
        seats = [str(seat["seat"]) for seat in forkable.header.seats]
        try:
            changes = forkable.changes(
                self.turn,
                self.query_one("#answer", TextField).text,
                {seat: str(self.query_one(f"#persona-{seat}", Select).value) for seat in seats},
                {seat: self.query_one(f"#model-{seat}", LineField).value for seat in seats},
                {name: self.query_one(f"#option-{name}", LineField).value for name in forkable.options},
            )
        except RoundtableError as error:
            self.query_one("#wrong", Static).update(Content.styled(one_line(str(error), 300), "$text-error"))
            self.query_one("#form").scroll_end(animate=False)
            return
        self.dismiss((self.turn, changes))

    @on(Button.Pressed, "#no")
    def action_leave(self) -> None:
        """Give nothing."""
        self.dismiss(None)
