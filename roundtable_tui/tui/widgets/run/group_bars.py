"""The votes of the last round: a line for each group of answers, with a sign for each of its seats."""

from __future__ import annotations

from roundtable_tui.reports.board.types import AnswerBoard
from roundtable_tui.reports.report.types import Report
from roundtable_tui.utils.text import single_line, truncate

MAX_GROUPS = 8
_MAX_SIGNS = 12
"""A larger group has one sign and a number."""


def render_group_bars(report: Report, board: AnswerBoard) -> str:
    """Draw a line for each group, in the signs of the board: `■ ■  2  yes · Harper, Lucas`.

    Args:
        report: The report so far.
        board: Its board.

    Returns:
        The lines; "" if the answers of the last round were not compared.
    """
    if not board.rounds or not board.rounds[-1].votes:
        return ""
    votes = board.rounds[-1].votes
    widest = max(min(size, _MAX_SIGNS) for _, size in votes)
    lines = []
    for number, size in votes[:MAX_GROUPS]:
        rows = [row for row in board.rows if row.cells[-1].group == number]
        signs = " ".join([board.shapes[number]] * (size if size <= _MAX_SIGNS else 1))
        who = truncate(", ".join(single_line(report.names.get(row.seat, row.seat), 20) for row in rows), 60)
        answer = truncate(single_line(rows[0].cells[-1].answer if rows else board.groups[number]), 80)
        lines.append(f"{signs:<{2 * widest - 1}}  {size}  {answer} · {who}")
    if (more := len(votes) - MAX_GROUPS) > 0:
        lines.append(f"and {more} more")
    return "\n".join(lines)
