"""Runs of tasks with stages, and errors in their `task.toml`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from roundtable_tui.cli.main import main
from roundtable_tui.config import Settings
from roundtable_tui.engine import events
from roundtable_tui.engine.record.recorder import EVENTS_FILE, read_record
from roundtable_tui.errors import RoundtableError, UsageError
from roundtable_tui.history.reader import read_run
from roundtable_tui.model_choice.seats import list_persona_models
from roundtable_tui.resources import load_task
from roundtable_tui.setup import resume
from roundtable_tui.setup.fork import fork
from roundtable_tui.setup.open_run import build_run
from roundtable_tui.setup.request import ForkChanges, ForkRequest, ResumeRequest, RunRequest
from roundtable_tui.setup.server_pool import ServerPool

pytestmark = pytest.mark.anyio

STAGES = """title = "The log"
[[stages]]
mode = "chain"
options = { chunk_size = 400, chunk_overlap = 20, agents = 2 }

[[stages]]
mode = "pro"
ask = "Name three causes."
[stages.options]
agents = 2

[[stages]]
mode = "debate"
team = "A"
options = { max_rounds = 1 }
"""


@pytest.fixture
async def pool() -> AsyncIterator[ServerPool]:
    made = ServerPool(Settings(), {"ROUNDTABLE_DEMO_PACE": "0"})
    yield made
    await made.aclose()


def task(here: Path, settings: str = STAGES, context: str = "The ration was cut. " * 40) -> str:
    folder = here / "log"
    folder.mkdir(exist_ok=True)
    (folder / "questions.txt").write_text("Why did it sink?\n")
    (folder / "context.txt").write_text(context)
    (folder / "task.toml").write_text(settings)
    return "./log"


WRONG = {
    '[[stages]]\nmode = "pro"\n[[stages]]\nmode = "debat"': "line 4: stage 2 (debat): there is no mode debat",
    '[[stages]]\nmode = "pro"\n[stages.options]\nagents = 3\nagnets = 3': (
        "line 5: stage 1 (pro): mode pro has no option agnets. Did you mean agents?"
    ),
    '[[stages]]\nmode = "debate"\noptions = { max_rounds = 0 }': (
        "line 3: stage 1 (debate): max_rounds of mode debate should be a whole number from 1 to 8, not 0"
    ),
    '[[stages]]\nmode = "chain"\n[stages.options]\nchunk_size = 200\nchunk_overlap = 150': (
        "line 4: stage 1 (chain): mode chain expects a chunk_overlap"
    ),
    '[[stages]]\nmode = "pro"\nteam = "prow"': "line 3: stage 1 (pro): there is no team called prow",
    '[[stages]]\nmode = "pipeline"': "line 2: stage 1 (pipeline): a pipeline cannot be a stage of another",
    '[[stages]]\nmode = "pro"\non = "disputes"': (
        'line 3: stages[1].on should be answer or disputed, not "disputes"'
    ),
    '[[stages]]\nmode = "pro"\n\n[[stages]]\nmod = "pro"': (
        "line 5: there is no field stages[2].mod. Did you mean mode?"
    ),
    '[[stages]]\nteam = "pro"': "line 1: stages[1].mode is missing",
    '[stages]\nmode = "pro"': "line 1: stages should be tables, each under a line [[stages]]",
    'mode = "pro"\n[[stages]]\nmode = "pro"': "line 1: has both mode and stages. Put mode under [[stages]]",
    '[options]\nagents = 2\n[[stages]]\nmode = "pro"': "line 1: has both options and stages",
    '[[stages]]\nmode = "pro"\non = "disputed"': "line 3: stage 1 works on what is disputed",
}


@pytest.mark.parametrize(("written", "told"), WRONG.items())
async def test_build_run_wrong_stage_raises_with_its_line(
    written: str, told: str, here: Path, pool: ServerPool
) -> None:
    name = task(here, written)
    with pytest.raises(RoundtableError) as caught:
        await build_run(RunRequest(task=name, demo=True), pool)
    assert f"task.toml, {told}" in str(caught.value)


async def test_build_run_each_stage_has_its_own_seats_and_options(here: Path, pool: ServerPool) -> None:
    name = task(here)
    run = await build_run(RunRequest(task=name, demo=True, options={"max_rounds": "2"}), pool)
    assert [seat.id for seat in run.table.everyone] == [
        "1-reader-1", "1-reader-2", "1-reporter", "2-candidate-1", "2-candidate-2", "2-editor",
        "3-iris", "3-theo", "3-june", "3-captain",
    ]  # fmt: skip
    assert run.plan.team == "chain, pro, A" and run.plan.mode.name == "pipeline"
    rows = run.plan.options.model_dump()["stages"]
    assert [row["ask"] for row in rows] == ["", "Name three causes.", ""]
    assert [rows[1]["options"]["agents"], rows[2]["options"]["max_rounds"]] == [2, 2]
    assert [voice.name for voice in list_persona_models(RunRequest(task=name), Settings(), {})][:3] == [
        "Reader",
        "Reporter",
        "Candidate",
    ]
    with pytest.raises(UsageError, match="no stage of log has an option turns"):
        await build_run(RunRequest(task=name, demo=True, options={"turns": 3}), pool)
    with pytest.raises(UsageError, match=r"stage 1 \(chain\): agents of mode chain should be"):
        await build_run(RunRequest(task=name, demo=True, options={"agents": 99}), pool)
    alone = await build_run(RunRequest(task=name, demo=True, mode="pro"), pool)
    assert alone.plan.mode.name == "pro" and alone.plan.team == "pro"


async def test_build_run_pipeline_without_task_or_text_raises(here: Path, pool: ServerPool) -> None:
    with pytest.raises(UsageError, match="a pipeline is made of the stages of a task"):
        await build_run(RunRequest(question="Why?", mode="pipeline", demo=True), pool)
    with pytest.raises(UsageError, match=r"stage 1 \(chain\): there is no text to read"):
        await build_run(RunRequest(task=task(here, context=""), demo=True), pool)


async def test_pipeline_run_can_be_resumed_forked_and_followed_up(here: Path, pool: ServerPool) -> None:
    run = await build_run(RunRequest(task=task(here), demo=True, seed=3), pool)
    result = await run.execute()
    assert result.status == "complete" and run.folder is not None
    whole = read_record(run.folder)

    lines = (run.folder / EVENTS_FILE).read_text().splitlines(keepends=True)
    middle = next(n for n, line in enumerate(lines) if '"2-editor.1"' in line)
    (run.folder / EVENTS_FILE).write_text("".join(lines[: middle + 1]))
    two = await resume.resume(ResumeRequest(run.folder), pool)
    assert [(s.id, s.stage, s.captain) for s in two.table.everyone] == [
        (s.id, s.stage, s.captain) for s in run.table._all_seats
    ]
    assert (await two.execute()).answer == result.answer
    header = read_run(run.folder).header
    assert [seat.get("stage") for seat in header.seats] == [1, 1, 1, 2, 2, 2, 3, 3, 3, 3]

    changes = ForkChanges(options={"merge_temperature": "0.9"}, answers={"1-reporter.1": "It was ice."})
    forked = await fork(ForkRequest(run.folder, "1-reporter.1", changes), pool)
    assert (await forked.execute()).status == "complete" and forked.folder is not None
    record = read_record(forked.folder)
    assert record.header.options["stages"][1]["options"]["merge_temperature"] == 0.9
    ended = [event for event in record.events if isinstance(event, events.StageEnded)]
    assert [(event.stage, event.status) for event in ended] == [
        (1, "complete"),
        (2, "complete"),
        (3, "complete"),
    ]
    assert ended[0].answer == "It was ice."
    asked = next(
        e.prompt for e in record.events if isinstance(e, events.TurnQueued) and e.turn == "2-candidate-1.1"
    )
    assert "It was ice." in asked
    with pytest.raises(UsageError, match="a fork has the seats of its run"):
        await fork(ForkRequest(run.folder, "", ForkChanges(options={"agents": 5})), pool)

    next_one = await build_run(RunRequest(question="And then?", demo=True, follow_up_of=run.folder), pool)
    assert next_one.plan.mode.name == "debate"
    assert whole.header.mode == "pipeline"


async def test_pipeline_stages_are_shown_in_lists(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "tasks").mkdir()
    task(here / "tasks")
    assert main(["tasks"]) == 0
    assert "chain, pro, debate" in capsys.readouterr().out
    assert main(["tasks", "--json"]) == 0
    assert '"ask": "Name three causes."' in capsys.readouterr().out
    assert load_task(here / "tasks" / "log").settings.stages[2].team == "A"
