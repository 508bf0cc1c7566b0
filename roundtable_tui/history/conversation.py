"""A conversation: the runs that follow up on each other, from the first question to a given one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from roundtable_tui.engine.material.earlier import EarlierQuestion, earlier_from_rows
from roundtable_tui.engine.record.recorder import read_record
from roundtable_tui.errors import FileError
from roundtable_tui.history.constants import UNREADABLE
from roundtable_tui.history.scan import record_state
from roundtable_tui.history.summary import RunSummary, read_summary
from roundtable_tui.utils import paths

MAX_LENGTH = 1000
"""Questions of a conversation that are looked up."""
_RUN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,199}")


@dataclass(frozen=True, slots=True)
class ConversationPart:
    """One question of a conversation. Texts are raw: sanitize them before display."""

    run: str
    """The id of its run."""
    question: str
    answer: str
    """The answer; only what a later question quoted of it where the record is gone."""
    status: str
    """One of `history.constants.STATUSES`; "unreadable" where the record is gone."""
    how: str = ""
    agreement: float | None = None
    folder: Path | None = None
    """The folder of its record; None where that is gone."""


def read_conversation(folder: Path) -> list[ConversationPart]:
    """Return the conversation up to the run in `folder`, oldest question first; the last part is that run.

    Runs that were deleted are there as the next run quoted them. Nothing is raised: a record that cannot be
    read is a part with the status "unreadable".
    """
    parts: list[ConversationPart] = []
    at: Path | None = folder
    while at is not None and len(parts) < MAX_LENGTH:
        summary = read_summary(at)
        parts.insert(0, _to_part(summary, at))
        before = _find_before(at, summary.follows)
        if before is None and summary.follows:
            parts = [*_quoted_parts(at), *parts]
        known = {part.folder for part in parts}
        at = before if before not in known else None
    return parts


def _to_part(summary: RunSummary, folder: Path) -> ConversationPart:
    return ConversationPart(
        summary.name, summary.question, summary.answer, summary.status, summary.how, summary.agreement, folder
    )  # fmt: skip


def _find_before(folder: Path, follows: str) -> Path | None:
    """Return the folder of the run before, beside `folder` or among the runs; None if it is not there."""
    if not _RUN_NAME.fullmatch(follows):  # A record may name anything.
        return None
    places = (folder.parent / follows, paths.runs_dir() / follows)
    return next((path for path in places if record_state(str(path)) is not None), None)


def _quoted_parts(folder: Path) -> list[ConversationPart]:
    """Return the earlier questions that a run quotes."""
    try:
        rows = read_record(folder).header.earlier
    except FileError:
        return []
    return [_quoted_part(one) for one in earlier_from_rows(rows)]


def _quoted_part(one: EarlierQuestion) -> ConversationPart:
    return ConversationPart(one.run, one.question, one.answer, UNREADABLE, one.how)
