"""Budgets from flags, settings and records, and seats that were switched to another server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui import config
from roundtable_tui.cli import main
from roundtable_tui.config import ServerSettings, Settings
from roundtable_tui.engine import events
from roundtable_tui.engine.plan import Plan
from roundtable_tui.engine.record.recorder import EVENTS_FILE, RunRecord, read_record
from roundtable_tui.errors import UsageError
from roundtable_tui.llm.types import Server
from roundtable_tui.setup import resume
from roundtable_tui.setup.call_settings import raised_limits
from roundtable_tui.setup.fork import fork
from roundtable_tui.setup.open_run import build_run
from roundtable_tui.setup.request import ForkChanges, ForkRequest, ResumeRequest, RunRequest
from roundtable_tui.setup.server_pool import ServerPool
from roundtable_tui.utils import paths
from tests.support.fake_server import FakeServer, Reply
from tests.support.record_builder import header_event

pytestmark = pytest.mark.anyio
AGREE = Reply(decision={"consensus": True, "direction": ""})
SCRIPT = {"Captain": AGREE, "": "Blue."}


@pytest.fixture
async def pool() -> AsyncIterator[ServerPool]:
    made = ServerPool(Settings(), {"ROUNDTABLE_DEMO_PACE": "0"})
    yield made
    await made.aclose()


async def test_budget_limits_request_overrides_settings_and_zero_is_unlimited(
    plan: Callable[..., Awaitable[Plan]],
) -> None:
    settled = Settings(budget=5000, max_cost=0.5)

    async def of(**wish: Any) -> tuple[int | None, float | None]:
        made = await plan(settled, **wish)
        return made.budget, made.max_cost

    assert await of() == (5000, 0.5)
    assert await of(budget=70, max_cost=1.5) == (70, 1.5)
    assert await of(budget=0, max_cost=0.0) == (None, None)
    assert (await plan()).budget is None
    for wrong in ({"budget": -1}, {"max_cost": float("inf")}, {"max_cost": float("nan")}):
        with pytest.raises(UsageError, match="should be more than 0"):
            await plan(**wrong)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("budget = 0.5", "should be a whole number"),
        ("max_cost = true", "should be a number"),
        ("budget = -3", "from 0"),
    ],
)  # fmt: skip
def test_budget_limits_wrong_value_in_settings_raises_usage_error(text: str, what: str) -> None:
    path = paths.settings_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    with pytest.raises(Exception, match=what):
        config.load()
    path.write_text("budget = 9_000\nmax_cost = 1\n")
    assert (config.load().budget, config.load().max_cost) == (9000, 1.0)
    config.update_settings(mode="pro")
    assert config.load().budget == 9000


async def test_resume_keeps_the_budget_unless_a_new_one_is_given(pool: ServerPool) -> None:
    async with FakeServer(SCRIPT, models=["m"]) as fake:
        wish = RunRequest(question="Which?", base_url=fake.url, mode="debate", budget=1700, max_tokens=300)
        run = await build_run(wish, pool)
        ended = await run.execute()
        assert ended.status == "partial" and run.folder is not None
        first = len(fake.requests)
        same = await resume.resume(ResumeRequest(run.folder), pool)
        assert same.plan.budget == 1700
        await same.execute()
        assert len(fake.requests) == first
        more = await resume.resume(ResumeRequest(run.folder, budget=0), pool)
        ended = await more.execute()
        assert ended.status == "complete" and first < len(fake.requests)
    told = [e for e in read_record(run.folder).events if isinstance(e, events.BudgetChanged)]
    assert [(e.tokens, e.cost, e.anew) for e in told] == [(None, None, True)]


async def test_fork_with_a_new_budget_uses_it(pool: ServerPool) -> None:
    async with FakeServer(SCRIPT, models=["m"]) as fake:
        wish = RunRequest(question="Which?", base_url=fake.url, mode="debate", budget=1700, max_tokens=300)
        run = await build_run(wish, pool)
        await run.execute()
        assert run.folder is not None
        kept = await fork(ForkRequest(run.folder), pool)
        assert kept.plan.budget == 1700
        forked = await fork(ForkRequest(run.folder, "", ForkChanges(budget=0)), pool)
        assert forked.plan.budget is None and (await forked.execute()).status == "complete"


async def test_resume_keeps_the_server_a_seat_was_switched_to(pool: ServerPool) -> None:
    async with FakeServer(SCRIPT, models=["m"]) as fake, FakeServer("Green.", models=["n"]) as other:
        wish = RunRequest(question="Which?", base_url=fake.url, mode="debate", options={"max_rounds": 1})
        run = await build_run(wish, pool)

        def move(event: events.Event) -> None:
            if isinstance(event, events.RunStarted):
                run.table.controls.replace("lucas", model="n", server=Server("elsewhere", other.url))

        run.add_listener(move)
        await run.execute()
        assert run.folder is not None and len(other.requests) == 1
        path = run.folder / EVENTS_FILE
        kept = [line for line in path.read_text().splitlines() if '"turn":"lucas.1"' not in line]
        path.write_text("\n".join(kept[: next(i for i, x in enumerate(kept) if "entry_posted" in x)]) + "\n")
        went_on = await resume.resume(ResumeRequest(run.folder), pool)
        await went_on.execute()
        assert [seen.body["model"] for seen in other.requests] == ["n", "n"]


async def test_resume_foreign_record_server_gets_no_key(tmp_path: Path) -> None:
    home = Settings(servers={"home": ServerSettings("home", "http://127.0.0.1:9/v1", api_key_env="KEY")})
    made = ServerPool(home, {"KEY": "secret", "OPENAI_API_KEY": "secret", "ROUNDTABLE_DEMO_PACE": "0"})
    persona = {"name": "Ada", "prompt": "You are Ada."}
    seats = ({"seat": "ada", "name": "Ada", "persona": persona, "model": "demo-small", "server": "demo"},)
    header = events.RunStarted(run_id="x", started_at="", mode="single", question="?", seats=seats)
    moved = {"model": "m", "server": "trap", "base_url": "http://127.0.0.1:7/v1"}
    changed = events.SeatChanged(t=1.0, seat="ada", what="model", value=moved)
    recording = again_recording(tmp_path, header, changed)
    try:
        planned = await resume.plan_from_record(recording, made)
        assert planned.servers["trap", "http://127.0.0.1:7/v1"].key is None
    finally:
        await made.aclose()


def again_recording(folder: Path, *told: events.Event) -> Any:
    from roundtable_tui.engine.record.recorder import write_record

    write_record(folder / "run", told)
    return read_record(folder / "run")


def test_raised_limits_leave_the_recorded_limit_that_is_not_given_as_it_is() -> None:
    recorded = (
        header_event("Which wood?", calls={"budget": -5}),
        events.BudgetChanged(t=1.0, tokens=10**400, cost=-1.0),
    )
    recording = RunRecord(Path("run"), recorded[0], recorded)
    raised = raised_limits(recording, None, 2.0)
    assert raised is not None
    assert (raised.tokens, raised.cost) == (10**400, 2.0)
    raised = raised_limits(recording, 7, None)
    assert raised is not None
    assert (raised.tokens, raised.cost) == (7, -1.0)


def test_command_line_ask_with_budget_reports_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["ask", "--demo", "--mode", "debate", "--budget", "1500", "Which wood?"]) == 0
    said = capsys.readouterr()
    assert "the budget (1,500 tokens) did not allow" in said.err and said.out.strip()
    assert "to be asked: 3 calls, about" in said.err
    assert main.main(["runs", "resume", "last", "--budget", "0", "--max-cost", "0", "--quiet"]) == 0
    assert main.main(["ask", "--demo", "--budget", "-1", "Which?"]) == 2
    assert "--budget should be more than 0, or 0 for no limit, not -1" in capsys.readouterr().err
    assert main.main(["ask", "--demo", "--max-cost", "1", "--mode", "single", "Which?"]) == 0
    assert "no known price for demo-" in capsys.readouterr().err
