"""The report of a resumed run is that of its record: what was paid for before counts in both."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from roundtable_tui.engine import events
from roundtable_tui.engine.record.recorder import EVENTS_FILE, RunRecord, read_record, write_record
from roundtable_tui.engine.run import Run
from roundtable_tui.engine.turn import INTERRUPTED
from roundtable_tui.llm.types import Server
from roundtable_tui.reports.report import make_report
from roundtable_tui.reports.report.fold import EventFold
from roundtable_tui.reports.report.make import report_from_fold
from tests.support.fake_server import Reply, error
from tests.support.stress.runs import SETUPS, Brain, Caller, house, plan, take

pytestmark = pytest.mark.anyio
USAGE = {"prompt_tokens": 70, "completion_tokens": 30}


def stop_at(record: RunRecord, count: int, folder: Path) -> RunRecord:
    """Write the first events of a record as a run that was stopped: open turns have an end, and tokens."""
    kept = list(record.events[:count])
    ended = {e.turn for e in kept if isinstance(e, events.TurnFinished | events.TurnFailed)}
    for event in record.events[:count]:
        if isinstance(event, events.TurnQueued) and event.turn not in ended:
            ended.add(event.turn)
            kept.append(
                events.TurnFailed(
                    turn=event.turn, seat=event.seat, kind=INTERRUPTED, error="stopped by you", usage=USAGE
                )
            )
    kept.append(events.RunFinished(status="cancelled", error="stopped by you"))
    header = replace(record.header)
    write_record(folder, (header, *kept[1:]))
    return read_record(folder)


async def resume(mode: str, record: RunRecord, brain: Brain) -> Run:
    async with house(brain) as (fake, client):
        run = Run(plan(mode, Server("fake", fake.url)), Caller(client), resume=record)
        await run.execute()
    return run


def check(run: Run, folder: Path, heard: EventFold | None = None) -> None:
    """Check that the events of the run, its record and what a listener heard give the same report."""
    assert run.result is not None
    report, recorded = make_report(run.events).to_dict(), make_report(read_record(folder).events).to_dict()
    assert report == recorded
    assert heard is None or report == report_from_fold(heard).to_dict()
    assert report["usage"]["total"]["tokens"] == sum(
        asdict(run.table.budget.totals)[name] for name in ("prompt_tokens", "completion_tokens")
    )


async def run_part(
    mode: str,
    brain: Brain,
    folder: Path,
    *,
    budget: int | None = None,
    more: events.BudgetChanged | None = None,
    retry_cut: bool = False,
) -> Run:
    """Run a mode, or resume it if the folder has a record, and check its reports."""
    record = read_record(folder) if (folder / EVENTS_FILE).exists() else None
    async with house(brain) as (fake, client):
        planned = replace(plan(mode, Server("fake", fake.url)), budget=budget)
        run = Run(
            planned, Caller(client), run_dir=folder, resume=record, new_budget=more, retry_cut=retry_cut
        )
        heard = EventFold()
        run.add_listener(heard.apply)
        await run.execute()
    check(run, folder, heard)
    return run


def refuse(reply: Reply) -> Reply:
    return error(403, "not for you")


def cut(reply: Reply) -> Reply:
    return reply if reply.decision else replace(reply, finish_reason="length")


@pytest.mark.parametrize("mode", SETUPS)
async def test_report_of_stopped_and_resumed_run_is_that_of_its_record(mode: str, tmp_path: Path) -> None:
    whole = await take(mode, Brain(), tmp_path / "whole")
    record = read_record(tmp_path / "whole")
    queued = [n for n, e in enumerate(record.events, 1) if isinstance(e, events.TurnQueued)]
    for count in queued[:: max(1, len(queued) // 4)]:
        folder = tmp_path / f"stopped-{count}"
        run = await resume(mode, stop_at(record, count, folder), Brain())
        assert run.result is not None and run.result.status == whole.run.result.status, count  # type: ignore[union-attr]
        check(run, folder)


async def test_report_of_resumed_debate_has_the_repaired_decision_alone(tmp_path: Path) -> None:
    await take("debate", Brain({("Cap", n): refuse for n in range(1, 20)}), tmp_path / "run")
    record = read_record(tmp_path / "run")
    before = [e for e in record.events if isinstance(e, events.Verdict)]
    assert any(event.rung == "clusters" for event in before)
    run = await resume("debate", record, Brain())
    check(run, tmp_path / "run")
    last = [e for e in run.events if isinstance(e, events.Verdict)]
    assert len(make_report(run.events).decisions) == len(last)
    assert (tmp_path / "run" / EVENTS_FILE).is_file()


@pytest.mark.parametrize("mode", SETUPS)
async def test_report_of_run_resumed_after_faults_is_that_of_its_record(mode: str, tmp_path: Path) -> None:
    setup = SETUPS[mode]
    staged = [name for _, names, captain in setup.stages for name in (*names, captain)]
    for who in staged or [*(name for name, _ in setup.seats), *([setup.captain] if setup.captain else [])]:
        for nth in (1, 2):
            folder = tmp_path / f"{who}-{nth}"
            await run_part(mode, Brain({(who, nth): refuse}), folder)
            await run_part(mode, Brain({(who, 1): refuse}), folder)
            await run_part(mode, Brain(), folder)
            again = await run_part(mode, Brain(), folder)
            assert not [e for e in again.events if isinstance(e, events.TurnStarted)], "asked once more"


@pytest.mark.parametrize("mode", SETUPS)
async def test_report_of_run_resumed_with_more_budget_is_that_of_its_record(
    mode: str, tmp_path: Path
) -> None:
    whole = await take(mode, Brain(), tmp_path / "whole")
    tokens = whole.run.table.budget.totals.tokens
    more = events.BudgetChanged(tokens=None, anew=True)
    for part in (0.3, 0.7, 0.85):
        folder, budget = tmp_path / f"budget-{part}", round(tokens * part)
        await run_part(mode, Brain(), folder, budget=budget)
        again = await run_part(mode, Brain(), folder, budget=budget, more=more)
        assert again.result is not None and again.result.status == "complete"
        await run_part(mode, Brain(), folder, budget=budget)


@pytest.mark.parametrize("mode", SETUPS)
async def test_report_of_run_resumed_after_cut_answers_is_that_of_its_record(
    mode: str, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    first = await run_part(mode, Brain(always=cut), folder)
    paid = first.table.budget.totals.tokens
    again = await run_part(mode, Brain(), folder, retry_cut=True)
    assert again.table.budget.totals.tokens >= paid
    await run_part(mode, Brain(), folder)


@pytest.mark.parametrize("mode", SETUPS)
async def test_report_of_resumed_run_stopped_again_is_that_of_its_record(mode: str, tmp_path: Path) -> None:
    await run_part(mode, Brain({("Bob", 2): refuse}), tmp_path / "first")
    count = len(read_record(tmp_path / "first").events)
    for place in (3, count // 3, count // 2):
        folder = tmp_path / f"stopped-{place}"
        await run_part(mode, Brain({("Bob", 2): refuse}), folder)
        async with house(Brain()) as (fake, client):
            planned = plan(mode, Server("fake", fake.url))
            run = Run(planned, Caller(client), run_dir=folder, resume=read_record(folder))
            heard, stopped = EventFold(), asyncio.ensure_future(stop_after(run, place))
            run.add_listener(heard.apply)
            await asyncio.wait({stopped})
        check(run, folder, heard)


async def stop_after(run: Run, count: int) -> None:
    """Run, and stop like the user after this many events."""
    task = asyncio.ensure_future(run.execute())

    def stop(_: events.Event) -> None:
        nonlocal count
        count -= 1
        if count == 0:
            task.cancel()

    run.add_listener(stop)
    await asyncio.wait({task})


async def test_events_are_collected_in_proportion_to_the_number_of_resumes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = Brain(always=refuse)
    for _ in range(12):
        await run_part("debate", faults, tmp_path / "run")
    collected: list[events.Event] = []
    take = EventFold._take

    def count(fold: EventFold, event: events.Event) -> None:
        collected.append(event)
        take(fold, event)

    monkeypatch.setattr(EventFold, "_take", count)
    recorded = read_record(tmp_path / "run").events
    resumes = sum(isinstance(event, events.RunResumed) for event in recorded)
    make_report(recorded)
    assert resumes == 11 and len(collected) <= len(recorded) * resumes


def test_turns_asked_at_the_same_time_are_listed_in_the_order_of_the_seats() -> None:
    header = events.RunStarted(
        run_id="r", started_at="2026-11-01T12:00:00+00:00", mode="fanout", question="How many?",
        seats=({"seat": "ada", "name": "Ada", "model": "m"}, {"seat": "bob", "name": "Bob", "model": "m"}),
    )  # fmt: skip
    asked = ("bob.2", "ada.10", "ada.9", "bob.1")
    turns = [events.TurnQueued(t=1.0, turn=turn, seat=turn[:3], label="answer") for turn in asked]
    ends = [events.TurnFinished(t=2.0, turn=turn, seat=turn[:3], text="4") for turn in asked]
    for order in (turns, turns[::-1]):
        report = make_report([header, *order, *ends])
        assert [one.turn for one in report.turns] == ["ada.9", "ada.10", "bob.1", "bob.2"]


async def test_paid_calls_count_under_who_made_them_though_the_seat_has_another_model(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "run"
    await run_part("vote", Brain(always=cut), folder)
    record = read_record(folder)
    async with house(Brain()) as (fake, client):
        place = {"server": "fake", "base_url": fake.url, "model": "m-New"}
        swap = events.SeatChanged(seat="ada", what="model", value=place, t=record.events[-1].t)
        resumed = replace(record, events=(*record.events, swap))
        run = Run(plan("vote", Server("fake", fake.url)), Caller(client), resume=resumed, retry_cut=True)
        await run.execute()
    seats = [(one.seat, one.model) for one in make_report(run.events).usage.seats if one.seat == "ada"]
    assert seats == [("ada", "m-New"), ("ada", "m-Ada")]
