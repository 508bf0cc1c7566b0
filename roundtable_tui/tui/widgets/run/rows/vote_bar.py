"""Votes as a bar: for each group of answers its sign, and the numbers of its seats on their colours."""

from __future__ import annotations

from roundtable_tui.reports.board import AnswerBoard
from roundtable_tui.reports.board.draw import get_group_role
from roundtable_tui.reports.board.types import BoardRound
from roundtable_tui.reports.identity import identify_seat
from roundtable_tui.tui.widgets.run.board_view import style_line
from roundtable_tui.tui.widgets.run.rows.seat_style import Part, make_chip
from roundtable_tui.utils.text import single_line

_MAX_NAMES = 3


def draw_vote_bar(board: AnswerBoard, found: BoardRound, width: int) -> list[Part]:
    """Return the votes of a round in one line: `▲  2  3    ■  1   2:1`, largest group first.

    Args:
        board: The board.
        found: The round.
        width: Cells that the line may take; if the seats do not fit, each group has a number.
    """
    if not found.votes:
        return []
    parts: list[Part] = []
    for group, _ in found.votes:
        parts += [*style_line([(f"{board.shapes[group]} ", get_group_role(board, group))])]
        parts += [*_draw_seats(board, found, group), ("  ", "")]
    parts.append((found.split, ""))
    if sum(len(text) for text, _ in parts) <= width:
        return parts
    short = [
        (f"{board.shapes[group]} {size}  ", style_line([("", get_group_role(board, group))])[0][1])
        for group, size in found.votes
    ]
    if sum(len(text) for text, _ in short) + len(found.split) <= width:
        return [*short, (found.split, "")]
    return [(found.split, "")]


def draw_vote_lines(board: AnswerBoard, found: BoardRound, most: int) -> list[list[Part]]:
    """Return a line for each group of a round: sign, seats, answer, names. At most `most` lines."""
    lines: list[list[Part]] = []
    widest = max((_measure(board, found, group) for group, _ in found.votes), default=0)
    at = board.rounds.index(found)
    for group, _ in found.votes[:most]:
        rows = [row for row in board.rows if row.cells[at].group == group]
        names = ", ".join(single_line(row.name, 20) for row in rows[:_MAX_NAMES])
        names += f" and {len(rows) - _MAX_NAMES} more" if len(rows) > _MAX_NAMES else ""
        answer = single_line(rows[0].cells[at].answer if rows else board.groups[group], 200)
        pad = widest - _measure(board, found, group)
        lines.append(
            [
                *style_line([(f"{board.shapes[group]} ", get_group_role(board, group))]),
                *_draw_seats(board, found, group),
                (" " * (pad + 1), ""),
                (answer, "bold" if group == board.final_group else ""),
                (f"  {names}", "$text-muted"),
            ]
        )
    if len(found.votes) > most:
        lines.append([(f"and {len(found.votes) - most} more answers", "$text-muted")])
    return lines


def _draw_seats(board: AnswerBoard, found: BoardRound, group: int) -> list[Part]:
    at = board.rounds.index(found)
    return [make_chip(identify_seat(row.number)) for row in board.rows if row.cells[at].group == group]


def _measure(board: AnswerBoard, found: BoardRound, group: int) -> int:
    return sum(len(text) for text, _ in _draw_seats(board, found, group))
