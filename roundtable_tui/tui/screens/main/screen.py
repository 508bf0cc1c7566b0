"""The table: an empty one that teaches, or a run with a pane for each seat; the input at the bottom."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.worker import Worker

from roundtable_tui.errors import NoServerError, RoundtableError, UsageError
from roundtable_tui.tui.background import background
from roundtable_tui.tui.commands import list_commands, make_bindings
from roundtable_tui.tui.reduced_motion import REDUCED_INTERVAL_S, is_motion_reduced
from roundtable_tui.tui.screens.base import BaseScreen
from roundtable_tui.tui.screens.main.library_actions import LibraryActions
from roundtable_tui.tui.screens.main.model_actions import START_ACTIONS
from roundtable_tui.tui.screens.main.seat_actions import LIVE_RUN_ACTIONS
from roundtable_tui.tui.screens.runs.open_actions import OpenRunActions
from roundtable_tui.tui.session import Session, parse_addressee
from roundtable_tui.tui.widgets.empty_state import EmptyState
from roundtable_tui.tui.widgets.key_hints import KeyHints
from roundtable_tui.tui.widgets.prompt import Prompt
from roundtable_tui.tui.widgets.run.status_bar import StatusBar
from roundtable_tui.tui.widgets.selection_bar import SelectionBar
from roundtable_tui.utils.crash_log import log_exception
from roundtable_tui.utils.text import single_line

if TYPE_CHECKING:
    from roundtable_tui.engine.events import Event
    from roundtable_tui.engine.run import Run
    from roundtable_tui.tui.widgets.run.run_view import RunView

TICK_S = 0.5
PANE_ACTIONS = frozenset(command.id for command in list_commands("pane"))
MIN_WIDE_COLUMNS, MIN_TALL_ROWS = 100, 20
ASK_PLACEHOLDER = "Ask a question, enter sends"
ASK_TASK_PLACEHOLDER = "Enter starts the task {task}; or ask something of your own about it"
FOLLOW_UP_PLACEHOLDER = "Follow up: ask a new question with that run as its background (ctrl+n: without)"
SPEAK_PLACEHOLDER = "Speak to the table, or to one seat with @name"
PREPARING_PLACEHOLDER = "Getting ready ..."


class TableScreen(LibraryActions, OpenRunActions, BaseScreen[None]):
    """Where questions are asked and runs are watched."""

    BINDINGS = make_bindings("table")
    AUTO_FOCUS = "#prompt"
    # What depends on the size is done in `on_resize`: classes for it would style every widget anew.
    HORIZONTAL_BREAKPOINTS = []
    VERTICAL_BREAKPOINTS = []

    def __init__(self, session: Session, *, note: str = "") -> None:
        super().__init__()
        self.session = session
        self._startup_note = note
        self._worker: Worker[None] | None = None
        self._run_view: RunView | None = None

    def compose(self) -> ComposeResult:
        """All but the stage, which comes after the first frame."""
        yield StatusBar(id="top")
        yield EmptyState(id="welcome")
        with Vertical(id="bottom"):
            yield SelectionBar(id="choices")
            yield Prompt(id="prompt")

    def on_mount(self) -> None:
        """Show the choices; look for servers once the first frame is drawn."""
        self.prompt = self.query_one(Prompt)
        self.update_choices()
        self.set_interval(REDUCED_INTERVAL_S if is_motion_reduced(self.app) else TICK_S, self._tick)
        self.call_after_refresh(self._finish_startup)

    @background()
    async def _finish_startup(self) -> None:
        """After the first frame: say what there is, and import what a run needs."""
        await self.query_one("#bottom").mount(KeyHints())
        self.on_resize()
        self.refresh_bindings()
        welcome = self.query_one(EmptyState)
        self._startup_note = self._startup_note or await self.start_local_model()
        self.update_choices()
        await self.discover_servers(welcome)
        if self._startup_note:
            welcome.show_message(self._startup_note)
        await self.offer_interrupted_run()
        await self.open_run_view()
        await self.session.preload_imports()
        if not self.session.is_running and (fault := await self.session.check_choices()):
            welcome.show_message(fault)

    @property
    def run_view(self) -> RunView:
        """The stage, once a run has been shown on it."""
        assert self._run_view is not None, "the stage is not up yet"
        return self._run_view

    async def open_run_view(self) -> RunView:
        """Put up the stage; what it is made of is imported only now."""
        if self._run_view is None:
            from roundtable_tui.tui.widgets.run.run_view import RunView

            self._run_view = RunView(id="stage")
            await self.mount(self._run_view, before="#bottom")
            self._run_view.set_narrow(self.size.width < MIN_WIDE_COLUMNS)
        return self._run_view

    def on_resize(self) -> None:
        """Show one pane at a time where there is no room for more, and no row that is not needed."""
        tall = self.size.height >= MIN_TALL_ROWS
        self.query_one(SelectionBar).display = tall
        for hints in self.query(KeyHints):
            hints.display = tall
        if self._run_view is not None:
            self._run_view.set_narrow(self.size.width < MIN_WIDE_COLUMNS)

    def _tick(self) -> None:
        if self.session.is_running and self.session.run is not None:
            self.query_one(StatusBar).tick(self.session.run.seconds_since_start())
            self.run_view.tick()

    def update_choices(self) -> None:
        """Bring the row of choices and the input's hint up to date."""
        self.query_one(SelectionBar).show(
            self.session.summary | ({"model": "none yet"} if self.has_no_model else {})
        )
        session, task = self.session, self.session.summary["task"]
        asking = (
            FOLLOW_UP_PLACEHOLDER
            if session.follow_up_of
            else ASK_TASK_PLACEHOLDER.format(task=single_line(task, 40))
            if task
            else ASK_PLACEHOLDER
        )
        self.prompt.set_placeholder(SPEAK_PLACEHOLDER if session.is_running else asking)

    # --- asking and speaking -------------------------------------------------------------------

    @on(Prompt.Submitted)
    def _submit_prompt(self, event: Prompt.Submitted) -> None:
        if self.session.is_running:
            self._send_user_message(event.text)
        elif event.text or self.session.wish.task:
            self._worker = self._execute_run(event.text)
        elif not self.has_class("-run"):
            self.use_found_server()

    def _send_user_message(self, text: str) -> None:
        run = self.session.run
        if run is None or not text:
            return
        try:
            seat, words = parse_addressee(text, [(seat.id, seat.name) for seat in run.table.everyone])
        except UsageError as error:
            self.prompt.text = text
            self.prompt.move_cursor(self.prompt.document.end)
            self.notify(str(error), severity="warning", markup=False)
            return
        run.table.controls.send_message(words, seat)
        if words:
            self.notify("heard at the next turn, if there is one", timeout=2, markup=False)

    def start_run(self, question: str, create_run: Callable[[], Awaitable[Run]]) -> None:
        """Take a run that is made from a record to its end."""
        self._worker = self._execute_run(question, create_run)

    @background(exclusive=True, group="run")
    async def _execute_run(
        self, question: str, create_run: Callable[[], Awaitable[Run]] | None = None
    ) -> None:
        """Take a question through the chosen mode, or a run that `make` makes; every fault becomes a line."""
        self.query_one(StatusBar).show_pending_run(question)
        self.prompt.set_placeholder(PREPARING_PLACEHOLDER)
        try:
            run = await (create_run() if create_run else self.session.prepare(question))
        except RoundtableError as error:
            self._return_question(question, str(error), nobody=isinstance(error, NoServerError))
            return
        except Exception as error:
            self._return_question(question, log_exception(error))
            return
        self.withdraw_offer()
        try:
            stage = await self.open_run_view()
            await stage.open_run(run.build_header(), run.seconds_since_start)
            self.add_class("-run", "-going")
            run.add_listener(self._show_event)
            self.prompt.set_placeholder(SPEAK_PLACEHOLDER)
            self.refresh_bindings()
            await run.execute()
        finally:
            self.remove_class("-going")
            self._report_undelivered(run)
            if run.result is None:  # Stopped before it began: there is no run to speak to.
                self.session.run = None
                self.remove_class("-run")
            if run.internal_error is not None:
                self.notify(log_exception(run.internal_error), severity="error", timeout=15, markup=False)
            self.refresh_bindings()
            self.update_choices()

    def _report_undelivered(self, run: Run) -> None:
        """Say which words came too late, and give the last of them back, to be asked as a question."""
        if not (unheard := run.table.controls.undelivered()):
            return
        words = "; ".join(f"“{single_line(said, 60)}”" for said in unheard)
        line = f"nobody heard {words}: the run ended first"
        if not self.prompt.text:
            self.prompt.text = unheard[-1]
            self.prompt.move_cursor(self.prompt.document.end)
            line += ". It stands below: enter asks it anew"
        self.notify(line, severity="warning", timeout=12, markup=False)

    def _return_question(self, question: str, why: str, *, nobody: bool = False) -> None:
        """Give the question back, and say why it could not be asked."""
        self.session.run = None
        self.query_one(StatusBar).write()
        self.update_choices()
        if not self.prompt.text:
            self.prompt.text = question
            self.prompt.move_cursor(self.prompt.document.end)
        self.remove_class("-run")
        if nobody:
            self.has_waiting_question = bool(self.prompt.text)
            self._refresh_available_models()
        else:
            self.query_one(EmptyState).show_message(why)

    def _show_event(self, event: Event) -> None:
        """Give an event of the run to those who show it."""
        self.query_one(StatusBar).handle(event)
        self.run_view.handle(event)
        if event.type in ("run_paused", "run_finished"):
            self.refresh_bindings()

    # --- the run as a whole --------------------------------------------------------------------

    def action_stop_run(self) -> None:
        """End every turn now."""
        if self._worker is not None and self.session.is_running:
            self._worker.cancel()

    def action_pause(self) -> None:
        """Start no more turns, or start them again."""
        if (run := self.session.run) is not None and self.session.is_running:
            controls = run.table.controls
            controls.resume() if controls.is_paused else controls.pause()

    def action_step(self) -> None:
        """Let one turn start."""
        if (run := self.session.run) is not None:
            run.table.controls.step()

    def action_account(self) -> None:
        """Show how the answer came about, or comes about."""
        if (run := self.session.run) is None:
            return
        from roundtable_tui.reports.stats import compute_stats
        from roundtable_tui.tui.screens.dialogs.stats import StatsScreen

        self.app.push_screen(StatsScreen(lambda: compute_stats(run.events)))

    def action_new_question(self) -> None:
        """Clear the table."""
        if self.session.is_running:
            self.notify("a run goes on: stop it first (F8)", severity="warning", markup=False)
            return
        self.session.run = self.session.follow_up_of = None
        self.remove_class("-run")
        self.query_one(StatusBar).reset_run()
        self.update_choices()
        self.prompt.focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what can be done now."""
        if action in ("pause", "stop_run", "step", "stop_seat") or action in LIVE_RUN_ACTIONS:
            return self.session.is_running
        if action in START_ACTIONS:
            return self.can_use(action)
        if action == "resume_last":
            return self.interrupted_run is not None and not self.session.is_running
        if action == "account":
            return self.session.run is not None
        if action.startswith("choose_") or action == "seat_models":
            return not self.session.is_running
        return action not in PANE_ACTIONS or self.pane is not None

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

    def restore_focus(self) -> None:
        """Take the focus from the panes to the input."""
        self.prompt.focus()

    def action_leave_input(self) -> None:
        """Out of the zoom; from the input to the panes; from a pane to the input."""
        if self.pane and self.run_view.zoomed:
            self.run_view.zoom(False)
        elif self.prompt.has_focus and self.pane:
            self.pane.view.focus()
        else:
            self.prompt.focus()

    async def on_unmount(self) -> None:
        """Leave nothing running."""
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.sleep(0)
