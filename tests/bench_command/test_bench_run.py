"""The command from end to end, on models of stated accuracy: figures, resuming, interruption, budget."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from roundtable_tui import config
from roundtable_tui.batch.job_queue import run_jobs
from roundtable_tui.batch.results_file import ResultsFile, read_rows
from roundtable_tui.batch.run_once import FinishedRun, run_once
from roundtable_tui.bench.arms import parse_arms
from roundtable_tui.bench.compare import summarize
from roundtable_tui.bench.demo_models import (
    AccuracyModel,
    BenchDemoApi,
    BenchServerPool,
    parse_accuracy_model,
)
from roundtable_tui.bench.output.table import render_table
from roundtable_tui.bench.questions.bundled import generate_questions
from roundtable_tui.bench.questions.model import AnswerCheck, BenchQuestion
from roundtable_tui.bench.results import grade_run, regrade
from roundtable_tui.bench.runner import Bench, BenchOptions
from roundtable_tui.bench.statistics.rates import expected_vote, wilson_interval
from roundtable_tui.errors import NoAnswerError
from roundtable_tui.llm.demo.responder import DemoApi
from roundtable_tui.setup.open_run import open_run
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.setup.server_pool import ServerPool
from tests.support.cli_run import CommandResult
from tests.support.fake_server import Reply, error
from tests.support.fake_server.threaded import served

CliRun = Callable[..., CommandResult]
MODEL = "demo:acc=0.6,share=0.3"


async def bench(
    folder: Path, arms: str, questions: tuple[BenchQuestion, ...], model: str = MODEL, **options: object
) -> Bench:
    """Run a bench on the demo to its end."""
    async with BenchServerPool(config.Settings(), {}, questions) as servers:
        found = Bench(
            questions,
            parse_arms(arms),
            RunRequest(demo=True, model=model),
            servers,
            folder,
            BenchOptions(keep_records=False, **options),  # type: ignore[arg-type]
        )
        await found.prepare()
        await found.run()
    return found


def without_seconds(found: Bench) -> str:
    from dataclasses import replace

    return render_table([replace(row, seconds=0.0) for row in summarize(found.collect())])


@pytest.mark.anyio
async def test_bench_demo_figures_are_within_their_own_intervals(tmp_path: Path) -> None:
    questions = generate_questions(count=60)
    found = await bench(tmp_path, "single,vote:agents=5", questions)
    single, votes = summarize(found.collect())
    assert single.low <= 0.6 <= single.high
    assert votes.low <= expected_vote(0.6, 5, 0.3, 6) <= votes.high
    assert votes.comparison and votes.comparison.p < 0.05 and votes.comparison.fixed > votes.comparison.broke
    assert len(found.rows) == 300, "the single arm and the votes share their answers"


@pytest.mark.anyio
async def test_bench_shared_errors_make_a_vote_worth_one_answer(tmp_path: Path) -> None:
    questions = generate_questions(count=30)
    found = await bench(tmp_path, "single,vote:agents=3", questions, "demo:acc=0.6,share=1")
    single, votes = summarize(found.collect())
    assert single.right == votes.right and votes.is_dominated
    assert votes.comparison and (votes.comparison.fixed, votes.comparison.broke) == (0, 0)


@pytest.mark.anyio
async def test_bench_mode_is_compared_at_the_tokens_it_spent(tmp_path: Path) -> None:
    questions = generate_questions(count=4)
    found = await bench(tmp_path, "single,pro", questions, pool_size=12)
    results = found.collect()
    pro = summarize(results)[1]
    assert pro.comparison and pro.comparison.baseline.startswith("vote of") and pro.comparison.mean_votes > 2
    for question in questions:
        spent = results.runs["pro"][question.id, 0].tokens
        pool = results.pool[question.id]
        bought = sum(row.tokens for row in pool)
        assert bought >= spent or len(pool) == 12, "the pool is filled as far as the comparison needs"
        assert bought - pool[-1].tokens < spent, "and not further"


@pytest.mark.anyio
async def test_bench_second_start_pays_nothing_and_gives_the_same_table(tmp_path: Path) -> None:
    questions = generate_questions(count=6)
    first = await bench(tmp_path, "single,vote:agents=3,pro", questions)
    lines = (tmp_path / "results.jsonl").read_text()
    second = await bench(tmp_path, "single,vote:agents=3,pro", questions)
    assert (tmp_path / "results.jsonl").read_text() == lines
    assert without_seconds(second) == without_seconds(first)


@pytest.mark.anyio
async def test_bench_more_votes_buy_only_what_is_missing(tmp_path: Path) -> None:
    questions = generate_questions(count=5)
    await bench(tmp_path, "single,vote:agents=3", questions)
    found = await bench(tmp_path, "vote:agents=5", questions)
    counts = Counter(row["id"] for row in read_rows(tmp_path / "results.jsonl"))
    assert set(counts.values()) == {5} and len(found.rows) == 25


@pytest.mark.anyio
async def test_bench_budget_ends_it_and_the_rest_is_missing_not_wrong(tmp_path: Path) -> None:
    questions = generate_questions(count=20)
    found = await bench(tmp_path, "single", questions, budget=1000, concurrency=2)
    (single,) = summarize(found.collect())
    assert found.is_over_budget and 1000 <= found.spent.tokens < 1500
    assert single.missing == 20 - single.questions > 5 and single.errors == 0


@pytest.mark.anyio
async def test_bench_first_runs_all_failing_the_same_way_ends_it(tmp_path: Path) -> None:
    questions = generate_questions(count=30)
    with pytest.raises(NoAnswerError, match="the first 20 runs all failed"):
        await bench(tmp_path, "single", questions, "demo-small+empty=1", concurrency=1)
    assert len(list(read_rows(tmp_path / "results.jsonl"))) == 20


# --- the command -----------------------------------------------------------------------------------------


def test_command_demo_prints_a_table_and_keeps_ordinary_records(cli_run: CliRun, tmp_path: Path) -> None:
    done = cli_run(
        "bench", "--demo", "--limit", "3", "--arms", "single,vote:agents=2", "--out", str(tmp_path)
    )
    assert done.code == 0 and "of 3 (" in done.out and "vote:agents=2" in done.out
    assert "cannot show a difference" in done.err and "6 runs" in done.err
    rows = list(read_rows(tmp_path / "results.jsonl"))
    assert len(rows) == 6
    assert all((tmp_path / row["run_folder"] / "events.jsonl").is_file() for row in rows)


def test_command_dry_run_asks_nothing(cli_run: CliRun, tmp_path: Path) -> None:
    done = cli_run("bench", "--demo", "--dry-run", "--arms", "single,vote,pro", "--out", str(tmp_path / "x"))
    assert done.code == 0 and "pro: 100 runs of about 6.0 calls" in done.out
    assert "no price is known" in done.out and not (tmp_path / "x/results.jsonl").exists()


def test_command_own_file_with_json_prints_figures(cli_run: CliRun, tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text('{"question": "Two and two?", "answer": 4}\n{"question": "Sky?", "answer": "blue"}\n')
    done = cli_run(
        "bench",
        str(path),
        "--demo",
        "--model",
        "demo:acc=1",
        "--json",
        "--arms",
        "single",
        "--out",
        str(tmp_path),
    )
    (arm,) = json.loads(done.out)["arms"]
    assert (arm["name"], arm["right"], arm["questions"]) == ("single", 2, 2)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--arms", "single"], "no questions are given"),
        (["none.jsonl"], "file not found"),
        (["bundled", "--repeats", "0"], "--repeats should be from 1"),
        (["bundled", "--arms", "nothing"], "there is no mode nothing"),
        (["bundled", "--demo", "--model", "demo:acc=2"], "does not describe a model of the demo"),
    ],
)
def test_command_wrong_usage_is_one_line(cli_run: CliRun, words: list[str], reason: str) -> None:
    done = cli_run("bench", *words)
    assert done.code in (1, 2) and reason in done.err and "Traceback" not in done.err


def test_command_question_for_a_judge_is_refused_before_anything_is_paid(
    cli_run: CliRun, tmp_path: Path
) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text('{"question": "Why?", "answer": "Because.", "grade": "judge"}\n')
    done = cli_run("bench", str(path), "--demo", "--out", str(tmp_path / "out"))
    assert done.code == 2 and "--judge-model" in done.err and not (tmp_path / "out").exists()


@pytest.fixture
def finished(cli_run: CliRun, tmp_path: Path) -> Path:
    """The folder of a bench of one question with the known answer `2x + 2`, graded as a text."""
    path = tmp_path / "q.jsonl"
    path.write_text(
        '{"id": "q", "question": "Expand 2(x+1).", "answer": "two x plus two", "grade": "exact"}\n'
    )
    folder = tmp_path / "out"
    words = ("--demo", "--model", "demo:acc=0", "--arms", "single", "--out", str(folder), "--quiet")
    assert cli_run("bench", str(path), *words).code == 0
    return folder


def rewrite_answer(folder: Path, answer: str) -> str:
    """Replace the answer of the only row; return its key."""
    (row,) = read_rows(folder / "results.jsonl")
    (folder / "results.jsonl").write_text(json.dumps({**row, "answer": answer}) + "\n")
    return str(row["key"])


def test_command_grade_with_another_grader_asks_no_model(cli_run: CliRun, finished: Path) -> None:
    rewrite_answer(finished, "I say two x plus two, of course.")
    before = (finished / "results.jsonl").read_text()
    assert "0 of 1" in cli_run("bench", "grade", str(finished)).out
    done = cli_run("bench", "grade", str(finished), "--grader", "contains")
    assert done.code == 0 and "1 of 1" in done.out
    assert (finished / "results.jsonl").read_text() == before


def test_command_audit_lists_differences_and_a_verdict_counts(cli_run: CliRun, finished: Path) -> None:
    key = rewrite_answer(finished, "I say two x plus two, of course.")
    listed = cli_run("bench", "audit", str(finished), "--grader", "contains").out
    assert (
        key in listed and "exact wrong and contains right" in listed and "1 difference in 1 answer" in listed
    )
    assert cli_run("bench", "audit", str(finished), "--verdict", f"{key}=right").code == 0
    assert "1 of 1" in cli_run("bench", "grade", str(finished)).out
    again = cli_run("bench", "audit", str(finished), "--grader", "contains").out
    assert "0 differences" in again and "contains agrees with 1 of your 1 verdict" in again
    exact = cli_run("bench", "audit", str(finished), "--grader", "exact").out
    assert "exact agrees with 0 of your 1 verdict" in exact


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--grader", "guess"], "there is no grader guess"),
        (["--grader", "judge"], "--judge-model"),
        ([], "audit needs a grader"),
        (["--verdict", "nothing=right"], "no answer with the key nothing"),
    ],
)
def test_command_audit_wrong_usage_is_one_line(
    cli_run: CliRun, finished: Path, words: list[str], reason: str
) -> None:
    done = cli_run("bench", "audit", str(finished), *words)
    assert done.code == 2 and reason in done.err


def test_command_grade_folder_without_a_bench_is_explained(cli_run: CliRun, tmp_path: Path) -> None:
    done = cli_run("bench", "grade", str(tmp_path))
    assert done.code == 2 and "holds no bench" in done.err


def test_command_judge_model_grades_while_it_runs(cli_run: CliRun, tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text('{"question": "Why?", "answer": "Because.", "grade": "judge"}\n')
    out = tmp_path / "out"
    done = cli_run(
        "bench", str(path), "--demo", "--judge-model", "demo-small", "--arms", "single", "--out", str(out)
    )
    (row,) = read_rows(out / "results.jsonl")
    assert done.code == 0 and row["grader"] == "judge" and row["reason"] == "the judge gave no verdict"


def test_command_judge_that_fails_makes_no_answer_wrong_and_is_asked_again(
    cli_run: CliRun, tmp_path: Path
) -> None:
    path = tmp_path / "q.jsonl"
    records = ({"question": f"Why {n}?", "answer": "Because.", "grade": "judge"} for n in range(3))
    path.write_text("".join(json.dumps(one) + "\n" for one in records))
    is_down = True

    def script(request: dict[str, Any], nth: int) -> Reply:
        if request["model"] != "judge":
            return Reply("Because.")
        return error(403, "not for you") if is_down else Reply("The same.\nVERDICT: C")

    out = str(tmp_path / "out")
    with served(script) as fake:
        server = ("--base-url", fake.url)
        command = ("bench", str(path), *server, "--model", "m", "--judge-model", "judge", "--arms", "single")
        done = cli_run(*command, "--out", out)
        rows = list(read_rows(tmp_path / "out" / "results.jsonl"))
        assert done.code == 0 and [row["answer"] for row in rows] == ["Because."] * 3
        assert all(row["error"].startswith("not graded: the judge judge gave no answer") for row in rows)
        done = cli_run("bench", "grade", out, *server, "--judge-model", "judge")
        assert done.code == 1 and "the judge judge gave no answer" in done.err
        is_down, asked = False, sum(seen.body["model"] == "m" for seen in fake.requests)
        done = cli_run("bench", "grade", out, *server, "--judge-model", "judge")
        assert done.code == 0 and "3 of 3 (100.0 %)" in done.out
        done = cli_run(*command, "--out", out, "--retry-errors")
        assert done.code == 0 and "3 of 3 (100.0 %)" in done.out
        assert sum(seen.body["model"] == "m" for seen in fake.requests) == asked, "no answer is paid twice"
        done = cli_run(*command[:-3], "m", "--arms", "single", "--out", f"{out}2")
        assert "m judges itself" in done.err


# --- demo models -----------------------------------------------------------------------------------------


def known_question(text: str, right: str, *wrong: str) -> BenchQuestion:
    return BenchQuestion(text, text, (AnswerCheck("exact", (right,)),), wrong=wrong)


KNOWN = [known_question(f"Question {n}?", "right", *"abcdefghij") for n in range(4000)]


def test_accuracy_model_has_the_stated_accuracy_and_correlation() -> None:
    model = AccuracyModel(acc=0.6, share=0.3)
    pairs = [
        tuple(model.choose(known, Random(f"{known.question}{n}")) == "right" for n in (0, 1))
        for known in KNOWN
    ]
    accuracy = sum(map(sum, pairs)) / (2 * len(pairs))
    low, high = wilson_interval(0.6 * len(pairs), len(pairs), 0.999)
    assert low < accuracy < high
    both = sum(all(pair) for pair in pairs) / len(pairs)
    assert (both - accuracy**2) / (accuracy * (1 - accuracy)) == pytest.approx(0.3, abs=0.05)


def test_accuracy_model_wrong_answers_are_as_many_as_stated() -> None:
    model = AccuracyModel(acc=0.0, wrong=2)
    assert {model.choose(KNOWN[0], Random(n)) for n in range(50)} == {"a", "b"}


def test_accuracy_model_name_is_parsed() -> None:
    assert parse_accuracy_model("demo:acc=0.6,share=0.3,wrong=4") == AccuracyModel(
        acc=0.6, share=0.3, wrong=4
    )


def test_demo_finds_the_longest_known_question_in_the_prompt() -> None:
    api = BenchDemoApi([known_question("What?", "x"), known_question("So What?", "y")])
    found = api.find_question(["Else", "Well. So What?"])
    assert found is not None and found.gold == "y"
    assert api.find_question(["Else"]) is None


def test_demo_without_known_questions_has_no_such_models() -> None:
    body = {"model": MODEL, "messages": [{"role": "user", "content": "Hi"}]}
    assert DemoApi().respond("POST", "/v1/chat/completions", json.dumps(body).encode()).status_code == 404


# --- one run ---------------------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_run_once_interrupted_run_continues_without_paying_twice(tmp_path: Path) -> None:
    request = RunRequest(
        question="Which wood?", mode="pro", agents=3, demo=True, seed=5, folder=tmp_path / "run"
    )
    async with ServerPool(config.Settings(), {"ROUNDTABLE_DEMO_PACE": "0"}) as servers:
        async with open_run(request, pool=servers) as run:
            task = asyncio.ensure_future(run.execute())
            run.add_listener(lambda event: task.cancel() if event.type == "turn_finished" else None)
            with pytest.raises(asyncio.CancelledError):
                await task
        found = await run_once(request, servers)
    events = [json.loads(line) for line in (tmp_path / "run/events.jsonl").read_text().splitlines()]
    finished = [event["turn"] for event in events if event["type"] == "turn_finished"]
    assert found.status == "complete" and found.answer
    assert any(event["type"] == "run_resumed" for event in events)
    assert len(finished) == len(set(finished)) == found.calls


# --- queue and file --------------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_run_jobs_takes_no_more_than_its_number_at_a_time() -> None:
    active, most, taken = 0, 0, []

    async def work(job: int) -> None:
        nonlocal active, most
        active += 1
        most = max(most, active)
        await asyncio.sleep(0)
        taken.append(job)
        active -= 1

    assert await run_jobs(iter(range(20)), work, concurrency=3) == 20
    assert most == 3 and sorted(taken) == list(range(20))


@pytest.mark.anyio
async def test_run_jobs_stop_lets_active_jobs_end() -> None:
    done: list[int] = []

    async def work(job: int) -> None:
        await asyncio.sleep(0)
        done.append(job)

    await run_jobs(range(100), work, concurrency=2, should_stop=lambda: len(done) >= 4)
    assert 4 <= len(done) <= 6


def test_results_file_torn_line_loses_one_line(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    with ResultsFile(path) as file:
        file.append({"key": "a"})
    path.write_text(path.read_text() + '{"key": "b", "te')
    with ResultsFile(path) as file:
        file.append({"key": "c"})
    assert [row["key"] for row in read_rows(path)] == ["a", "c"]


@pytest.mark.anyio
async def test_grade_run_answer_whose_connection_broke_is_an_error_for_every_grader() -> None:
    question = BenchQuestion("q", "What?", (AnswerCheck("number", ("7",)),))
    broken = FinishedRun("partial", "Answer: 7", how="the connection was cut off", incomplete=True)
    row = await grade_run("k", question, "single", 1, broken)
    assert not row.correct and row.error == "the connection was cut off"
    assert not (await regrade(row, question, "contains")).correct
    whole = await grade_run("k", question, "single", 1, FinishedRun("complete", "Answer: 7", cut=True))
    assert whole.correct and not whole.error
