"""Records for tests, written without a run."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from roundtable_tui.engine import events
from roundtable_tui.engine.record import serialize
from roundtable_tui.engine.record.recorder import EVENTS_FILE
from roundtable_tui.history.index import RunIndex
from roundtable_tui.history.search import RunQuery
from roundtable_tui.utils import paths
from roundtable_tui.utils.text import to_safe_json
from tests.support.paths import DATA

_numbers = itertools.count(1)
SEATS = (
    {"seat": "ada", "name": "Ada", "model": "gpt-oss:20b", "server": "demo", "role": "evidence"},
    {"seat": "bea", "name": "Bea", "model": "qwen3", "server": "demo", "role": "logic"},
)


def turn_events(turn_id: str, text: str, t: float, **fields: Any) -> list[events.Event]:
    """Return the events of a turn of one second, streamed in two pieces."""
    seat = turn_id.partition(".")[0]
    half = len(text) // 2
    return [
        events.TurnQueued(t=t, turn=turn_id, seat=seat, label="answer", phase="answers", round=1, prompt="Q"),
        events.TurnStarted(t=t + 0.1, turn=turn_id, seat=seat),
        events.AnswerDelta(t=t + 0.3, turn=turn_id, seat=seat, text=text[:half]),
        events.AnswerDelta(t=t + 0.6, turn=turn_id, seat=seat, text=text[half:]),
        events.TurnFinished(
            t=t + 1, turn=turn_id, seat=seat, text=text, elapsed_s=0.9, ttft_s=0.2,
            usage={"prompt_tokens": 10, "completion_tokens": 5}, **fields,
        ),
        events.UsageUpdated(t=t + 1, calls=1, prompt_tokens=10, completion_tokens=5),
    ]  # fmt: skip


def header_event(
    question: str, *, mode: str = "pro", name: str = "", day: int = 1, **fields: Any
) -> events.RunStarted:
    return events.RunStarted(
        run_id=name, started_at=f"2026-11-{day:02}T12:00:00+00:00", mode=mode, question=question,
        seats=fields.pop("seats", SEATS), **fields,
    )  # fmt: skip


def run_events(
    question: str = "What is a bridge?",
    said: str = "A way over water.",
    answer: str = "A bridge is a way over water.",
    *,
    status: str = "complete",
    **fields: Any,
) -> list[events.Event]:
    """Return the events of a short run; with status "" it has no end."""
    out: list[events.Event] = [
        header_event(question, **fields),
        events.PhaseStarted(t=0.1, name="answers"),
        *turn_events("ada.1", said, 1.0),
        *turn_events("bea.1", f"I agree: {said}", 2.5),
    ]
    if status:
        out.append(
            events.RunFinished(
                t=4.0, status=status, answer=answer, by="ada", how="in Ada's words", elapsed_s=4.0
            )
        )
    return out


def write_run(*args: Any, name: str = "", **fields: Any) -> Path:
    """Write a short run into the runs folder and return its folder."""
    name = name or f"20261101-{next(_numbers):06}-pro-abc{next(_numbers):03}"
    return write_record(name, run_events(*args, name=name, **fields))


def write_record(name: str, recorded: Iterable[events.Event]) -> Path:
    return write_raw_record(
        name, b"".join(to_safe_json(serialize.to_dict(event)).encode() + b"\n" for event in recorded)
    )


def write_raw_record(name: str, data: bytes) -> Path:
    """Write bytes as the record of a run and return its folder."""
    folder = paths.runs_dir() / name
    folder.mkdir(parents=True)
    (folder / EVENTS_FILE).write_bytes(data)
    return folder


def find_run_names(typed: str = "", **fields: Any) -> list[str]:
    """Return the names of the matching runs, from a new index."""
    index = RunIndex()
    try:
        index.refresh()
        return index.find_names(RunQuery(typed, **fields))
    finally:
        index.close()


DEMO_RUNS = DATA / "runs"


def copy_demo_run(mode: str, name: str = "") -> Path:
    """Copy a stored demo run into the runs folder and return its folder."""
    return write_raw_record(
        name or f"20261102-120000-{mode}-abc123", (DEMO_RUNS / mode / EVENTS_FILE).read_bytes()
    )


def cut_record(folder: Path, at: str) -> Path:
    """Truncate a record before its last event of this type."""
    path = folder / EVENTS_FILE
    lines = path.read_text().splitlines(keepends=True)
    number = max(n for n, line in enumerate(lines) if line.startswith(f'{{"type":"{at}"'))
    path.write_text("".join(lines[:number]))
    return folder
