"""The form of a fork: the turn it begins at, and what it changes."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Static

from roundtable_tui.errors import RoundtableError
from roundtable_tui.setup.request import ForkChanges
from roundtable_tui.tui.screens.base import BaseDialog
from roundtable_tui.tui.screens.runs.fork_options import UNCHANGED, ForkOptions, load_fork_options
from roundtable_tui.tui.widgets.forms.choice_field import ChoiceField
from roundtable_tui.tui.widgets.lists.entry import LineField, TextField
from roundtable_tui.utils.text import single_line

__all__ = ["ForkScreen", "load_fork_options"]
_TURN_TEXT = (
    "This turn and all later ones are repeated. If you edit its answer, the run continues from your text."
)
_START_TEXT = "All turns are repeated."


class ForkScreen(BaseDialog[tuple[str, ForkChanges] | None]):
    """Closes with (turn, changes), or None if cancelled."""

    CSS_PATH = "fork.tcss"
    AUTO_FOCUS = "#turn"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Cancel", show=False),
        Binding("ctrl+o", "fork", "Fork", show=False, priority=True),
    ]

    def __init__(self, fork_options: ForkOptions, turn: str = "") -> None:
        super().__init__()
        self.forkable = fork_options
        self._shown_models = fork_options.get_models("")
        """Initial values of the model fields."""
        self._initial_turn = turn if any(said.turn == turn for said in fork_options.turns) else ""

    def compose(self) -> ComposeResult:
        """Create the turn and its answer, a row per seat, a field per option."""
        fork_options = self.forkable
        with VerticalScroll(id="form", can_focus=False) as form:
            form.border_title = "Fork run"
            form.border_subtitle = Content("tab next   ctrl+o start fork   esc cancel")
            yield Static("From", classes="label", markup=False)
            turns = [(Content("start of the run"), "")]
            turns += [
                (
                    Content(single_line(f"{fork_options.get_seat_name(said.seat)} · {said.description}", 70)),
                    said.turn,
                )
                for said in fork_options.turns
            ]
            yield ChoiceField(turns, value=self._initial_turn, id="turn")
            yield Static(id="about", classes="note", markup=False)
            yield TextField(id="answer", soft_wrap=True, compact=True)
            yield Static("Persona and model per seat", classes="label", markup=False)
            personas = [(Content("unchanged"), UNCHANGED)]
            personas += [(Content(single_line(name, 30)), name) for name in fork_options.personas]
            for seat in fork_options.header.seats:
                seat_id = str(seat["seat"])
                with Horizontal(classes="row"):
                    yield Static(single_line(str(seat["name"]), 18), classes="name", markup=False)
                    yield ChoiceField(personas, value=UNCHANGED, id=f"persona-{seat_id}")
                    yield LineField(str(seat["model"]), placeholder="model", id=f"model-{seat_id}")
            if fork_options.options:
                yield Static("Options", classes="label", markup=False)
            for name, text in fork_options.options.items():
                with Horizontal(classes="row"):
                    yield Static(single_line(name.replace("_", " "), 24), classes="name", markup=False)
                    value, hint = fork_options.format_option(name), single_line(text, 80)
                    field = LineField(value, placeholder=hint, id=f"option-{name}")
                    field.tooltip = Content(single_line(text, 200))
                    yield field
            yield Static(id="wrong", markup=False)
            with Horizontal(id="buttons"):
                yield Button("Start fork", variant="primary", id="go", compact=True)
                yield Button("Cancel", id="no", compact=True)

    def on_mount(self) -> None:
        """Show the answer of the turn."""
        self._show_turn()

    @on(ChoiceField.Changed, "#turn")
    def _show_turn(self) -> None:
        turn = self.turn
        said = next((one for one in self.forkable.turns if one.turn == turn), None)
        answer = self.query_one("#answer", TextField)
        answer.display = said is not None
        answer.text = said.text if said else ""
        self.query_one("#about", Static).update(_TURN_TEXT if said else _START_TEXT)
        for seat, model in self.forkable.get_models(turn).items():
            field = self.query_one(f"#model-{seat}", LineField)
            if field.value == self._shown_models[seat]:  # Keep typed text.
                field.value = model
        self._shown_models = self.forkable.get_models(turn)

    @property
    def turn(self) -> str:
        """Id of the chosen turn, or "" for the start."""
        return self.query_one("#turn", ChoiceField).choice

    @on(Button.Pressed, "#go")
    def action_fork(self) -> None:
        """Close with the changes."""
        forkable = self.forkable
        seats = [str(seat["seat"]) for seat in forkable.header.seats]
        try:
            changes = forkable.build_changes(
                self.turn,
                self.query_one("#answer", TextField).text,
                {seat: self.query_one(f"#persona-{seat}", ChoiceField).choice for seat in seats},
                {seat: self.query_one(f"#model-{seat}", LineField).value for seat in seats},
                {name: self.query_one(f"#option-{name}", LineField).value for name in forkable.options},
            )
        except RoundtableError as error:
            self.query_one("#wrong", Static).update(
                Content.styled(single_line(str(error), 300), "$text-error")
            )
            self.query_one("#form").scroll_end(animate=False)
            return
        self.dismiss((self.turn, changes))

    @on(Button.Pressed, "#no")
    def action_leave(self) -> None:
        """Close without a fork."""
        self.dismiss(None)
