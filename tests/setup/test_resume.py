"""Runs that start from a record: resumed, forked, followed up on."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui.config import ServerSettings, Settings
from roundtable_tui.engine import events
from roundtable_tui.engine.record.recorder import EVENTS_FILE, read_record
from roundtable_tui.errors import UsageError
from roundtable_tui.history.reader import read_run
from roundtable_tui.resources import Persona, PersonaLibrary
from roundtable_tui.setup import resume
from roundtable_tui.setup.follow_up import request_like_run
from roundtable_tui.setup.fork import fork
from roundtable_tui.setup.open_run import build_run
from roundtable_tui.setup.request import ForkChanges, ForkRequest, ResumeRequest, RunRequest
from roundtable_tui.setup.server_pool import ServerPool
from roundtable_tui.utils import paths
from tests.support.fake_server import FakeServer, Reply

pytestmark = pytest.mark.anyio
AGREE = Reply(decision={"consensus": True, "direction": ""})


@pytest.fixture
async def pool() -> AsyncIterator[ServerPool]:
    made = ServerPool(Settings(), {"ROUNDTABLE_DEMO_PACE": "0"})
    yield made
    await made.aclose()


async def asked(pool: ServerPool, **wish: Any) -> Path:
    """Run a question to its end and return the run's folder."""
    run = await build_run(RunRequest(**{"question": "Which?", "demo": "base_url" not in wish, **wish}), pool)
    await run.execute()
    assert run.folder is not None
    return run.folder


def cut(folder: Path, lines: int = 1) -> Path:
    """Remove the last lines of a record."""
    path = folder / EVENTS_FILE
    path.write_text("\n".join(path.read_text().splitlines()[:-lines]) + "\n")
    return folder


async def test_resume_cut_off_run_keeps_its_plan(pool: ServerPool) -> None:
    how: dict[str, Any] = {"options": {"max_rounds": 1}, "seed": 5, "max_tokens": 90, "limits": {"idle": 7.0}}
    folder = cut(await asked(pool, **how))
    before = read_record(folder).header
    run = await resume.resume(ResumeRequest(folder), pool)
    assert (run.id, run.plan.seed, run.plan.send_seed, run.plan.max_tokens) == (before.run_id, 5, True, 90)
    assert run.plan.limits.idle_s == 7.0 and run.plan.options.model_dump()["max_rounds"] == 1
    assert (await run.execute()).status == "complete"
    with pytest.raises(UsageError, match="is complete"):
        await resume.resume(ResumeRequest(folder), pool)


async def test_resume_does_not_repeat_finished_calls(pool: ServerPool) -> None:
    async with FakeServer({"Captain": AGREE, "": "Blue."}) as fake:
        folder = await asked(pool, base_url=fake.url)
        whole = len(fake.requests)
        run = await resume.resume(ResumeRequest(cut(folder)), pool)
        await run.execute()
        assert len(fake.requests) == whole


async def test_fork_with_changes_continues_with_them(pool: ServerPool) -> None:
    async with FakeServer({"Captain": AGREE, "": "Blue."}, models=["m"]) as fake:
        folder = await asked(pool, base_url=fake.url)
        whole = len(fake.requests)
        other = Persona(name="Harper", prompt="You are Harper, who likes green.", creativity=0.1)
        changes = ForkChanges(personas={"harper": other}, models={"lucas": "m2"}, options={"max_rounds": 2})
        run = await fork(ForkRequest(folder, "", changes), pool)
        await run.execute()
        new = fake.requests[whole:]
    header = read_record(run.folder or Path()).header
    assert header.parent == folder.name and header.options["max_rounds"] == 2 and run.folder != folder
    assert any("likes green" in seen.system for seen in new)
    assert {seen.body["model"] for seen in new} == {"m", "m2"}


async def test_fork_replaces_an_edited_answer(pool: ServerPool) -> None:
    async with FakeServer({"Captain": AGREE, "Lucas": "Red.", "": "Blue."}) as fake:
        folder = await asked(pool, base_url=fake.url)
        whole = len(fake.requests)
        changes = ForkChanges(answers={"harper.1": "Green."})
        run = await fork(ForkRequest(folder, "captain.1", changes), pool)
        await run.execute()
        new = fake.requests[whole:]
    assert "Green." in new[0].user and "captain" in new[0].system.lower(), "the captain judges it"


async def test_fork_unknown_turn_raises_usage_error(pool: ServerPool) -> None:
    folder = await asked(pool)
    with pytest.raises(UsageError, match=r"no turn nobody\.1 in this run"):
        await fork(ForkRequest(folder, "nobody.1"), pool)


async def test_request_like_run_keeps_mode_team_and_demo(pool: ServerPool) -> None:
    library = PersonaLibrary.load()
    folder = await asked(pool, mode="debate", team="C")
    header = read_run(folder).header
    wish = request_like_run(header, RunRequest("And now?"), library)
    assert (wish.mode, wish.team, wish.demo) == ("debate", "C", True)
    told = request_like_run(
        header, RunRequest("And now?", mode="pro", team="A", base_url="http://h/v1"), library
    )
    assert (told.mode, told.team, told.demo) == ("pro", "A", False)


async def test_server_from_record_finds_each_kind_of_server(tmp_path: Path) -> None:
    environ = {"OPENAI_API_KEY": "sk-1"}
    settings = Settings(servers={"home": ServerSettings("home", "http://127.0.0.1:1/v1")})
    pool = ServerPool(settings, environ)
    header = {
        "type": "run_started", "run_id": "x", "started_at": "", "mode": "pro", "question": "Which?",
        "servers": [{"name": "home", "base_url": "http://127.0.0.1:9/v1"}, {"name": "far", "base_url": "http://far/v1"}],
    }  # fmt: skip

    def record(folder: Path) -> Any:
        folder.mkdir(parents=True)
        (folder / EVENTS_FILE).write_text(json.dumps(header) + "\n")
        return read_record(folder)

    theirs, ours = record(tmp_path / "theirs"), record(paths.runs_dir() / "ours")
    assert (await resume.server_from_record(ours, "home", pool)).base_url == "http://127.0.0.1:1/v1"
    assert (await resume.server_from_record(theirs, "demo", pool)).name == "demo"
    far = await resume.server_from_record(theirs, "far", pool)
    assert (far.base_url, far.key) == ("http://far/v1", None), "a record from elsewhere gets no key of ours"
    assert (await resume.server_from_record(ours, "far", ServerPool(settings, environ))).key is None, (
        "nor one of ours"
    )
    own = await resume.server_from_record(
        theirs, "far", ServerPool(settings, environ | {"OPENAI_BASE_URL": "http://far/v1"})
    )
    assert own.key is not None and own.key() == "sk-1"
    with pytest.raises(UsageError, match="no URL for its server gone"):
        await resume.server_from_record(ours, "gone", pool)


@pytest.mark.parametrize("name", ["debate", "pro", "roundtable"])
async def test_resume_record_of_an_earlier_version_makes_no_call(
    pool: ServerPool, roundtable_home: Path, name: str
) -> None:
    folder = paths.runs_dir() / name
    folder.mkdir(parents=True)
    recorded = (Path(__file__).parents[1] / "data/runs" / name / EVENTS_FILE).read_text()
    (folder / EVENTS_FILE).write_text(recorded)
    before = read_record(folder)
    run = await resume.resume(ResumeRequest(cut(folder)), pool)
    result = await run.execute()
    after = read_record(folder)
    assert before.run_finished is not None
    assert (result.status, result.answer.text) == ("complete", before.run_finished.answer)
    for kind in (events.TurnQueued, events.TurnFinished, events.Verdict):
        assert [e for e in after.events if isinstance(e, kind)] == [
            e for e in before.events if isinstance(e, kind)
        ]
