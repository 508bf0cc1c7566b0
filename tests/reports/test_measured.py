"""The warning of a seat whose model did much worse in the user's own bench."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from roundtable_tui import config
from roundtable_tui.bench.arms import parse_arms
from roundtable_tui.bench.demo_models import BenchServerPool
from roundtable_tui.bench.questions.bundled import generate_questions
from roundtable_tui.bench.remember import remember_models
from roundtable_tui.bench.runner import Bench, BenchOptions
from roundtable_tui.bench.statistics.rates import wilson_interval
from roundtable_tui.engine import events
from roundtable_tui.history.measured_models import find_measured_models, measured_models_file
from roundtable_tui.reports.report import make_report
from roundtable_tui.setup.open_run import open_run
from roundtable_tui.setup.request import RunRequest

pytestmark = pytest.mark.anyio
WEAK, STRONG = "demo:acc=0.2", "demo:acc=0.9"


async def measure(folder: Path, arms: str, count: int = 30) -> None:
    questions = generate_questions(count)
    async with BenchServerPool(config.Settings(), {}, questions) as servers:
        bench = Bench(
            questions, parse_arms(arms), RunRequest(demo=True, model=STRONG), servers, folder,
            BenchOptions(keep_records=False, pool_size=1),
        )  # fmt: skip
        await bench.prepare()
        remember_models(await bench.run(), bench.fingerprints)


async def test_report_warns_of_a_seat_whose_model_did_much_worse_in_the_bench(tmp_path: Path) -> None:
    await measure(tmp_path, f"single,single:model={WEAK}")
    request = RunRequest(
        "What is 5 + 5?", mode="vote", agents=2, demo=True, record=False, options={"early_stop": False},
        seat_models=(STRONG, WEAK),
    )  # fmt: skip
    questions = generate_questions(1)
    async with (
        BenchServerPool(config.Settings(), {}, questions) as servers,
        open_run(request, pool=servers) as run,
    ):
        await run.execute()
        (warning,) = [line for line in make_report(run.events).warnings if "your bench" in line]
    assert f"{WEAK} was right on" in warning and f"of 30 questions of your bench, {STRONG} on" in warning
    weak_seat = next(seat for seat in run.table.seats if seat.model == WEAK)
    assert warning.startswith(f"{weak_seat.name}: ")


async def test_measured_models_few_questions_one_model_or_another_server_say_nothing(tmp_path: Path) -> None:
    await measure(tmp_path / "few", f"single,single:model={WEAK}", count=10)
    assert not measured_models_file().exists()
    await measure(tmp_path / "one", "single")
    assert measured_models_file().exists()
    assert find_measured_models([(STRONG, "x"), (WEAK, "x")]) == ()


def header_with(*measured: Any) -> events.RunStarted:
    return events.RunStarted(
        run_id="r", started_at="2026-01-01T00:00:00+00:00", mode="debate", question="?",
        seats=tuple(
            {"seat": name, "name": name, "model": name, "server": "s", "captain": False} for name in "AB"
        ),
        servers=({"name": "s", "base_url": "u"},), measured=measured,
    )  # fmt: skip


def figures(model: str, right: int, questions: int = 100, base_url: str = "u") -> dict[str, Any]:
    low, high = wilson_interval(right, questions)
    return {
        "model": model, "base_url": base_url, "right": right, "questions": questions, "low": low, "high": high
    }  # fmt: skip


@pytest.mark.parametrize(
    ("measured", "warned"),
    [
        ((figures("A", 50), figures("B", 90)), True),
        ((figures("A", 80), figures("B", 90)), False),  # less than 15 points
        ((figures("A", 10, 20), figures("B", 14, 20)), False),  # the intervals overlap
        ((figures("A", 50, base_url="v"), figures("B", 90)), False),  # of another server
        ((figures("A", 50),), False),
        (({"model": "A", "right": "x"}, "junk", figures("B", 90)), False),
    ],
)
def test_report_warns_only_where_the_difference_is_large_and_certain(
    measured: tuple[Any, ...], warned: bool
) -> None:
    warnings = make_report([header_with(*measured)]).warnings
    assert warnings == (("A: A was right on 50% of 100 questions of your bench, B on 90%",) if warned else ())
