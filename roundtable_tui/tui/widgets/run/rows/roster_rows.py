"""The rows of the roster: a seat in one line, with its stance after the end, or its state while it works."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from roundtable_tui.reports.board import AnswerBoard
from roundtable_tui.tui.widgets.cells import measure_cells, truncate_cells
from roundtable_tui.tui.widgets.row_list import Row
from roundtable_tui.tui.widgets.run.rows.seat_style import Part, get_seat_style, make_chip
from roundtable_tui.tui.widgets.run.seat_pane import SeatPane
from roundtable_tui.utils.text import single_line

_MAX_NAME_CELLS = 16
_CHANGE_CELLS, _MODEL_CELLS, _TOKENS_CELLS = 10, 16, 11
_MIN_STANCE_CELLS = 20
_CURSOR_CELLS = 2


@dataclass(frozen=True, slots=True)
class Stance:
    """What a seat said in the end, in one line, and whether it kept to it."""

    text: str
    change: str = ""
    """`kept`, or the round of its last change; "" where answers were not compared."""
    shape: str = ""
    """The sign of its group."""
    color: int = 0
    """The number of the seat that gave this answer first."""
    is_final: bool = False


def find_stance(pane: SeatPane, board: AnswerBoard) -> Stance:
    """Return the stance of a seat: its last answer on the board, else the start of its last text."""
    row = next((one for one in board.rows if one.seat == pane.seat), None)
    if row is not None and row.cells[-1].answer and row.cells[-1].group is not None:
        cell = row.cells[-1]
        changed = [found.round for found, one in zip(board.rounds, row.cells, strict=True) if one.change]
        change = f"↺ round {changed[-1]}" if changed else "kept" if len(board.rounds) > 1 else ""
        shape = "" if cell.group is None else board.shapes[cell.group]
        leader = 0 if cell.group is None else board.leaders[cell.group]
        compared = any(one.votes for one in board.rounds)
        return Stance(cell.answer, change if compared else "", shape, leader, cell.is_final)
    if pane.captain:
        return Stance("")
    texts = [pane.view.document.get_answer(turn) for turn in pane.view.document.turns]
    last = next((text for text in reversed(texts) if text.strip()), "")
    return Stance(next((line for line in last.splitlines() if line.strip(" #*`")), ""))


def make_stance_row(pane: SeatPane, stance: Stance, width: int, name_cells: int, digits: int) -> Row:
    """Return a seat as one line: number, name, stance, kept or changed, model, tokens."""
    name = _pad(single_line(pane.seat_name, 40), name_cells)
    style = get_seat_style(pane.identity.number)
    parts: list[Part] = [
        make_chip(pane.identity, digits=digits),
        (f" {pane.state_sign} ", style),
        (f"{name} ", f"bold {style}"),
    ]
    if stance.shape:
        parts.append((f"{stance.shape} ", f"bold {get_seat_style(stance.color)}"))
    room = width - _CURSOR_CELLS - sum(measure_cells(text) for text, _ in parts)
    tail: list[Part] = []
    for text, cells, look in (
        (stance.change, _CHANGE_CELLS, "$text-warning" if stance.change.startswith("↺") else "$text-muted"),
        (single_line(pane.model), _MODEL_CELLS, "$text-muted"),
        (_format_tokens(pane).rjust(_TOKENS_CELLS - 1), _TOKENS_CELLS, "$text-muted"),
    ):
        if room - cells >= _MIN_STANCE_CELLS:
            room -= cells
            tail.append((" " + _pad(text, cells - 1), look))
    is_unasked = pane.state == "idle" and not pane.captain
    is_counted = pane.state == "done" and len(tail) == 3  # Its tokens are in the last column.
    figures = "" if is_counted else pane.progress.format_figures()
    text = single_line(stance.text, 300) or figures or "not asked" * is_unasked
    return [*parts, (_pad(text, max(1, room - 1)), "bold $answer-text" if stance.is_final else ""), *tail]


def make_side_row(pane: SeatPane, width: int, digits: int) -> Row:
    """Return a seat as one short line: number, name, state or tokens."""
    style = get_seat_style(pane.identity.number)
    busy = pane.progress.is_busy
    figures = pane.progress.format_figures() if busy else _format_tokens(pane)
    head: list[Part] = [
        make_chip(pane.identity, digits=digits),
        (f" {pane.state_sign} ", style),
    ]
    room = max(1, width - _CURSOR_CELLS - sum(measure_cells(text) for text, _ in head))
    name = truncate_cells(single_line(pane.seat_name, 40), room)
    rest = room - measure_cells(name) - 1
    return [
        *head,
        (name, f"bold {style}"),
        (f" {truncate_cells(figures, rest)}" if rest > 3 else "", "$text-muted"),
    ]


def _format_tokens(pane: SeatPane) -> str:
    """Return the tokens of a seat; "" if it was not asked."""
    tokens = pane.progress.finished_tokens
    return f"{tokens:,} tok" if tokens else ""


def measure_names(panes: Sequence[SeatPane]) -> int:
    """Return the cells of the names of a roster."""
    longest = max((measure_cells(single_line(pane.seat_name, 40)) for pane in panes), default=1)
    return min(_MAX_NAME_CELLS, longest)


def _pad(text: str, cells: int) -> str:
    text = truncate_cells(text, cells)
    return text + " " * (cells - measure_cells(text))
