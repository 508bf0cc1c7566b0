"""A panel to ask a persona one question while it is edited or listed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.reactive import var
from textual.widgets import Input, Static

from roundtable_tui.engine import events
from roundtable_tui.errors import RoundtableError
from roundtable_tui.tui.background import background
from roundtable_tui.tui.screens.base import offered
from roundtable_tui.tui.widgets.forms.note import Note
from roundtable_tui.tui.widgets.lists.entry import LineField
from roundtable_tui.tui.widgets.run.seat_pane import SeatPane
from roundtable_tui.utils.crash_log import log_exception
from roundtable_tui.utils.text import single_line

if TYPE_CHECKING:
    from roundtable_tui.engine.run import Run
    from roundtable_tui.resources import Persona

DEFAULT_QUESTION = "Who are you, and what do you look at first when you hear a confident claim?"
_TICK_S = 0.5
_HOW = "Enter asks, with unsaved changes. Nothing is recorded."


@dataclass(slots=True)
class Trial:
    """How a persona is tried, and what it was asked last."""

    start: Callable[[Persona, str], Awaitable[Run]]
    """Builds a run with one answer of a persona to a question, without a record. Raises RoundtableError."""
    question: str = DEFAULT_QUESTION


class TrySeatPane(SeatPane, inherit_bindings=False):
    """The pane of a seat, without the keys of a run."""

    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self) -> None:
        super().__init__("tried", "Answer")
        self.is_live = False  # Its error lines would name keys of a run.


class TryPanel(Vertical):
    """A question and a pane with the answer.

    Its screen has the class `-try` while the panel is open, `-at-try` while the focus is in it.
    """

    is_asking = var(False, bindings=True)
    """Whether an answer is awaited or written."""

    def __init__(
        self,
        trial: Trial | None,
        get_persona: Callable[[bool], Persona | None],
        on_close: Callable[[], object],
    ) -> None:
        """`get_persona` returns the persona to ask; where there is none, it shows why if given True.
        `on_close` moves the focus back to the screen. Without a trial the panel stays closed.
        """
        super().__init__(id="try")
        self.trial = trial
        self._get_persona, self._on_close = get_persona, on_close
        self._pane = TrySeatPane()
        self._number = 0

    def compose(self) -> ComposeResult:
        """Yield the question, the model, the pane, and a line for errors."""
        with Horizontal(classes="row"):
            yield Static("Ask it", classes="label")
            yield LineField(
                self.trial.question if self.trial else "", placeholder="a question", id="question"
            )
        yield Note(id="model-line")
        yield self._pane
        yield Note(id="untried", hide_empty=True)

    def on_mount(self) -> None:
        """Update the figures of the pane regularly."""
        self.query_one("#model-line", Note).show_content(_HOW)
        self.set_interval(_TICK_S, self._tick)

    def _tick(self) -> None:
        if self.is_asking:
            self._pane.tick()

    # --- opening and closing -------------------------------------------------------------------

    @property
    def actions(self) -> Mapping[str, Callable[..., object]]:
        """The actions of the panel, by the id of their command."""
        return {"try_it": self.toggle, "stop_trying": self.stop}

    @offered(lambda self: self.trial, hide=True)
    def toggle(self) -> None:
        """Open the panel; ask if it is open already."""
        if self.screen.has_class("-try"):
            self.ask()
        else:
            self.open()

    @offered(lambda self: self.trial)
    def open(self) -> None:
        """Open the panel, focus the question and show which model would answer."""
        self.screen.add_class("-try", "-at-try")
        self.call_after_refresh(self._focus_question)
        self.show_model()

    def close(self) -> bool:
        """Close the panel if the focus is in it; return whether it was."""
        if not self.screen.has_class("-at-try"):
            return False
        self.stop()
        self.screen.remove_class("-try", "-at-try")
        self._on_close()
        return True

    def _focus_question(self) -> None:
        field = self.query_one("#question", Input)
        field.focus()
        field.select_all()  # Typing replaces it.

    # --- asking --------------------------------------------------------------------------------

    def show_model(self) -> None:
        """Show which model would answer, or why none would."""
        if self.screen.has_class("-try") and (persona := self._get_persona(False)) is not None:
            self._resolve_model(persona)

    @background(exclusive=True, group="model")
    async def _resolve_model(self, persona: Persona) -> None:
        if self.trial is None or self.is_asking:
            return
        with self._showing_errors():
            self._show_seat(await self.trial.start(persona, "?"))

    @contextmanager
    def _showing_errors(self) -> Iterator[None]:
        """Show an error of what is done meanwhile in place of the one before."""
        self._show_error("")
        try:
            yield
        except RoundtableError as error:
            self._show_error(str(error))
        except Exception as error:
            self._show_error(log_exception(error))

    @on(Input.Submitted, "#question")
    def ask(self) -> None:
        """Ask the question; an answer that is still being written is stopped."""
        if self.trial is None or (persona := self._get_persona(True)) is None:
            return
        self.screen.add_class("-at-try")
        question = self.query_one("#question", Input).value.strip()
        if not question:
            self._show_error("Type a question first.")
            return
        self.stop()
        self.trial.question = question
        self._number += 1
        self.is_asking = True
        self._run(self._number, self.trial, persona)

    @offered(lambda self: self.is_asking, hide=True)
    def stop(self) -> None:
        """Stop the answer, if there is one."""
        self.workers.cancel_group(self, "trial")
        self._pane.finish_run("stopped by you", self._pane.clock())
        self._number += 1  # Later events of this trial are ignored.
        self.is_asking = False

    @background(exclusive=True, group="trial")
    async def _run(self, number: int, trial: Trial, persona: Persona) -> None:
        question = trial.question
        try:
            with self._showing_errors():
                run = await trial.start(persona, question)
                if number == self._number:
                    self._show_seat(run)
                    self._pane.clock = run.seconds_since_start
                    run.add_listener(partial(self._handle, number, question))
                    await run.execute()
                    if run.internal_error is not None:
                        self._show_error(log_exception(run.internal_error))
        finally:
            if number == self._number and self.is_attached:
                self.is_asking = False

    def _handle(self, number: int, question: str, event: events.Event) -> None:
        """Show an event in the pane. Turn ids get the trial's number, so that they stay unique."""
        if number != self._number or not self.is_mounted:
            return
        pane = self._pane
        match event:
            case events.TurnQueued():
                pane.handle(replace(event, turn=f"{number} {event.turn}", label=question, phase=""))
            case events.RunFinished():
                pane.finish_run("the run ended", event.t)
            case events.Notice():
                self._show_error(event.text)
            case _ if turn := getattr(event, "turn", ""):
                pane.handle(replace(event, turn=f"{number} {turn}"))  # type: ignore[call-arg]

    def _show_seat(self, run: Run) -> None:
        seat, pane = run.plan.assignments[0], self._pane
        pane.seat_name, pane.role, pane.model = seat.persona.name, seat.persona.role, seat.model
        pane.write_frame()
        temperature = f"temperature {seat.persona.effective_temperature:g}"
        line = single_line(f"{seat.model} at {seat.server.name}, {temperature}. {_HOW}")
        self.query_one("#model-line", Note).show_content(line)

    def _show_error(self, line: str) -> None:
        if self.is_mounted:
            self.query_one("#untried", Note).show_content(single_line(line, 400))
