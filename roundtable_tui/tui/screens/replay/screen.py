"""Replays a saved run in the same panes, at any speed and from any position; an active one is followed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.timer import Timer

from roundtable_tui.engine import events
from roundtable_tui.engine.record.recorder import RunRecord, is_locked_by_writer
from roundtable_tui.errors import RoundtableError
from roundtable_tui.history.player import RecordPlayer, merge_deltas
from roundtable_tui.history.reader import read_run
from roundtable_tui.reports.identity import number_seats
from roundtable_tui.tui.background import background
from roundtable_tui.tui.commands import make_binding_by_id, make_bindings
from roundtable_tui.tui.conversation import read_thread
from roundtable_tui.tui.reduced_motion import is_motion_reduced
from roundtable_tui.tui.screens.base import BaseScreen
from roundtable_tui.tui.screens.dialogs.pictures import PictureScreen, list_run_pictures
from roundtable_tui.tui.screens.main.context import LIVE_RUN_ACTIONS
from roundtable_tui.tui.screens.main.pane_controller import PaneController
from roundtable_tui.tui.screens.replay.bar import ReplayBar, TurnMark, format_speed
from roundtable_tui.tui.screens.runs.results import RunsScreenResult
from roundtable_tui.tui.screens.runs.saved_run_controller import SavedRunController
from roundtable_tui.tui.session import Session
from roundtable_tui.tui.style_updates import hold_style_updates
from roundtable_tui.tui.widgets.key_hints import KeyHints
from roundtable_tui.tui.widgets.run.run_panes import RunPanes
from roundtable_tui.tui.widgets.run.seat_pane import SeatPane
from roundtable_tui.tui.widgets.run.status_bar import StatusBar
from roundtable_tui.tui.widgets.run.styles import RUN_STYLES
from roundtable_tui.tui.widgets.thread_view import ThreadView, describe_attachments

FRAMES_PER_S, REDUCED_FRAMES_PER_S = 20, 5
MIN_WIDE_COLUMNS = 76
_OTHER_ROWS = 3
"""Status bar, replay bar and key hints."""
FOLLOW_INTERVAL_S = 0.5
"""Seconds between two looks at the record of an active run."""
_LIVE_RUN_ACTIONS = LIVE_RUN_ACTIONS | {"edit_seat", "speak_to_seat", "stop_seat", "retry_seat"}
"""Actions of a pane that a replay does not have."""


class ReplayScreen(BaseScreen[RunsScreenResult | None]):
    """Shows a record: its end, or from its start with `play`. Its result is what to start next."""

    CSS_PATH = [RUN_STYLES, "replay.tcss"]
    AUTO_FOCUS = ""  # Set after mounting: the first pane may belong to a hidden stage.
    BINDINGS: ClassVar[list[BindingType]] = [
        *make_bindings("replay"),
        *make_bindings("run"),
        make_binding_by_id("account"),
        make_binding_by_id("pictures"),
    ]
    HELP_WITHOUT = _LIVE_RUN_ACTIONS
    HELP_PLACES = ("replay", "run", "pane", "app")

    def __init__(self, session: Session, recording: RunRecord, *, play: bool = False) -> None:
        super().__init__(classes="-run")
        self.session = session
        self.recording = recording
        self.tape = RecordPlayer(recording.events)
        self.panes = PaneController(self, lambda: self.run_view)
        self.saved_run = SavedRunController(self, session, lambda: self.folder, lambda: self.turn)
        self.add_actions({**self.panes.actions, **self.saved_run.actions, "board": self.panes.show_board})
        self._play = play
        self._now = 0.0
        self._last = time.monotonic()
        self._is_open = self._is_reading = False
        self._following: Timer | None = None
        """Runs while another process, or this one, writes the record."""

    def compose(self) -> ComposeResult:
        """Create status bar, panes, replay bar and key hints."""
        yield StatusBar(id="top")
        yield ThreadView(id="thread")
        yield RunPanes(id="stage")
        yield ReplayBar(self.tape.duration_s, self._find_phase_starts(), self._find_turn_ends(), id="bar")
        yield KeyHints()

    async def on_mount(self) -> None:
        """Create the panes, and show the end or start to play."""
        self.run_view.carries_focus = True
        size = self.app.size
        self.run_view.expect_size(size.with_height(max(0, size.height - _OTHER_ROWS)))
        with hold_style_updates(self.app):
            self.run_view.set_narrow(size.width < MIN_WIDE_COLUMNS)
            await self.run_view.open_run(self.recording.header, lambda: self._now)
            self._is_open = True
            if self._play:
                self.tape.play()
            else:
                self.show_events(merge_deltas(self.tape.finish()))
        self.call_after_refresh(self.panes.focus_active)
        self._last = time.monotonic()
        self.set_interval(
            1 / (REDUCED_FRAMES_PER_S if is_motion_reduced(self.app) else FRAMES_PER_S), self._tick
        )
        self._update_bar()
        if self.recording.header.follows or self.recording.header.attachments:
            self._show_thread()
        if is_locked_by_writer(self.folder):
            self._following = self.set_interval(FOLLOW_INTERVAL_S, self.follow)

    @property
    def pane(self) -> SeatPane | None:
        """The pane that keys act on."""
        return self.panes.active

    @property
    def run_view(self) -> RunPanes:
        """The panes."""
        return self.query_one(RunPanes)

    def on_resize(self) -> None:
        """Show one pane at a time where there is no room for more."""
        if self._is_open:
            self.run_view.set_narrow(self.size.width < MIN_WIDE_COLUMNS)

    @background()
    async def _show_thread(self) -> None:
        """Show the earlier questions of the conversation, folded above the panes."""
        runs = await asyncio.to_thread(read_thread, self.folder)
        attached = describe_attachments(self.recording.header.attachments)
        self.query_one(ThreadView).show(runs[:-1], attached)

    def on_thread_view_pictures_opened(self) -> None:
        """Show the pictures of the run."""
        self.action_pictures()

    def action_pictures(self) -> None:
        """Show the pictures of the run."""
        if pictures := list_run_pictures(self.recording.header.attachments, self.folder):
            self.app.push_screen(PictureScreen(pictures))

    def on_thread_view_opened(self, event: ThreadView.Opened) -> None:
        """Open a clicked run of the conversation."""
        self._open_earlier(event.folder)

    @background(exclusive=True, group="thread", opens_screen=True)
    async def action_earlier(self) -> None:
        """Choose a run of the conversation, and open it."""
        from roundtable_tui.tui.screens.dialogs.earlier import choose_earlier_run

        chosen = await choose_earlier_run(self.app, self.query_one(ThreadView).runs, "")
        if chosen is not None and chosen.folder is not None:
            self._open_earlier(chosen.folder)

    @background(exclusive=True, group="open earlier", opens_screen=True)
    async def _open_earlier(self, folder: Path) -> None:
        """Open an earlier run of the conversation on top of this one."""
        try:
            recording = await asyncio.to_thread(read_run, folder)
        except RoundtableError as error:
            self.show_notice(str(error), warning=True)
            return
        result = await self.app.push_screen_wait(ReplayScreen(self.session, recording))
        if result is not None:
            self.dismiss(result)

    @background(group="follow")
    async def follow(self) -> None:
        """Take what has been recorded since; show it if the end of the tape is shown."""
        if self._is_reading:  # A reading of a long record is not cancelled by the next one.
            return
        self._is_reading = True
        is_active = is_locked_by_writer(self.folder)
        try:
            recording = await asyncio.to_thread(read_run, self.folder)
        except RoundtableError:  # Deleted, or moved.
            recording = self.recording
        finally:
            self._is_reading = False
        if not is_active and self._following is not None:
            self._following.stop()
        if len(recording.events) <= len(self.recording.events):
            return
        shows_end = self.tape.is_over and not self.tape.is_playing
        self.recording = recording
        self.tape.extend(recording.events)
        self.query_one(ReplayBar).set_length(
            self.tape.duration_s, self._find_phase_starts(), self._find_turn_ends()
        )
        if shows_end:
            self.show_events(merge_deltas(self.tape.finish()))
            self.run_view.tick()

    def _find_phase_starts(self) -> list[float]:
        return [event.t for event in self.tape.events if isinstance(event, events.PhaseStarted)]

    def _find_turn_ends(self) -> list[TurnMark]:
        numbers = number_seats(self.recording.header.seats)
        return [
            TurnMark(event.t, numbers.get(event.seat, 0))
            for event in self.tape.events
            if isinstance(event, events.TurnFinished)
        ]

    # --- playing -----------------------------------------------------------------------------

    def show_events(self, shown: Sequence[events.Event], *, reset: bool = False) -> None:
        """Show events; `reset` resets the panes first."""
        if reset:
            self._now = 0.0
            self.query_one(StatusBar).reset_run()
            self.run_view.reset_run()
        top = self.query_one(StatusBar)
        for event in shown:
            self._now = max(self._now, event.t)
            top.handle(event)
            if not isinstance(event, events.RunStarted):
                self.run_view.handle(event)
        self._now = self.tape.position_s
        top.tick(self._now)
        self._update_bar()

    def _tick(self) -> None:
        now = time.monotonic()
        seconds, self._last = now - self._last, now
        if self.tape.is_playing:
            self.show_events(self.tape.advance(seconds))
            self.run_view.tick()

    def _update_bar(self) -> None:
        player = self.tape
        self.query_one(ReplayBar).show(
            player.position_s, player.speed, playing=player.is_playing, over=player.is_over
        )

    def _show_jump(self, found: tuple[bool, list[events.Event]]) -> None:
        reset, shown = found
        self.show_events(shown, reset=reset)
        self.run_view.tick()

    @on(ReplayBar.SeekRequested)
    def _seek(self, event: ReplayBar.SeekRequested) -> None:
        self._show_jump(self.tape.seek(event.at))

    # --- the keys ------------------------------------------------------------------------------

    def action_play(self) -> None:
        """Play, or pause."""
        if self.tape.is_playing:
            self.tape.is_playing = False
            self._update_bar()
        else:
            reset = self.tape.play()
            self._last = time.monotonic()
            self.show_events([], reset=reset)

    def action_next_turn(self) -> None:
        """Go to the next end of a turn."""
        self._show_jump((False, merge_deltas(self.tape.step_turn())))

    def action_previous_turn(self) -> None:
        """Go back to the end of the turn before."""
        self._show_jump(self.tape.step_back_turn())

    def action_next_event(self) -> None:
        """Go one event forward."""
        self.tape.is_playing = False
        self._show_jump((False, self.tape.step()))

    def action_previous_event(self) -> None:
        """Go one event back."""
        self.tape.is_playing = False
        self._show_jump(self.tape.step_back())

    def action_faster(self) -> None:
        """Go twice as fast."""
        self._change_speed(1)

    def action_slower(self) -> None:
        """Go half as fast."""
        self._change_speed(-1)

    def _change_speed(self, steps: int) -> None:
        self.tape.change_speed(steps)
        self._update_bar()
        self.notify(format_speed(self.tape.speed), timeout=1, markup=False)

    def action_to_start(self) -> None:
        """Go to the beginning."""
        self.tape.rewind()
        self.show_events([], reset=True)

    def action_to_end(self) -> None:
        """Go to the end."""
        self.tape.is_playing = False
        self._show_jump((False, merge_deltas(self.tape.finish())))

    def action_leave_replay(self) -> None:
        """Leave the zoom, then the replay."""
        if not self.panes.leave_zoom():
            self.dismiss(None)

    def action_account(self) -> None:
        """Show the report up to the current position."""
        from roundtable_tui.reports.stats import compute_stats
        from roundtable_tui.tui.screens.dialogs.stats import StatsScreen

        self.app.push_screen(
            StatsScreen(lambda: compute_stats(self.tape.events[: max(1, self.tape.emitted)]))
        )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable actions that need a running run."""
        if action == "pictures":
            return any("media_type" in row for row in self.recording.header.attachments)
        if action == "earlier":
            return bool(self.query_one(ThreadView).runs)
        return action not in _LIVE_RUN_ACTIONS and self.saved_run.can_use(action)

    def is_hint_hidden(self, command: str) -> bool:
        """Leave out what a run that is done does not need."""
        end = self.recording.run_finished
        return command == "resume_run" and end is not None and end.status == "complete"

    # --- the whole run ---------------------------------------------------------------------------

    @property
    def folder(self) -> Path:
        """Folder of the run."""
        return self.recording.folder

    @property
    def turn(self) -> str:
        """Id of the last turn so far of the active pane, or of any pane."""
        shown = self.tape.events[: self.tape.emitted]
        turns = [event for event in reversed(shown) if isinstance(event, events.TurnQueued)]
        seat = self.pane.seat if self.pane else ""
        own = next((event.turn for event in turns if event.seat == seat), "")
        return own or (turns[0].turn if turns else "")
