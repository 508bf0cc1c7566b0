"""What every event is: something that happened, and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened."""

    type: ClassVar[str] = "event"
    t: float = 0.0


def stamp(event: Event, t: float) -> Event:
    """Set when `event` happened, before anybody sees it; what comes from a record keeps its time."""
    if not event.t:
        object.__setattr__(event, "t", t)
    return event
