"""What the index keeps of a run, read from its record in one go."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from pathlib import Path
from typing import Any

from roundtable_tui.engine import board, events
from roundtable_tui.engine.record import serialize
from roundtable_tui.engine.record.recorder import EVENTS_FILE
from roundtable_tui.history.constants import INTERRUPTED, UNREADABLE
from roundtable_tui.history.find import read_title
from roundtable_tui.history.search import fold
from roundtable_tui.utils.text import fix_surrogates

_MAX_RECORD_BYTES = 512_000_000
_MAX_NUMBER = 1e15
_DELTAS = (b'{"type":"answer",', b'{"type":"reasoning",')


@dataclass(slots=True)
class RunSummary:
    """One run, as a list shows it and as a search finds it. Its texts are raw: clean them to show them."""

    name: str
    """The folder's."""
    status: str = UNREADABLE
    """As it ended: complete, partial, failed, cancelled; or interrupted, or unreadable."""
    started: float = 0.0
    """Seconds since the epoch."""
    title: str = ""
    """The person's own, beside the record."""
    mode: str = ""
    question: str = ""
    team: str = ""
    models: tuple[str, ...] = ()
    seats: tuple[str, ...] = ()
    """The names of those who sat at the table."""
    answer: str = ""
    how: str = ""
    """How the answer came about, or why there is none."""
    agreement: float | None = None
    elapsed_s: float = 0.0
    tokens: int = 0
    turns: int = 0
    """Those that ended, well or not."""
    parent: str = ""
    full_text: str = ""
    """All that was said, for the search."""


def read_summary(folder: Path) -> RunSummary:
    """Return what is in the record of the run in `folder`; never raises, never changes anything."""
    out = RunSummary(folder.name, title=read_title(folder))
    path = folder / EVENTS_FILE
    try:
        found = path.stat()
        out.started = found.st_mtime
        if not stat.S_ISREG(found.st_mode) or found.st_size > _MAX_RECORD_BYTES:
            out.how = "is no file, or too large a one"
            return out
        _read_into(out, path)
    except OSError as error:
        out.how = f"cannot be read: {error.strerror}"
    return out


def _read_into(out: RunSummary, path: Path) -> None:
    said: dict[str, str] = {}
    going: set[str] = set()
    latest = 0.0
    for event in _iter_events(path, out):
        latest = max(latest, event.t)
        match event:
            case events.RunStarted():
                _apply_header(out, event)
            case events.TurnQueued():
                going.add(event.turn)
            case events.TurnFinished() | events.TurnFailed():
                going.discard(event.turn)
                said[event.turn] = event.text or getattr(event, "tool_arguments", "")
                out.turns += 1
            case events.PersonSpoke():
                said[f"{board.PERSON} {len(said)}"] = event.text
            case events.EntryPosted(author=board.MODERATOR):
                said[f"{board.MODERATOR} {len(said)}"] = event.content
            case events.UsageUpdated():
                out.tokens = int(_sound(event.prompt_tokens + event.completion_tokens))
            case events.RunResumed():
                out.status, out.answer, out.how = INTERRUPTED, "", ""
            case events.RunFinished():
                out.status, out.answer = event.status, event.answer
                out.how = event.error or event.how
                out.agreement = None if event.agreement is None else _sound(event.agreement)
                out.elapsed_s = _sound(event.elapsed_s)
    if out.status == UNREADABLE:
        return
    out.elapsed_s = out.elapsed_s or _sound(latest)
    if going:  # What a turn had said when the run was cut off stands in its pieces alone.
        said |= _read_unfinished(path, going)
    out.full_text = "\n\n".join(text for text in said.values() if text)


def _apply_header(out: RunSummary, header: events.RunStarted) -> None:
    out.status = INTERRUPTED
    out.mode, out.question, out.team, out.parent = header.mode, header.question, header.team, header.parent
    out.models = tuple(dict.fromkeys(str(seat.get("model", "")) for seat in header.seats))
    out.seats = tuple(str(seat.get("name", "")) for seat in header.seats)
    try:
        out.started = datetime.fromisoformat(header.started_at).timestamp()
    except (ValueError, OverflowError):
        return  # The file's own time stands.


def _iter_events(path: Path, out: RunSummary) -> Iterator[events.Event]:
    """Yield the events of a record but for the pieces of turns; say in `out.how` why there are none."""
    with path.open("rb") as file:
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
        for line in file:
            if not line.startswith(_DELTAS) and (event := _event(_parse_line(line))) is not None:
                yield event


def _parse_line(line: bytes) -> dict[str, Any]:
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _event(data: dict[str, Any]) -> events.Event | None:
    try:
        return serialize.from_dict(data)
    except ValueError:
        return None


def _sound(number: float | None) -> float:
    """Return a number that can be stored and shown, whatever stood in the record."""
    return min(max(number, 0.0), _MAX_NUMBER) if number is not None and isfinite(number) else 0.0


def _read_unfinished(path: Path, turns: set[str]) -> dict[str, str]:
    parts: dict[str, list[str]] = {turn: [] for turn in turns}
    with path.open("rb") as file:
        for line in file:
            if not line.startswith(_DELTAS[0]) and b'"turn_started"' not in line[:32]:
                continue
            match _event(_parse_line(line)):
                case events.TurnStarted(turn=turn) if turn in parts:
                    parts[turn].clear()
                case events.AnswerDelta(turn=turn, text=text) if turn in parts:
                    parts[turn].append(text)
    return {turn: "".join(texts) for turn, texts in parts.items()}


COLUMNS = (
    "name, status, started, title, mode, question, team, models, seats, "
    "how, agreement, elapsed, tokens, turns, parent"
)
_MAX_QUESTION_CHARS = 2000
"""Characters of a question that are kept; all of it is found."""


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run in a list. Texts are raw: clean them before they are shown."""

    name: str
    """The folder's, which is the run's id."""
    status: str
    """One of `words.STATUSES`."""
    started: float
    """Seconds since the epoch."""
    title: str
    mode: str
    question: str
    """Its beginning, if it is a long one."""
    team: str
    models: tuple[str, ...]
    seats: tuple[str, ...]
    how: str
    agreement: float | None
    elapsed_s: float
    tokens: int
    turns: int
    parent: str

    @property
    def heading(self) -> str:
        """What the run is called: its title, else its question."""
        return self.title or self.question


def to_row(summary: RunSummary) -> tuple[object, ...]:
    """Return the values of `COLUMNS` without the name, and after them what `asked` is to be."""
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
        summary.status, summary.started, *map(fix_surrogates, texts), summary.agreement, summary.elapsed_s,
        summary.tokens, summary.turns, fix_surrogates(summary.parent), fold(f"{summary.title}\n{question}"),
    )  # fmt: skip


def from_row(row: Sequence[Any]) -> RunRow:
    """Return the entry of a row of `COLUMNS`."""
    models, seats = (tuple(text.split("\n")) if text else () for text in row[7:9])
    values: list[Any] = [*row[:7], models, seats, *row[9:]]
    return RunRow(*values)
