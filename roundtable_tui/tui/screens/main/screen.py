"""The table: an empty one that teaches, or a run with a pane for each seat; the input at the bottom."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from textual import events, on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import Screen
from textual.worker import Worker, WorkerState

from roundtable_tui.errors import NoServer, RoundtableError, UsageError
from roundtable_tui.tui.commands import bindings, commands
from roundtable_tui.tui.reduced_motion import CALM_S, is_calm
from roundtable_tui.tui.screens.main.library_actions import People
from roundtable_tui.tui.screens.main.model_actions import AT_START
from roundtable_tui.tui.screens.main.seat_actions import OF_A_LIVE_RUN
from roundtable_tui.tui.screens.runs.open_actions import RunsAtTable
from roundtable_tui.tui.session import Session, addressee
from roundtable_tui.tui.widgets.empty_state import Welcome
from roundtable_tui.tui.widgets.key_hints import Hints
from roundtable_tui.tui.widgets.prompt import Prompt
from roundtable_tui.tui.widgets.run.status_bar import TopLine
from roundtable_tui.tui.widgets.selection_bar import Choices
from roundtable_tui.utils.crash_log import write_down
from roundtable_tui.utils.text import one_line

if TYPE_CHECKING:
    from roundtable_tui.engine.events import Event
    from roundtable_tui.engine.run import Run
    from roundtable_tui.tui.widgets.run.run_view import Stage

TICK_S = 0.5
OF_A_PANE = frozenset(command.id for command in commands("pane"))
NARROW, SHORT = 100, 20
ASK = "Ask a question, enter sends"
ASK_TASK = "Enter starts the task {task}; or ask something of your own about it"
FOLLOW = "Follow up: ask a new question with that run as its background (ctrl+n: without)"
SPEAK = "Speak to the table, or to one seat with @name"
READYING = "Getting ready ..."


class TableScreen(People, RunsAtTable, Screen[None]):
    """Where questions are asked and runs are watched."""

    BINDINGS = bindings("table")
    AUTO_FOCUS = "#prompt"
    # What depends on the size is done in `on_resize`: classes for it would style every widget anew.
    HORIZONTAL_BREAKPOINTS = []
    VERTICAL_BREAKPOINTS = []

    def __init__(self, session: Session, *, note: str = "") -> None:
        super().__init__()
        self.session = session
        self._note = note
        self._worker: Worker[None] | None = None
        self._stage: Stage | None = None

    def compose(self) -> ComposeResult:
        """All but the stage, which comes after the first frame."""
        yield TopLine(id="top")
        yield Welcome(id="welcome")
        with Vertical(id="bottom"):
            yield Choices(id="choices")
            yield Prompt(id="prompt")

    def on_mount(self) -> None:
        """Show the choices; look for servers once the first frame is drawn."""
        self.prompt = self.query_one(Prompt)
        self.show_choices()
        self.set_interval(CALM_S if is_calm(self.app) else TICK_S, self._tick)
        self.call_after_refresh(self._settle)

    @work(exit_on_error=False)
    async def _settle(self) -> None:
        """After the first frame: say what there is, and import what a run needs."""
        await self.query_one("#bottom").mount(Hints())
        self.on_resize()
        self.refresh_bindings()
        welcome = self.query_one(Welcome)
        self._note = self._note or await self.local_or_why()
        self.show_choices()
        await self.look_around(welcome)
        if self._note:
            welcome.say(self._note)
        await self.offer_last()
        await self.open_stage()
        await self.session.warm_up()
        if not self.session.running and (fault := await self.session.fault_of_choices()):
            welcome.say(fault)

    @property
    def stage(self) -> Stage:
        """The stage, once a run has been shown on it."""
        assert self._stage is not None, "the stage is not up yet"
        return self._stage

    async def open_stage(self) -> Stage:
        """Put up the stage; what it is made of is imported only now."""
        if self._stage is None:
            from roundtable_tui.tui.widgets.run.run_view import Stage

            self._stage = Stage(id="stage")
            await self.mount(self._stage, before="#bottom")
            self._stage.narrow(self.size.width < NARROW)
        return self._stage

    def on_resize(self) -> None:
        """Show one pane at a time where there is no room for more, and no row that is not needed."""
        tall = self.size.height >= SHORT
        self.query_one(Choices).display = tall
        for hints in self.query(Hints):
            hints.display = tall
        if self._stage is not None:
            self._stage.narrow(self.size.width < NARROW)

    def _tick(self) -> None:
        if self.session.running and self.session.run is not None:
            self.query_one(TopLine).tick(self.session.run.now())
            self.stage.tick()

    def show_choices(self) -> None:
        """Bring the row of choices and the input's hint up to date."""
        self.query_one(Choices).show(self.session.shown | ({"model": "none yet"} if self.nobody else {}))
        session, task = self.session, self.session.shown["task"]
        asking = FOLLOW if session.follows else ASK_TASK.format(task=one_line(task, 40)) if task else ASK
        self.prompt.ask_for(SPEAK if session.running else asking)

    # --- asking and speaking -------------------------------------------------------------------

    @on(Prompt.Sent)
    def _sent(self, event: Prompt.Sent) -> None:
        if self.session.running:
            self._speak(event.text)
        elif event.text or self.session.wish.task:
            self._worker = self._run(event.text)
        elif not self.has_class("-run"):
            self.take_found()

    def _speak(self, text: str) -> None:
        run = self.session.run
        if run is None or not text:
            return
        try:
            seat, words = addressee(text, [(seat.id, seat.name) for seat in run.table.everyone])
        except UsageError as error:
            self.prompt.text = text
            self.prompt.move_cursor(self.prompt.document.end)
            self.notify(str(error), severity="warning", markup=False)
            return
        run.table.controls.speak(words, seat)
        if words:
            self.notify("heard at the next turn, if there is one", timeout=2, markup=False)

    def take_on(self, question: str, make: Callable[[], Awaitable[Run]]) -> None:
        """Take a run that is made from a record to its end."""
        self._worker = self._run(question, make)

    @work(exclusive=True, group="run", exit_on_error=False)
    async def _run(self, question: str, make: Callable[[], Awaitable[Run]] | None = None) -> None:
        """Take a question through the chosen mode, or a run that `make` makes; every fault becomes a line."""
        self.query_one(TopLine).await_run(question)
        self.prompt.ask_for(READYING)
        try:
            run = await (make() if make else self.session.prepare(question))
        except RoundtableError as error:
            self._refused(question, str(error), nobody=isinstance(error, NoServer))
            return
        except Exception as error:
            self._refused(question, write_down(error))
            return
        self.withdraw_offer()
        try:
            stage = await self.open_stage()
            await stage.open(run.header(), run.now)
            self.add_class("-run", "-going")
            run.listen(self._happened)
            self.prompt.ask_for(SPEAK)
            self.refresh_bindings()
            await run.execute()
        finally:
            self.remove_class("-going")
            self._tell_unheard(run)
            if run.result is None:  # Stopped before it began: there is no run to speak to.
                self.session.run = None
                self.remove_class("-run")
            if run.fault is not None:
                self.notify(write_down(run.fault), severity="error", timeout=15, markup=False)
            self.refresh_bindings()
            self.show_choices()

    def _tell_unheard(self, run: Run) -> None:
        """Say which words came too late, and give the last of them back, to be asked as a question."""
        if not (unheard := run.table.controls.unheard()):
            return
        words = "; ".join(f"“{one_line(said, 60)}”" for said in unheard)
        line = f"nobody heard {words}: the run ended first"
        if not self.prompt.text:
            self.prompt.text = unheard[-1]
            self.prompt.move_cursor(self.prompt.document.end)
            line += ". It stands below: enter asks it anew"
        self.notify(line, severity="warning", timeout=12, markup=False)

    def _refused(self, question: str, why: str, *, nobody: bool = False) -> None:
        """Give the question back, and say why it could not be asked."""
        self.session.run = None
        self.query_one(TopLine).write()
        self.show_choices()
        if not self.prompt.text:
            self.prompt.text = question
            self.prompt.move_cursor(self.prompt.document.end)
        self.remove_class("-run")
        if nobody:
            self.waits = bool(self.prompt.text)
            self._tell_what_is_there()
        else:
            self.query_one(Welcome).say(why)

    def _happened(self, event: Event) -> None:
        """Give an event of the run to those who show it."""
        self.query_one(TopLine).handle(event)
        self.stage.handle(event)
        if event.type in ("run_paused", "run_finished"):
            self.refresh_bindings()

    # --- the run as a whole --------------------------------------------------------------------

    def action_stop_run(self) -> None:
        """End every turn now."""
        if self._worker is not None and self.session.running:
            self._worker.cancel()

    def action_pause(self) -> None:
        """Start no more turns, or start them again."""
        if (run := self.session.run) is not None and self.session.running:
            controls = run.table.controls
            controls.go_on() if controls.paused else controls.pause()

    def action_step(self) -> None:
        """Let one turn start."""
        if (run := self.session.run) is not None:
            run.table.controls.step()

    def action_account(self) -> None:
        """Show how the answer came about, or comes about."""
        if (run := self.session.run) is None:
            return
        from roundtable_tui.reports.stats import account
        from roundtable_tui.tui.screens.dialogs.stats import AccountScreen

        self.app.push_screen(AccountScreen(lambda: account(run.events)))

    def action_new_question(self) -> None:
        """Clear the table."""
        if self.session.running:
            self.notify("a run goes on: stop it first (F8)", severity="warning", markup=False)
            return
        self.session.run = self.session.follows = None
        self.remove_class("-run")
        self.query_one(TopLine).forget()
        self.show_choices()
        self.prompt.focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what can be done now."""
        if action in ("pause", "stop_run", "step", "stop_seat") or action in OF_A_LIVE_RUN:
            return self.session.running
        if action in AT_START:
            return self.may_use(action)
        if action == "resume_last":
            return self.cut_off is not None and not self.session.running
        if action == "account":
            return self.session.run is not None
        if action.startswith("choose_") or action == "seat_models":
            return not self.session.running
        return action not in OF_A_PANE or self.pane is not None

    @on(Worker.StateChanged)
    def _worker_failed(self, event: Worker.StateChanged) -> None:
        """A fault in the background is told, not swallowed; the app goes on."""
        if event.state is WorkerState.ERROR:
            fault = event.worker.error
            line = write_down(fault) if fault is not None else "something in the background failed"
            self.notify(line, severity="error", timeout=15, markup=False)

    # --- where the keys go ---------------------------------------------------------------------

    def on_key(self, event: events.Key) -> None:
        """What is typed while nothing has the focus is meant for the input."""
        if self.focused is None and event.character and event.is_printable:
            event.stop()
            self.prompt.focus()
            self.prompt.insert(event.character)

    def on_paste(self, event: events.Paste) -> None:
        """So is what is pasted."""
        if self.focused is None:
            event.stop()
            self.prompt.focus()
            self.prompt.insert(event.text)

    def give_back_keys(self) -> None:
        """Take the focus from the panes to the input."""
        self.prompt.focus()

    def action_leave_input(self) -> None:
        """Out of the zoom; from the input to the panes; from a pane to the input."""
        if self.pane and self.stage.zoomed:
            self.stage.zoom(False)
        elif self.prompt.has_focus and self.pane:
            self.pane.view.focus()
        else:
            self.prompt.focus()

    async def on_unmount(self) -> None:
        """Leave nothing running."""
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.sleep(0)
