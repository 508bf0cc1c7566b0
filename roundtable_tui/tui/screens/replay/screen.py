"""A run once more: the same panes, fed from its record, at any speed and from any place."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from roundtable_tui.engine import events
from roundtable_tui.engine.record.recorder import Recording
from roundtable_tui.history.player import Tape, joined
from roundtable_tui.tui.commands import binding_of, bindings
from roundtable_tui.tui.reduced_motion import is_calm
from roundtable_tui.tui.screens.main.seat_actions import OF_A_LIVE_RUN, SeatActions
from roundtable_tui.tui.screens.replay.bar import ReplayBar, shown_speed
from roundtable_tui.tui.screens.runs.run_actions import WithRun
from roundtable_tui.tui.session import Session
from roundtable_tui.tui.widgets.key_hints import Hints
from roundtable_tui.tui.widgets.run.run_view import Stage
from roundtable_tui.tui.widgets.run.status_bar import TopLine

FRAMES, CALM_FRAMES = 20, 5
NARROW = 100
_OF_A_LIVE_RUN = OF_A_LIVE_RUN | {"edit_seat", "speak_to_seat", "stop_seat", "retry_seat"}


class ReplayScreen(WithRun, SeatActions):
    """Shows a recording: as it ended, or from its start with `play`. Gives back what to do with it."""

    CSS_PATH = "replay.tcss"
    AUTO_FOCUS = ""  # The panes see to it: the first one may be of a stage that is not shown.
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("replay"), *bindings("run"), binding_of("account")]
    HELP_WITHOUT = _OF_A_LIVE_RUN
    HELP_PLACES = ("replay", "run", "pane", "app")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-tall")]

    def __init__(self, session: Session, recording: Recording, *, play: bool = False) -> None:
        super().__init__(classes="-run")
        self.session = session
        self.recording = recording
        self.tape = Tape(recording.events)
        self._play = play
        self._now = 0.0
        self._last = time.monotonic()
        self._opened = False

    def compose(self) -> ComposeResult:
        """The top line, the panes, the bar, the keys."""
        marks = [event.t for event in self.tape.events if isinstance(event, events.PhaseStarted)]
        yield TopLine(id="top")
        yield Stage(id="stage")
        yield ReplayBar(self.tape.length, marks, id="bar")
        yield Hints()

    async def on_mount(self) -> None:
        """Put up the panes, and begin."""
        self.stage.carries_focus = True
        self.stage.narrow(self.size.width < NARROW)
        await self.stage.open(self.recording.header, lambda: self._now)
        self._opened = True
        if self._play:
            self.tape.play()
        else:
            self.tell(joined(self.tape.finish()))
        self.call_after_refresh(self._focus)
        self._last = time.monotonic()
        self.set_interval(1 / (CALM_FRAMES if is_calm(self.app) else FRAMES), self._tick)
        self._show()

    def _focus(self) -> None:
        if self.stage.active is not None:
            self.stage.active.view.focus()

    @property
    def stage(self) -> Stage:
        """The panes."""
        return self.query_one(Stage)

    def on_resize(self) -> None:
        """Show one pane at a time where there is no room for more."""
        if self._opened:
            self.stage.narrow(self.size.width < NARROW)

    # --- the tape ------------------------------------------------------------------------------

    def tell(self, told: Sequence[events.Event], *, anew: bool = False) -> None:
        """Show what happens, each thing at its time; `anew` from the beginning."""
        if anew:
            self._now = 0.0
            self.query_one(TopLine).forget()
            self.stage.forget()
        top = self.query_one(TopLine)
        for event in told:
            self._now = max(self._now, event.t)
            top.handle(event)
            if not isinstance(event, events.RunStarted):
                self.stage.handle(event)
        self._now = self.tape.at
        top.tick(self._now)
        self._show()

    def _tick(self) -> None:
        now = time.monotonic()
        seconds, self._last = now - self._last, now
        if self.tape.playing:
            self.tell(self.tape.advance(seconds))
            self.stage.tick()

    def _show(self) -> None:
        tape = self.tape
        self.query_one(ReplayBar).show(tape.at, tape.speed, playing=tape.playing, over=tape.over)

    def _moved(self, found: tuple[bool, list[events.Event]]) -> None:
        anew, told = found
        self.tell(told, anew=anew)
        self.stage.tick()

    @on(ReplayBar.Sought)
    def _sought(self, event: ReplayBar.Sought) -> None:
        self._moved(self.tape.seek(event.at))

    # --- the keys ------------------------------------------------------------------------------

    def action_play(self) -> None:
        """Play, or pause."""
        if self.tape.playing:
            self.tape.playing = False
            self._show()
        else:
            anew = self.tape.play()
            self._last = time.monotonic()
            self.tell([], anew=anew)

    def action_next_turn(self) -> None:
        """Go to the next end of a turn."""
        self._moved((False, joined(self.tape.step_turn())))

    def action_previous_turn(self) -> None:
        """Go back to the end of the turn before."""
        self._moved(self.tape.back_turn())

    def action_next_event(self) -> None:
        """Let one thing happen."""
        self.tape.playing = False
        self._moved((False, self.tape.step()))

    def action_previous_event(self) -> None:
        """Go to before the last thing that happened."""
        self.tape.playing = False
        self._moved(self.tape.back())

    def action_faster(self) -> None:
        """Go twice as fast."""
        self._speed(1)

    def action_slower(self) -> None:
        """Go half as fast."""
        self._speed(-1)

    def _speed(self, steps: int) -> None:
        self.tape.faster(steps)
        self._show()
        self.notify(shown_speed(self.tape.speed), timeout=1, markup=False)

    def action_to_start(self) -> None:
        """Go to the beginning."""
        self.tape.rewind()
        self.tell([], anew=True)

    def action_to_end(self) -> None:
        """Go to the end."""
        self.tape.playing = False
        self._moved((False, joined(self.tape.finish())))

    def action_leave_replay(self) -> None:
        """Leave the zoom; then leave."""
        if self.stage.zoomed:
            self.stage.zoom(False)
        else:
            self.dismiss(None)

    def action_account(self) -> None:
        """Show how the answer came about, as far as it has been told."""
        from roundtable_tui.reports.stats import account
        from roundtable_tui.tui.screens.dialogs.stats import AccountScreen

        self.app.push_screen(AccountScreen(lambda: account(self.tape.events[: max(1, self.tape.done)])))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave out what only a run that goes on can be told."""
        return action not in _OF_A_LIVE_RUN and self.offers(action)

    # --- the run as a whole ----------------------------------------------------------------------

    @property
    def folder(self) -> Path:
        """Where the run is kept."""
        return self.recording.folder

    @property
    def turn(self) -> str:
        """The turn that was told last in the pane that keys act on, else anywhere."""
        told = self.tape.events[: self.tape.done]
        turns = [event for event in reversed(told) if isinstance(event, events.TurnQueued)]
        seat = self.pane.seat if self.pane else ""
        own = next((event.turn for event in turns if event.seat == seat), "")
        return own or (turns[0].turn if turns else "")
