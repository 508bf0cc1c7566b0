"""A context that a refusal has shown holds for the rest of the run: for all seats of the model, and tools."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui.engine import events
from roundtable_tui.engine.record.recorder import read_record
from roundtable_tui.llm.request.build import estimate_tokens
from roundtable_tui.llm.types import Server
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.setup.tools import plan_tools
from tests.support.fake_server import Reply, error
from tests.support.mode_run import Room, room

pytestmark = pytest.mark.anyio

WINDOW = 1500


def tokens_of(request: Any) -> int:
    return estimate_tokens(*(str(message.get("content") or "") for message in request["messages"]))


def is_refused(request: Any) -> bool:
    return request["model"] == "fake" and tokens_of(request) > WINDOW


def refusal(request: Any) -> Reply:
    limit = f"This model's maximum context length is {WINDOW} tokens. However, your messages resulted in"
    return error(400, f"{limit} {tokens_of(request)} tokens.", code="context_length_exceeded")


def talker(request: Any, nth: int) -> Any:
    """Talk at length, so that the prompts of later rounds are too long."""
    if is_refused(request):
        return refusal(request)
    if request.get("max_tokens"):  # A summary of older rounds.
        return f"Bridge {nth} was named."
    return f"Answer {nth}. " + " ".join(f"Bridge {n} is {n * 7 + nth} metres long." for n in range(70))


def refused(r: Room) -> list[str]:
    """Return the system prompts of the requests that were refused."""
    return [seen.system for seen in r.fake.requests if is_refused(seen.body)]


@pytest.mark.parametrize("mode", ["debate", "roundtable", "pro", "council"])
async def test_window_of_one_refusal_holds_for_all_seats_and_later_calls(mode: str, tmp_path: Path) -> None:
    names = ["Ada", "Bob", "Cem"]
    async with room(talker, tmp_path) as r:
        options: dict[str, Any] = {"debate": {"max_rounds": 4}, "roundtable": {"turns": 9}}.get(mode, {})
        result = await r.done(mode, names, **options)
        assert result.status == "complete" and not r.told(events.TurnFailed)
        # Calls under way at the same time can all be refused; no later one is. That of `pro` is its last.
        first = next(n for n, seen in enumerate(r.fake.requests) if is_refused(seen.body))
        later = r.fake.requests[first + len(names) :]
        assert (later or mode == "pro") and not [seen.nth for seen in later if is_refused(seen.body)]
        assert any(f"fake holds {WINDOW:,} tokens" in event.text for event in r.told(events.Notice))


async def test_window_of_one_model_does_not_limit_another(tmp_path: Path) -> None:
    async with room(talker, tmp_path) as r:
        plan = r.plan("debate", ["Ada", "Bob"], max_rounds=3)
        ada, bob = plan.assignments
        plan = replace(plan, assignments=(ada, replace(bob, model="large")))
        assert (await r.run(plan).execute()).status == "complete"
        assert max(tokens_of(seen.body) for seen in r.fake.requests if seen.body["model"] == "large") > WINDOW
        assert not [event for event in r.told(events.Notice) if "large holds" in event.text]


async def test_refused_turn_is_one_turn_and_its_replay_makes_no_call(tmp_path: Path) -> None:
    async with room(talker, tmp_path) as r:
        result = await r.done("debate", ["Ada", "Bob"], max_rounds=3)
        assert refused(r)
        queued = [
            event.turn for event in read_record(r.folder).events if isinstance(event, events.TurnQueued)
        ]
        assert len(queued) == len(set(queued))
        before = len(r.fake.requests)
        assert (await r.again()).answer == result.answer and len(r.fake.requests) == before


async def test_known_context_that_is_too_large_is_corrected_by_a_refusal(tmp_path: Path) -> None:
    async with room(talker, tmp_path) as r:
        plan = r.plan("debate", ["Ada", "Bob"], max_rounds=4)
        server = Server("fake", r.fake.url, context=100_000)
        plan = replace(plan, assignments=tuple(replace(one, server=server) for one in plan.assignments))
        result = await r.run(plan).execute()
        assert result.status == "complete" and 0 < len(refused(r)) <= 2


async def test_results_of_tools_are_shortened_to_a_window_that_a_refusal_shows(tmp_path: Path) -> None:
    papers = tmp_path / "papers"
    papers.mkdir()
    (papers / "notes.md").write_text("The bridge has 14 arches.\n" + "It is a long text.\n" * 800, "utf-8")

    def script(request: Any, nth: int) -> Any:
        if is_refused(request):
            return refusal(request)
        results = [message for message in request["messages"] if message["role"] == "tool"]
        if len(results) < 2:
            return Reply(calls=[("read_file", {"path": "notes.md", "first_line": 1 + len(results)})])
        return "14"

    async with room(script, tmp_path) as r:
        plan = r.plan("single", ["Ada"], captain=False)
        tools = await plan_tools(RunRequest(roots=(papers,)), None)
        result = await r.run(replace(plan, tools=tools)).execute()
        assert (result.status, result.answer.text) == ("complete", "14")
        assert len(refused(r)) == 1, "the second result is shortened before it is sent"
        sent = [str(m["content"]) for m in r.fake.requests[-1].body["messages"] if m["role"] == "tool"]
        assert "14 arches" in sent[0] and all(text.rstrip().endswith(">>") for text in sent)
        said = [event.text for event in r.told(events.Notice)]
        assert [line for line in said if "results of tools are shortened" in line and f"{WINDOW:,}" in line]


async def test_counts_of_a_turn_with_tools_do_not_raise_the_estimate(tmp_path: Path) -> None:
    """The server counts the prompt of each reply of the turn, tools included."""
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "notes.md").write_text("The bridge has 14 arches.\n", "utf-8")
    usage = {"prompt_tokens": 900, "completion_tokens": 10}
    script = [Reply(calls=[("read_file", {"path": "notes.md"})], usage=usage), Reply("14", usage=usage)]
    async with room(script, tmp_path) as r:
        plan = r.plan("single", ["Ada"], captain=False, question="Which bridge has how many arches? " * 20)
        tools = await plan_tools(RunRequest(roots=(tmp_path / "papers",)), None)
        run = r.run(replace(plan, tools=tools))
        (seat,) = run.table.seats
        before = run.table.turns.windows.estimate(seat.server, seat.model, ["word " * 100])
        await run.execute()
        assert run.table.turns.windows.estimate(seat.server, seat.model, ["word " * 100]) == before
