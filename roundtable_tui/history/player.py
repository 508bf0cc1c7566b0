"""A record as something that plays: a place on its own clock, how fast it goes, and what comes next."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import inf

from roundtable_tui.engine import events
from roundtable_tui.engine.events import Event

SPEEDS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
INSTANT = inf
MAX_WAIT_S = 2.0
"""Where nothing happens for longer than this, as one watches, the rest of it is left out."""
_PIECES = (events.AnswerDelta, events.ReasoningDelta)
_ENDS = (events.TurnFinished, events.TurnFailed)


class RecordPlayer:
    """The events of a record from its header on. `at` is the place on the run's clock, in seconds;
    `done` events have been told. What is told next is returned by whatever moves it on.
    """

    def __init__(self, recorded: Sequence[Event]) -> None:
        self.events = tuple(_without_inner_ends(recorded))
        self.times: list[float] = []
        for event in self.events:  # A clock that went back in a record from elsewhere stands still here.
            self.times.append(max(event.t, self.times[-1] if self.times else 0.0))
        self.duration_s = self.times[-1] if self.times else 0.0
        self.position_s = 0.0
        self.emitted = 0
        self.speed = 1.0
        self.is_playing = False

    @property
    def is_over(self) -> bool:
        """True at the end."""
        return self.emitted >= len(self.events)

    def play(self) -> bool:
        """Go on, at the end from the start; return whether all begins anew."""
        anew = self.is_over
        if anew:
            self.rewind()
        self.is_playing = True
        return anew

    def change_speed(self, steps: int = 1) -> None:
        """Go to the next of the speeds, or to the one before."""
        ladder = (*SPEEDS, INSTANT)
        at = next(n for n, speed in enumerate(ladder) if speed >= self.speed)
        self.speed = ladder[min(max(at + steps, 0), len(ladder) - 1)]

    # --- forward -------------------------------------------------------------------------------

    def advance(self, seconds: float) -> list[Event]:
        """Let so many seconds go by for the one who watches; return what happens in them."""
        if not self.is_playing:
            return []
        if self.speed == INSTANT:
            told = self._emit_until(len(self.events))
        else:
            place = self.position_s + seconds * self.speed
            if not self.is_over:
                place = max(place, self.times[self.emitted] - MAX_WAIT_S * self.speed)
            told = self._emit_until(bisect_right(self.times, place))
            self.position_s = min(max(place, self.position_s), self.duration_s)
        self.is_playing = not self.is_over
        return told

    def step(self) -> list[Event]:
        """Return the next event."""
        return self._emit_until(self.emitted + 1)

    def step_turn(self) -> list[Event]:
        """Return all up to the next end of a turn, or of the run."""
        return self._emit_until(self._next_turn_end(self.emitted))

    def finish(self) -> list[Event]:
        """Return all that is left."""
        return self._emit_until(len(self.events))

    def _emit_until(self, number: int) -> list[Event]:
        number = min(number, len(self.events))
        told = list(self.events[self.emitted : number])
        self.emitted = number
        if told:
            self.position_s = max(self.position_s, self.times[number - 1])
        return told

    def _next_turn_end(self, number: int) -> int:
        rest = range(number, len(self.events))
        return next((n + 1 for n in rest if isinstance(self.events[n], _ENDS)), len(self.events))

    # --- to any place --------------------------------------------------------------------------

    def rewind(self) -> None:
        """Go to the start, with nothing told."""
        self.position_s, self.emitted = 0.0, 0

    def seek(self, position_s: float) -> tuple[bool, list[Event]]:
        """Go to a place on the clock; return whether all begins anew, and what then has happened by there.

        What was said piece by piece comes in one piece.
        """
        position_s = min(max(position_s, 0.0), self.duration_s)
        return self._go_to(bisect_right(self.times, position_s), position_s)

    def step_back(self) -> tuple[bool, list[Event]]:
        """Go to the event before the last that was told."""
        return self._go_to(max(self.emitted - 1, 0))

    def step_back_turn(self) -> tuple[bool, list[Event]]:
        """Go to where the turn before the last end of a turn had ended; before the first, to the start."""
        ends = [n + 1 for n in range(self.emitted) if isinstance(self.events[n], _ENDS)]
        # At an end itself, go to the one before; behind one, go back to it.
        while ends and ends[-1] >= self.emitted:
            ends.pop()
        return self._go_to(ends[-1] if ends else 0)

    def _go_to(self, number: int, place: float | None = None) -> tuple[bool, list[Event]]:
        anew = number < self.emitted
        if anew:
            self.rewind()
        told = merge_deltas(self._emit_until(number))
        if place is None:
            place = self.times[number - 1] if number else 0.0
        self.position_s = place
        return anew, told


def merge_deltas(told: Iterable[Event]) -> list[Event]:
    """Return the events with the pieces of each attempt of a turn joined to one, where its first one was."""
    out: list[Event] = []
    places: dict[tuple[str, str], int] = {}
    texts: dict[int, list[str]] = {}
    for event in told:
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
    """Yield the events of a record; an end after which it was gone on with is a line like others."""
    resumed = max((n for n, e in enumerate(recorded) if isinstance(e, events.RunResumed)), default=-1)
    for number, event in enumerate(recorded):
        if isinstance(event, events.RunFinished) and number < resumed:
            yield events.Notice(t=event.t, text=f"the run ended here ({event.status}), and was gone on with")
        else:
            yield event
