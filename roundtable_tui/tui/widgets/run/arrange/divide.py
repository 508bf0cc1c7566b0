"""Divides the screen of a run among answer, roster, board, panes and strip, by layout and phase."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from roundtable_tui.tui.widgets.run.answer_card import AnswerCard
from roundtable_tui.tui.widgets.run.board_view import BoardView

if TYPE_CHECKING:
    from roundtable_tui.tui.widgets.run.pane_groups import PaneGroup
    from roundtable_tui.tui.widgets.run.pane_layout import PaneLayout

_MAX_CARD_SHARE = 0.45
"""Share of the rows that the answer may take above panes."""
_MIN_PREVIEW_ROWS = 9
"""Rows that are left for a pane below the answer, or it is not shown."""
_MIN_ROWS_WITH_CARD = 20
"""On shorter screens an opened pane takes the place of the answer."""
_MIN_ROWS_WITH_ROSTER = 14
_MIN_ROSTER_WIDTH = 80


@dataclass(frozen=True, slots=True)
class Space:
    """What is shown."""

    shows: Literal["grid", "pane", "head", "none"]
    """All seats; the active pane; the head pane alone; or no pane."""
    has_head: bool = False
    has_card: bool = False
    card_rows: int = 0
    """Rows that the answer may take, its frame included."""
    has_roster: bool = False
    is_roster_beside: bool = False
    roster_rows: int = 0
    has_board: bool = False
    has_strip: bool = False
    has_tabs: bool = False
    has_progress: bool = False


def divide_space(view: PaneLayout, group: PaneGroup) -> Space:
    """Return what is shown of a group of panes now."""
    if view.zoomed:
        return Space("pane", has_head=view.active is group.head, has_tabs=True)
    if view.has_class("-over"):
        return _divide_end(view, group)
    return _divide_work(view, group)


def _divide_work(view: PaneLayout, group: PaneGroup) -> Space:
    is_head = view.active is group.head
    wide = view.size.width >= _MIN_ROSTER_WIDTH
    opened = view.is_opened and not is_head
    match group.layout:
        case "thread":
            if opened:
                return Space("pane", has_roster=wide, is_roster_beside=True, has_tabs=not wide)
            return Space("head", has_head=True, has_roster=wide, is_roster_beside=True)
        case "notes":
            if opened:
                return Space("pane", has_tabs=True, has_progress=True)
            return Space("head", has_head=True, has_progress=True)
        case "files":
            rows = max(3, view.size.height // (2 if opened else 1) - 1)
            shows: Literal["pane", "none"] = "pane" if opened else "none"
            return Space(shows, has_roster=True, roster_rows=rows, has_progress=True)
        case "one":
            return Space("pane", has_head=is_head)
    if view.has_class("-one") or not group.seats:
        return Space("pane", has_head=is_head or not group.seats, has_tabs=True)
    has_head = view.needs_head or is_head
    return Space("grid", has_head=has_head, has_strip=not has_head)


def _divide_end(view: PaneLayout, group: PaneGroup) -> Space:
    """Divide the screen after the end: answer, roster and board, and a pane where there is room or need."""
    height, wide = view.size.height, view.size.width >= _MIN_ROSTER_WIDTH
    card, board = view.query_one(AnswerCard), view.query_one(BoardView)
    share = int(height * _MAX_CARD_SHARE)
    is_head = view.active is group.head
    if view.shows_all and group.seats and not view.has_class("-one"):
        return Space("grid", has_head=is_head, has_card=True, card_rows=share)
    if group.layout in ("thread", "notes") and not view.is_opened and height >= _MIN_ROSTER_WIDTH // 5:
        beside = group.layout == "thread" and wide
        return Space(
            "head", has_head=True, has_card=True, card_rows=share, has_roster=beside, is_roster_beside=True
        )
    listed = view.roster.count if group.layout == "files" else len(group.panes_with_seats)
    roster = min(listed, max(3, height // 3))
    if view.is_opened:
        has_card = height >= _MIN_ROWS_WITH_CARD
        has_roster = height >= _MIN_ROWS_WITH_ROSTER and listed > 1
        rest = height - (roster if has_roster else 1) - _MIN_PREVIEW_ROWS
        return Space(
            "pane",
            has_head=is_head,
            has_card=has_card,
            card_rows=min(share, rest),
            has_roster=has_roster,
            roster_rows=roster,
            has_tabs=not has_roster,
        )
    has_roster = listed > 1 or group.layout == "files"
    whole = card.count_rows()
    roster = min(listed, max(roster, height - whole)) if has_roster else 0
    most = height - roster
    need = min(whole, most)
    # With a single round the roster says what the board says.
    board_rows = board.count_rows(view.size.width - 2) + 1 if board.round_count > 1 else 0
    has_board = bool(board_rows) and need + board_rows <= most
    most -= board_rows if has_board else 0
    is_listed = has_roster and group.layout in ("columns", "files")
    preview = is_listed and not is_head and most - need >= _MIN_PREVIEW_ROWS
    return Space(
        "pane" if preview else "none",
        has_card=True,
        card_rows=need if preview else most,
        has_roster=has_roster,
        roster_rows=roster,
        has_board=has_board,
    )
