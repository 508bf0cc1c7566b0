"""Groups of panes that are shown together: those of a run, or of each stage of a pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from roundtable_tui.engine.events import RunStarted
from roundtable_tui.engine.record.recorded_values import as_tables
from roundtable_tui.history.reader import stage_of
from roundtable_tui.modes import get_layout
from roundtable_tui.reports.identity import number_seats
from roundtable_tui.tui.widgets.run.seat_pane import SeatPane
from roundtable_tui.tui.widgets.run.seat_progress import Clock
from roundtable_tui.tui.widgets.run.thread_pane import ThreadPane

HEAD_SEAT_ID = "head"
GROUP_PENDING, GROUP_RUNNING = "pending", "running"
THREAD_LAYOUTS = frozenset({"thread", "notes"})
"""Layouts whose head pane shows what all seats say."""


@dataclass(slots=True, eq=False)
class PaneGroup:
    """Panes that are shown together. `stage` is the stage's number from 1; 0 for a run without stages."""

    stage: int
    name: str
    seats: list[SeatPane]
    head: SeatPane
    """The captain's pane; without a captain a pane without a seat, which shows the discussion."""
    layout: str = "columns"
    """The layout that its mode declares."""
    state: str = GROUP_PENDING
    """`GROUP_PENDING`, `GROUP_RUNNING`, then the status of the stage: complete, skipped or failed."""
    active: SeatPane = field(init=False)
    """The pane chosen last."""

    def __post_init__(self) -> None:
        self.active = self.default

    @property
    def default(self) -> SeatPane:
        """The pane that is active at first: that of the first seat, or the thread."""
        return self.head if self.is_thread or not self.seats else self.seats[0]

    @property
    def is_thread(self) -> bool:
        """Whether the head pane shows what all seats say."""
        return self.layout in THREAD_LAYOUTS

    @property
    def panes_with_seats(self) -> list[SeatPane]:
        """The panes of seats; the captain's last."""
        return [pane for pane in self.panes if not pane.is_seatless]

    @property
    def panes(self) -> list[SeatPane]:
        """All panes, the head last."""
        return [*self.seats, self.head]


def make_pane_groups(header: RunStarted, clock: Clock) -> list[PaneGroup]:
    """Create the groups of a run with their panes, in order; at least one."""
    names = [str(row.get("mode", "")) for row in as_tables(header.options.get("stages"))]
    found = []
    numbers = number_seats(header.seats)
    for stage, group in groupby(sorted(header.seats, key=stage_of), stage_of):
        panes = [(_make_pane(seat, clock, numbers), bool(seat.get("captain"))) for seat in group]
        name = names[stage - 1] if 0 < stage <= len(names) else header.mode
        layout = get_layout(name)
        seats = [pane for pane, leads in panes if not leads or layout in THREAD_LAYOUTS]
        head = next((pane for pane, leads in panes if leads and pane not in seats), None)
        found.append(PaneGroup(stage, name, seats, head or _make_thread_pane(stage, clock, layout), layout))
    return found or [PaneGroup(0, header.mode, [], _make_thread_pane(0, clock, "columns"))]


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


def _make_thread_pane(stage: int, clock: Clock, layout: str) -> ThreadPane:
    """Create a head pane that belongs to no seat."""
    name = f"{HEAD_SEAT_ID}-{stage}" if stage else HEAD_SEAT_ID
    title, role = ("Notes", "") if layout == "notes" else ("Discussion", "all contributions")
    return ThreadPane(name, title, role, clock=clock)
