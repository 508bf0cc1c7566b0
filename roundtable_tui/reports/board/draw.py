"""Draws a board as lines of text for a given width, each in parts that name their role, safe to show."""

from __future__ import annotations

from collections.abc import Sequence

from roundtable_tui.reports.board.types import AnswerBoard, BoardRound, SeatAnswer
from roundtable_tui.utils.format import display_width
from roundtable_tui.utils.text import single_line

BoardPart = tuple[str, str]
"""A text and its role: head, name, meta, final, change, error, `seat N`, or "" for plain text."""
BoardLine = list[BoardPart]
CHANGE_SIGNS = {"toward_majority": "↑", "away_from_majority": "↓", "neither": "↺"}
CHANGE_WORDS = {
    "toward_majority": "joined the majority",
    "away_from_majority": "left the majority",
    "neither": "changed",
}
FINAL_SIGN, FAILED_SIGN, NO_ANSWER = "✓", "✗", "–"
_MAX_NAME_CELLS, _MAX_CELL_CELLS = 18, 60
_MIN_TEXT_CELLS, _MIN_COMPACT_CELLS, _MAX_COMPACT_CELLS = 12, 4, 8
_MAX_VERDICT_CELLS = 40
_MAX_LEGEND_GROUPS = 8


def draw_board(board: AnswerBoard, width: int, cursor: tuple[int, int] | None = None) -> list[BoardLine]:
    """Return the lines of a board: a row for each seat, a column for each round, votes, verdicts, a legend.

    Where the answers do not fit beside each other, cells have only the signs of their groups, and the legend
    has the answers; where that does not fit either, only the last rounds are shown.

    Args:
        board: the board.
        width: cells that a line may take.
        cursor: (row, round) of the highlighted cell, from 0; its parts have roles that begin with `here`.
    """
    if board.is_empty:
        return []
    names = [single_line(row.name, 60) for row in board.rows]
    digits = len(str(max(row.number for row in board.rows))) if board.rows else 1
    longest = max(map(display_width, ["captain", *names])) + digits + 1
    first = min(_MAX_NAME_CELLS, max(7, width // 4), longest) + 1
    room = max(_MIN_COMPACT_CELLS, width - first)
    count = min(len(board.rounds), room // _MIN_COMPACT_CELLS)
    wide = min(_MAX_CELL_CELLS, room // count)
    is_compact = wide < _MIN_TEXT_CELLS
    if is_compact:
        wide = min(wide, _MAX_COMPACT_CELLS)
    shown = range(len(board.rounds) - count, len(board.rounds))
    wide = min(wide, _measure_widest(board, shown))
    titles = [_title_round(board.rounds[at], is_compact) for at in shown]
    lines: list[BoardLine] = [[(" " * first, ""), *((_fit(title, wide), "head") for title in titles)]]
    for at_row, (row, name) in enumerate(zip(board.rows, names, strict=True)):
        number = f"{row.number or '':>{digits}} "
        line: BoardLine = [(number, f"seat {row.number}"), (_fit(name, first - len(number)), "name")]
        for at in shown:
            cell = _draw_cell(board, row.cells[at], wide, is_compact)
            here = cursor == (at_row, at)
            line += [(text, f"here {role}") for text, role in cell] if here else cell
        lines.append(line)
    lines += _draw_votes(board, [board.rounds[at] for at in shown], first, wide, is_compact)
    if not is_compact and any(board.rounds[at].verdict for at in shown):
        texts = [single_line(board.rounds[at].verdict, 200) for at in shown]
        lines.append([(_fit("captain", first), "meta"), *((_fit(text, wide), "meta") for text in texts)])
    return [*lines, *_draw_legend(board, shown, width, is_compact)]


def get_group_role(board: AnswerBoard, group: int) -> str:
    """Return the role of a group's sign: that of the seat that gave its answer first."""
    return f"seat {board.leaders[group]}"


def render_signs(board: AnswerBoard, found: BoardRound, width: int) -> BoardLine:
    """Return the votes of a round as signs, one for each seat: `■ ■ ▲ `.

    Args:
        board: the board.
        found: the round.
        width: cells that the signs may take; if more are needed, a sign and a number for each group.
    """
    if 2 * sum(size for _, size in found.votes) > width:
        return [(f"{board.shapes[at]}{size} ", get_group_role(board, at)) for at, size in found.votes]
    return [(f"{board.shapes[at]} " * size, get_group_role(board, at)) for at, size in found.votes]


def render_votes(board: AnswerBoard, found: BoardRound, width: int = 24) -> BoardLine:
    """Return the votes of a round as signs and numbers: `■ ■ ▲  2:1`.

    Args:
        board: the board.
        found: the round.
        width: cells that the signs may take; if more are needed, a sign and a number for each group.
    """
    signs = render_signs(board, found, width)
    total = sum(size for _, size in found.votes)
    if not signs or 2 * total > width:
        return signs
    return [*signs, (f" {total} of {total}" if len(signs) == 1 else " " + _format_split(found), "")]


def _format_split(found: BoardRound) -> str:
    return ":".join(str(size) for _, size in found.votes)


def _measure_widest(board: AnswerBoard, shown: range) -> int:
    """Return the cells that the longest content of a cell takes; of a verdict only its start counts."""
    answers = [display_width(single_line(row.cells[at].answer, 200)) for row in board.rows for at in shown]
    verdicts = [display_width(single_line(board.rounds[at].verdict, 200)) for at in shown]
    votes = [2 * sum(size for _, size in board.rounds[at].votes) + 8 for at in shown]
    return max(_MIN_TEXT_CELLS, max(answers) + 7, min(max(verdicts) + 1, _MAX_VERDICT_CELLS), max(votes))


def _title_round(found: BoardRound, is_compact: bool) -> str:
    if not found.round:
        return "" if is_compact else "answers"
    return str(found.round) if is_compact else f"round {found.round}"


def _draw_cell(board: AnswerBoard, cell: SeatAnswer, wide: int, is_compact: bool) -> BoardLine:
    if not cell.answer:
        sign = FAILED_SIGN if cell.failed else NO_ANSWER
        text = f"{sign} failed" if cell.failed and not is_compact else sign
        return [(_fit(text, wide), "error" if cell.failed else "meta")]
    role = "" if cell.group is None else get_group_role(board, cell.group)
    sign = "·" if cell.group is None else board.shapes[cell.group]
    marks = CHANGE_SIGNS.get(cell.change, "") + (FINAL_SIGN if cell.is_final else "")
    style = "final" if cell.is_final else "change" if cell.change else ""
    if is_compact:
        return [(sign, role), (_fit(marks, wide - 1), style)]
    tail = f" {marks}" if marks else ""
    room = wide - 3 - len(tail)
    text = _cut(single_line(cell.answer, 200), room)
    end = " " * (wide - 2 - display_width(text) - len(tail))
    return [(f"{sign} ", role), (text, "final" if cell.is_final else ""), (tail, style), (end, "")]


def _draw_votes(
    board: AnswerBoard, rounds: Sequence[BoardRound], first: int, wide: int, is_compact: bool
) -> list[BoardLine]:
    if not any(found.votes for found in rounds):
        return []
    line: BoardLine = [(_fit("votes", first), "meta")]
    for found in rounds:
        parts = render_votes(board, found, wide - 7)
        if is_compact:
            text = _format_split(found)
            parts = [(text if len(text) < wide else str(found.votes[0][1]) if text else "", "")]
        used = sum(display_width(text) for text, _ in parts)
        if used >= wide:  # Many small groups.
            parts = [(_cut(found.split, wide - 1), "")]
            used = display_width(parts[0][0])
        line += [*parts, (" " * (wide - used), "")]
    return [line]


def _draw_legend(board: AnswerBoard, shown: range, width: int, is_compact: bool) -> list[BoardLine]:
    """Return the answers of the groups, where the cells do not have them, and the meaning of the signs."""
    cells = [row.cells[at] for row in board.rows for at in shown]
    lines: list[BoardLine] = []
    if is_compact:
        used = list(dict.fromkeys(cell.group for cell in cells if cell.group is not None))
        for group in sorted(used)[:_MAX_LEGEND_GROUPS]:
            text = _cut(single_line(board.groups[group], 200), width - 2)
            lines.append([(f"{board.shapes[group]} ", get_group_role(board, group)), (text, "")])
        if len(used) > _MAX_LEGEND_GROUPS:
            lines.append([(f"and {len(used) - _MAX_LEGEND_GROUPS} more", "meta")])
    words = [
        f"{sign} {CHANGE_WORDS[change]}"
        for change, sign in CHANGE_SIGNS.items()
        if any(cell.change == change for cell in cells)
    ]
    if any(cell.is_final for cell in cells):
        words.append(f"{FINAL_SIGN} the answer")
    if len(shown) < len(board.rounds):
        words.append(f"the last {len(shown)} of {len(board.rounds)} rounds")
    text = ""
    for word in (_cut(word, width) for word in words):
        joined = f"{text}   {word}" if text else word
        if text and display_width(joined) > width:
            lines.append([(text, "meta")])
            joined = word
        text = joined
    return [*lines, [(text, "meta")]] if text else lines


def _fit(text: str, cells: int) -> str:
    """Return `text` in exactly `cells` cells, the last one empty."""
    text = _cut(text, cells - 1)
    return text + " " * (cells - display_width(text))


def _cut(text: str, cells: int) -> str:
    """Return at most `cells` cells of `text`; an ellipsis stands for what was cut off."""
    if display_width(text) <= cells:
        return text
    while text and display_width(text) >= cells:
        text = text[:-1]
    return f"{text}…" if cells > 0 else ""
