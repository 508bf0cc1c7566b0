"""The main screen: an empty state or the panes of a run, and below them the input."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import cached_property, partial
from typing import TYPE_CHECKING

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import TextArea

from roundtable_tui.tui.background import background
from roundtable_tui.tui.commands import list_commands, make_bindings
from roundtable_tui.tui.reduced_motion import REDUCED_INTERVAL_S, is_motion_reduced
from roundtable_tui.tui.screens.base import BaseScreen
from roundtable_tui.tui.screens.main.context import (
    LIVE_RUN_ACTIONS,
    START_ACTIONS,
    MainContext,
)
from roundtable_tui.tui.screens.main.placeholder import find_next_example, get_placeholder
from roundtable_tui.tui.session import Session
from roundtable_tui.tui.widgets.empty_state import EmptyState
from roundtable_tui.tui.widgets.prompt import Prompt
from roundtable_tui.tui.widgets.run.status_bar import StatusBar
from roundtable_tui.tui.widgets.selection_bar import SelectionBar

if TYPE_CHECKING:
    from roundtable_tui.engine.events import RunStarted
    from roundtable_tui.engine.run import Run
    from roundtable_tui.tui.screens.main.conversation_controller import ConversationController
    from roundtable_tui.tui.screens.main.history_controller import HistoryController
    from roundtable_tui.tui.screens.main.input_controller import InputController
    from roundtable_tui.tui.screens.main.library_controller import LibraryController
    from roundtable_tui.tui.screens.main.mode_controller import ModeController
    from roundtable_tui.tui.screens.main.model_controller import ModelController
    from roundtable_tui.tui.screens.main.pane_controller import PaneController
    from roundtable_tui.tui.screens.main.run_controller import RunController
    from roundtable_tui.tui.screens.main.seat_controller import SeatController
    from roundtable_tui.tui.widgets.chips import ChipRow
    from roundtable_tui.tui.widgets.completion_menu import CompletionMenu
    from roundtable_tui.tui.widgets.run.run_panes import RunPanes
    from roundtable_tui.tui.widgets.run.seat_pane import SeatPane
    from roundtable_tui.tui.widgets.thread_view import ThreadView

TICK_S = 0.5
PANE_ACTIONS = frozenset(command.id for command in list_commands("pane"))
MIN_WIDE_COLUMNS, MIN_TALL_ROWS = 76, 20


class MainScreen(BaseScreen[None]):
    """Where questions are asked and runs are watched. Controllers carry out its actions."""

    BINDINGS = make_bindings("table")
    AUTO_FOCUS = "#prompt"
    # `on_resize` does what depends on the size: breakpoint classes would restyle every widget.
    HORIZONTAL_BREAKPOINTS = []
    VERTICAL_BREAKPOINTS = []

    def __init__(self, session: Session, *, note: str = "") -> None:
        super().__init__()
        self.session = session
        self._startup_note = note
        self._run_view: RunPanes | None = None
        self._run_view_lock = asyncio.Lock()
        self._examples_shown = 0
        self._controller_context = MainContext(self, session, self.update_choices)
        self._add_actions()

    # --- the controllers: imported and made when they are first needed, not before the first frame ---

    @cached_property
    def models(self) -> ModelController:
        """Chooses servers and models."""
        from roundtable_tui.tui.screens.main.model_controller import ModelController

        return ModelController(self._controller_context)

    @cached_property
    def modes(self) -> ModeController:
        """Chooses the mode, its options and the task."""
        from roundtable_tui.tui.screens.main.mode_controller import ModeController

        return ModeController(self._controller_context)

    @cached_property
    def library(self) -> LibraryController:
        """Chooses and edits teams and personas."""
        from roundtable_tui.tui.screens.main.library_controller import LibraryController

        return LibraryController(self._controller_context, lambda: self.pane.seat if self.pane else "")

    @cached_property
    def panes(self) -> PaneController:
        """Moves between the panes of a run."""
        from roundtable_tui.tui.screens.main.pane_controller import PaneController

        return PaneController(self, self._get_shown_run_view, self._focus_prompt)

    @cached_property
    def seat_control(self) -> SeatController:
        """Changes the seat of the active pane."""
        from roundtable_tui.tui.screens.main.seat_controller import SeatController

        return SeatController(self._controller_context, self.panes, self.library)

    @cached_property
    def history(self) -> HistoryController:
        """Opens and resumes runs."""
        from roundtable_tui.tui.screens.main.history_controller import HistoryController

        return HistoryController(
            self._controller_context,
            self.start_saved_run,
            lambda recording: self.run_control.show_record(recording),
            self.thread,
        )

    @cached_property
    def thread(self) -> ConversationController:
        """Keeps the conversation."""
        from roundtable_tui.tui.screens.main.conversation_controller import ConversationController

        return ConversationController(
            self._controller_context, lambda folder: self.history.show_run(folder), lambda: self.shown_header
        )

    @cached_property
    def input(self) -> InputController:
        """Handles commands, completion, attachments and chips."""
        from roundtable_tui.tui.screens.main.input_controller import InputController

        return InputController(self._controller_context, lambda: self.run_control)

    @cached_property
    def run_control(self) -> RunController:
        """Runs the question."""
        from roundtable_tui.tui.screens.main.run_controller import RunController

        return RunController(
            self._controller_context,
            self.models,
            self.open_run_view,
            self.history.set_offer,
            self.thread,
            self._announce_end,
        )

    def _announce_end(self, question: str, outcome: str, seconds: float) -> None:
        announce = getattr(self.app, "announce_end", None)
        if announce is not None:
            announce(question, outcome, seconds)

    def get_hint_label(self, command: str) -> str:
        """Return the label of a command among the key hints where it depends on the state; else ""."""
        run = self.session.run
        paused = command == "pause" and run is not None and run.table.controls.is_paused
        return "Resume" if paused else ""

    def _add_actions(self) -> None:
        """Add the actions of the controllers, each of which but one is made when it is first needed."""
        self.add_actions(self.panes.actions)
        self.add_actions(
            {
                # choices
                "choose_mode": lambda: self.modes.choose_mode(),
                "choose_options": lambda: self.modes.choose_options(),
                "choose_task": lambda: self.modes.choose_task(),
                "choose_team": lambda: self.library.choose_team(),
                "teams": lambda: self.library.open_teams(),
                "personas": lambda: self.library.open_personas(),
                "choose_model": lambda: self.models.choose_model(),
                "seat_models": lambda: self.models.choose_seat_models(),
                "use_local": lambda: self.models.use_local(),
                "use_demo": lambda: self.models.use_demo(),
                "servers": lambda: self.models.open_servers(),
                "settings": lambda: self.models.open_settings(),
                "earlier": lambda: self.thread.choose_earlier(),
                "pictures": lambda: self.thread.show_pictures(),
                "attach": lambda: self.input.attach(""),
                # the run
                "stop_run": lambda: self.run_control.stop(),
                "pause": lambda: self.run_control.toggle_pause(),
                "step": lambda: self.run_control.step(),
                "account": lambda: self.run_control.show_report(),
                "copy_transcript": lambda: self.run_control.copy_transcript(),
                "board": lambda: self.panes.show_board(),
                "follow_up_run": lambda: self.history.follow_up_shown(),
                "export_run": lambda: self.history.export_shown(),
                "runs": lambda: self.history.open_runs(),
                "bench": lambda: self.history.open_bench(),
                "batches": lambda: self.history.open_batches(),
                "resume_last": lambda: self.history.resume_last(),
                # the seat of the active pane
                "stop_seat": lambda: self.seat_control.stop_turn(),
                "retry_seat": lambda: self.seat_control.retry_turn(),
                "speak_to_seat": lambda: self.seat_control.start_message(),
                "edit_seat": lambda: self.seat_control.edit_persona(),
                "seat_menu": lambda: self.seat_control.open_menu(),
                "mute_seat": lambda: self.seat_control.toggle_mute(),
                "promote_seat": lambda: self.seat_control.promote(),
                "replace_persona": lambda: self.seat_control.replace_persona(),
                "replace_model": lambda: self.seat_control.replace_model(),
                "more_rounds": lambda: self.seat_control.change_rounds(1),
                "fewer_rounds": lambda: self.seat_control.change_rounds(-1),
                "change_budget": lambda: self.seat_control.change_budget(),
            }
        )

    def compose(self) -> ComposeResult:
        """Create all widgets but the view of the panes, which is built after the first frame."""
        yield StatusBar(id="top")
        yield EmptyState(id="welcome")
        with Vertical(id="bottom"):
            yield SelectionBar(id="choices")
            yield Prompt(id="prompt")

    def on_mount(self) -> None:
        """Show the choices; the rest of the start-up follows the first frame."""
        self.prompt = self.query_one(Prompt)
        self.update_choices()
        self.set_interval(REDUCED_INTERVAL_S if is_motion_reduced(self.app) else TICK_S, self._tick)
        self.call_after_refresh(self._finish_startup)

    @background()
    async def _finish_startup(self) -> None:
        """Discover servers and import what a run needs."""
        from roundtable_tui.tui.widgets.key_hints import KeyHints
        from roundtable_tui.tui.widgets.run.styles import load_run_styles

        load_run_styles(self.app)
        await self.query_one("#bottom").mount(KeyHints())
        await self.input.mount()
        self.on_resize()
        self.refresh_bindings()
        welcome = self.query_one(EmptyState)
        self._startup_note = self._startup_note or await self.models.start_local_model()
        self.update_choices()
        await self.models.discover_servers(welcome)
        if self._startup_note:
            welcome.show_message(self._startup_note)
        await self.history.offer_interrupted_run()
        await self.open_run_view()
        await self.session.preload_imports()
        if not self.session.is_running and (error := await self.session.check_choices()):
            welcome.show_message(error)
        from roundtable_tui.tui.preload import preload_screens

        await preload_screens(self.app)

    # --- the view of the panes -----------------------------------------------------------------

    @property
    def run_view(self) -> RunPanes:
        """The view of the panes. It exists once the start-up has finished or a run was shown."""
        assert self._run_view is not None, "the view of the panes is not built yet"
        return self._run_view

    @property
    def shown_header(self) -> RunStarted | None:
        """The header of the run in the panes; None while no run is shown."""
        return self.run_view.header if self.has_class("-run") else None

    def _get_shown_run_view(self) -> RunPanes | None:
        return self.run_view if self.has_class("-run") else None

    @property
    def pane(self) -> SeatPane | None:
        """The pane that keys act on."""
        return self.panes.active

    async def open_run_view(self) -> RunPanes:
        """Return the view of the panes; build it at the first call, with its imports."""
        async with self._run_view_lock:  # A question can come while the start-up builds it.
            if self._run_view is None:
                from roundtable_tui.tui.widgets.run.run_panes import RunPanes
                from roundtable_tui.tui.widgets.run.styles import load_run_styles
                from roundtable_tui.tui.widgets.thread_view import ThreadView

                load_run_styles(self.app)
                view = RunPanes(id="stage")
                await self.mount(ThreadView(id="thread"), view, before="#bottom")
                view.set_narrow(self.size.width < MIN_WIDE_COLUMNS)
                self._run_view = view
            return self._run_view

    def on_resize(self) -> None:
        """Show one pane at a time on narrow screens, and hide optional rows on short ones."""
        is_tall = self.size.height >= MIN_TALL_ROWS
        self.query_one(SelectionBar).display = is_tall
        for hints in self.query("KeyHints"):
            hints.display = is_tall
        if self._run_view is not None:
            self._run_view.set_narrow(self.size.width < MIN_WIDE_COLUMNS)

    def _tick(self) -> None:
        if self.session.is_running and self.session.run is not None:
            self.query_one(StatusBar).tick(self.session.run.seconds_since_start())
            if self._run_view is not None:
                self._run_view.tick()

    # --- asking --------------------------------------------------------------------------------

    def update_choices(self) -> None:
        """Redraw the row of choices and the placeholder of the input."""
        # The controller is not made for this: it is not needed before the first frame.
        is_missing = "models" in vars(self) and self.models.has_no_model
        no_model = {"model": "none yet"} if is_missing else {}
        self.query_one(SelectionBar).show(self.session.summary | no_model)
        self.prompt.set_placeholder(get_placeholder(self.session, self._examples_shown))
        if self.query("ChipRow"):
            self.input.update_chips()
            self.thread.update()

    @on(Prompt.Submitted)
    def _submit_prompt(self, event: Prompt.Submitted) -> None:
        if not event.is_question and self.input.run_command(event.text):
            return
        if self.session.is_running:
            self.run_control.take_text(event.text)
        elif event.text or self.session.wish.task:
            self.input.attach_named_files(event.text)
            self.run_control.start(event.text)
        elif example := find_next_example(self.session, self._examples_shown):
            self._examples_shown += 1
            self.run_control.start("", partial(self.session.prepare_example, example[0]))
        elif not self.has_class("-run"):
            self.models.use_found_server()

    @on(TextArea.SelectionChanged, "#prompt")
    @on(TextArea.Changed, "#prompt")
    def _text_changed(self) -> None:
        self.input.complete()
        if self.prompt.pastes or self.input.has_chips:
            self.input.update_chips()

    @on(Prompt.RemoveRequested)
    def _remove_chip(self) -> None:
        self.input.remove_last_chip()

    def on_chip_row_removed(self, event: ChipRow.Removed) -> None:
        """Remove the chip that was clicked."""
        self.input.remove_chip(event.chip)

    @on(Prompt.PathPasted)
    def _attach_pasted(self, event: Prompt.PathPasted) -> None:
        self.input.attach_file(event.path)

    @on(Prompt.CompletionTaken)
    def _attach_completed(self, event: Prompt.CompletionTaken) -> None:
        if event.candidate.path is not None and not self.prompt.text.startswith("/"):
            self.input.attach_file(event.candidate.path)

    def on_thread_view_opened(self, event: ThreadView.Opened) -> None:
        """Show an earlier question of the conversation."""
        self.thread.open_earlier(event.folder)

    def on_thread_view_pictures_opened(self) -> None:
        """Show the pictures of the run."""
        self.thread.show_pictures()

    def on_completion_menu_chosen(self, event: CompletionMenu.Chosen) -> None:
        """Take the completion that was clicked."""
        self.prompt.take_completion(event.candidate)
        self.set_focus(self.prompt)

    def start_saved_run(self, create_run: Callable[[], Awaitable[Run]]) -> None:
        """Run what is made from a record: a resumed run, or a fork."""
        self.run_control.start("", create_run)

    def list_unsent(self) -> list[str]:
        """Return the queued questions and the text in the input."""
        if not self.is_mounted:
            return []
        queued = self.run_control.queued if "run_control" in vars(self) else []
        return [text for text in (*queued, self.prompt.full_text.strip()) if text]

    def action_new_question(self) -> None:
        """Clear the screen for another question."""
        if self.session.is_running:
            self.show_notice("A run is active. Stop it with F8", warning=True)
            return
        self.session.run = None
        self.session.start_conversation()
        self.thread.show(None)
        self.remove_class("-run")
        self.query_one(StatusBar).reset_run()
        # The start screen may still show why a question could not be asked.
        self.models.refresh_available_models()
        self.update_choices()
        self.set_focus(self.prompt)

    # --- what can be done now ------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what can be done now."""
        if action in ("pause", "stop_run", "step", "stop_seat") or action in LIVE_RUN_ACTIONS:
            return self.session.is_running
        if action in START_ACTIONS:
            return self.models.can_use_start_actions()
        if action == "resume_last":
            return self.history.interrupted_run is not None and not self.session.is_running
        if action == "earlier":
            return len(self.session.conversation) > 1 and not self.session.is_running
        if action == "pictures":
            return bool(self.thread.list_pictures())
        if action == "account":
            return self.session.run is not None
        if action.startswith("choose_") or action == "seat_models":
            return not self.session.is_running
        return action not in PANE_ACTIONS or self.pane is not None

    # --- focus ---------------------------------------------------------------------------------

    async def on_key(self, event: events.Key) -> None:
        """Pass on to the input what is typed while nothing has the focus, or before the input has it.

        A key that the input has already handled does not come here.
        """
        if self.focused in (None, self.prompt) and (event.is_printable or event.key in Prompt.TEXT_KEYS):
            event.stop()
            self.set_focus(self.prompt)
            await self.prompt.take_key(event)

    def on_paste(self, event: events.Paste) -> None:
        """Insert what is pasted while something else has the focus, or nothing, into the input."""
        event.stop()
        self.set_focus(self.prompt)
        self.prompt.post_message(events.Paste(event.text))

    def _focus_prompt(self) -> None:
        self.set_focus(self.prompt)

    def action_leave_input(self) -> None:
        """Leave the zoom; move from the input to the panes, or from a pane to the input."""
        if self._run_view is not None and self._run_view.focus_question():
            return
        if self.panes.leave_zoom() or self.panes.close_pane():
            return
        if self.prompt.has_focus and self.pane:
            if not self.panes.focus_card():
                self.panes.focus_active()
        else:
            self.set_focus(self.prompt)

    async def on_unmount(self) -> None:
        """Cancel the run."""
        await self.run_control.close()
