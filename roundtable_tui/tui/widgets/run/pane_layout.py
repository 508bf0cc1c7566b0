"""Which panes are shown: a grid on a wide screen, one at a time under the row of tabs on a narrow one; any
may take the whole screen. Of a pipeline the panes of one stage are shown, under the row of stages.
"""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Container, VerticalScroll

from roundtable_tui.tui.widgets.run.pane_groups import PaneGroup
from roundtable_tui.tui.widgets.run.seat_pane import SeatPane
from roundtable_tui.tui.widgets.run.seat_tabs import SeatTabs
from roundtable_tui.tui.widgets.run.stage_tabs import StageTabs

SPEAKING_STATES = frozenset({"thinking", "writing"})


class PaneLayout(Container):
    """Holds the panes of one run, and shows what there is room for."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.groups: list[PaneGroup] = []
        self.shown_group: PaneGroup | None = None
        """Whose panes are shown: of a pipeline those of one stage."""
        self.running_group: PaneGroup | None = None
        """Who sits at the table now."""
        self.active: SeatPane | None = None
        self.zoomed = False
        self.follows_speaker = True
        """Where one pane is shown at a time: whether it is that of who speaks, until one is chosen."""
        self.carries_focus = False
        """Whether the focus goes along with who speaks: where no key does anything to a seat."""
        self._panes_by_seat: dict[str, SeatPane] = {}

    def compose(self) -> ComposeResult:
        """The stages of a pipeline, tabs, the grid of seats, the place of the head."""
        yield StageTabs(id="stages")
        yield SeatTabs(id="tabs")
        yield VerticalScroll(id="seats", can_focus=False)
        yield Container(id="head")

    @property
    def panes(self) -> list[SeatPane]:
        """The panes that are shown, or would be on a wide screen; the head is the last."""
        return self.shown_group.panes if self.shown_group else []

    @property
    def all_panes(self) -> list[SeatPane]:
        """The panes of all stages."""
        return [pane for sitting in self.groups for pane in sitting.panes]

    @property
    def head(self) -> SeatPane:
        """The pane at the head of who sits at the table now: where what concerns them all is said."""
        assert self.running_group is not None, "no run is shown"
        return self.running_group.head

    @on(SeatPane.Chosen)
    def _choose_focused(self, event: SeatPane.Chosen) -> None:
        # The focus may have gone on since: to the panes of the next stage, say.
        if event.pane is not self.active and self.has_key_focus(event.pane):
            self.choose_pane(event.pane, focus=False)

    @on(SeatTabs.Picked)
    def _choose_tab(self, event: SeatTabs.Picked) -> None:
        if pane := self.find_pane(event.seat):
            self.choose_pane(pane)

    @on(StageTabs.Picked)
    def _choose_stage(self, event: StageTabs.Picked) -> None:
        self.choose_pane(event.group.active)

    def has_key_focus(self, pane: SeatPane | None) -> bool:
        """Tell whether keys go to a pane, by now: it may not have heard of it yet."""
        focused = self.screen.focused
        return pane is not None and focused is not None and pane in focused.ancestors_with_self

    def choose_pane(self, pane: SeatPane, *, focus: bool = True) -> None:
        """Make `pane` the one that keys act on, and that a narrow screen shows from now on."""
        self.follows_speaker = False
        self._show_pane(pane)
        if focus and not pane.has_focus_within:
            pane.view.focus()

    def follow_speaker(self) -> None:
        """Show who speaks, now and from now on; where nobody does, where the answer will stand."""
        self.follows_speaker = True
        if self.running_group and (self._shows_single_pane or self.shown_group is not self.running_group):
            panes = self.running_group.panes
            self._show_pane(next((pane for pane in panes if pane.state in SPEAKING_STATES), self.head))

    def _follow_if_speaking(self, pane: SeatPane) -> None:
        """Go to a pane that begins to speak while the one that is shown is silent and read to its end."""
        if (
            not self.follows_speaker
            or self.zoomed
            or not self.has_class("-one")
            or pane.state not in SPEAKING_STATES
        ):
            return
        shown_group = self.active
        held = shown_group is not None and shown_group.has_focus_within
        if held and not self.carries_focus:
            return  # Keys are for the pane that is shown: none may go to another that just came.
        if shown_group is None or (shown_group.state not in SPEAKING_STATES and shown_group.view.following):
            self._show_pane(pane)
            if held:
                pane.view.focus()

    def _show_pane(self, pane: SeatPane) -> None:
        if pane is not self.active:
            self.active = pane
            self.shown_group = next((one for one in self.groups if pane in one.panes), self.shown_group)
            if self.shown_group:
                self.shown_group.active = pane
            self.arrange_panes()

    def shift_stage(self, by: int) -> None:
        """Show the stage of a pipeline so many after the one that is shown."""
        at = self.groups.index(self.shown_group) + by if self.shown_group else -1
        if 0 <= at < len(self.groups):
            self.choose_pane(self.groups[at].active)

    @property
    def _shows_single_pane(self) -> bool:
        return self.zoomed or self.has_class("-one")

    def find_pane(self, seat: str) -> SeatPane | None:
        """Return the pane of a seat."""
        return self._panes_by_seat.get(seat)

    def get_numbered_pane(self, number: int) -> SeatPane | None:
        """Return pane 1, 2, ... or, for 0, the head."""
        if not self.panes:
            return None
        if number == 0:
            return self.panes[-1]
        return self.panes[number - 1] if number < len(self.panes) else None

    def list_jump_targets(self) -> list[tuple[SeatPane, tuple[int, int] | None]]:
        """Return the panes with where their letters stand: in their corner, or on their tabs."""
        tabs, row = self.query_one(SeatTabs), self.query_one(StageTabs)
        alone = self._shows_single_pane
        others = [(one.active, row.locate_tab(one)) for one in self.groups if one is not self.shown_group]
        here = [(pane, tabs.locate_tab(pane.seat) if alone else None) for pane in self.panes]
        return here + [(pane, place) for pane, place in others if place]

    def zoom(self, on: bool | None = None) -> None:
        """Give the active pane the whole stage, or take it back."""
        self.zoomed = (not self.zoomed) if on is None else on
        self.arrange_panes()

    def set_narrow(self, narrow: bool) -> None:
        """Show one pane at a time, or all."""
        self.set_class(narrow, "-one")
        self.arrange_panes()

    def arrange_panes(self) -> None:
        """Show what there is room for."""
        if self.shown_group is None:
            return
        alone, head = self._shows_single_pane, self.shown_group.head
        self.set_class(self.zoomed, "-zoomed")
        self.set_class(alone and self.active is head, "-head-alone")
        self.set_class(alone and self.active is not head, "-seat-alone")
        grid, count = self.query_one("#seats"), len(self.shown_group.seats)
        grid.styles.grid_size_columns = count_columns(count)
        grid.set_class(count > 3 * count_columns(count), "-many")
        for pane in self.all_panes:
            pane.display = pane in self.shown_group.panes and (not alone or pane is self.active)
        self._update_tabs()

    def _update_tabs(self) -> None:
        self.query_one(SeatTabs).show(self.panes, self.active)
        if len(self.groups) > 1 and self.shown_group:
            self.query_one(StageTabs).show(self.groups, self.shown_group)


def count_columns(seats: int) -> int:
    """Return how many columns suit so many seats."""
    return max(1, seats) if seats <= 3 else 2 if seats == 4 else 3 if seats <= 9 else 4
