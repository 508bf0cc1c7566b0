"""Groups of panes that are shown together: those of a run, or of each stage of a pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from roundtable_tui.engine.events import RunStarted
from roundtable_tui.history.reader import stage_of
from roundtable_tui.reports.identity import number_seats
from roundtable_tui.tui.widgets.run.seat_pane import SeatPane
from roundtable_tui.tui.widgets.run.seat_progress import Clock

HEAD_SEAT_ID = "head"
GROUP_PENDING, GROUP_RUNNING = "pending", "running"


@dataclass(slots=True, eq=False)
class PaneGroup:
    """Panes that are shown together. `stage` is the stage's number from 1; 0 for a run without stages."""

    stage: int
    name: str
    seats: list[SeatPane]
    head: SeatPane
    """The captain's pane; without a captain a pane without a seat, which shows the discussion."""
    state: str = GROUP_PENDING
    """`GROUP_PENDING`, `GROUP_RUNNING`, then the status of the stage: complete, skipped or failed."""
    active: SeatPane = field(init=False)
    """The pane chosen last."""

    def __post_init__(self) -> None:
        self.active = self.seats[0] if self.seats else self.head

    @property
    def panes(self) -> list[SeatPane]:
        """All panes, the head last."""
        return [*self.seats, self.head]


def make_pane_groups(header: RunStarted, clock: Clock) -> list[PaneGroup]:
    """Create the groups of a run with their panes, in order; at least one."""
    rows = header.options.get("stages")
    names = [str(row.get("mode", "")) for row in rows] if isinstance(rows, list | tuple) else []
    found = []
    numbers = number_seats(header.seats)
    for stage, group in groupby(sorted(header.seats, key=stage_of), stage_of):
        panes = [(_make_pane(seat, clock, numbers), bool(seat.get("captain"))) for seat in group]
        seats = [pane for pane, leads in panes if not leads]
        head = next((pane for pane, leads in panes if leads), None) or _make_seatless_pane(stage, clock)
        name = names[stage - 1] if 0 < stage <= len(names) else header.mode
        found.append(PaneGroup(stage, name, seats, head))
    return found or [PaneGroup(0, header.mode, [], _make_seatless_pane(0, clock))]


def _make_pane(seat: Mapping[str, Any], clock: Clock, numbers: Mapping[str, int]) -> SeatPane:
    return SeatPane(
        str(seat["seat"]),
        str(seat["name"]),
        str(seat.get("role", "")),
        str(seat["model"]),
        captain=bool(seat.get("captain")),
        number=numbers[str(seat["seat"])],
        clock=clock,
    )


def _make_seatless_pane(stage: int, clock: Clock) -> SeatPane:
    """Create the head pane of a run without a captain."""
    name = f"{HEAD_SEAT_ID}-{stage}" if stage else HEAD_SEAT_ID
    pane = SeatPane(name, "Discussion", "all contributions", captain=True, clock=clock)
    pane.is_seatless = True
    return pane
