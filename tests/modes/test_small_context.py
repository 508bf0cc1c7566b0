"""Modes whose prompts are made to fit a model with a context of 1,024 tokens."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui.engine import events
from roundtable_tui.engine.plan import SeatAssignment
from roundtable_tui.llm.types import Server
from roundtable_tui.resources import Persona
from tests.support.fake_server import error
from tests.support.mode_run import Room, room

pytestmark = pytest.mark.anyio

CONTEXT = 1024
QUESTION = "Which wood lasts longest for a gate that stands in the rain? " * 15
NAMES = ["Ada", "Bob", "Cem", "Dan", "Eve", "Fay"]


def refuse_long(script: Any) -> Any:
    """Answer as llama.cpp does: a prompt above the context is refused with its size."""

    def answer(request: Any, nth: int) -> Any:
        size = sum(8 + len(message["content"].encode()) // 4 for message in request["messages"])
        if size > CONTEXT:
            text = "the request exceeds the available context size"
            more = {"type": "exceed_context_size_error", "n_prompt_tokens": size, "n_ctx": CONTEXT}
            return error(400, text, code=400, **more)
        return script(request, nth)

    return answer


def say(request: Any, nth: int) -> str:
    """Return a longer answer, a summary, or a remark."""
    return "So be it." if "once more" in request["messages"][-1]["content"] else "Oak and larch. " * 8


def place(name: str, url: str, notes: str, context: int | None) -> SeatAssignment:
    persona = Persona(name=name, prompt=f"You are {name}. {notes}")
    return SeatAssignment(persona, Server("fake", url, context=context), "fake")


async def run_mode(r: Room, mode: str, notes: str, context: int | None = CONTEXT, **options: Any) -> Any:
    plan = replace(
        r.plan(mode, NAMES, question=QUESTION, **options),
        assignments=tuple(place(name, r.fake.url, notes, context) for name in NAMES),
        captain=place("Captain", r.fake.url, "", context),
    )
    return await r.run(plan).execute()


async def test_council_in_small_context_writes_its_answer(tmp_path: Path) -> None:
    async with room(refuse_long(say), tmp_path) as r:
        result = await run_mode(r, "council", "You speak plainly.")
        failed = [event for event in r.told(events.TurnFailed) if event.kind == "context"]
        assert (failed, result.answer.by) == ([], "captain")
        assert any("the question is not repeated" in event.text for event in r.told(events.Notice))


@pytest.mark.parametrize("mode", ["single", "vote", "debate", "auto", "pro", "council", "roundtable"])
async def test_mode_with_a_context_known_only_from_refusals_loses_no_turn(mode: str, tmp_path: Path) -> None:
    notes = "You weigh every cost, and you say what it is paid for. " * 8
    async with room(refuse_long(say), tmp_path) as r:
        options = {"turns": 8} if mode == "roundtable" else {}
        result = await run_mode(r, mode, notes, None, **options)
        failed = [event for event in r.told(events.TurnFailed) if event.kind == "context"]
        assert (failed, result.status) == ([], "complete")


async def test_roundtable_in_small_context_introduces_by_name_only(tmp_path: Path) -> None:
    notes = "You weigh every cost, and you say what it is paid for. " * 8
    async with room(refuse_long(say), tmp_path) as r:
        result = await run_mode(r, "roundtable", notes, turns=3)
        assert not [event for event in r.told(events.TurnFailed) if event.kind == "context"]
        assert result.answer.text.strip() and len(r.told(events.TurnFinished)) >= 3
        (introduction,) = [e for e in r.told(events.EntryPosted) if e.content.startswith("At the table")]
        assert "every cost" not in introduction.content
        assert any("names and roles only" in event.text for event in r.told(events.Notice))


@pytest.mark.parametrize("mode", ["single", "vote", "debate", "auto", "pro"])
async def test_mode_in_small_context_has_an_answer_and_no_refused_prompt(mode: str, tmp_path: Path) -> None:
    async with room(refuse_long(say), tmp_path) as r:
        result = await run_mode(r, mode, "You speak plainly.")
        assert r.runs[-1].internal_error is None
        assert result.answer.text.strip() and result.status in ("complete", "partial")
        assert not [event for event in r.told(events.TurnFailed) if event.kind == "context"]
