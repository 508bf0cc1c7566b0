"""The budget: what is let through, what is cut, how a run ends that has too little, and how it goes on."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui.engine import events
from roundtable_tui.engine.calls import pricing
from roundtable_tui.engine.calls.budget import (
    BUDGET_EXCEEDED,
    DEFAULT_ANSWER_TOKENS,
    TRUNCATED_BY_BUDGET,
    UNLIMITED_ABOVE_TOKENS,
    Budget,
    describe_budget,
)
from roundtable_tui.engine.calls.pricing import can_be_priced, cost_of, format_dollars
from roundtable_tui.engine.record.recorder import read_record
from roundtable_tui.engine.run import Run
from roundtable_tui.llm.types import ChatRequest, Finished, Server, TextDelta, ThinkingDelta, Usage
from roundtable_tui.reports.json_report import build_report
from roundtable_tui.reports.stats import compute_stats
from tests.support.fake_server import Reply
from tests.support.run_builder import (
    QUESTION,
    Told,
    Voices,
    asked,
    decides,
    house,
    marked,
    nth_of_seat,
    persona,
    plan,
    resumed,
    table,
    taken,
    told,
    who,
)

pytestmark = pytest.mark.anyio
FAKE = Server("fake", "http://fake.test/v1")
OPENAI = Server("openai", "https://api.openai.com/v1")


def asks(most: int | None = None, *, length: int = 400) -> ChatRequest:
    """A prompt of `length` bytes: a fourth of it in tokens."""
    return ChatRequest("model", [{"role": "user", "content": "x" * length}], max_tokens=most)


def says(text: str = "Yes.", prompt: int = 100, completion: int = 50, **more: Any) -> Finished:
    return Finished(text, finish_reason="stop", usage=Usage(prompt, completion), **more)


@pytest.fixture
def priced(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dollar for a thousand tokens of a prompt, two for an answer; the model `free` has no known price."""

    def cost(server: Server, model: str, prompt: int, completion: int, cached: int = 0) -> float | None:
        return None if model == "free" else (prompt + 2 * completion) / 1000

    monkeypatch.setattr(pricing, "cost_of", cost)


# --- the purse -----------------------------------------------------------------------------------


def test_reserve_without_enough_budget_returns_reason() -> None:
    purse = Budget(max_tokens=100 + DEFAULT_ANSWER_TOKENS)
    share = purse.reserve(FAKE, asks())
    assert not isinstance(share, str) and (share.prompt_tokens, share.expected_tokens) == (
        100,
        DEFAULT_ANSWER_TOKENS,
    )
    refused = purse.reserve(FAKE, asks())
    used = "500 of 500 tokens are used or reserved for running calls"
    assert refused == f"not asked: {used}, and about 500 more would be needed"
    purse.release(share)
    assert not isinstance(purse.reserve(FAKE, asks()), str)


@pytest.mark.parametrize(
    ("budget", "wanted", "given"),
    [
        (None, None, None),
        (None, 900, 900),
        (1000, None, 900),
        (1000, 2000, 900),
        (1000, 500, 500),
        (100 + UNLIMITED_ABOVE_TOKENS, None, None),
        (100 + UNLIMITED_ABOVE_TOKENS, 2 * UNLIMITED_ABOVE_TOKENS, UNLIMITED_ABOVE_TOKENS),
    ],
)
def test_reserve_lowers_token_limit_to_what_is_left(
    budget: int | None, wanted: int | None, given: int | None
) -> None:
    share = Budget(max_tokens=budget).reserve(FAKE, asks(wanted))
    assert not isinstance(share, str) and share.max_tokens == given and share.is_capped == (given != wanted)


def test_mean_answer_tokens_follow_finished_calls() -> None:
    purse = Budget(max_tokens=1000)
    for completion in (10, 30):
        purse.totals.add(
            events.TurnFinished(turn="a.1", seat="a", text="x", usage={"completion_tokens": completion})
        )
    share = purse.reserve(FAKE, asks())
    assert not isinstance(share, str) and share.expected_tokens == 20
    short = purse.reserve(FAKE, asks(5))
    assert not isinstance(short, str) and short.expected_tokens == 5


def test_exceeds_limit_detects_answer_beyond_budget() -> None:
    purse = Budget(max_tokens=110 + DEFAULT_ANSWER_TOKENS)
    share = purse.reserve(FAKE, asks())
    assert not isinstance(share, str)
    assert not purse.exceeds_limit(share, "é" * 2 * (10 + DEFAULT_ANSWER_TOKENS))
    assert purse.exceeds_limit(share, "1234")
    assert share.usage == Usage(
        prompt_tokens=100, completion_tokens=11 + DEFAULT_ANSWER_TOKENS, estimated=True
    )
    assert not Budget().exceeds_limit(share, "x" * 100_000)


def test_reserve_in_usd_without_enough_budget_returns_reason(priced: None) -> None:
    purse = Budget(max_cost=1.0)
    share = purse.reserve(FAKE, asks())
    assert not isinstance(share, str) and share.max_tokens in (449, 450), "0.10 for the prompt"
    used = "$0.900 of $1.00 is spent or reserved for running calls"
    why = f"not asked: {used}, and about $0.900 more would be needed"
    assert purse.reserve(FAKE, asks()) == why
    assert not isinstance(purse.reserve(FAKE, ChatRequest("free", asks().messages)), str), "it has no price"
    assert not purse.exceeds_limit(share, "x" * 4 * 440)
    assert purse.exceeds_limit(share, "x" * 4 * 20)


def test_describe_budget_formats_tokens_and_usd() -> None:
    assert describe_budget(5000, 0.5) == "5,000 tokens and $0.500"
    assert describe_budget(None, None) == "no limit"
    assert [format_dollars(x) for x in (0, 0.00001, 0.01234, 0.1234, 12.346)] == [
        "$0", "<$0.0001", "$0.0123", "$0.123", "$12.35",
    ]  # fmt: skip


# --- prices --------------------------------------------------------------------------------------


def test_cost_of_known_provider_is_found_by_address_only() -> None:
    whole = cost_of(OPENAI, "gpt-4o-mini", 1000, 500)
    assert whole is not None and 0 < whole < 0.1
    cached = cost_of(OPENAI, "gpt-4o-mini", 1000, 500, 900)
    assert cached is not None and cached < whole
    assert cost_of(OPENAI, "gpt-4o-mini", 10, 5, 999) is not None, "a server may say nonsense of its cache"
    assert cost_of(OPENAI, "no-such-model", 1000, 500) is None
    assert cost_of(Server("x", "https://llm.example.com/v1"), "gpt-4o-mini", 1, 1) is None


@pytest.mark.parametrize(
    "url", ["http://localhost:11434/v1", "http://127.0.0.1:8000/v1", "http://192.168.1.5/v1",
            "http://[::1]:8080/v1", "http://box:8080/v1", "http://nas.local/v1"],
)  # fmt: skip
def test_cost_of_local_server_is_unknown(url: str) -> None:
    assert not can_be_priced(Server("home", url))
    assert not can_be_priced(Server("demo", "https://api.openai.com/v1", transport=object()))


def test_load_prices_imports_only_for_priceable_servers() -> None:
    code = """if True:
        import sys
        from roundtable_tui.llm.types import Server
        from roundtable_tui.engine import run
        from roundtable_tui.engine.calls import pricing
        pricing.cost_of(Server("home", "http://localhost:1/v1"), "gpt-4o", 1, 1)
        assert "genai_prices" not in sys.modules
    """
    subprocess.run([sys.executable, "-c", code], check=True)


# --- a table with a budget -----------------------------------------------------------------------


async def test_turn_refused_by_budget_fails_without_request() -> None:
    heard, log = Voices(lambda request, nth: says()), Told()
    at = table(heard, told=log)
    at.budget.max_tokens = 10
    turn = await at.ask(at.seats[0], "?")
    assert (turn.ok, turn.kind, turn.attempts, heard.requests) == (False, BUDGET_EXCEEDED, 0, [])
    assert turn.error.startswith("Ada: not asked: 0 of 10 tokens are used, and about ")
    assert [event.type for event in log] == ["turn_queued", "turn_failed", "budget"]
    assert at.budget.totals.calls == 0 and at.failed_turns == [turn]


async def test_running_calls_count_with_expected_usage() -> None:
    hold = asyncio.Event()
    heard = Voices(lambda request, nth: [hold, says()])
    at = table(heard, max_tokens=100)
    at.budget.max_tokens = 250
    asking = asyncio.ensure_future(at.ask_all([(seat, "?") for seat in at.seats]))
    while len(heard.requests) < 2:
        await asyncio.sleep(0)
    hold.set()
    turns = await asking
    assert [turn.ok for turn in turns] == [True, True, False] and len(heard.requests) == 2


async def test_budget_raised_in_time_allows_further_calls() -> None:
    hold = asyncio.Event()
    heard = Voices(lambda request, nth: [hold, says()])
    log = Told()
    at = table(heard, max_tokens=100, told=log)
    at.budget.max_tokens = 250
    asking = asyncio.ensure_future(at.ask_all([(seat, "?") for seat in at.seats]))
    while not log.of(events.TurnFailed):
        await asyncio.sleep(0)
    at.controls.set_budget(10_000, None)
    assert at.controls.retry("eve")
    hold.set()
    turns = await asking
    assert all(turn.ok for turn in turns) and at.failed_turns == []
    assert [(e.tokens, e.cost) for e in log.of(events.BudgetChanged)] == [(10_000, None)]


async def test_token_limit_is_sent_and_cut_answer_has_warning() -> None:
    heard = Voices(lambda request, nth: Finished("So far", finish_reason="length", usage=Usage(10, 40)))
    at = table(heard)
    at.budget.max_tokens = DEFAULT_ANSWER_TOKENS + 50
    turn = await at.ask(at.seats[0], "?")
    assert (
        heard.requests[0].max_tokens is not None
        and heard.requests[0].max_tokens <= DEFAULT_ANSWER_TOKENS + 50
    )
    assert (turn.ok, turn.kind, turn.is_truncated) == (False, "cut", True) and turn.warnings == (
        TRUNCATED_BY_BUDGET,
    )


async def test_stream_beyond_budget_is_ended() -> None:
    left: list[str] = []

    class Endless(Voices):
        async def stream(self, *how: Any) -> Any:
            try:
                async for piece in super().stream(*how):
                    yield piece
            finally:
                left.append("closed")

    heard = Endless(lambda request, nth: [TextDelta("word " * 200)] * 50 + [says()])
    at = table(heard)
    at.budget.max_tokens = 2000
    turn = await at.ask(at.seats[0], "?")
    assert (
        (turn.ok, turn.kind, turn.is_truncated) == (False, "cut", True)
        and turn.warnings == (TRUNCATED_BY_BUDGET,)
        and left == ["closed"]
    )
    assert 2000 <= at.budget.totals.tokens < 2300 and at.budget.totals.estimated


async def test_reasoning_that_uses_up_budget_is_not_an_answer() -> None:
    at = table(Voices(lambda request, nth: [ThinkingDelta("hm " * 3000), says()]))
    at.budget.max_tokens = 2000
    turn = await at.ask(at.seats[0], "?")
    assert (turn.ok, turn.kind) == (False, BUDGET_EXCEEDED) and "before the answer began" in turn.error
    assert turn.usage["completion_tokens"] > 2000


async def test_stopped_and_restarted_calls_count_as_used() -> None:
    hold = asyncio.Event()
    heard = Voices(lambda request, nth: [TextDelta("y" * 400), hold, says()])
    at = table(heard)

    async def when_it_speaks(number: int) -> None:
        while len(heard.requests) < number:
            await asyncio.sleep(0)
        await asyncio.sleep(0)

    asking = asyncio.ensure_future(at.ask(at.seats[0], "?"))
    await when_it_speaks(1)
    at.controls.retry("ada")
    await when_it_speaks(2)
    hold.set()
    turn = await asking
    assert turn.ok and turn.usage["completion_tokens"] == 50 + 100 and turn.usage["estimated"]
    hold.clear()
    asking = asyncio.ensure_future(at.ask(at.seats[0], "?"))
    await when_it_speaks(3)
    at.controls.stop("ada")
    stopped = await asking
    assert stopped.kind == "stopped" and stopped.usage["completion_tokens"] == 100


async def test_cost_is_emitted_per_turn_and_in_total(priced: None) -> None:
    log = Told()
    at = table(Voices(lambda request, nth: says(prompt=1000, completion=500)), told=log)
    free, dear = at.seats[:2]
    free.model = "free"
    await at.ask(dear, "?")
    await at.ask(free, "?")
    first, second = log.of(events.TurnFinished)
    assert first.usage["cost"] == 2.0 and "cost" not in second.usage
    assert [(b.cost, b.unpriced) for b in log.of(events.UsageUpdated)] == [(2.0, 0), (2.0, 1)]


# --- a forecast ----------------------------------------------------------------------------------


async def test_forecast_is_emitted_before_parallel_calls(priced: None) -> None:
    log = Told()
    at = table(Voices(lambda request, nth: says(prompt=10, completion=7)), told=log, max_tokens=100)
    at.seats[2].muted = True
    prompts = [(seat, "x" * 400) for seat in at.seats]
    await at.ask_all(prompts)
    first = log.of(events.CallsForecast)[0]
    assert (first.calls, first.completion_tokens) == (2, 200) and 200 <= first.prompt_tokens <= 220
    assert first.cost == pytest.approx((first.prompt_tokens + 400) / 1000)
    await at.ask_all(prompts, fresh=True)
    await at.ask_all(prompts)
    _, fresh, whole = log.of(events.CallsForecast)
    assert (fresh.completion_tokens, fresh.prompt_tokens) == (14, first.prompt_tokens)
    assert whole.prompt_tokens > 2 * fresh.prompt_tokens - 20, "all that was said before is sent again"
    kinds = [event.type for event in log]
    assert kinds.index("forecast") < kinds.index("turn_queued")


async def test_forecast_is_emitted_for_decisions_and_arrivals() -> None:
    log = Told()
    at = table(Voices("Yes."), told=log)
    async with at.arrivals() as arriving:
        for seat in at.seats:
            arriving.ask(seat, "?")
        async for _ in arriving:
            pass
    assert [e.calls for e in log.of(events.CallsForecast)] == [3]


# --- modes with too little -----------------------------------------------------------------------


def answers(request: dict[str, Any], nth: int) -> Any:
    """Whoever is asked: specialists differ for ever, decisions decide nothing."""
    if request.get("response_format") or request.get("tools"):
        return decides(consensus=False, direction="the count", choice=1, ranking=["A", "B"], groups=[1, 2, 3])
    text = f"{who(request)} says {'abcdefghijklmnopqrst'[nth_of_seat(request)] * 9}."
    return marked(text, request) if "[[ANSWER-" in str(request["messages"][0]["content"]) else text


LONG = {"max_rounds": 8}
MODES: dict[str, dict[str, Any]] = {
    "debate": LONG, "pro": {"agents": 3}, "vote": {"agents": 3}, "council": {}, "roundtable": {"turns": 40},
}  # fmt: skip


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("budget", [1, 1200, 3000])
async def test_every_mode_with_small_budget_ends_with_what_it_has(mode: str, budget: int) -> None:
    run, fake = await taken(answers, mode, options=MODES[mode], budget=budget)
    assert run.result is not None and run.internal_error is None
    refused = [e for e in told(run, events.TurnFailed) if e.kind == BUDGET_EXCEEDED]
    assert len(told(run, events.TurnStarted)) == len(fake.requests)
    if budget == 1:
        assert fake.requests == [] and run.result.status == "failed" and "not asked" in run.result.error
    elif refused:
        assert run.result.status in ("partial", "failed")
        assert run.result.answer.text or run.result.status == "failed"
        if run.result.status == "partial":
            assert (
                f"the budget ({budget:,} tokens) did not allow {len(refused)} turn" in run.result.answer.how
            )
    assert len(refused) < 12


async def test_debate_with_exhausted_budget_selects_from_existing_answers() -> None:
    run, fake = await taken(answers, "debate", options=LONG, budget=3000)
    assert run.result is not None and run.result.status == "partial"
    assert run.result.answer.text in run.result.answer.candidates
    assert len(fake.requests) < 10 and run.table.budget.totals.tokens <= 3000


async def test_pro_with_exhausted_budget_merges_what_arrived() -> None:
    def script(request: dict[str, Any], nth: int) -> Any:
        usage = {"prompt_tokens": 20, "completion_tokens": 80, "total_tokens": 100}
        return Reply(
            "Merged." if "independent answers" in asked(request) else "An answer of mine.", usage=usage
        )

    hold = {"options": {"agents": 3}, "max_tokens": 200}
    run, fake = await taken(script, "pro", budget=500, **hold)
    assert run.result is not None and run.result.status == "partial" and len(fake.requests) == 3
    assert run.result.answer.text == "Merged." and len(run.result.answer.candidates) == 2
    assert run.result.answer.how.startswith(
        "2 of 3 candidates answered; merged by Cap; the budget (500 tokens)"
    )


async def test_captain_refused_by_budget_is_replaced() -> None:
    def script(request: dict[str, Any], nth: int) -> Any:
        usage = {"prompt_tokens": 300, "completion_tokens": 200, "total_tokens": 500}
        return Reply(marked(f"It is {who(request)}.", request), usage=usage)

    run, fake = await taken(script, "debate", options={"max_rounds": 1}, budget=1700, max_tokens=100)
    assert run.result is not None and run.result.status == "partial" and len(fake.requests) == 3
    assert [(e.label, e.rung) for e in told(run, events.Verdict)] == [
        ("verdict", "clusters"),
        ("selection", "clusters"),
    ]


async def test_budget_in_usd_ends_run_and_unpriced_cost_is_none(priced: None, tmp_path: Path) -> None:
    run, _ = await taken(answers, "debate", options=LONG, max_cost=3.0, folder=tmp_path / "run")
    assert run.result is not None and run.result.status == "partial"
    assert "the budget ($3.00) did not allow" in run.result.answer.how
    assert run.table.budget.totals.cost is not None and run.table.budget.totals.cost <= 3.0
    assert [e for e in told(run, events.Notice) if "no known price" in e.text] == []
    story = build_report(run.events)
    assert story["usage"]["cost"] == pytest.approx(sum(t["usage"].get("cost", 0) for t in story["turns"]))
    seats = compute_stats(run.events).seats.values()
    assert sum(seat.cost or 0 for seat in seats) == pytest.approx(story["usage"]["cost"])


async def test_budget_in_usd_warns_of_models_without_price() -> None:
    run, _ = await taken(answers, "debate", options={"max_rounds": 1}, max_cost=1.0)
    notices = [e.text for e in told(run, events.Notice) if "no known price" in e.text]
    assert notices == [
        "no known price for fake at fake: its calls count in the budget only where it reports their cost"
    ]
    assert run.result is not None and run.result.status == "complete"
    assert run.table.budget.totals.cost is None


# --- the record ----------------------------------------------------------------------------------


async def test_resumed_run_with_same_budget_ends_alike_without_calls(tmp_path: Path) -> None:
    run, _ = await taken(answers, "debate", options=LONG, budget=3000, folder=tmp_path / "run")
    recording = read_record(tmp_path / "run")
    assert recording.header.calls["budget"] == 3000
    again, fake = await resumed(recording, answers, "debate", options=LONG, budget=3000)
    assert fake.requests == [] and again.result is not None and run.result is not None
    assert (again.result.status, again.result.answer) == (run.result.status, run.result.answer)


@pytest.mark.parametrize("mode", ["debate", "pro", "roundtable", "council"])
async def test_resumed_run_with_higher_budget_makes_only_refused_calls(mode: str, tmp_path: Path) -> None:
    options = {"debate": {"max_rounds": 3}, "roundtable": {"turns": 12}}.get(mode, MODES[mode])
    budget = {"debate": 3000, "pro": 700, "roundtable": 2500, "council": 1200}[mode]
    whole, all_of_it = await taken(answers, mode, options=options)
    run, first = await taken(answers, mode, options=options, budget=budget, folder=tmp_path / "run")
    assert run.result is not None and whole.result is not None and run.result.status in ("partial", "failed")
    more = events.BudgetChanged(tokens=None, anew=True)
    asked_for: list[list[str]] = []
    for _ in range(2):
        recording = read_record(tmp_path / "run")
        async with house(answers) as (fake, client):
            on = plan(fake, mode, options=options, budget=budget)
            again = Run(on, client, resume=recording, run_dir=tmp_path / "run", new_budget=more)
            await again.execute()
        assert again.result is not None and again.result.status == "complete"
        assert again.result.answer == whole.result.answer
        asked_for.append([json.dumps(seen.body["messages"]) for seen in fake.requests])
    before = [json.dumps(seen.body["messages"]) for seen in first.requests]
    assert set(before).isdisjoint(asked_for[0]) and asked_for[1] == []
    assert {json.dumps(seen.body["messages"]) for seen in all_of_it.requests} <= {*before, *asked_for[0]}
    names = [e.name for e in read_record(tmp_path / "run").events if isinstance(e, events.PhaseStarted)]
    assert names[-1] == [e.name for e in told(whole, events.PhaseStarted)][-1]


async def test_prompt_is_the_same_under_every_budget() -> None:
    run, fake = await taken(answers, "pro", options={"agents": 3}, budget=100_000)
    assert run.result is not None and run.result.status == "complete"
    assert all(QUESTION in asked(seen.body) for seen in fake.requests)
    assert all("max_tokens" not in seen.body for seen in fake.requests)
    named = persona("Ada", max_tokens=60)
    run, fake = await taken(
        answers, "pro", names="Ada", options={"agents": 1}, budget=5000, personas={"Ada": named}
    )
    assert fake.requests[0].body["max_tokens"] == 60


async def test_usage_reported_by_server_replaces_estimate() -> None:
    reply = Reply("Yes.", usage={"prompt_tokens": 700, "completion_tokens": 200, "total_tokens": 900})
    run, fake = await taken(reply, "roundtable", options={"turns": 9, "summary": False}, budget=3000)
    assert run.table.budget.totals.tokens == 900 * len(fake.requests) <= 3000


async def test_cost_reported_by_server_is_kept_and_marked() -> None:
    told = Told()
    paid = Finished("Yes.", finish_reason="stop", usage=Usage(100, 20, cost=0.0125))
    seated = table(Voices(lambda request, nth: paid), told=told)
    await seated.ask(seated.seats[0], "Well?")
    (end,) = told.of(events.TurnFinished)
    assert (end.usage["cost"], end.usage["cost_reported"]) == (0.0125, True)
    assert seated.budget.totals.cost == 0.0125


def test_usage_sum_has_a_cost_only_if_all_calls_have_one() -> None:
    assert (Usage() + Usage(1, 2, cost=0.5)).cost == 0.5
    assert (Usage(1, 2, cost=0.5) + Usage(1, 2, cost=0.25)).cost == 0.75
    assert (Usage(1, 2) + Usage(1, 2, cost=0.5)).cost is None and (Usage() + Usage()).cost is None
