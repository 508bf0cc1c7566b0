"""What the person does in a run, as events at their place in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from roundtable_tui.table.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSpoke(Event):
    """The person said something to the table (`to` empty) or to one seat; heard at the next turn."""

    type: ClassVar[str] = "person_spoke"
    text: str
    to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatChanged(Event):
    """A seat speaks otherwise from its next turn on; what `value` is, `table.changes` says."""

    type: ClassVar[str] = "seat_changed"
    seat: str
    what: str
    """persona, model, captain, muted or unmuted."""
    value: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    """`replaced` where another persona took the seat, `forked` in a fork."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundsChanged(Event):
    """The person raised or lowered how many rounds, or turns, there are to be."""

    type: ClassVar[str] = "rounds_changed"
    name: str
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetChanged(Event):
    """The person set the budget, in tokens and in USD; None is no limit."""

    type: ClassVar[str] = "budget_changed"
    tokens: int | None = None
    cost: float | None = None
    anew: bool = False
    """By a run that is gone on with: what there was no budget for is asked now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPaused(Event):
    """The person holds the run (`paused`), or lets it go on."""

    type: ClassVar[str] = "run_paused"
    paused: bool
