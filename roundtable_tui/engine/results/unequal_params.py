"""Finds seats that answered without a generation parameter that other seats of the step were sampled with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from roundtable_tui.engine.events import Event, Notice, StageEnded, TurnFinished, TurnQueued
from roundtable_tui.engine.results.baseline import BASELINE_PHASE
from roundtable_tui.engine.seat import Seat
from roundtable_tui.utils.text import single_line

Step: TypeAlias = tuple[int, str, int]
"""Stage, phase and round: the answers of a step are compared with one another."""
_NOT_SAMPLING = {"seed"}
"""Parameters that do not change how likely an answer is."""


class UnequalParams:
    """The parameters that the seats were sampled with, step by step.

    Only a parameter that a server refused makes seats unequal: what a persona or a server sets for itself is
    intended.
    """

    def __init__(self) -> None:
        self._sent: dict[Step, set[str]] = {}
        self._refused: dict[Step, list[tuple[str, str]]] = {}

    def add(self, step: Step, name: str, model: str, end: TurnFinished) -> None:
        """Add the answer of a seat; decisions and the baseline are not to be added."""
        self._sent.setdefault(step, set()).update(end.params)
        label = f"{single_line(name, 40)} ({single_line(model, 40)})"
        found = [(one, label) for one in end.refused_params if one not in _NOT_SAMPLING]
        self._refused.setdefault(step, []).extend(found)

    def find(self) -> list[tuple[str, str]]:
        """Return (parameter, seat and model) for each seat that answered without what others had, once."""
        found: dict[tuple[str, str], None] = {}
        for step, refused in self._refused.items():
            found |= dict.fromkeys(pair for pair in refused if pair[0] in self._sent[step])
        return list(found)


class UnequalParamsNotice:
    """Follows the events of a run, and emits a notice when seats turn out to be unequal."""

    def __init__(self, find_seat: Callable[[str], Seat], emit: Callable[[Event], None]) -> None:
        """Create one.

        Args:
            find_seat: returns the seat with an id.
            emit: receives the notices.
        """
        self._find_seat, self._emit = find_seat, emit
        self._params = UnequalParams()
        self._queued: dict[str, TurnQueued] = {}
        self._stage = 0
        self._said: set[tuple[str, str]] = set()

    def follow(self, event: Event) -> None:
        """Take the next event."""
        match event:
            case StageEnded():
                self._stage += 1
            case TurnQueued(decides=False) if event.phase != BASELINE_PHASE:
                self._queued[event.turn] = event
            case TurnFinished() if queued := self._queued.pop(event.turn, None):
                step = (self._stage, queued.phase, queued.round)
                seat = self._find_seat(event.seat)
                self._params.add(step, seat.name, seat.model, event)
                for param, who in self._params.find():
                    if (param, who) not in self._said:
                        self._said.add((param, who))
                        what = f"{who} answers without {single_line(param, 40)}, which its server refused"
                        self._emit(Notice(text=f"the seats are not sampled alike: {what}"))
