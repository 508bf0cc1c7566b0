"""Every mode on a server whose models hold 1,024 tokens and refuse longer prompts, as llama.cpp does."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui.engine import Answer, Mode, Options, Table, events
from roundtable_tui.engine.plan import Plan, SeatAssignment
from roundtable_tui.engine.record.recorder import read_record
from roundtable_tui.engine.run import Run
from roundtable_tui.errors import RoundtableError
from roundtable_tui.llm.client import Client
from roundtable_tui.llm.local import model
from roundtable_tui.llm.local.requirements import missing_requirement
from roundtable_tui.llm.local.server import LocalServer
from roundtable_tui.llm.request.build import estimate_tokens
from roundtable_tui.llm.types import Limits, Server
from roundtable_tui.reports.transcript import write_transcript
from roundtable_tui.resources import Persona
from tests.support.fake_server import Reply
from tests.support.stress.runs import CASES, Brain, Caller, Setup, house, plan, setups

pytestmark = pytest.mark.anyio

REAL = model.find_model()
"""Looked for before a test has a home of its own."""

WINDOW = 1024
QUESTION = "How many bridges does the town need?"
LONG_DEBATE = "debate, over many rounds"


def prompt_tokens(body: Mapping[str, Any]) -> int:
    """Return the tokens of a prompt by a tokenizer that makes more of them than is estimated."""
    texts = [str(message["content"]) for message in body["messages"]]
    return round(1.2 * estimate_tokens(*texts)) + 10 * len(texts)


def refusal(size: int) -> Reply:
    message = (
        f"request ({size} tokens) exceeds the available context size ({WINDOW} tokens), try increasing it"
    )
    fields = {"type": "exceed_context_size_error", "n_prompt_tokens": size, "n_ctx": WINDOW}
    return Reply(status=400, body={"error": {"code": 400, "message": message, **fields}})


class SmallServer(Brain):
    """Answers at length, and differently, as long as the prompt fits."""

    def __init__(self, **how: Any) -> None:
        super().__init__(**how)
        self.refused = 0
        self.accepted: list[Mapping[str, Any]] = []

    def __call__(self, request: Mapping[str, Any], nth: int) -> Reply:
        if (size := prompt_tokens(request)) > WINDOW:
            self.refused += 1
            return refusal(size)
        self.accepted.append(request)
        reply = super().__call__(request, nth)
        usage = {"prompt_tokens": size, "completion_tokens": 200}
        if reply.decision is None:
            reply = replace(
                reply, text=f"{self.said[nth]} reasons: {'because of the river, ' * 50}{reply.text}"
            )
        elif "consensus" in reply.decision:
            reply = replace(reply, decision={**reply.decision, "consensus": False})
        return replace(reply, usage=usage)


async def take_small(mode: str, folder: Path, brain: SmallServer, context: int | None) -> Run:
    async with house(brain) as (fake, client):
        server = Server("fake", fake.url, context=context)
        run = Run(
            plan(mode, server, question=QUESTION, limits=Limits(retries=0)),
            Caller(client),
            run_dir=folder,
            write_files=write_transcript,
        )
        await run.execute()
    return run


@pytest.mark.parametrize("context", [None, WINDOW])
@pytest.mark.parametrize("mode", [*CASES, LONG_DEBATE])
async def test_run_in_small_context_loses_no_turn(mode: str, context: int | None, tmp_path: Path) -> None:
    brain = SmallServer()
    with setups(**{LONG_DEBATE: Setup("debate", options={"max_rounds": 5})}):
        run = await take_small(mode, tmp_path / "run", brain, context)
    failed = [event for event in run.events if isinstance(event, events.TurnFailed)]
    assert run.result is not None and run.internal_error is None
    assert [(event.turn, event.error) for event in failed] == []
    assert run.result.status == "complete"
    if mode != "loop":  # It asks questions of its own.
        assert all(_has_question(request) for request in brain.accepted)


def _has_question(request: Mapping[str, Any]) -> bool:
    return any(QUESTION in str(message["content"]) for message in request["messages"])


async def test_debate_in_small_context_keeps_what_counts_and_says_so(tmp_path: Path) -> None:
    brain = SmallServer()
    with setups(**{LONG_DEBATE: Setup("debate", options={"max_rounds": 5})}):
        run = await take_small(LONG_DEBATE, tmp_path / "run", brain, WINDOW)
    notices = " | ".join(event.text for event in run.events if isinstance(event, events.Notice))
    assert "Ada: " in notices and "m-Ada holds 1,024 tokens" in notices
    assert "own summary" in notices
    summaries = [e for e in run.events if isinstance(e, events.TurnQueued) and e.label == "older rounds"]
    assert summaries and all(event.turn.endswith("s") for event in summaries)
    last = [request for request in brain.accepted if request["model"] == "m-Ada"][-1]["messages"]
    assert QUESTION in last[1]["content"] and last[-2]["role"] == "assistant"
    posted = {e.author: e.content for e in run.events if isinstance(e, events.EntryPosted) and e.round == 4}
    for other in ("bob", "eve"):  # The last round stays, at least with its final answers.
        assert re.findall(r"\w+END", posted[other])[-1] in last[-1]["content"]
    assert posted["ada"].split()[0] in last[-2]["content"]


async def test_resumed_debate_takes_its_summaries_from_the_record(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with setups(**{LONG_DEBATE: Setup("debate", options={"max_rounds": 5})}):
        await take_small(LONG_DEBATE, folder, SmallServer(), WINDOW)
        lines = (folder / "events.jsonl").read_text("utf-8").splitlines(keepends=True)
        starts = [n for n, line in enumerate(lines) if _is_round(json.loads(line), 5)]
        (folder / "events.jsonl").write_text("".join(lines[: starts[0]]), "utf-8")
        brain = SmallServer()
        async with house(brain) as (fake, client):
            server = Server("fake", fake.url, context=WINDOW)
            resumed = plan(LONG_DEBATE, server, question=QUESTION, limits=Limits(retries=0))
            again = Run(resumed, Caller(client), resume=read_record(folder))
            await again.execute()
    assert again.result is not None and again.result.status == "complete"
    recorded = read_record(folder).events[: starts[0]]
    finished = {event.turn for event in recorded if isinstance(event, events.TurnFinished)}
    assert "ada.4s" in finished
    assert finished < _finished(again)
    assert len(brain.accepted) == len(_finished(again)) - len(finished)
    assert again.table.budget.totals.calls == len(_finished(again))
    # The summary of the fourth round came from the record, and the next one was made from it.
    first = next(request for request in brain.accepted if request["model"] == "m-Ada")
    summary = next(e.text for e in recorded if isinstance(e, events.TurnFinished) and e.turn == "ada.4s")
    assert re.findall(r"\w+END", summary)[-1] in first["messages"][-1]["content"]


def _is_round(data: Mapping[str, Any], number: int) -> bool:
    return data["type"] == "phase_started" and (data["name"], data.get("number")) == ("round", number)


def _finished(run: Run) -> set[str]:
    return {event.turn for event in run.events if isinstance(event, events.TurnFinished)}


async def test_chain_in_small_context_reads_smaller_passages(tmp_path: Path) -> None:
    brain = SmallServer()
    text = " ".join(f"Sentence {n} of a text about bridges and rivers." for n in range(150))
    with setups(long_text=Setup("chain", options={"chunk_size": 6000}, text=text)):
        run = await take_small("long_text", tmp_path / "run", brain, WINDOW)
        again = await resumed_after_last_phase("long_text", tmp_path / "run")
    assert run.result is not None and run.result.status == "complete"
    passages = {e.number for e in run.events if isinstance(e, events.PhaseStarted) and e.name == "passage"}
    assert len(passages) > 2 and brain.refused == 0
    assert again.result is not None and again.result.status == "complete"
    said = "\n".join(str(m["content"]) for request in brain.accepted for m in request["messages"])
    assert all(f"Sentence {n} of" in said for n in range(150))


async def resumed_after_last_phase(mode: str, folder: Path) -> Run:
    """Resume a record without its last phase, on a server that says nothing about its context."""
    lines = (folder / "events.jsonl").read_text("utf-8").splitlines(keepends=True)
    at = max(n for n, line in enumerate(lines) if json.loads(line)["type"] == "phase_started")
    (folder / "events.jsonl").write_text("".join(lines[:at]), "utf-8")
    async with house(brain := SmallServer()) as (fake, client):
        resumed = plan(mode, Server("fake", fake.url), question=QUESTION, limits=Limits(retries=0))
        run = Run(resumed, Caller(client), resume=read_record(folder))
        await run.execute()
    assert len(brain.accepted) == 1
    return run


@pytest.mark.timeout(300)
async def test_real_model_with_small_context_loses_no_turn(tmp_path: Path) -> None:
    """Candidates whose answers alone nearly fill the context are merged by the same small model."""
    if REAL is None or missing_requirement() is not None:
        with pytest.raises(RoundtableError, match="local model"):
            await LocalServer().start()
        return
    window = WINDOW // 4  # A real model takes seconds to read a prompt that fills WINDOW.
    async with LocalServer(REAL, slots=2, ctx=window, threads=1) as server:
        client = Client()
        long = "The river divides the town twice. " * 17

        async def ask(table: Table, options: Options) -> Answer:
            answers = [table.quoter.quote(f"answer {n}", long) for n in (1, 2)]
            prompt = "\n\n".join([QUESTION, *answers, "Answer in five words."])
            turns = [await table.ask(table.seats[0], prompt, max_tokens=8) for _ in range(2)]
            return Answer(" ".join(turn.kind or "ok" for turn in turns), table.seats[0].id, "")

        mode = Mode("ask", "asks twice", Options, ask, "single")
        persona = Persona(name="Ada", prompt="You are Ada.")
        seat = SeatAssignment(persona, server, "smollm")
        run = Run(Plan(mode, QUESTION, Options(), (seat,)), client)
        await run.execute()
        await client.aclose()
    ends = [e for e in run.events if isinstance(e, events.TurnFinished | events.TurnFailed)]
    assert [type(end) for end in ends] == [events.TurnFinished] * 2
    assert all(end.usage["prompt_tokens"] + 8 <= window for end in ends)
