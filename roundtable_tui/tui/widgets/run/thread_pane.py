"""The pane of a conversation: what all seats say, in the order they say it, each under its own colour."""

from __future__ import annotations

from collections.abc import Callable

from roundtable_tui.engine import events
from roundtable_tui.tui.widgets.run.seat_pane import SeatPane
from roundtable_tui.tui.widgets.run.seat_progress import Clock
from roundtable_tui.utils.text import single_line


class ThreadPane(SeatPane):
    """A head pane without a seat. In a thread it takes the turns of all seats."""

    def __init__(self, seat: str, name: str, role: str = "", *, clock: Clock) -> None:
        super().__init__(seat, name, role, captain=True, clock=clock)
        self.is_seatless = True
        self.find_speaker: Callable[[str], SeatPane | None] = lambda seat: None
        """Returns the pane of a seat."""
        self._last_turns: dict[str, str] = {}
        """Seat -> its last turn."""
        self._speeches = 0
        """Speeches so far, which number their headings: all are in one phase."""

    def reset_run(self) -> None:
        """Return to the state at the start of the run."""
        self._last_turns = {}
        self._speeches = 0
        super().reset_run()

    def take_turn(self, event: events.Event) -> None:
        """Show an event of a turn of any seat."""
        if isinstance(event, events.TurnQueued):
            self._last_turns[event.seat] = event.turn
            self._speeches += event.label == "speech" and not event.retry_of
        self.handle(event)

    def correct_turn(self, seat: str, text: str) -> bool:
        """Replace the text of a seat's last turn by what was put on the board. Returns False without one."""
        turn = self._last_turns.get(seat, "")
        if not turn:
            return False
        if self.view.document.get_answer(turn).strip() != text.strip():
            self.view.resplit(turn, self.view.document.get_reasoning(turn), text)
        return True

    def show_before_last_turn(self, seat: str) -> None:
        """Scroll to what was said before a seat's last turn, which is shown elsewhere."""
        if turn := self._last_turns.get(seat, ""):
            self.view.scroll_to_turn(turn, before=True)

    def _begin_turn(self, event: events.TurnQueued) -> None:
        speaker = self.find_speaker(event.seat)
        place = self._make_title(event)
        if speaker is None:
            self.view.begin(event.turn, place)
            return
        identity = speaker.identity
        name = f"{identity.shape} {single_line(speaker.seat_name, 40)} · {place}"
        self.view.begin(event.turn, name, color=identity.color, quiet=event.decides)

    def _make_title(self, event: events.TurnQueued) -> str:
        place = f"{event.phase} {event.round}" if event.round else event.phase
        if event.label == "speech":
            return f"turn {self._speeches}"
        speaker = self.find_speaker(event.seat)
        own = {place, event.phase, speaker.seat_name.casefold() if speaker else ""}
        return place if event.label in own else f"{place} · {event.label}" if place else event.label

    def finish_run(self, note: str, t: float) -> None:
        """End all turns that are still running when the run ends."""
        for turn in self._open_turns():
            self._flush_marker_filter(turn)
            self.view.end(turn, note, "stopped")
        self._enter_state("done" if self._labels else "idle", t)

    def _open_turns(self) -> list[str]:
        return [turn for turn in self._labels if turn in self._marker_filters]
