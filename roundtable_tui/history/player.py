"""Replays recorded events at a given speed, with seeking and stepping."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import inf

from roundtable_tui.engine import events
from roundtable_tui.engine.events import Event
from roundtable_tui.reports.wording import status_label

SPEEDS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
INSTANT = inf
MAX_WAIT_S = 2.0
"""Longer pauses between events, as the viewer sees them, are skipped."""
_PIECES = (events.AnswerDelta, events.ReasoningDelta)
_ENDS = (events.TurnFinished, events.TurnFailed)


class RecordPlayer:
    """Plays the events of a record, its header first.

    `position_s` is the position on the run's clock in seconds; `emitted` is the number of events emitted so
    far. Every method that moves the position returns the events passed.
    """

    def __init__(self, recorded: Sequence[Event]) -> None:
        self.position_s = 0.0
        self.emitted = 0
        self.speed = 1.0
        self.is_playing = False
        self.extend(recorded)

    def extend(self, recorded: Sequence[Event]) -> None:
        """Take the events of a record that has grown; the first ones are those from before."""
        self.events = tuple(_without_inner_ends(recorded))
        self.times: list[float] = []
        for event in self.events:  # Times that go back, as in records from elsewhere, are held.
            self.times.append(max(event.t, self.times[-1] if self.times else 0.0))
        self.duration_s = self.times[-1] if self.times else 0.0

    @property
    def is_over(self) -> bool:
        """True if all events have been emitted."""
        return self.emitted >= len(self.events)

    def play(self) -> bool:
        """Start or continue playing, at the end from the start. Returns True if it starts over."""
        restarts = self.is_over
        if restarts:
            self.rewind()
        self.is_playing = True
        return restarts

    def change_speed(self, steps: int = 1) -> None:
        """Move up (or down, if negative) by this many of the speeds."""
        ladder = (*SPEEDS, INSTANT)
        at = next(n for n, speed in enumerate(ladder) if speed >= self.speed)
        self.speed = ladder[min(max(at + steps, 0), len(ladder) - 1)]

    # --- forward -------------------------------------------------------------------------------

    def advance(self, seconds: float) -> list[Event]:
        """Let `seconds` of the viewer's time pass. Returns the events in them."""
        if not self.is_playing:
            return []
        if self.speed == INSTANT:
            emitted_events = self._emit_until(len(self.events))
        else:
            place = self.position_s + seconds * self.speed
            if not self.is_over:
                place = max(place, self.times[self.emitted] - MAX_WAIT_S * self.speed)
            emitted_events = self._emit_until(bisect_right(self.times, place))
            self.position_s = min(max(place, self.position_s), self.duration_s)
        self.is_playing = not self.is_over
        return emitted_events

    def step(self) -> list[Event]:
        """Emit the next event."""
        return self._emit_until(self.emitted + 1)

    def step_turn(self) -> list[Event]:
        """Emit the events up to the next end of a turn, or of the run."""
        return self._emit_until(self._next_turn_end(self.emitted))

    def finish(self) -> list[Event]:
        """Emit all remaining events."""
        return self._emit_until(len(self.events))

    def _emit_until(self, number: int) -> list[Event]:
        number = min(number, len(self.events))
        emitted_events = list(self.events[self.emitted : number])
        self.emitted = number
        if emitted_events:
            self.position_s = max(self.position_s, self.times[number - 1])
        return emitted_events

    def _next_turn_end(self, number: int) -> int:
        rest = range(number, len(self.events))
        return next((n + 1 for n in rest if isinstance(self.events[n], _ENDS)), len(self.events))

    # --- to any place --------------------------------------------------------------------------

    def rewind(self) -> None:
        """Go to the start, with no events emitted."""
        self.position_s, self.emitted = 0.0, 0

    def seek(self, position_s: float) -> tuple[bool, list[Event]]:
        """Go to a position on the clock.

        Returns:
            Whether the readers must start over from an empty state, and the events to apply. Streamed text of
            a turn is merged into one piece.
        """
        position_s = min(max(position_s, 0.0), self.duration_s)
        return self._go_to(bisect_right(self.times, position_s), position_s)

    def step_back(self) -> tuple[bool, list[Event]]:
        """Go back by one event. Returns as `seek` does."""
        return self._go_to(max(self.emitted - 1, 0))

    def step_back_turn(self) -> tuple[bool, list[Event]]:
        """Go back to the end of the previous turn, or to the start. Returns as `seek` does."""
        ends = [n + 1 for n in range(self.emitted) if isinstance(self.events[n], _ENDS)]
        # Exactly at the end of a turn, go to the one before.
        while ends and ends[-1] >= self.emitted:
            ends.pop()
        return self._go_to(ends[-1] if ends else 0)

    def _go_to(self, number: int, place: float | None = None) -> tuple[bool, list[Event]]:
        restarts = number < self.emitted
        if restarts:
            self.rewind()
        emitted_events = merge_deltas(self._emit_until(number))
        if place is None:
            place = self.times[number - 1] if number else 0.0
        self.position_s = place
        return restarts, emitted_events


def merge_deltas(emitted_events: Iterable[Event]) -> list[Event]:
    """Merge the streamed text of each attempt of a turn into its first piece."""
    out: list[Event] = []
    places: dict[tuple[str, str], int] = {}
    texts: dict[int, list[str]] = {}
    for event in emitted_events:
        if isinstance(event, _PIECES):
            key = (event.turn, event.type)
            if key not in places:
                places[key] = len(out)
                out.append(event)
            texts.setdefault(places[key], []).append(event.text)
            continue
        if isinstance(event, events.TurnStarted | events.TurnResplit):
            for kind in _PIECES:
                places.pop((event.turn, kind.type), None)
        out.append(event)
    for place, pieces in texts.items():
        event = out[place]
        assert isinstance(event, _PIECES)
        out[place] = replace(event, text="".join(pieces))
    return out


def _without_inner_ends(recorded: Sequence[Event]) -> Iterable[Event]:
    """Yield the events; the ends of a run that was resumed later become notices."""
    resumed = max((n for n, e in enumerate(recorded) if isinstance(e, events.RunResumed)), default=-1)
    for number, event in enumerate(recorded):
        if isinstance(event, events.RunFinished) and number < resumed:
            yield events.Notice(
                t=event.t, text=f"the run ended here ({status_label(event.status)}) and was resumed"
            )
        else:
            yield event
