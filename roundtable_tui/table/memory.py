"""What a record remembers of finished calls: the table asks here before it asks a server."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from roundtable_tui.table.events import (
    Event,
    PersonSpoke,
    PhaseStarted,
    TurnFailed,
    TurnFinished,
    TurnQueued,
)


@dataclass(frozen=True, slots=True)
class Recalled:
    """One call as the record has it."""

    asked: TurnQueued
    outcome: TurnFinished | TurnFailed
    rank: int


class Memory:
    """Finished calls by turn id. A failure is remembered only where the run went on past it:
    failures of the last phase are asked again when the run is resumed.
    """

    def __init__(self, events: Iterable[Event] = ()) -> None:
        events = list(events)
        last_phase = max((i for i, e in enumerate(events) if isinstance(e, PhaseStarted)), default=-1)
        asked: dict[str, TurnQueued] = {}
        self._calls: dict[str, Recalled] = {}
        self.words = [e for e in events if isinstance(e, PersonSpoke)]
        rank = 0
        for i, event in enumerate(events):
            if isinstance(event, TurnQueued):
                asked[event.turn] = event
            elif isinstance(event, TurnFinished | TurnFailed) and event.turn in asked:
                if isinstance(event, TurnFinished) or i < last_phase:
                    rank += 1
                    self._calls[event.turn] = Recalled(asked[event.turn], event, rank)
                else:
                    self._calls.pop(event.turn, None)

    def call(self, turn: str) -> Recalled | None:
        """Return the call with this turn id, if the record has it whole."""
        return self._calls.get(turn)

    def retried(self, failed: str, next_turn: str) -> bool:
        """True when the record says that `next_turn` made good for `failed`."""
        recalled = self._calls.get(next_turn)
        return recalled is not None and recalled.asked.retry_of == failed

    def __len__(self) -> int:
        return len(self._calls)
