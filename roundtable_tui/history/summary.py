"""Summaries of runs for lists and search, read from their records without the streamed pieces of text."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from pathlib import Path
from typing import Any

from roundtable_tui.engine import board, events
from roundtable_tui.engine.record import serialize
from roundtable_tui.engine.record.recorder import (
    EVENTS_FILE,
    MAX_DAMAGED_LINES,
    MAX_RECORD_BYTES,
    TOO_DAMAGED,
)
from roundtable_tui.errors import FileError
from roundtable_tui.history.constants import INTERRUPTED, UNREADABLE
from roundtable_tui.history.find import read_title
from roundtable_tui.history.reader import iter_valid_events, normalize_header
from roundtable_tui.history.search import fold as fold_text
from roundtable_tui.reports.report.fold import EventFold
from roundtable_tui.reports.report.make import report_from_fold
from roundtable_tui.utils.crash_log import log_exception
from roundtable_tui.utils.files import display_path, open_regular
from roundtable_tui.utils.nesting import load_json
from roundtable_tui.utils.text import fix_surrogates

_MAX_NUMBER = 1e15
_DELTAS = (b'{"type":"answer",', b'{"type":"reasoning",')


@dataclass(slots=True)
class RunSummary:
    """A run as lists show it and search finds it. Texts are raw: sanitize them before display."""

    name: str
    """The name of its folder, which is the run's id."""
    status: str = UNREADABLE
    """One of `constants.STATUSES`."""
    started: float = 0.0
    """Seconds since the epoch."""
    title: str = ""
    """The user's title, from the file beside the record."""
    mode: str = ""
    question: str = ""
    team: str = ""
    models: tuple[str, ...] = ()
    seats: tuple[str, ...] = ()
    """The names of the seats."""
    answer: str = ""
    how: str = ""
    """How the answer was reached, or why there is none."""
    agreement: float | None = None
    elapsed_s: float = 0.0
    tokens: int = 0
    turns: int = 0
    """Turns that ended, failed ones included."""
    parent: str = ""
    follows: str = ""
    """The run before it in the same conversation."""
    outcome: str = ""
    """What the seats came to, in two or three words, as its report says; "" for a run that has not ended."""
    client: str = ""
    """The program that asked through the proxy."""
    full_text: str = ""
    """The texts of all turns and messages, for search."""


def read_summary(folder: Path) -> RunSummary:
    """Summarize the run in `folder`. Problems are reported in `how`; nothing is raised."""
    out = RunSummary(folder.name, title=read_title(folder))
    path = folder / EVENTS_FILE
    try:
        found = path.stat()
        out.started = found.st_mtime
        if not stat.S_ISREG(found.st_mode) or found.st_size > MAX_RECORD_BYTES:
            out.how = "is not a file, or is too large"
            return out
        _read_into(out, path)
    except FileError as error:
        out.how = error.what
    except OSError as error:
        out.how = f"cannot be read: {error.strerror}"
    except Exception as error:  # Whatever is wrong with one record, the others are listed.
        out.status, out.how = UNREADABLE, f"cannot be read: {log_exception(error)}"
    return out


def _read_into(out: RunSummary, path: Path) -> None:
    fold = EventFold()
    view = fold.view
    texts: dict[str, str] = {}
    """Turn, or a key of its own for other texts -> what was said, in order."""
    latest = 0.0
    for event in _iter_valid_events(path, out):
        fold.apply(event)
        latest = max(latest, event.t)
        match event:
            case events.TurnFinished() | events.TurnFailed():
                texts[event.turn] = event.text or getattr(event, "tool_arguments", "")
            case events.PersonSpoke():
                texts[f"{board.PERSON} {len(texts)}"] = event.text
            case events.EntryPosted(author=board.MODERATOR):
                texts[f"{board.MODERATOR} {len(texts)}"] = event.content
    if view.header is None:
        return
    _apply_header(out, view.header)
    out.turns = len(view.outcomes) + len(fold.wasted)
    if view.usage:
        out.tokens = int(_finite(view.usage.prompt_tokens + view.usage.completion_tokens))
    if end := view.end:
        out.status, out.answer, out.how = end.status, end.answer, end.error or end.how
        out.agreement = None if end.agreement is None else _finite(end.agreement)
        out.elapsed_s = _finite(end.elapsed_s)
        out.outcome = report_from_fold(fold).outcome.label
    if unfinished := {turn.id for turn in view.open_turns}:
        found, streamed_until = _read_unfinished(path, unfinished)
        texts |= found
        latest = max(latest, streamed_until)
    out.elapsed_s = out.elapsed_s or _finite(latest)
    out.full_text = "\n\n".join(text for text in texts.values() if text)


def _apply_header(out: RunSummary, header: events.RunStarted) -> None:
    out.status = INTERRUPTED
    out.mode, out.question, out.team, out.parent = header.mode, header.question, header.team, header.parent
    out.follows = header.follows
    out.client = str(header.client)
    out.models = tuple(dict.fromkeys(str(seat.get("model", "")) for seat in header.seats))
    out.seats = tuple(str(seat.get("name", "")) for seat in header.seats)
    try:
        out.started = datetime.fromisoformat(header.started_at).timestamp()
    except (ValueError, OverflowError):
        return  # Keep the time of the file.


def _iter_valid_events(path: Path, out: RunSummary) -> Iterator[events.Event]:
    """Yield the valid events of a record except streamed text. Raises FileError for damaged seats."""
    recorded = _iter_events(path, out)
    header = next(recorded, None)
    if isinstance(header, events.RunStarted):
        out.mode, out.question = header.mode, header.question
        yield normalize_header(header, path.parent)
        yield from iter_valid_events(recorded)


def _iter_events(path: Path, out: RunSummary) -> Iterator[events.Event]:
    """Yield the events of a record except streamed text; sets `out.how` if it is not readable."""
    with open_regular(path) as file:
        first = _parse_line(file.readline())
        version = first.get("version")
        if isinstance(version, int) and version > events.VERSION:
            out.how = f"was written by a newer version ({version}): update Roundtable"
            return
        header = _event(first)
        if not isinstance(header, events.RunStarted):
            out.how = "is not the record of a run: it has no header"
            return
        yield header
        damaged = 0
        for line in file:
            if line.startswith(_DELTAS) or not line.strip():
                continue
            data = _parse_line(line)
            damaged += "type" not in data
            if damaged > MAX_DAMAGED_LINES:
                raise FileError(TOO_DAMAGED, where=display_path(path))
            if (event := _event(data)) is not None:
                yield event


def _parse_line(line: bytes) -> dict[str, Any]:
    try:
        data = load_json(line)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _event(data: dict[str, Any]) -> events.Event | None:
    try:
        return serialize.from_dict(data)
    except ValueError:
        return None


def _finite(number: float | None) -> float:
    """Return a number that can be stored and shown, whatever the record contains."""
    return min(max(number, 0.0), _MAX_NUMBER) if number is not None and isfinite(number) else 0.0


def _read_unfinished(path: Path, turns: set[str]) -> tuple[dict[str, str], float]:
    """Return the text that turns had streamed when the run was cut off, and the time of its last piece."""
    parts: dict[str, list[str]] = {turn: [] for turn in turns}
    latest = 0.0
    with open_regular(path) as file:
        for line in file:
            if not line.startswith(_DELTAS) and b'"turn_started"' not in line[:32]:
                continue
            event = _event(_parse_line(line))
            latest = max(latest, event.t if event is not None else 0.0)
            match event:
                case events.TurnStarted(turn=turn) if turn in parts:
                    parts[turn].clear()
                case events.AnswerDelta(turn=turn, text=text) if turn in parts:
                    parts[turn].append(text)
    return {turn: "".join(texts) for turn, texts in parts.items()}, latest


COLUMNS = (
    "name, status, started, title, mode, question, team, models, seats, "
    "how, agreement, elapsed, tokens, turns, parent, follows, outcome, client"
)
_MAX_QUESTION_CHARS = 2000
"""Stored characters of a question; search covers all of it."""


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run in a list. Texts are raw: sanitize them before display."""

    name: str
    """The name of its folder, which is the run's id."""
    status: str
    """One of `constants.STATUSES`."""
    started: float
    """Seconds since the epoch."""
    title: str
    mode: str
    question: str
    """Cut off if it is long."""
    team: str
    models: tuple[str, ...]
    seats: tuple[str, ...]
    how: str
    agreement: float | None
    elapsed_s: float
    tokens: int
    turns: int
    parent: str
    follows: str = ""
    """The run before it in the same conversation."""
    outcome: str = ""
    """What the seats came to, in two or three words; "" for a run that has not ended."""
    client: str = ""

    @property
    def heading(self) -> str:
        """The title of the run, or its question with the program that asked it."""
        by = f"{self.client}: " if self.client and self.question else ""
        return self.title or f"{by}{self.question}"


def to_row(summary: RunSummary) -> tuple[object, ...]:
    """Return the values of `COLUMNS` without the name, followed by the value of the column `asked`."""
    question = summary.question[:_MAX_QUESTION_CHARS]
    texts = (
        summary.title,
        summary.mode,
        question,
        summary.team,
        "\n".join(summary.models),
        "\n".join(summary.seats),
        summary.how,
    )
    return (
        summary.status, summary.started, *map(fix_surrogates, texts), summary.agreement,
        summary.elapsed_s, summary.tokens, summary.turns,
        fix_surrogates(summary.parent), fix_surrogates(summary.follows),
        fix_surrogates(summary.outcome), fix_surrogates(summary.client),
        fold_text(f"{summary.title}\n{question}"),
    )  # fmt: skip


def from_row(row: Sequence[Any]) -> RunRow:
    """Build a RunRow from the values of `COLUMNS`."""
    models, seats = (tuple(text.split("\n")) if text else () for text in row[7:9])
    values: list[Any] = [*row[:7], models, seats, *row[9:]]
    return RunRow(*values)
