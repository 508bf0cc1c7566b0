"""The plot, the HTML page, the log for Inspect, progress and the estimate."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

import pytest

from roundtable_tui import config
from roundtable_tui.bench.arms import parse_arms
from roundtable_tui.bench.compare import BenchResults, summarize
from roundtable_tui.bench.demo_models import BenchServerPool
from roundtable_tui.bench.estimate import describe_estimate, estimate_bench
from roundtable_tui.bench.output.html_page import render_page
from roundtable_tui.bench.output.inspect_log import make_log, write_logs
from roundtable_tui.bench.output.points import make_plot
from roundtable_tui.bench.output.svg_plot import render_svg
from roundtable_tui.bench.output.terminal_plot import render_plot
from roundtable_tui.bench.progress import BenchProgress
from roundtable_tui.bench.questions.bundled import generate_questions
from roundtable_tui.bench.results import ResultRow
from roundtable_tui.bench.runner import Bench, BenchOptions
from roundtable_tui.setup.request import RunRequest
from tests.bench_command.test_comparison import DEBATE, POOLS, make_results, make_row

MODEL = "demo:acc=0.6,share=0.3"


@pytest.fixture
def results() -> BenchResults:
    return make_results(POOLS, DEBATE)


# --- plot ------------------------------------------------------------------------------------------------


def test_plot_curve_is_votes_of_every_size_that_all_questions_have(results: BenchResults) -> None:
    plot = make_plot(results, summarize(results))
    assert plot is not None
    # First answers: a1 and b1 right. Votes of two: the first answer decides. Of three: a1 and a2.
    assert plot.curve == ((1, 0.4, 100), (2, 0.4, 200), (3, 0.4, 300))
    assert [(one.mark, one.tokens, one.is_dominated) for one in plot.points] == [
        ("A", 100, False), ("B", 300, True), ("C", 220, False)
    ]  # fmt: skip


def test_render_plot_places_more_tokens_right_and_more_accuracy_above(results: BenchResults) -> None:
    plot = make_plot(results, summarize(results))
    assert plot is not None
    for columns, rows in ((100, 20), (60, 14), (30, 8), (1, 1)):
        lines = render_plot(plot, columns, rows).split("\n")
        drawing = lines[: lines.index(next(line for line in lines if "└" in line))]
        assert max(map(len, lines[: len(drawing) + 2])) <= max(columns, 30)
        places = {
            mark: (line.index(mark), n) for n, line in enumerate(drawing) for mark in "ABC" if mark in line
        }
        assert places["A"][0] < places["C"][0] < places["B"][0]
        assert places["C"][1] < places["A"][1] and abs(places["A"][1] - places["B"][1]) <= 1
        assert "B vote:agents=3*: 40.0 % at 300 tokens" in lines


def test_plot_without_results_is_none() -> None:
    empty = make_results({"a": ""}, {}, "debate")
    assert make_plot(empty, summarize(empty)) is None


def test_render_svg_is_well_formed_and_needs_nothing_else(results: BenchResults) -> None:
    rows = summarize(results)
    from dataclasses import replace

    hostile = [replace(rows[0], name='<script>alert("x")</script>'), *rows[1:]]
    plot = make_plot(results, hostile)
    assert plot is not None
    text = render_svg(plot)
    root = ElementTree.fromstring(text)
    kinds = [one.tag.rpartition("}")[2] for one in root.iter()]
    assert kinds.count("polyline") == 1 and "script" not in kinds
    assert not re.search(r"href|style=|url\(|<image", text)
    heights = {one.get("fill"): float(one.get("cy", 0)) for one in root.iter() if one.get("r") == "5"}
    assert len(heights) == 3


# --- page ------------------------------------------------------------------------------------------------


def test_render_page_has_table_plot_topics_and_every_answer(results: BenchResults) -> None:
    page = render_page(results, summarize(results), "mine")
    assert "<title>Bench: mine</title>" in page and page.count("<svg") == 1
    for text in ("vote of 2.2", "60.0 %", "<h2>Topics</h2>", "Question a3?", "against"):
        assert text in page
    assert page.count("<tr><td><span") == 5 and "✓ 1" in page and "✗ 2" in page
    assert page.count("://") == 1, "it needs nothing else: the one URL names the language SVG"
    assert "script-src" not in page and "default-src 'none'" in page


def test_render_page_texts_of_models_are_no_markup(results: BenchResults) -> None:
    runs = {"debate": {("a1", 0): make_row("<img src=x onerror=y>\x1b[31m", False, arm="debate", ident="a1")}}
    hostile = BenchResults(results.questions, results.arms, 1, results.pool, runs)
    page = render_page(hostile, summarize(hostile), "<b>")
    assert "<img" not in page and "\x1b" not in page and "<b>" not in page


# --- inspect ---------------------------------------------------------------------------------------------

SHAPE: Mapping[str, object] = {
    "version": int,
    "status": str,
    "eval": {"created": str, "task": str, "dataset": dict, "model": str, "config": dict},
    "results": {"total_samples": int, "completed_samples": int, "scores": list},
    "stats": {"started_at": str, "completed_at": str, "model_usage": dict},
    "samples": list,
}
SAMPLE: Mapping[str, object] = {
    "id": str, "epoch": int, "input": str, "messages": list, "scores": dict, "metadata": dict, "store": dict,
    "events": list, "attachments": dict, "model_usage": dict,
    "output": {"model": str, "choices": list, "usage": dict},
}  # fmt: skip
"""What inspect-ai 0.3 requires of a log and of its samples; its reader has read logs of this form."""


def assert_shape(data: Mapping[str, object], shape: Mapping[str, object]) -> None:
    for key, wanted in shape.items():
        value = data[key]
        if isinstance(wanted, Mapping):
            assert isinstance(value, Mapping)
            assert_shape(value, wanted)
        else:
            assert isinstance(value, wanted), key  # type: ignore[arg-type]


def test_make_log_has_the_form_that_inspect_reads(results: BenchResults) -> None:
    log = make_log(results, results.arms, "mine")
    assert_shape(log, SHAPE)
    for sample in log["samples"]:
        assert_shape(sample, SAMPLE)
        usage = sample["output"]["usage"]
        assert usage["input_tokens"] + usage["output_tokens"] == usage["total_tokens"]
    ids = [(sample["id"], sample["epoch"]) for sample in log["samples"]]
    assert len(set(ids)) == len(ids) == 15 and log["version"] == 2 and log["status"] == "success"
    accuracies = {one["name"]: one["metrics"]["accuracy"]["value"] for one in log["results"]["scores"]}
    assert accuracies == pytest.approx({"single": 0.4, "vote:agents=3": 0.4, "debate": 0.6})
    values = [one["scores"]["debate"]["value"] for one in log["samples"] if "debate" in one["scores"]]
    assert values == ["C", "C", "C", "I", "I"]
    assert json.loads(json.dumps(log)) == log


def test_make_log_of_an_unfinished_bench_says_so_and_failed_runs_have_no_answer() -> None:
    results = make_results({"a": "1", "b": "1"}, {"a": (True, 100)}, "debate")
    failed = make_row("", False, arm="debate", ident="a", error="timeout")
    log = make_log(
        BenchResults(results.questions, results.arms, 1, results.pool, {"debate": {("a", 0): failed}}),
        results.arms,
    )
    assert log["status"] == "cancelled" and log["results"]["completed_samples"] == 1
    (sample,) = log["samples"]
    assert sample["id"] == "a" and sample["scores"]["debate"]["value"] == "N"
    assert sample["scores"]["debate"]["explanation"] == "timeout"


def test_write_logs_in_a_folder_is_one_per_arm(results: BenchResults, tmp_path: Path) -> None:
    written = write_logs(tmp_path, results, "my_set")
    # Inspect lists files of this form only.
    names = [
        re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d[^_]*_([^_]+)_([^_]+)\.json", path.name)
        for path in written
    ]
    assert [name and name.groups() for name in names] == [
        ("my-set", "1-single"), ("my-set", "2-vote-agents-3"), ("my-set", "3-debate")
    ]  # fmt: skip
    models = [json.loads(path.read_text())["eval"]["model"] for path in written]
    assert models == ["roundtable/single", "roundtable/vote:agents=3", "roundtable/debate"]
    assert write_logs(tmp_path, results, "my_set") == written, "a second time the same files"
    assert write_logs(tmp_path / "one.json", results) == [tmp_path / "one.json"]


# --- progress and estimate -------------------------------------------------------------------------------


def make_bench(servers: BenchServerPool, folder: Path, arms: str, count: int, **options: object) -> Bench:
    return Bench(
        generate_questions(count), parse_arms(arms), RunRequest(demo=True, model=MODEL), servers, folder,
        BenchOptions(keep_records=False, **options),  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.mark.anyio
async def test_progress_counts_questions_arms_and_time_as_rows_come(tmp_path: Path) -> None:
    questions = generate_questions(6)
    now = 0.0
    seen: list[tuple[int, int]] = []
    async with BenchServerPool(config.Settings(), {}, questions) as servers:
        bench = make_bench(servers, tmp_path, "single,vote:agents=2,pro", 6, pool_size=4, repeats=2)
        await bench.prepare()
        progress = BenchProgress(bench, lambda: now)
        assert progress.seconds_left is None and progress.runs_left == 6 * (4 + 2)

        def count(row: ResultRow) -> None:
            nonlocal now
            now += 1
            progress.add(row)
            seen.append((progress.questions_done, progress.runs_left))

        bench.on_row = count
        await bench.run()
        rows = {row.name: row for row in summarize(bench.collect())}
        again = BenchProgress(bench, lambda: now)
    for found in (progress, again):
        assert found.questions_done == 6 and found.runs_left == 0
        for name, arm in found.arms.items():
            assert arm.results == 12 and arm.accuracy == pytest.approx(rows[name].accuracy)
    assert progress.seconds_left == 0 and again.seconds_left is None
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    half = len(seen) // 2
    assert seen[half][1] > 0
    line = progress.describe()
    assert line.startswith("6 of 6 questions; single ") and f"{bench.spent.tokens:,} tokens" in line


@pytest.mark.anyio
async def test_estimate_of_a_new_bench_is_played_and_of_a_started_one_measured(tmp_path: Path) -> None:
    questions = generate_questions(5)
    async with BenchServerPool(config.Settings(), {}, questions) as servers:
        bench = make_bench(servers, tmp_path, "vote:agents=3,pro", 5, pool_size=12)
        await bench.prepare()
        before = await estimate_bench(bench)
        assert not bench.rows and not (tmp_path / "results.jsonl").exists()
        text = "\n".join(describe_estimate(before, 5, True))
        assert "played on the demo" in text and "no price is known" in text
        await bench.run()
        found = {row.name: row for row in summarize(bench.collect())}
        after = await estimate_bench(bench)
    (pool, _), (pro, _) = before.runs
    assert pro.calls == pytest.approx(found["pro"].calls, abs=0.5)
    assert pro.tokens == pytest.approx(found["pro"].tokens, rel=0.2)
    assert before.draws == -(-int(pro.tokens) // int(pool.tokens))
    assert after.runs[1][0].is_measured and after.runs[1][0].tokens == found["pro"].tokens
    assert after.runs[1][1] == 0


@pytest.mark.anyio
async def test_estimate_in_dollars_uses_the_price_of_the_model_and_asks_no_server(tmp_path: Path) -> None:
    questions = generate_questions(3)
    settings = config.Settings(discovery=False)
    async with BenchServerPool(settings, {"OPENAI_API_KEY": "x"}, questions) as servers:
        request = RunRequest(base_url="https://api.openai.com/v1", model="gpt-4o-mini")
        bench = Bench(questions, parse_arms("single"), request, servers, tmp_path, BenchOptions())
        await bench.prepare()
        found = await estimate_bench(bench)
    ((single, runs),) = found.runs
    assert runs == 3 and single.cost is not None and found.cost == pytest.approx(3 * single.cost)
    assert 0.00001 < single.cost < 0.0002, "150 tokens at 0.15 and 0.60 dollars per million"
    assert f"${found.cost:,.2f}" in describe_estimate(found, 3, False)[-2]
