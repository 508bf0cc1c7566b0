"""A run recorded by a version that read and compared answers otherwise is resumed as it was recorded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui.answers import reading
from roundtable_tui.answers.values import Number, Text, Value
from roundtable_tui.engine import events
from roundtable_tui.engine.record.recorder import RunRecord, read_record
from roundtable_tui.engine.run import Run
from roundtable_tui.llm.types import Server
from tests.support.fake_server import FakeServer, Reply
from tests.support.stress.runs import SETUPS, Brain, Caller, Setup, house, plan, seat_of, setups

pytestmark = pytest.mark.anyio

QUESTION = "Which one of these numbers is divisible by 3: 124, 125, 126, 127?"
OPEN = "It depends on {}, and on much else that has to be known before anything can be said about it at all."
SAID = {
    "as many say": ["126 is divisible by 3.", "124 is divisible by 3.", "126 is divisible by 3."],
    "all say the same": ["126", "126.", "**126**", "The answer is 126.", "126"],
    "one after the other": ["124", "126", "The only one is 126.", "126", "125"],
    "texts": [OPEN.format("the base"), "126", OPEN.format("the sum"), OPEN.format("the rest")],
}
CAPTAINS = ("Cap", "Rex")
NAMES = ("Ada", "Bob", "Eve", "Dan", "Fay", *CAPTAINS)
VOTERS = tuple((name, "") for name in NAMES[:5])
MORE = {
    "vote, ended early": Setup("vote", seats=VOTERS, options={"agents": 5}),
    "vote, by lead": Setup("vote", seats=VOTERS, options={"agents": 5, "rule": "lead"}),
    "auto, of five": Setup("auto", seats=VOTERS, options={"cap": 5}),
    "vote, then debate": Setup(
        stages=(
            ({"mode": "vote", "options": {"agents": 3}}, ("Ada", "Bob", "Eve"), "Cap"),
            ({"mode": "debate", "on": "disputed", "options": {"max_rounds": 2}}, ("Dan", "Fay"), "Rex"),
        ),
        mode="pipeline",
    ),
}
MODES = [*SETUPS, *MORE]


class Speakers(Brain):
    """Seats that give the answers of a list, in turn; decisions are as of `Brain`."""

    def __init__(self, said: Sequence[str]) -> None:
        super().__init__()
        self._answers = said
        self._seats: list[str] = []

    def __call__(self, request: Mapping[str, Any], nth: int) -> Reply:
        reply, seat = super().__call__(request, nth), seat_of(request)
        if reply.decision is not None or ("\n" not in reply.text and seat in CAPTAINS):
            return reply
        place = NAMES.index(seat) + sum(message["role"] == "assistant" for message in request["messages"])
        head, newline, _ = reply.text.rpartition("\n")
        return replace(reply, text=f"{head}{newline}{self._answers[place % len(self._answers)]}")


# --- other ways to read ---------------------------------------------------------------------------


def read_all_as_one(text: str) -> Value:
    return Number(Fraction(1))


def read_none(text: str) -> Value:
    return Text(text, is_open=True)


def read_first_figure(text: str) -> Value:
    return Text("".join(c for c in text if c.isdigit())[:2])


OTHER_READERS = {"all equal": read_all_as_one, "all open": read_none, "first figures": read_first_figure}

THEN_AND_NOW = [pair for name in OTHER_READERS for pair in ((name, ""), ("", name))]


def use_reader(patch: pytest.MonkeyPatch, name: str) -> None:
    """Read answers in another way until `patch` is undone; "" leaves the reader as it is."""
    reading._read_short_answer.cache_clear()
    reading._read_long_answer.cache_clear()
    if not name:
        return
    read = OTHER_READERS[name]
    patch.setattr(reading, "_read_short_answer", lambda text, question: read(text))
    patch.setattr(reading, "_read_long_answer", lambda text, question: read(text))
    extracted = (lambda reply: "3") if name == "all equal" else (lambda reply: reply.split()[-1])
    patch.setattr(reading, "final_answer", extracted)
    patch.setattr(reading, "_find", lambda reply, asked: extracted(reply))


# --- runs -----------------------------------------------------------------------------------------


async def run_mode(
    mode: str, said: str, folder: Path | None = None, resume: RunRecord | None = None
) -> tuple[Run, FakeServer]:
    with setups(**MORE):
        async with house(Speakers(SAID[said])) as (fake, client):
            server = Server("fake", fake.url, concurrency=1)
            run = Run(plan(mode, server, question=QUESTION), Caller(client), run_dir=folder, resume=resume)
            await run.execute()
    return run, fake


def groups_of(recorded: Iterable[events.Event]) -> list[Any]:
    return [(e.round, e.groups, e.basis) for e in recorded if isinstance(e, events.AnswersGrouped)]


@pytest.mark.parametrize("said", SAID)
@pytest.mark.parametrize(("then", "now"), THEN_AND_NOW)
@pytest.mark.parametrize("mode", MODES)
async def test_record_of_other_reader_without_its_end_resumes_without_calls(
    mode: str, then: str, now: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        use_reader(patch, then)
        whole, _ = await run_mode(mode, said, folder=tmp_path / "run")
    assert whole.result is not None and whole.result.status == "complete"
    record = read_record(tmp_path / "run")
    cut = tuple(event for event in record.events if not isinstance(event, events.RunFinished))
    with monkeypatch.context() as patch:
        use_reader(patch, now)
        again, fake = await run_mode(mode, said, resume=RunRecord(record.folder, record.header, cut))
    assert again.result is not None and again.result.status == "complete"
    known = {event.turn for event in cut if isinstance(event, events.TurnFinished)}
    assert known.isdisjoint(event.turn for event in again.events if isinstance(event, events.TurnStarted))
    assert groups_of(again.events)[: len(groups_of(whole.events))] == groups_of(whole.events)
    if mode != "vote, by lead":  # Whether it was settled is not in the record: it may need another vote.
        assert [seat_of(seen.body) for seen in fake.requests] == []
        assert len(groups_of(again.events)) == len(groups_of(whole.events))
        assert again.result.answer.by == whole.result.answer.by


@pytest.mark.parametrize("said", ["as many say", "texts"])
@pytest.mark.parametrize("then", ["all equal", "first figures"])
@pytest.mark.parametrize("mode", MODES)
async def test_record_of_other_reader_cut_anywhere_resumes_without_repeated_calls(
    mode: str, then: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        use_reader(patch, then)
        await run_mode(mode, said, folder=tmp_path / "run")
    use_reader(monkeypatch, "")
    record = read_record(tmp_path / "run")
    grouped = [n for n, event in enumerate(record.events, 1) if isinstance(event, events.AnswersGrouped)]
    for count in grouped:
        cut = record.events[:count]
        again, fake = await run_mode(mode, said, resume=RunRecord(record.folder, record.header, cut))
        assert again.result is not None and again.result.status == "complete", count
        known = {event.turn for event in cut if isinstance(event, events.TurnFinished)}
        asked = [event.turn for event in again.events if isinstance(event, events.TurnStarted)]
        assert known.isdisjoint(asked) and len(asked) == len(fake.requests), count
        kept = groups_of(cut)
        assert groups_of(again.events)[: len(kept)] == kept, count
