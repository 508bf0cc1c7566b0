"""Conversations: runs whose questions were asked one after the other, each following up on the one before."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from roundtable_tui.engine.record.recorder import RunRecord
from roundtable_tui.errors import RoundtableError
from roundtable_tui.history.reader import read_run
from roundtable_tui.reports.board import make_board
from roundtable_tui.reports.board.draw import BoardLine, render_votes
from roundtable_tui.reports.report.make import make_report
from roundtable_tui.reports.report.types import Report

MAX_RUNS = 50
"""Runs of a conversation that are read at most, the newest first."""


@dataclass(frozen=True, slots=True)
class ConversationRun:
    """A run of a conversation in one line. Question and answer are raw: sanitize them before display."""

    folder: Path
    question: str
    answer: str
    outcome: str
    """What the seats came to, in two or three words, safe to show."""
    votes: BoardLine
    """The votes of the last round as signs; empty where answers were not compared."""


def describe_run(folder: Path, report: Report) -> ConversationRun:
    """Return a run as a line of its conversation."""
    board = make_board(report)
    votes = render_votes(board.rounds[-1]) if board.rounds else []
    outcome = report.outcome.label if report.status != "failed" else "failed"
    return ConversationRun(folder, report.question, report.answer, outcome, votes)


def read_conversation(folder: Path) -> list[ConversationRun]:
    """Return the runs of a conversation up to that in `folder`, oldest first.

    Runs before it that are not there any more, or cannot be read, end the list. Raises FileError if the run in
    `folder` itself cannot be read.
    """
    found: list[ConversationRun] = []
    seen: set[str] = set()
    recording: RunRecord | None = read_run(folder)
    while recording is not None and len(found) < MAX_RUNS:
        found.append(describe_run(folder, make_report(recording.events)))
        seen.add(folder.name)
        folder = folder.parent / recording.header.parent
        recording = _read_before(recording, folder) if folder.name not in seen else None
    return found[::-1]


def _read_before(recording: RunRecord, folder: Path) -> RunRecord | None:
    """Return the record of the run that another one follows up on; None for the first, and for forks."""
    parent = recording.header.parent
    if not parent or folder.name != parent:
        return None
    try:
        before = read_run(folder)
    except RoundtableError:
        return None
    return before if before.header.question != recording.header.question else None
