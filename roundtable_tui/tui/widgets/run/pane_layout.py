"""Which panes are shown, and which one is active.

A wide screen shows a grid, a narrow one a single pane below a row of tabs; any pane can be zoomed. For a
pipeline the panes of one stage are shown, below a row of stages.
"""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Container, VerticalScroll

from roundtable_tui.tui.widgets.run.answer_card import AnswerCard
from roundtable_tui.tui.widgets.run.board_view import BoardView
from roundtable_tui.tui.widgets.run.captain_strip import CaptainStrip
from roundtable_tui.tui.widgets.run.pane_groups import PaneGroup
from roundtable_tui.tui.widgets.run.seat_pane import SeatPane
from roundtable_tui.tui.widgets.run.seat_progress import SPEAKING_STATES
from roundtable_tui.tui.widgets.run.seat_tabs import SeatTabs
from roundtable_tui.tui.widgets.run.stage_tabs import StageTabs


class PaneLayout(Container):
    """Holds the panes of one run and shows as many as fit."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.groups: list[PaneGroup] = []
        self.shown_group: PaneGroup | None = None
        """The group whose panes are shown."""
        self.running_group: PaneGroup | None = None
        """The group that works now."""
        self.active: SeatPane | None = None
        self.zoomed = False
        self.follows_speaker = True
        """Whether a single shown pane follows the speaking seat; ends when the user chooses a pane."""
        self.carries_focus = False
        """Whether the focus follows the speaking seat: only where no key acts on a seat, as in a replay."""
        self.needs_head = False
        """Whether the head pane has text to read while seats work: a discussion, or a text of the captain."""
        self._panes_by_seat: dict[str, SeatPane] = {}

    def compose(self) -> ComposeResult:
        """Yield the rows of tabs, the answer, the grid of seats, and the head pane or what stands for it."""
        yield StageTabs(id="stages")
        yield SeatTabs(id="tabs")
        yield AnswerCard(id="card")
        yield VerticalScroll(id="seats", can_focus=False)
        yield Container(id="head")
        yield BoardView(id="board")
        yield CaptainStrip(id="strip")

    @property
    def panes(self) -> list[SeatPane]:
        """The panes of the shown group, the head last; a narrow screen shows one of them."""
        return self.shown_group.panes if self.shown_group else []

    @property
    def all_panes(self) -> list[SeatPane]:
        """The panes of all stages."""
        return [pane for group in self.groups for pane in group.panes]

    @property
    def head(self) -> SeatPane:
        """The head pane of the running group, for what concerns all seats."""
        assert self.running_group is not None, "no run is shown"
        return self.running_group.head

    @on(SeatPane.Chosen)
    def _choose_focused(self, event: SeatPane.Chosen) -> None:
        # The focus may have moved since, for example to the panes of the next stage.
        if event.pane is not self.active and self.has_key_focus(event.pane):
            self.choose_pane(event.pane, focus=False)

    @on(SeatTabs.Picked)
    def _choose_tab(self, event: SeatTabs.Picked) -> None:
        if pane := self.find_pane(event.seat):
            self.choose_pane(pane)

    @on(CaptainStrip.Opened)
    def _open_head(self) -> None:
        if self.shown_group is not None:
            self.choose_pane(self.shown_group.head)

    @on(StageTabs.Picked)
    def _choose_stage(self, event: StageTabs.Picked) -> None:
        self.choose_pane(event.group.active)

    def has_key_focus(self, pane: SeatPane | None) -> bool:
        """Return whether a pane has the focus now; its focus event may still be queued."""
        focused = self.screen.focused
        return pane is not None and focused is not None and pane in focused.ancestors_with_self

    def choose_pane(self, pane: SeatPane, *, focus: bool = True) -> None:
        """Make `pane` the one that keys act on and that a narrow screen shows."""
        was_collapsed = self.is_head_collapsed
        self.follows_speaker = False
        if pane is self.active and was_collapsed != self.is_head_collapsed:
            self.arrange_panes()
        self._show_pane(pane)
        if focus and not pane.has_focus_within:
            self.focus_pane(pane)

    def follow_speaker(self) -> None:
        """Show the speaking seat, now and later; the head pane while no seat speaks."""
        self.follows_speaker = True
        if self.running_group and (self._shows_single_pane or self.shown_group is not self.running_group):
            panes = self.running_group.panes
            self._show_pane(next((pane for pane in panes if pane.state in SPEAKING_STATES), self.head))

    def _follow_if_speaking(self, pane: SeatPane) -> None:
        """Show a seat that begins to speak if the shown one is silent and scrolled to its end."""
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
            return  # A key meant for the shown pane must not act on another one.
        if shown_group is None or (shown_group.state not in SPEAKING_STATES and shown_group.view.following):
            self._show_pane(pane)
            if held:
                self.focus_pane(pane)

    def focus_pane(self, pane: SeatPane) -> None:
        """Focus a pane at once.

        `Widget.focus` only queues the change. Another seat could begin to speak and its pane replace this
        one before the focus arrives, which would then be lost with the hidden pane.
        """
        self.screen.set_focus(pane.view)

    def focus_card(self) -> bool:
        """Give the answer's card the focus. Returns False if there is none."""
        card = self.query_one(AnswerCard)
        if card.display:
            card.focus_text()
        return card.display

    def _show_pane(self, pane: SeatPane) -> None:
        if pane is not self.active:
            self.active = pane
            self.shown_group = next((one for one in self.groups if pane in one.panes), self.shown_group)
            if self.shown_group:
                self.shown_group.active = pane
            self.arrange_panes()

    def shift_stage(self, by: int) -> None:
        """Show the stage that is `by` stages after the shown one; negative: before it."""
        at = self.groups.index(self.shown_group) + by if self.shown_group else -1
        if 0 <= at < len(self.groups):
            self.choose_pane(self.groups[at].active)

    @property
    def _shows_single_pane(self) -> bool:
        return self.zoomed or self.has_class("-one")

    def find_pane(self, seat: str) -> SeatPane | None:
        """Return the pane of a seat; None if it has none."""
        return self._panes_by_seat.get(seat)

    def get_numbered_pane(self, number: int) -> SeatPane | None:
        """Return the pane that a digit key selects: 1, 2, ..., and 0 for the head."""
        if not self.panes:
            return None
        if number == 0:
            return self.panes[-1]
        return self.panes[number - 1] if number < len(self.panes) else None

    def list_jump_targets(self) -> list[tuple[SeatPane, tuple[int, int] | None]]:
        """Return panes with (column, row) of their letter in jump mode; None: in the pane's corner."""
        tabs, row = self.query_one(SeatTabs), self.query_one(StageTabs)
        alone = self._shows_single_pane
        others = [(one.active, row.locate_tab(one)) for one in self.groups if one is not self.shown_group]
        here = [(pane, tabs.locate_tab(pane.seat) if alone else None) for pane in self.panes]
        if self.is_head_collapsed and self.shown_group:
            place = self.query_one(CaptainStrip if self.query_one(CaptainStrip).display else BoardView).region
            here[-1] = (self.shown_group.head, (place.x, place.y))
        return here + [(pane, place) for pane, place in others if place]

    def zoom(self, on: bool | None = None) -> None:
        """Zoom the active pane, or end the zoom; None toggles."""
        self.zoomed = (not self.zoomed) if on is None else on
        self.arrange_panes()

    def set_narrow(self, narrow: bool) -> None:
        """Show a single pane, or all."""
        self.set_class(narrow, "-one")
        self.arrange_panes()

    def arrange_panes(self) -> None:
        """Show the panes that fit."""
        if self.shown_group is None:
            return
        alone, head = self._shows_single_pane, self.shown_group.head
        self.set_class(self.is_head_collapsed, "-head-collapsed")
        self._arrange_summary()
        self.set_class(self.zoomed, "-zoomed")
        self.set_class(alone and self.active is head, "-head-alone")
        self.set_class(alone and self.active is not head, "-seat-alone")
        grid, count = self.query_one("#seats"), len(self.shown_group.seats)
        grid.styles.grid_size_columns = count_columns(count)
        grid.set_class(count > 3 * count_columns(count), "-many")
        for pane in self.all_panes:
            pane.display = pane in self.shown_group.panes and (not alone or pane is self.active)
        self._update_tabs()

    @property
    def is_head_collapsed(self) -> bool:
        """Whether the head pane is reduced to a strip or the board: the seats have its space."""
        group = self.shown_group
        if group is None or not group.seats or self.needs_head:
            return False
        if not self._shows_single_pane:
            return self.active is not group.head
        # A narrow screen shows the head pane at the end: until it is chosen, the board says more.
        if not self.has_class("-over") or self.zoomed or self.carries_focus or not self.follows_speaker:
            return False
        return self.active is group.head and self.query_one(BoardView).has_votes

    def _arrange_summary(self) -> None:
        """Show the card unless a pane is zoomed; in place of the head pane the board, else the strip."""
        card, board = self.query_one(AnswerCard), self.query_one(BoardView)
        strip = self.query_one(CaptainStrip)
        over = self.has_class("-over")
        card.display = over and not self.zoomed
        collapsed = self.is_head_collapsed
        fits = self._shows_single_pane or board.count_rows(self.size.width - 2) <= self.size.height // 3
        board.display = over and collapsed and board.has_votes and fits
        strip.display = collapsed and not board.display and not self._shows_single_pane and self._has_strip
        if strip.display and self.shown_group:
            strip.show(self.shown_group.head)

    @property
    def _has_strip(self) -> bool:
        """Whether the strip has anything to show: without a captain only votes and notices."""
        strip = self.query_one(CaptainStrip)
        seatless = self.shown_group is None or self.shown_group.head.is_seatless
        return not seatless or bool(strip.board or strip.said)

    def on_resize(self) -> None:
        """Show what fits."""
        if self.has_class("-over"):
            self._arrange_summary()
        self.query_one(AnswerCard).fit()

    def _update_tabs(self) -> None:
        self.query_one(SeatTabs).show(self.panes, self.active)
        if len(self.groups) > 1 and self.shown_group:
            self.query_one(StageTabs).show(self.groups, self.shown_group)


def count_columns(seats: int) -> int:
    """Return how many columns the grid has for a number of seats."""
    return max(1, seats) if seats <= 3 else 2 if seats == 4 else 3 if seats <= 9 else 4
