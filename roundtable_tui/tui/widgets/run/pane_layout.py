"""Which panes are shown: a grid on a wide screen, one at a time under the row of tabs on a narrow one; any
may take the whole screen. Of a pipeline the panes of one stage are shown, under the row of stages.
"""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Container, VerticalScroll

from roundtable_tui.tui.widgets.run.pane_groups import Sitting
from roundtable_tui.tui.widgets.run.seat_pane import SeatPane
from roundtable_tui.tui.widgets.run.seat_tabs import SeatTabs
from roundtable_tui.tui.widgets.run.stage_tabs import StageRow

SPEAKING = frozenset({"thinking", "writing"})


class Panes(Container):
    """Holds the panes of one run, and shows what there is room for."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.sittings: list[Sitting] = []
        self.shown: Sitting | None = None
        """Whose panes are shown: of a pipeline those of one stage."""
        self.running: Sitting | None = None
        """Who sits at the table now."""
        self.active: SeatPane | None = None
        self.zoomed = False
        self.follows = True
        """Where one pane is shown at a time: whether it is that of who speaks, until one is chosen."""
        self.carries_focus = False
        """Whether the focus goes along with who speaks: where no key does anything to a seat."""
        self._by_seat: dict[str, SeatPane] = {}

    def compose(self) -> ComposeResult:
        """The stages of a pipeline, tabs, the grid of seats, the place of the head."""
        yield StageRow(id="stages")
        yield SeatTabs(id="tabs")
        yield VerticalScroll(id="seats", can_focus=False)
        yield Container(id="head")

    @property
    def panes(self) -> list[SeatPane]:
        """The panes that are shown, or would be on a wide screen; the head is the last."""
        return self.shown.panes if self.shown else []

    @property
    def everyone(self) -> list[SeatPane]:
        """The panes of all stages."""
        return [pane for sitting in self.sittings for pane in sitting.panes]

    @property
    def head(self) -> SeatPane:
        """The pane at the head of who sits at the table now: where what concerns them all is said."""
        assert self.running is not None, "no run is shown"
        return self.running.head

    @on(SeatPane.Chosen)
    def _chosen(self, event: SeatPane.Chosen) -> None:
        # The focus may have gone on since: to the panes of the next stage, say.
        if event.pane is not self.active and self.has_keys(event.pane):
            self.choose(event.pane, focus=False)

    @on(SeatTabs.Picked)
    def _tab(self, event: SeatTabs.Picked) -> None:
        if pane := self.by_seat(event.seat):
            self.choose(pane)

    @on(StageRow.Picked)
    def _stage_picked(self, event: StageRow.Picked) -> None:
        self.choose(event.sitting.active)

    def has_keys(self, pane: SeatPane | None) -> bool:
        """Tell whether keys go to a pane, by now: it may not have heard of it yet."""
        focused = self.screen.focused
        return pane is not None and focused is not None and pane in focused.ancestors_with_self

    def choose(self, pane: SeatPane, *, focus: bool = True) -> None:
        """Make `pane` the one that keys act on, and that a narrow screen shows from now on."""
        self.follows = False
        self._show(pane)
        if focus and not pane.has_focus_within:
            pane.view.focus()

    def follow(self) -> None:
        """Show who speaks, now and from now on; where nobody does, where the answer will stand."""
        self.follows = True
        if self.running and (self._alone or self.shown is not self.running):
            panes = self.running.panes
            self._show(next((pane for pane in panes if pane.state in SPEAKING), self.head))

    def _follow(self, pane: SeatPane) -> None:
        """Go to a pane that begins to speak while the one that is shown is silent and read to its end."""
        if not self.follows or self.zoomed or not self.has_class("-one") or pane.state not in SPEAKING:
            return
        shown = self.active
        held = shown is not None and shown.has_focus_within
        if held and not self.carries_focus:
            return  # Keys are for the pane that is shown: none may go to another that just came.
        if shown is None or (shown.state not in SPEAKING and shown.view.following):
            self._show(pane)
            if held:
                pane.view.focus()

    def _show(self, pane: SeatPane) -> None:
        if pane is not self.active:
            self.active = pane
            self.shown = next((one for one in self.sittings if pane in one.panes), self.shown)
            if self.shown:
                self.shown.active = pane
            self.lay_out()

    def turn_to(self, by: int) -> None:
        """Show the stage of a pipeline so many after the one that is shown."""
        at = self.sittings.index(self.shown) + by if self.shown else -1
        if 0 <= at < len(self.sittings):
            self.choose(self.sittings[at].active)

    @property
    def _alone(self) -> bool:
        return self.zoomed or self.has_class("-one")

    def by_seat(self, seat: str) -> SeatPane | None:
        """Return the pane of a seat."""
        return self._by_seat.get(seat)

    def numbered(self, number: int) -> SeatPane | None:
        """Return pane 1, 2, ... or, for 0, the head."""
        if not self.panes:
            return None
        if number == 0:
            return self.panes[-1]
        return self.panes[number - 1] if number < len(self.panes) else None

    def places(self) -> list[tuple[SeatPane, tuple[int, int] | None]]:
        """Return the panes with where their letters stand: in their corner, or on their tabs."""
        tabs, row = self.query_one(SeatTabs), self.query_one(StageRow)
        alone = self._alone
        others = [(one.active, row.place(one)) for one in self.sittings if one is not self.shown]
        here = [(pane, tabs.place(pane.seat) if alone else None) for pane in self.panes]
        return here + [(pane, place) for pane, place in others if place]

    def zoom(self, on: bool | None = None) -> None:
        """Give the active pane the whole stage, or take it back."""
        self.zoomed = (not self.zoomed) if on is None else on
        self.lay_out()

    def narrow(self, narrow: bool) -> None:
        """Show one pane at a time, or all."""
        self.set_class(narrow, "-one")
        self.lay_out()

    def lay_out(self) -> None:
        """Show what there is room for."""
        if self.shown is None:
            return
        alone, head = self._alone, self.shown.head
        self.set_class(self.zoomed, "-zoomed")
        self.set_class(alone and self.active is head, "-head-alone")
        self.set_class(alone and self.active is not head, "-seat-alone")
        grid, count = self.query_one("#seats"), len(self.shown.seats)
        grid.styles.grid_size_columns = columns_for(count)
        grid.set_class(count > 3 * columns_for(count), "-many")
        for pane in self.everyone:
            pane.display = pane in self.shown.panes and (not alone or pane is self.active)
        self._tabs()

    def _tabs(self) -> None:
        self.query_one(SeatTabs).show(self.panes, self.active)
        if len(self.sittings) > 1 and self.shown:
            self.query_one(StageRow).show(self.sittings, self.shown)


def columns_for(seats: int) -> int:
    """Return how many columns suit so many seats."""
    return max(1, seats) if seats <= 3 else 2 if seats == 4 else 3 if seats <= 9 else 4
