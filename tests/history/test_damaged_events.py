"""Records in which any one value of any event was replaced: each is read, or refused in one line."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui.config import Settings
from roundtable_tui.engine import events
from roundtable_tui.engine.plan import Plan
from roundtable_tui.engine.record.recorder import EVENTS_FILE, RunRecord
from roundtable_tui.engine.record.serialize import EVENT_TYPES
from roundtable_tui.errors import FileError, RoundtableError
from roundtable_tui.history.reader import read_run
from roundtable_tui.history.summary import read_summary, to_row
from roundtable_tui.reports.html import render_html_page
from roundtable_tui.reports.json_report import build_report
from roundtable_tui.reports.screen_reader import ScreenReaderPrinter
from roundtable_tui.reports.stats import compute_stats
from roundtable_tui.reports.transcript import render_transcript
from roundtable_tui.setup.resume import plan_from_record
from roundtable_tui.setup.server_pool import ServerPool
from tests.support.record_builder import SEATS, header_event, turn_events, write_record
from tests.support.torture import share

MAX_DEPTH = 4
OTHERS: tuple[Any, ...] = (None, True, -1, "x", [], [[]], [None], [{}], {"": None})
PERSONA = {"name": "Ada", "full_name": "Ada", "creativity": 0.4, "prompt": "You are Ada.", "params": {}}
CAPTAIN = {"seat": "cap", "name": "Cap", "model": "m", "server": "demo", "captain": True, "persona": PERSONA}
PASSAGE = {
    "number": 1, "source": "a.txt", "unit": "line", "first": 1, "last": 2, "text": "x", "heading": "h",
    "path": "a.txt", "collection": "c", "score": 0.5,
}  # fmt: skip
GROUPS = ({"answer": "A way over water.", "seats": ["ada"]}, {"answer": "A card game.", "seats": ["bea"]})
CHANGES = ({"seat": "bea", "from": "A card game.", "to": "A tooth.", "direction": "neither"},)


def every_event() -> list[events.Event]:
    """Return a record with an event of each type, all their fields in use."""
    of_bea = {"turn": "bea.1", "seat": "bea"}
    header = header_event(
        "What is a bridge?", mode="debate",
        seats=(*({**seat, "persona": PERSONA} for seat in SEATS), CAPTAIN),
        options={"max_rounds": 2, "links": "ring"}, team="t", parent="p", follows="f", knowledge=("c",),
        task={"name": "n", "context": "c", "questions": ["q"], "answers": ["a"]},
        versions={"roundtable": "1"},
        servers=({"name": "demo", "base_url": "demo:", "params": {"top_k": 3}},),
        earlier=({"run": "r", "question": "q", "answer": "a", "how": "h"},),
        attachments=(
            {"name": "n.txt", "bytes": 3, "text": "abc", "in_passages": False},
            {"name": "p.png", "bytes": 3, "media_type": "image/png", "width": 1, "height": 1,
             "sha256": "0" * 64},
        ),
        measured=tuple(
            {"model": SEATS[n]["model"], "base_url": "demo:", "right": right, "questions": 100,
             "low": right / 100, "high": right / 100} for n, right in enumerate((90, 10))
        ),
        calls={"max_tokens": 5, "answer_tokens": 9, "budget": 1000, "max_cost": 1.0, "idle_s": 3.0,
               "retries": 2,
               "params": {"given": {"top_k": 1}, "task": {}, "named": ["top_k"]},
               "tools": {"tools": ["documents"], "roots": [{"path": "/nowhere", "label": "n"}],
                         "allow": ["x"]}},
    )  # fmt: skip
    return [
        header,
        events.Notice(t=0.1, text="a line", seat="ada"),
        events.CallsForecast(t=0.1, calls=2, prompt_tokens=1, completion_tokens=1, cost=0.1),
        events.PassagesUsed(t=0.1, passages=(PASSAGE,), knowledge=("c",), query="q"),
        events.ExternalFactRecorded(t=0.1, name="n", value={"a": [1]}),
        events.PhaseStarted(t=0.2, name="round", number=1, of=2),
        events.SeatChanged(
            t=0.3, seat="bea", what="model",
            value={"server": "demo", "base_url": "demo:", "model": "m2"},
        ),
        events.SeatChanged(t=0.3, seat="ada", what="persona", value=PERSONA, note="replaced"),
        events.PersonSpoke(t=0.4, text="Be short.", to="ada"),
        events.RoundsChanged(t=0.4, name="max_rounds", limit=3),
        events.BudgetChanged(t=0.4, tokens=5000, cost=2.0),
        events.RunPaused(t=0.4, paused=True),
        *turn_events("ada.1", "A way over water [1].", 1.0),
        events.TurnQueued(t=2.5, label="answer", phase="round", round=1, prompt="Q", system="S", **of_bea),
        events.TurnWaiting(t=2.6, why="slow", until=3.0, **of_bea),
        events.TurnStarted(t=2.7, **of_bea),
        events.ReasoningDelta(t=2.8, text="hm", **of_bea),
        events.TurnResplit(t=2.9, reasoning="hm", text="x", **of_bea),
        events.ToolCalled(t=3.0, call="1", tool="read_file", arguments={"path": "a.txt"}, **of_bea),
        events.ToolPermission(t=3.1, tool="read_file", answer="once", subject="a.txt", **of_bea),
        events.ToolReturned(
            t=3.2, call="1", tool="read_file", text="a.txt:1: x", title="a.txt:1",
            details={"path": "a.txt", "first": 1, "last": 1, "total": 1}, **of_bea,
        ),
        events.TurnFailed(
            t=3.5, kind="server", error="it broke", text="A card game [a.txt:1].",
            usage={"prompt_tokens": 1, "cost": 0.1, "cost_reported": True}, ttft_s=0.1, **of_bea,
        ),
        events.EntryPosted(t=3.6, round=1, author="ada", kind="answer", content="A way over water."),
        events.EntryPosted(t=3.6, round=1, author="bea", kind="ranking", content="Ada, Bea"),
        events.AnswersGrouped(
            t=3.7, groups=GROUPS, agreement=0.5, basis="exact", round=1, wordings={"ada": "A way."},
            since_round=-1,
        ),
        events.AnswersGrouped(
            t=3.8, groups=GROUPS[::-1], agreement=0.5, basis="exact", round=2, changes=CHANGES, since_round=1
        ),
        events.Verdict(
            t=3.9, seat="cap", label="verdict", decision={"consensus": False, "choice": 1, "direction": "d"},
            rung="tool", round=1, picked="ada",
        ),
        events.StepsEnded(t=4.0, step="vote", rule="lead", votes=(1, 1), asked=2, cap=3, models=("m",)),
        events.StageEnded(t=4.0, stage=1, mode="debate", status="complete", answer="a", by="ada", how="h"),
        events.RunResumed(t=4.0, at="2026-11-01T12:00:00+00:00", answer_tokens=9),
        events.BaselineTaken(
            t=4.1, answer="A card game.", votes=({"answer": "A card game.", "count": 2},), answers=2,
            tokens=9, agrees="no",
        ),
        events.RunFinished(
            t=4.2, status="complete", answer="A way over water [1].", by="ada", how="in Ada's words",
            agreement=0.5, candidates=("A way over water.",), elapsed_s=4.0, usage={"calls": 2, "cost": 0.1},
            final_group=0, first_group=0,
        ),
    ]  # fmt: skip


def damage(value: Any, depth: int = 1) -> Iterator[Any]:
    """Yield copies of a JSON value with one part left out or replaced, for each of its parts."""
    keys: Sequence[Any] = list(value) if isinstance(value, dict) else range(min(len(value), 2))
    for key in keys:
        inner = value[key] if isinstance(value[key], dict | list) and depth < MAX_DEPTH else ()
        for other in (*OTHERS, *(damage(inner, depth + 1) if inner else ())):
            copy = value.copy()
            copy[key] = other
            yield copy
        if isinstance(value, dict):
            yield {name: one for name, one in value.items() if name != key}


@pytest.mark.anyio
async def test_every_event_has_each_type_and_can_be_read() -> None:
    folder = write_record("20261101-000001-pro-abc001", every_event())
    assert {event.type for event in read_run(folder).events} == set(EVENT_TYPES)
    plan = await make_plan(read_run(folder))
    assert len(plan.assignments) == 2 and plan.captain is not None
    await read_everything(folder)


@pytest.mark.anyio
@pytest.mark.torture
@pytest.mark.parametrize("kind", sorted(EVENT_TYPES))
async def test_read_record_with_a_damaged_event_is_read_or_refused(kind: str) -> None:
    folder = write_record("20261101-000001-pro-abc001", every_event())
    path = folder / EVENTS_FILE
    lines = path.read_bytes().splitlines()
    for at, line in enumerate(lines):
        if not line.startswith(f'{{"type":"{kind}"'.encode()):
            continue
        # One in seven of the nine or ten for each part: each part is damaged, in another way than the next.
        for damaged in share(list(damage(json.loads(line))), 7, at):
            changed = json.dumps(damaged).encode()
            path.write_bytes(b"\n".join([*lines[:at], changed, *lines[at + 1 :]]) + b"\n")
            try:
                await read_everything(folder)
            except Exception as error:  # Name the damage: there are hundreds.
                pytest.fail(f"{type(error).__name__}: {error}: {changed.decode()[:2000]}")


async def read_everything(folder: Path) -> None:
    to_row(read_summary(folder))
    try:
        record = read_run(folder)
    except FileError as error:
        assert "\n" not in str(error)
        return
    render_transcript(record.events)
    build_report(record.events, folder)
    render_html_page(record)
    compute_stats(record.events)
    printer = ScreenReaderPrinter(io.StringIO())
    for event in record.events:
        printer(event)
    try:
        plan = await make_plan(record)
    except RoundtableError as error:
        assert "\n" not in str(error)
        return
    assert plan.limits.idle_s >= 0 and plan.limits.retries >= 0


async def make_plan(record: RunRecord) -> Plan:
    async with ServerPool(Settings(), {}) as pool:
        return await plan_from_record(record, pool)
