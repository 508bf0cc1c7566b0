"""Which panes are shown, and which one is active.

What is shown follows the layout that the mode declares and the phase of the run: while seats work they have
the space; after the end the answer has it, and each seat is one line of the roster until it is opened.
"""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, VerticalScroll
from textual.geometry import Size

from roundtable_tui.tui.commands import make_binding_by_id
from roundtable_tui.tui.widgets.row_list import RowList
from roundtable_tui.tui.widgets.run.answer_card import AnswerCard
from roundtable_tui.tui.widgets.run.arrange.divide import Demand, Space, divide_space
from roundtable_tui.tui.widgets.run.arrange.grid import choose_columns, does_fit, span_columns
from roundtable_tui.tui.widgets.run.board_view import BoardView
from roundtable_tui.tui.widgets.run.captain_strip import CaptainStrip
from roundtable_tui.tui.widgets.run.pane_groups import PaneGroup
from roundtable_tui.tui.widgets.run.permission_strip import PermissionStrip
from roundtable_tui.tui.widgets.run.progress_line import PhaseProgress
from roundtable_tui.tui.widgets.run.rows.roster import Roster
from roundtable_tui.tui.widgets.run.seat_pane import SeatPane
from roundtable_tui.tui.widgets.run.seat_progress import SPEAKING_STATES
from roundtable_tui.tui.widgets.run.seat_tabs import SeatTabs
from roundtable_tui.tui.widgets.run.stage_tabs import StageTabs

_DENSE_ROWS = 10
"""Panes with fewer rows have a line above instead of a frame."""
_MIN_SCROLLING_COLUMNS = 100
"""From here on many panes scroll; on narrower screens one is shown at a time."""


class PaneLayout(Container):
    """Holds the panes of one run and shows as many as fit."""

    BINDINGS: ClassVar[list[BindingType]] = [make_binding_by_id("toggle_all")]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.groups: list[PaneGroup] = []
        self.shown_group: PaneGroup | None = None
        """The group whose panes are shown."""
        self.running_group: PaneGroup | None = None
        """The group that works now."""
        self.active: SeatPane | None = None
        self.zoomed = False
        self.is_opened = False
        """Whether the user has opened the active pane, where panes are not all shown."""
        self.shows_all = False
        """Whether all panes are shown after the end."""
        self.follows_speaker = True
        """Whether a single shown pane follows the speaking seat; ends when the user chooses a pane."""
        self.carries_focus = False
        """Whether the focus follows the speaking seat: only where no key acts on a seat, as in a replay."""
        self.needs_head = False
        """Whether the head pane has text to read while seats work: a discussion, or a text of the captain."""
        self._expected_size = Size(0, 0)
        self._panes_by_seat: dict[str, SeatPane] = {}
        self._is_narrow = False
        self._shown_space: Space | None = None

    def compose(self) -> ComposeResult:
        """Yield the rows of tabs, the answer, the roster, the board, the seats and the head pane."""
        yield StageTabs(id="stages")
        yield SeatTabs(id="tabs")
        yield AnswerCard(id="card")
        with Container(id="body"):
            yield PhaseProgress(id="progress")
            yield Roster(id="roster")
            yield BoardView(id="board")
            yield VerticalScroll(id="seats", can_focus=False)
            yield Container(id="head")
        yield CaptainStrip(id="strip")
        yield PermissionStrip(id="permission")

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

    @property
    def roster(self) -> Roster:
        """The list of seats or files."""
        return self.query_one("#roster", Roster)

    # --- choosing ------------------------------------------------------------------------------

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

    @on(RowList.Picked)
    def _open_row(self, event: RowList.Picked) -> None:
        """Open the pane of a seat, or of the call of a file."""
        row = self.roster.find_file(event.key)
        if pane := self.find_pane(row.seat if row else event.key):
            self.choose_pane(pane)
            if row:
                pane.view.scroll_to_turn(row.turn)

    @on(StageTabs.Picked)
    def _choose_stage(self, event: StageTabs.Picked) -> None:
        self.choose_pane(event.group.active)

    def has_key_focus(self, pane: SeatPane | None) -> bool:
        """Return whether a pane has the focus now; its focus event may still be queued."""
        focused = self.screen.focused
        return pane is not None and focused is not None and pane in focused.ancestors_with_self

    def choose_pane(self, pane: SeatPane, *, focus: bool = True) -> None:
        """Make `pane` the one that keys act on and that a narrow screen shows."""
        self.follows_speaker = False
        opened = focus or self.is_opened
        if pane is self.active and opened != self.is_opened:
            self.is_opened = opened
            self.arrange_panes()
        self.is_opened = opened
        self._show_pane(pane)
        if focus and not pane.has_focus_within:
            self.focus_pane(pane)

    def close_pane(self) -> bool:
        """Close an opened pane after the end. Returns False if none is open."""
        space = self._shown_space
        if self.zoomed or space is None or not self.is_opened or not space.has_roster:
            return False
        self.is_opened = False
        if self.shown_group is not None and self.shown_group.default is not self.active:
            self._activate(self.shown_group.default)
        self.arrange_panes()
        self.screen.set_focus(self.roster)
        return True

    def action_toggle_all(self) -> None:
        """Show the panes of all seats after the end, or their lines again."""
        if self.has_class("-over") and not self.zoomed:
            self.shows_all = not self.shows_all
            self.is_opened = False
            self.arrange_panes()

    def follow_speaker(self) -> None:
        """Show the speaking seat, now and later; the head pane while no seat speaks."""
        self.follows_speaker, self.is_opened = True, False
        if self.running_group and (self._shows_single_pane or self.shown_group is not self.running_group):
            panes = self.running_group.panes
            self._show_pane(next((pane for pane in panes if pane.state in SPEAKING_STATES), self.head))
        self.arrange_panes()

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

    def focus_question(self) -> bool:
        """Give the question for a permission the focus. Returns False if there is none, or it has it."""
        strip = self.query_one(PermissionStrip)
        if not strip.is_asking or strip.has_focus:
            return False
        self.screen.set_focus(strip)
        return True

    def _show_pane(self, pane: SeatPane) -> None:
        if pane is not self.active:
            self._activate(pane)
            self.arrange_panes()

    def _activate(self, pane: SeatPane) -> None:
        self.active = pane
        self.shown_group = next((one for one in self.groups if pane in one.panes), self.shown_group)
        if self.shown_group:
            self.shown_group.active = pane

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
        return next((pane for pane in self.panes if pane.identity.number == number), None)

    def list_jump_targets(self) -> list[tuple[SeatPane, tuple[int, int] | None]]:
        """Return panes with (column, row) of their letter in jump mode; None: in the pane's corner."""
        tabs, row = self.query_one(SeatTabs), self.query_one(StageTabs)
        others = [(one.active, row.locate_tab(one)) for one in self.groups if one is not self.shown_group]
        here = [(pane, None if pane.region else self._locate_stand_in(pane, tabs)) for pane in self.panes]
        return [one for one in here if one[0].region or one[1]] + [
            (pane, place) for pane, place in others if place
        ]

    def _locate_stand_in(self, pane: SeatPane, tabs: SeatTabs) -> tuple[int, int] | None:
        """Return (column, row) of what stands for a hidden pane."""
        if tabs.display and (place := tabs.locate_tab(pane.seat)):
            return place
        if self.roster.display and (place := self.roster.locate(pane.seat)):
            return place
        strip = self.query_one(CaptainStrip)
        is_head = self.shown_group is not None and pane is self.shown_group.head
        for stand_in in (strip, self.query_one(BoardView)) if is_head else ():
            if stand_in.region:
                return stand_in.region.x, stand_in.region.y
        return None

    def zoom(self, on: bool | None = None) -> None:
        """Zoom the active pane, or end the zoom; None toggles."""
        self.zoomed = (not self.zoomed) if on is None else on
        self.arrange_panes()

    def expect_size(self, size: Size) -> None:
        """Set the size that counts until there has been a layout: what fits need not be arranged twice."""
        self._expected_size = size
        self.query_one(AnswerCard).expected_width = size.width

    def set_narrow(self, narrow: bool) -> None:
        """Show a single pane, or all."""
        self._is_narrow = narrow
        self.arrange_panes()

    # --- arranging -----------------------------------------------------------------------------

    def arrange_panes(self) -> None:
        """Show what fits."""
        group = self.shown_group
        if group is None:
            return
        self._divide_seats(group)
        space = self._shown_space = divide_space(self._make_demand(group))
        alone = space.shows == "pane"
        # All at once: each change of a class computes the styles of every pane again.
        self.update_classes(
            {
                "-zoomed": self.zoomed,
                "-has-tabs": space.has_tabs,
                "-alone": alone,
                "-no-pane": space.shows == "none",
                "-head-collapsed": not space.has_head,
                "-head-alone": space.has_head and (alone or space.shows == "head"),
                "-seat-alone": alone and not space.has_head,
                "-beside": space.is_roster_beside,
                "-card-fills": space.card_fills,
                "-previews": alone and space.has_roster and group.layout == "files",
            }
        )
        for pane in self.all_panes:
            shown = pane in group.panes and (space.shows == "grid" or pane is self.active)
            if pane is group.head:
                shown = space.has_head
            elif space.shows in ("head", "none"):
                shown = False
            pane.display = shown
        self.query_one(AnswerCard).display = space.has_card
        self.query_one(BoardView).display = space.has_board
        self.query_one(PhaseProgress).display = space.has_progress
        self.roster.display = space.has_roster
        self.roster.is_beside = space.is_roster_beside
        self.roster.styles.max_height = None if space.is_roster_beside else space.roster_rows
        self._arrange_strip(space)
        self.query_one(AnswerCard).fit(space.card_rows, fills=space.card_fills)
        self._update_roster()
        self._update_tabs()
        self._keep_focus()

    def _make_demand(self, group: PaneGroup) -> Demand:
        over = self.has_class("-over")
        card, board = self.query_one(AnswerCard), self.query_one(BoardView)
        size = self.size or self._expected_size
        # With a single round the roster says what the board says.
        has_board = over and board.round_count > 1
        return Demand(
            width=size.width,
            height=size.height - (len(self.groups) > 1),
            layout=group.layout,
            seats=len(group.seats),
            listed=len(self.roster.files) if group.layout == "files" else len(group.panes_with_seats),
            card_rows=card.count_rows() if over else 0,
            has_answer=bool(card.answer.strip()),
            board_rows=board.count_rows(size.width - 2) + 1 if has_board else 0,
            is_single=self.has_class("-one"),
            is_zoomed=self.zoomed,
            is_over=over,
            is_opened=self.is_opened,
            shows_all=self.shows_all,
            is_head_active=self.active is group.head,
            needs_head=self.needs_head,
        )

    def _divide_seats(self, group: PaneGroup) -> None:
        """Divide the grid of seats: no holes, and no more panes than can be read."""
        size = self.size or self._expected_size
        width, height = size.width or self.screen.size.width, size.height
        count = len(group.seats)
        height = max(1, (height or self.screen.size.height) - 2)
        fits = does_fit(count, width, height)
        single = self._is_narrow or (not fits and width < _MIN_SCROLLING_COLUMNS and count > 1)
        self.set_class(single, "-one")
        columns = choose_columns(count, width, height)
        fine, spans = span_columns(count, columns)
        grid = self.query_one("#seats")
        grid.styles.grid_size_columns = fine
        for pane, span in zip(group.seats, spans, strict=False):
            pane.styles.column_span = span
        rows = -(-count // columns)
        is_dense = not single and (not fits or height // max(1, rows) < _DENSE_ROWS)
        grid.update_classes({"-many": not fits, "-dense": is_dense})
        for pane in group.seats:
            if pane.is_dense != is_dense:
                pane.is_dense = is_dense
                pane.write_frame()

    def _arrange_strip(self, space: Space) -> None:
        strip = self.query_one(CaptainStrip)
        strip.display = space.has_strip and self._has_strip
        if strip.display and self.shown_group:
            strip.show(self.shown_group.head)

    def _keep_focus(self) -> None:
        """Move the focus from a pane that has been hidden to what stands for it."""
        focused = self.screen.focused if self.is_attached else None
        if focused is None or self not in focused.ancestors or self._shown_space is None:
            return
        if all(one.display for one in focused.ancestors_with_self if one is not self.screen):
            return
        if self._shown_space.has_roster:
            self.screen.set_focus(self.roster)
        elif self.active is not None and self.active.display:
            self.focus_pane(self.active)
        else:
            self.focus_card()

    @property
    def is_head_collapsed(self) -> bool:
        """Whether the head pane is not shown."""
        return self._shown_space is not None and not self._shown_space.has_head

    @property
    def _has_strip(self) -> bool:
        """Whether the strip has anything to show: without a captain only votes and notices."""
        strip = self.query_one(CaptainStrip)
        seatless = self.shown_group is None or self.shown_group.head.is_seatless
        return not seatless or bool(strip.board or strip.said)

    def on_resize(self) -> None:
        """Show what fits."""
        self.arrange_panes()

    def _update_roster(self) -> None:
        """Write the rows of the roster."""

    def _update_tabs(self) -> None:
        self.query_one(SeatTabs).show(self.panes, self.active)
        if len(self.groups) > 1 and self.shown_group:
            self.query_one(StageTabs).show(self.groups, self.shown_group)
