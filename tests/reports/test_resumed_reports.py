"""The report of a resumed run is that of its record: what was paid for before counts in both."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import pytest

from roundtable_tui.engine import events
from roundtable_tui.engine.record.recorder import EVENTS_FILE, RunRecord, read_record, write_record
from roundtable_tui.engine.run import Run
from roundtable_tui.engine.turn import INTERRUPTED
from roundtable_tui.llm.types import Server
from roundtable_tui.reports.report import make_report
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


def check(run: Run, folder: Path) -> None:
    assert run.result is not None
    report, recorded = make_report(run.events).to_dict(), make_report(read_record(folder).events).to_dict()
    assert report == recorded
    assert report["usage"]["total"]["tokens"] == sum(
        asdict(run.table.budget.totals)[name] for name in ("prompt_tokens", "completion_tokens")
    )


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
    def fault(reply: Reply) -> Reply:
        return error(403, "not for you")

    await take("debate", Brain({("Cap", n): fault for n in range(1, 20)}), tmp_path / "run")
    record = read_record(tmp_path / "run")
    before = [e for e in record.events if isinstance(e, events.Verdict)]
    assert any(event.rung == "clusters" for event in before)
    run = await resume("debate", record, Brain())
    check(run, tmp_path / "run")
    last = [e for e in run.events if isinstance(e, events.Verdict)]
    assert len(make_report(run.events).decisions) == len(last)
    assert (tmp_path / "run" / EVENTS_FILE).is_file()
