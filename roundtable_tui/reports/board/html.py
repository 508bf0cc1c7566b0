"""Renders a board as an HTML table."""

from __future__ import annotations

from html import escape

from roundtable_tui.reports.board.draw import CHANGE_SIGNS, CHANGE_WORDS, FAILED_SIGN, FINAL_SIGN, NO_ANSWER
from roundtable_tui.reports.board.types import AnswerBoard, BoardRound, BoardRow, SeatAnswer
from roundtable_tui.reports.identity import identify_seat
from roundtable_tui.utils.text import single_line


def render_html_board(board: AnswerBoard) -> str:
    """Return the board as a table: a row for each seat, a column for each round; "" for an empty board."""
    if board.is_empty:
        return ""
    titles = "".join(f"<th>{_title_round(one)}</th>" for one in board.rounds)
    rows = [f"<tr><th></th>{titles}</tr>"]
    for row in board.rows:
        cells = "".join(_render_cell(board, cell) for cell in row.cells)
        rows.append(f"<tr><th>{_render_number(row)}{escape(single_line(row.name, 60))}</th>{cells}</tr>")
    if any(one.votes for one in board.rounds):
        cells = "".join(f"<td>{_render_votes(board, one)}</td>" for one in board.rounds)
        rows.append(f'<tr class="note"><th>votes</th>{cells}</tr>')
    if any(one.verdict for one in board.rounds):
        cells = "".join(f"<td>{escape(single_line(one.verdict, 200))}</td>" for one in board.rounds)
        rows.append(f'<tr class="note"><th>captain</th>{cells}</tr>')
    body = "\n".join(rows)
    return f'<section class="board">\n<h2>Board</h2>\n<table>\n{body}\n</table>\n</section>\n'


def _title_round(found: BoardRound) -> str:
    return f"round {found.round}" if found.round else "answers"


def _render_number(row: BoardRow) -> str:
    return f'<span class="seat{identify_seat(row.number).color}">{row.number}</span> ' if row.number else ""


def _render_sign(board: AnswerBoard, group: int | None, count: int = 1) -> str:
    if group is None:
        return ""
    signs = " ".join([escape(board.shapes[group])] * count)
    return f'<span class="seat{identify_seat(board.leaders[group]).color}">{signs}</span> '


def _render_cell(board: AnswerBoard, cell: SeatAnswer) -> str:
    if not cell.answer:
        text = f'<span class="error">{FAILED_SIGN} failed</span>' if cell.failed else NO_ANSWER
        return f"<td>{text}</td>"
    marks = ""
    if cell.change:
        words = CHANGE_WORDS.get(cell.change, "changed")
        marks += f' <span class="change" title="{words}">{CHANGE_SIGNS.get(cell.change, "")} {words}</span>'
    if cell.is_final:
        marks += f' <strong class="final">{FINAL_SIGN} the answer</strong>'
    return f"<td>{_render_sign(board, cell.group)}{escape(single_line(cell.answer, 120))}{marks}</td>"


def _render_votes(board: AnswerBoard, found: BoardRound) -> str:
    signs = "".join(_render_sign(board, group, size) for group, size in found.votes)
    return f"{signs}{escape(found.split)}"
