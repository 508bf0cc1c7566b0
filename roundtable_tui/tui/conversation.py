"""The earlier questions of a conversation, as the app shows them above the panes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from roundtable_tui.errors import RoundtableError
from roundtable_tui.history.conversation import ConversationPart, read_conversation
from roundtable_tui.history.reader import read_run
from roundtable_tui.reports.board import make_board
from roundtable_tui.reports.board.draw import BoardLine, render_signs
from roundtable_tui.reports.report.make import make_report
from roundtable_tui.reports.report.types import Report
from roundtable_tui.reports.wording import status_label

_MAX_SIGN_CELLS = 16
MAX_READ = 20
"""Earlier runs whose votes are read, the newest ones."""


@dataclass(frozen=True, slots=True)
class ThreadEntry:
    """A question of the conversation in one line. Question and answer are raw."""

    run: str
    """The id of its run."""
    question: str
    answer: str
    outcome: str
    """What the seats came to, in two or three words, safe to show."""
    votes: BoardLine
    """The votes of the last round as signs; empty where answers were not compared."""
    folder: Path | None
    """The folder of its record; None where that is gone."""


def describe_run(folder: Path, report: Report) -> ThreadEntry:
    """Return a run as a line of its conversation."""
    board = make_board(report)
    votes = render_signs(board, board.rounds[-1], _MAX_SIGN_CELLS) if board.rounds else []
    outcome = "failed" if report.status == "failed" else report.outcome.label
    return ThreadEntry(folder.name, report.question, report.answer, outcome, votes, folder)


def read_thread(folder: Path) -> list[ThreadEntry]:
    """Return the conversation up to the run in `folder`, oldest question first; the last one is that run."""
    parts = read_conversation(folder)
    return [
        _describe_part(part, read=number <= MAX_READ)
        for number, part in zip(range(len(parts), 0, -1), parts, strict=True)
    ]


def _describe_part(part: ConversationPart, *, read: bool) -> ThreadEntry:
    if read and part.folder is not None:
        try:
            return describe_run(part.folder, make_report(read_run(part.folder).events))
        except (RoundtableError, ValueError):
            pass  # What its summary says is enough.
    outcome = status_label(part.status) if part.folder is not None else "deleted"
    return ThreadEntry(part.run, part.question, part.answer, outcome, [], part.folder)
