"""Divides the screen of a run among answer, roster, board, panes and strip, by layout and phase."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

_MAX_CARD_SHARE = 0.45
"""Share of the rows that the answer may take above panes."""
_MIN_PREVIEW_ROWS = 9
"""Rows that are left for a pane below the answer, or it is not shown."""
_MIN_FILE_PREVIEW_ROWS = 6
"""The same below a list of files: it can be scrolled."""
_MIN_GRID_ROWS = 16
"""Rows that are left for the texts of all seats below a list of files."""
_MIN_ROWS_WITH_CARD = 20
"""On shorter screens an opened pane takes the place of the answer."""
_MIN_ROWS_WITH_ROSTER = 14
_MIN_ROWS_WITH_THREAD = 16
_MIN_ROSTER_WIDTH = 80
"""Narrower screens have no roster beside a thread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What there is to show, and the cells for it."""

    width: int
    height: int
    layout: str
    seats: int
    """Number of seats in the grid."""
    listed: int
    """Rows of the roster."""
    card_rows: int = 0
    """Rows of the whole answer with its frame, after the end."""
    has_answer: bool = True
    """The run ended with an answer."""
    board_rows: int = 0
    """Rows of the board, after the end; 0 if it says no more than the roster."""
    is_single: bool = False
    """Only one pane fits."""
    is_zoomed: bool = False
    is_over: bool = False
    is_opened: bool = False
    """The user has opened the active pane."""
    shows_all: bool = False
    """The user wants all panes after the end."""
    is_head_active: bool = False
    needs_head: bool = False
    """The head pane has text to read."""


@dataclass(frozen=True, slots=True)
class Space:
    """What is shown."""

    shows: Literal["grid", "pane", "head", "none"]
    """All seats; the active pane; the head pane alone; or no pane."""
    has_head: bool = False
    has_card: bool = False
    card_rows: int = 0
    """Rows that the answer may take, its frame included."""
    card_fills: bool = False
    """The answer takes all rows: there is nothing else to show."""
    has_roster: bool = False
    is_roster_beside: bool = False
    roster_rows: int = 0
    has_board: bool = False
    has_strip: bool = False
    has_tabs: bool = False
    has_progress: bool = False


def divide_space(demand: Demand) -> Space:
    """Return what is shown now."""
    if demand.is_zoomed:
        return Space("pane", has_head=demand.is_head_active, has_tabs=True)
    return _divide_end(demand) if demand.is_over else _divide_work(demand)


def _divide_work(demand: Demand) -> Space:
    is_head, wide = demand.is_head_active, demand.width >= _MIN_ROSTER_WIDTH
    opened = demand.is_opened and not is_head
    match demand.layout:
        case "thread":
            if opened:
                return Space("pane", has_roster=wide, is_roster_beside=True, has_tabs=not wide)
            return Space("head", has_head=True, has_roster=wide, is_roster_beside=True)
        case "notes":
            if opened:
                return Space("pane", has_tabs=True, has_progress=True)
            return Space("head", has_head=True, has_progress=True)
        case "files":
            shows: Literal["pane", "grid", "none"] = "pane" if opened else "none"
            rows = max(3, demand.height // (2 if opened else 1) - 1)
            listed = max(demand.listed, demand.seats)
            if not opened and not demand.is_single and rows - listed >= _MIN_GRID_ROWS:
                shows, rows = "grid", listed  # Few files leave room for their texts.
            elif not opened and demand.seats and rows - listed >= _MIN_FILE_PREVIEW_ROWS:
                shows, rows = "pane", listed  # Or for one of them.
            return Space(shows, has_roster=True, roster_rows=rows, has_progress=True)
        case "one":
            return Space("pane", has_head=is_head)
    if demand.is_single or not demand.seats:
        return Space("pane", has_head=is_head or not demand.seats, has_tabs=True)
    has_head = demand.needs_head or is_head
    return Space("grid", has_head=has_head, has_strip=not has_head)


def _divide_end(demand: Demand) -> Space:
    """Divide the screen after the end: answer, roster and board, and a pane where there is room or need."""
    height, wide = demand.height, demand.width >= _MIN_ROSTER_WIDTH
    share = int(height * _MAX_CARD_SHARE)
    is_head = demand.is_head_active
    if demand.shows_all and demand.seats and not demand.is_single:
        return Space("grid", has_head=is_head, has_card=True, card_rows=share)
    if demand.layout in ("thread", "notes") and not demand.is_opened and height >= _MIN_ROWS_WITH_THREAD:
        beside = demand.layout == "thread" and wide
        return Space(
            "head", has_head=True, has_card=True, card_rows=share, has_roster=beside, is_roster_beside=True
        )
    roster = min(demand.listed, max(3, height // 3))
    if demand.is_opened:
        has_roster = height >= _MIN_ROWS_WITH_ROSTER and demand.listed > 1
        rest = height - (roster if has_roster else 1) - _MIN_PREVIEW_ROWS
        return Space(
            "pane",
            has_head=is_head,
            has_card=height >= _MIN_ROWS_WITH_CARD,
            card_rows=min(share, rest),
            has_roster=has_roster,
            roster_rows=roster,
            has_tabs=not has_roster,
        )
    has_roster = demand.listed > 1 or demand.layout == "files"
    roster = min(demand.listed, max(roster, height - demand.card_rows)) if has_roster else 0
    most = height - roster
    need = min(demand.card_rows, most)
    has_board = bool(demand.board_rows) and need + demand.board_rows <= most
    most -= demand.board_rows if has_board else 0
    is_listed = has_roster and demand.layout in ("columns", "files")
    alone = not has_roster and not demand.has_answer  # Why there is no answer is in the pane.
    least = _MIN_FILE_PREVIEW_ROWS if demand.layout == "files" else _MIN_PREVIEW_ROWS
    preview = (is_listed or alone) and not is_head and most - need >= least
    return Space(
        "pane" if preview else "none",
        has_card=True,
        card_rows=need if preview else most,
        card_fills=not has_roster and not has_board and not preview,
        has_roster=has_roster,
        roster_rows=roster,
        has_board=has_board,
    )
