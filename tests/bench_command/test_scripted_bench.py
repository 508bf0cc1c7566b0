"""A bench of 200 questions and five arms on scripted models, against a table that was computed by hand."""

from __future__ import annotations

import asyncio
import json
from fractions import Fraction
from math import comb
from pathlib import Path
from random import Random
from typing import Any

import pytest

from roundtable_tui import config
from roundtable_tui.batch.results_file import read_rows
from roundtable_tui.batch.run_once import FinishedRun
from roundtable_tui.bench import runner
from roundtable_tui.bench.arms import parse_arms
from roundtable_tui.bench.compare import ArmSummary, summarize
from roundtable_tui.bench.demo_models import BenchServerPool
from roundtable_tui.bench.output.table import make_cells
from roundtable_tui.bench.questions.bundled import generate_questions
from roundtable_tui.bench.questions.model import AnswerCheck, BenchQuestion
from roundtable_tui.bench.runner import Bench, BenchOptions
from roundtable_tui.llm.demo.responder import DemoApi
from roundtable_tui.setup.request import RunRequest

pytestmark = pytest.mark.anyio

DRAWS = {
    "shared right 1": "RRRRR", "shared right 2": "RRRRR", "shared wrong": "aaaaa", "mostly right 1": "RaRRR",
    "mostly right 2": "RaRRR", "slow 1": "aRRaR", "slow 2": "aRRaR", "scattered": "abRcd",
    "early only": "RaaRa", "late": "aaRRR",
}  # fmt: skip
"""Topic -> the pool's answers in order: R is right, letters are wrong ones. Twenty questions of each."""
MODES = {
    "debate": {"shared right 1", "shared right 2", "shared wrong", "slow 1", "slow 2", "scattered"},
    "auto": {"shared right 1", "shared right 2", "mostly right 1", "mostly right 2", "early only", "slow 1",
             "late"},
}  # fmt: skip
"""The topics on which a mode is right."""
TOKENS = {"single": 100, "debate": 450, "auto": 250}
WRONG = {"a": "6", "b": "8", "c": "9", "d": "10"}
QUESTIONS = tuple(
    BenchQuestion(f"{topic} {n}", f"{topic}, number {n}?", (AnswerCheck("number", ("7",)),), topic=topic)
    for n in range(20)
    for topic in DRAWS
)


class ScriptedModels:
    """Gives each run the answer of its topic; draws come in the order in which they are asked."""

    def __init__(self) -> None:
        self.drawn: dict[str, int] = {}

    async def run_once(self, request: RunRequest, pool: Any) -> FinishedRun:
        await asyncio.sleep(0)
        topic = request.question.partition(",")[0]
        if request.mode == "single":
            nth = self.drawn[request.question] = self.drawn.get(request.question, 0) + 1
            letter = DRAWS[topic][nth - 1]
        else:
            letter = "R" if topic in MODES[request.mode] else "a"
        tokens = TOKENS[request.mode]
        answer = f"Answer: {WRONG.get(letter, '7')}"
        return FinishedRun(
            "complete",
            answer,
            prompt_tokens=tokens - 10,
            completion_tokens=10,
            calls=tokens // 50,
            seconds=1.5,
        )


@pytest.fixture
async def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, ArmSummary]:
    models = ScriptedModels()
    monkeypatch.setattr(runner, "run_once", models.run_once)
    async with BenchServerPool(config.Settings(), {}, QUESTIONS) as servers:
        bench = Bench(
            QUESTIONS, parse_arms("single,vote:agents=3,vote:agents=5,debate,auto"), RunRequest(demo=True),
            servers, tmp_path, BenchOptions(keep_records=False, concurrency=1),
        )  # fmt: skip
        await bench.prepare()
        results = await bench.run()
    assert set(models.drawn.values()) == {5}, "450 tokens buy four answers: the five of the vote are enough"
    return {row.name: row for row in summarize(results)}


def sign_test(fixed: int, broke: int) -> float:
    changed = fixed + broke
    tail = sum(comb(changed, i) for i in range(min(fixed, broke) + 1))
    return float(min(1, Fraction(2 * tail, 2**changed)))


def check_comparisons(table: dict[str, ArmSummary]) -> None:
    # The debate's 450 tokens buy four answers. Of four, slow and late are tied and go to the first answer,
    # wrong; early only is tied and goes to the first, right: right are the same topics as of one answer.
    # Against these, the debate fixes shared wrong, slow 1 and 2 and scattered, and breaks mostly right 1 and
    # 2 and early only. Auto's 250 tokens buy two answers, of which the first counts.
    changes = {
        "vote:agents=3": ("single", 1.0, 40, 20),
        "vote:agents=5": ("single", 1.0, 60, 20),
        "debate": ("vote of 4.0", 4.0, 80, 60),
        "auto": ("vote of 2.0", 2.0, 40, 0),
    }
    assert table["single"].comparison is None
    p_values = {}
    for name, (baseline, votes, fixed, broke) in changes.items():
        found = table[name].comparison
        assert found is not None and not found.refused and not found.exhausted
        given_votes = found.mean_votes if found.baseline != "single" else 1.0
        assert (found.baseline, given_votes, found.fixed, found.broke) == (baseline, votes, fixed, broke)
        assert found.difference == pytest.approx((fixed - broke) / 200)
        assert found.low <= found.difference <= found.high
        assert found.p == pytest.approx(sign_test(fixed, broke))
        p_values[name] = found.p
    # Holm: the smallest p is multiplied by four, the next by three, two and one.
    ordered = sorted(p_values, key=lambda name: p_values[name])
    assert ordered == ["auto", "vote:agents=5", "vote:agents=3", "debate"]
    for factor, name in zip((4, 3, 2, 1), ordered, strict=True):
        adjusted = table[name].comparison.p_adjusted  # type: ignore[union-attr]
        assert adjusted == pytest.approx(factor * p_values[name])


def check_cells_and_topics(table: dict[str, ArmSummary]) -> None:
    cells = {line[0]: line for line in make_cells(list(table.values()))}
    assert cells["auto"][1:6] == ["140 of 200 (70.0 %)", "63.3 to 75.9 %", "250", "5.0", "1.5"]
    assert cells["debate*"][6] == "vote of 4.0" and cells["debate*"][7].startswith("+10.0 (")
    assert cells["debate*"][8:] == [".11", "80", "60"] and cells["auto"][9:] == ["40", "0"]
    for topic, draws in DRAWS.items():
        assert table["single"].topics[topic] == (float(draws[0] == "R"), 20)
        assert table["auto"].topics[topic] == (float(topic in MODES["auto"]), 20)


async def test_table_of_200_questions_and_five_arms_is_as_computed_by_hand(
    table: dict[str, ArmSummary],
) -> None:
    # One answer: right where the first draw is: both shared right, both mostly right, early only.
    # Three: slow 1 and 2 are won, early only is lost. A tie of three (scattered) goes to the first, wrong.
    # Five: late is won as well. Auto and the debate are right on the topics listed above.
    right = {"single": 100, "vote:agents=3": 120, "vote:agents=5": 140, "debate": 120, "auto": 140}
    assert {name: row.right for name, row in table.items()} == pytest.approx(right)
    assert {name: row.tokens for name, row in table.items()} == {
        "single": 100, "vote:agents=3": 300, "vote:agents=5": 500, "debate": 450, "auto": 250
    }  # fmt: skip
    assert [row.calls for row in table.values()] == [2, 6, 10, 9, 5]
    assert all(row.questions == 200 and not row.errors and not row.missing for row in table.values())
    # Auto is as good as the vote of five and better than the others, for few tokens.
    assert [name for name, row in table.items() if row.is_dominated] == [
        "vote:agents=3", "vote:agents=5", "debate"
    ]  # fmt: skip
    check_comparisons(table)
    check_cells_and_topics(table)


async def test_bench_max_cost_ends_it_and_a_larger_one_continues(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run_once(request: RunRequest, pool: Any) -> FinishedRun:
        return FinishedRun("complete", "Answer: 7", completion_tokens=10, calls=1, cost=0.25)

    monkeypatch.setattr(runner, "run_once", run_once)
    for limit, runs in ((1.0, 4), (1.0, 4), (2.5, 10)):
        async with BenchServerPool(config.Settings(), {}, QUESTIONS) as servers:
            options = BenchOptions(keep_records=False, concurrency=1, max_cost=limit)
            bench = Bench(
                QUESTIONS, parse_arms("single"), RunRequest(demo=True), servers, tmp_path, options
            )  # fmt: skip
            await bench.prepare()
            await bench.run()
        assert bench.is_over_budget and bench.spent.cost == limit and len(bench.rows) == runs
    (row,) = summarize(bench.collect())
    assert (row.cost, row.missing) == (0.25, 190)


async def test_bench_cancelled_at_random_moments_pays_no_finished_turn_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered, respond = 0, DemoApi.respond

    def count(*args: Any) -> Any:
        nonlocal answered
        answered += 1
        return respond(*args)

    monkeypatch.setattr(DemoApi, "respond", count)
    questions, arms = generate_questions(count=6), parse_arms("single,vote:agents=3,pro")

    async def start(folder: Path, calls: int | None = None) -> Bench:
        """Run the bench; cancel it after so many calls of models were answered, wherever it then is."""
        begun = answered
        async with BenchServerPool(config.Settings(), {}, questions) as servers:
            bench = Bench(
                questions, arms, RunRequest(demo=True, model="demo:acc=0.6,share=0.3"), servers, folder,
                BenchOptions(pool_size=10, concurrency=3),
            )  # fmt: skip
            await bench.prepare()
            running = asyncio.ensure_future(bench.run())
            while calls is not None and not running.done() and answered < begun + calls:
                await asyncio.sleep(0)
            if calls is not None:
                running.cancel()
            try:
                await running
            except asyncio.CancelledError:
                assert calls is not None
        return bench

    def list_turns(folder: Path) -> list[tuple[str, str]]:
        """Return (run, turn) of every finished call."""
        return [
            (path.parent.name, event["turn"])
            for path in folder.rglob("events.jsonl")
            for line in path.read_text("utf-8").splitlines()
            if line.endswith("}") and (event := json.loads(line))["type"] == "turn_finished"
        ]

    whole = await start(tmp_path / "whole")
    random, parts = Random(3), tmp_path / "parts"
    for _ in range(5):
        await start(parts, random.randrange(4, 25))
    assert 0 < len(list(read_rows(parts / "results.jsonl"))) < len(whole.rows), "it was never finished"
    found = await start(parts)
    rows, turns = list(read_rows(parts / "results.jsonl")), list_turns(parts)
    assert len(rows) == len({row["key"] for row in rows}) == len(whole.rows)
    assert (
        len(turns)
        == len(set(turns))
        == sum(row["calls"] for row in rows)
        == len(list_turns(tmp_path / "whole"))
    )
    given = [[row.key, row.extracted, row.correct, row.tokens] for row in found.rows.values()]
    assert sorted(given) == sorted(
        [row.key, row.extracted, row.correct, row.tokens] for row in whole.rows.values()
    )
    for one, other in zip(summarize(found.collect()), summarize(whole.collect()), strict=True):
        assert (one.right, one.tokens, one.calls) == (other.right, other.tokens, other.calls)
        assert (one.comparison and one.comparison.p_adjusted) == (
            other.comparison and other.comparison.p_adjusted
        )
