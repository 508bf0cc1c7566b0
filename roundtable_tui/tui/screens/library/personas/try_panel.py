"""Try a persona: a question, and its answer at once, in the screen where it is edited."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Static

from roundtable_tui.engine import events
from roundtable_tui.errors import RoundtableError
from roundtable_tui.tui.background import background
from roundtable_tui.tui.screens.base import BaseScreen
from roundtable_tui.tui.screens.library.context import LibraryContext
from roundtable_tui.tui.widgets.forms.note import Note
from roundtable_tui.tui.widgets.lists.entry import LineField
from roundtable_tui.tui.widgets.run.seat_pane import SeatPane
from roundtable_tui.utils.crash_log import log_exception
from roundtable_tui.utils.text import single_line

if TYPE_CHECKING:
    from roundtable_tui.engine.run import Run
    from roundtable_tui.resources import Persona


_TICK_S = 0.5
_HOW = "Enter asks; unsaved changes are what is tried. Nothing of it is kept."


class TrySeatPane(SeatPane, inherit_bindings=False):
    """The pane of a seat, without the keys of the table."""

    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self) -> None:
        super().__init__("tried", "Its answer")
        self.is_live = False  # It names no key of the table where something goes wrong.


class TryPanel(Vertical):
    """A question and a pane; the screen gives the persona to `ask`, or to say what would speak (`about`)."""

    @dataclass
    class Asked(Message):
        """The person wants an answer."""

    @dataclass
    class Went(Message):
        """A trial has begun, or ended."""

    def __init__(self, at_hand: LibraryContext, *, id: str = "try") -> None:
        super().__init__(id=id)
        self._at_hand = at_hand
        self._number = 0
        self.going = False
        """True from the question to the end of the answer."""

    def compose(self) -> ComposeResult:
        """The question, who would be asked, the pane, and what went wrong."""
        with Horizontal(classes="row"):
            yield Static("Ask it", classes="label")
            field = LineField(placeholder="a question", id="question")
            field.value = self._at_hand.question
            yield field
        yield Note(id="voice")
        yield TrySeatPane()
        yield Note(id="untried", hide_empty=True)

    def on_mount(self) -> None:
        """Keep the figures of the pane going."""
        self.query_one("#voice", Note).show_content(_HOW)
        self.set_interval(_TICK_S, self._tick)

    def _tick(self) -> None:
        if self.going:
            self.query_one(TrySeatPane).tick()

    @property
    def question(self) -> str:
        """What is to be asked."""
        return self.query_one("#question", Input).value.strip()

    def to_question(self) -> None:
        """Bring the cursor to the question, so that typing replaces it."""
        field = self.query_one("#question", Input)
        field.focus()
        field.select_all()

    @on(Input.Submitted, "#question")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Asked())

    @on(Input.Changed, "#question")
    def _written(self, event: Input.Changed) -> None:
        event.stop()

    @background(exclusive=True, group="voice")
    async def about(self, persona: Persona) -> None:
        """Say which model would answer; what stands in the way is said as well."""
        if self._at_hand.try_persona is None or self.going:
            return
        self._fail("")
        try:
            run = await self._at_hand.try_persona(persona, "?")
        except RoundtableError as error:
            self._fail(str(error))
        except Exception as error:
            self._fail(log_exception(error))
        else:
            self._tell(run)

    def ask(self, persona: Persona) -> None:
        """Ask the persona what stands in the question; one that still answers is stopped."""
        question = self.question
        if not question:
            self._fail("There is no question to ask.")
            return
        self.stop()
        self._at_hand.question = question
        self._number += 1
        self._go(True)
        self._run(self._number, persona, question)

    def stop(self) -> bool:
        """Stop the answer; return whether there was one."""
        was = self.going
        if was:
            pane = self.query_one(TrySeatPane)
            self.workers.cancel_group(self, "trial")
            pane.finish_run("stopped by you", pane.clock())
            self._number += 1  # What still comes of it is not for this pane.
            self._go(False)
        return was

    @background(exclusive=True, group="trial")
    async def _run(self, number: int, persona: Persona, question: str) -> None:
        self._fail("")
        assert self._at_hand.try_persona is not None
        try:
            run = await self._at_hand.try_persona(persona, question)
            if number == self._number:
                self._tell(run)
                self.query_one(TrySeatPane).clock = run.seconds_since_start
                run.add_listener(partial(self._happened, number, question))
                await run.execute()
                if run.internal_error is not None:
                    self._fail(log_exception(run.internal_error))
        except RoundtableError as error:
            self._fail(str(error))
        except Exception as error:
            self._fail(log_exception(error))
        finally:
            if number == self._number:
                self._go(False)

    def _happened(self, number: int, question: str, event: events.Event) -> None:
        """Give the pane what it shows; the turns of each trial have names of their own."""
        if number != self._number or not self.is_mounted:
            return
        pane = self.query_one(TrySeatPane)
        match event:
            case events.TurnQueued():
                pane.handle(replace(event, turn=f"{number} {event.turn}", label=question, phase=""))
            case events.RunFinished():
                pane.finish_run("the run ended", event.t)
            case events.Notice():
                self._fail(event.text)
            case _ if turn := getattr(event, "turn", ""):
                pane.handle(replace(event, turn=f"{number} {turn}"))  # type: ignore[call-arg]

    def _tell(self, run: Run) -> None:
        """Say who is asked."""
        place, pane = run.plan.assignments[0], self.query_one(TrySeatPane)
        pane.seat_name, pane.role, pane.model = place.persona.name, place.persona.role, place.model
        pane.write_frame()
        heat = f"temperature {place.persona.effective_temperature:g}"
        self.query_one("#voice", Note).show_content(
            single_line(f"{place.model} at {place.server.name}, {heat}. {_HOW}")
        )

    def _fail(self, line: str) -> None:
        if self.is_mounted:
            self.query_one("#untried", Note).show_content(single_line(line, 400))

    def _go(self, going: bool) -> None:
        self.going = going
        if self.is_mounted:
            self.post_message(self.Went())


class TryPanelMixin(BaseScreen[Any]):
    """Actions on its `TryPanel`; `-try` says that it is open, `-at-try` that the cursor is in it."""

    at_hand: LibraryContext

    def persona_to_try(self, *, asked: bool) -> Persona | None:
        """Return the persona as it is now; where there is none and it is `asked` for, say why."""
        raise NotImplementedError

    def leave_trial(self) -> None:
        """Bring the cursor back from the trial, which is closed now."""
        raise NotImplementedError

    @property
    def trial(self) -> TryPanel:
        """The panel."""
        return self.query_one(TryPanel)

    def may_try(self, action: str) -> bool | None:
        """Return whether an action on the trial is to be offered now."""
        if action == "try_it":
            return self.at_hand.try_persona is not None
        return self.is_mounted and self.trial.going

    def action_try_it(self) -> None:
        """Open the trial; where it is open, ask."""
        if self.has_class("-try"):
            self._ask()
        else:
            self.open_trial()

    def open_trial(self) -> None:
        """Bring the question to the front, and say who would be asked."""
        if self.at_hand.try_persona is None:
            return
        self.add_class("-try", "-at-try")
        self.call_after_refresh(self.trial.to_question)
        if (persona := self.persona_to_try(asked=False)) is not None:
            self.trial.about(persona)

    @on(TryPanel.Asked)
    def _ask(self) -> None:
        if (persona := self.persona_to_try(asked=True)) is not None:
            self.add_class("-at-try")
            self.trial.ask(persona)

    def action_stop_trying(self) -> None:
        """Stop the answer."""
        self.trial.stop()

    @on(TryPanel.Went)
    def _went(self) -> None:
        self.refresh_bindings()

    def close_trial(self) -> bool:
        """Close the trial if the cursor is in it; return whether it was."""
        if not self.has_class("-at-try"):
            return False
        self.trial.stop()
        self.remove_class("-try", "-at-try")
        self.leave_trial()
        return True
