from __future__ import annotations

import fcntl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from roundtable_tui.config import Settings
from roundtable_tui.engine import events
from roundtable_tui.engine.record import serialize
from roundtable_tui.engine.record.fork_events import events_before
from roundtable_tui.engine.record.recorder import EVENTS_FILE, is_locked_by_writer
from roundtable_tui.engine.seat import persona_to_dict
from roundtable_tui.errors import UsageError
from roundtable_tui.history.reader import read_run
from roundtable_tui.resources import Persona
from roundtable_tui.setup.fork import fork
from roundtable_tui.setup.open_run import build_run
from roundtable_tui.setup.request import ForkChanges, ForkRequest, ResumeRequest, RunRequest
from roundtable_tui.setup.resume import resume
from roundtable_tui.setup.server_pool import ServerPool
from roundtable_tui.utils import paths
from roundtable_tui.utils.text import to_safe_json
from tests.support.record_builder import copy_demo_run, turn_events

pytestmark = pytest.mark.anyio
GREEN = Persona(name="Harper", prompt="You are Harper, who likes green.", creativity=0.1)


@pytest.fixture
async def pool() -> AsyncIterator[ServerPool]:
    made = ServerPool(Settings(), {"ROUNDTABLE_DEMO_PACE": "0"})
    yield made
    await made.aclose()


def at_once() -> list[events.Event]:
    """Events of two parallel turns (Ada's is longer), a captain's turn, and two more."""
    ada, bea = turn_events("ada.1", "Blue, says Ada.", 1.0), turn_events("bea.1", "Red.", 1.2)
    together = sorted([*ada[:-2], *bea, *ada[-2:]], key=lambda event: event.t)
    return [
        *together,
        events.EntryPosted(t=2.3, round=1, author="ada", kind="answer", content="Blue, says Ada."),
        events.PersonSpoke(t=2.4, text="Mind the light."),
        *turn_events("captain.1", '{"consensus": false}', 3.0, tool_arguments='{"consensus": false}'),
        events.Verdict(t=4.1, seat="captain", label="verdict", decision={"consensus": False}, rung="tool"),
        *turn_events("ada.2", "Still blue.", 5.0),
        events.RunFinished(t=7.0, status="complete", answer="Blue."),
    ]


def ended(told: list[events.Event]) -> list[str]:
    return [event.turn for event in told if isinstance(event, events.TurnFinished | events.TurnFailed)]


async def test_events_before_turn_has_all_turns_ended_before_it() -> None:
    told = events_before(at_once(), "captain.1", {})
    assert sorted(ended(told)) == ["ada.1", "bea.1"]
    assert any(isinstance(event, events.PersonSpoke) for event in told)
    assert not any(isinstance(event, events.RunFinished) for event in told)
    told = events_before(at_once(), "bea.1", {})
    assert ended(told) == [] and not any(getattr(event, "turn", "") for event in told)
    assert events_before(at_once(), "", {}) == []
    with pytest.raises(UsageError, match=r"no turn ada\.9 in this run"):
        events_before(at_once(), "ada.9", {})


async def test_events_before_edited_answer_keeps_parallel_turns() -> None:
    told = events_before(at_once(), "bea.1", {"bea.1": "Green."})
    assert sorted(ended(told)) == ["ada.1", "bea.1"], "Ada was asked before Bea had ended"
    said = {event.turn: event for event in told if isinstance(event, events.TurnFinished)}
    assert said["bea.1"].text == "Green." and said["bea.1"].finish_reason == "edited"
    assert said["ada.1"].text == "Blue, says Ada."
    pieces = [event for event in told if isinstance(event, events.AnswerDelta | events.TurnStarted)]
    assert {event.turn for event in pieces} == {"ada.1"}, "a replay shows the edited answer, not the old one"
    assert not any(isinstance(event, events.EntryPosted) for event in told)


async def test_fork_edited_decision_is_parsed_from_its_text() -> None:
    told = events_before(at_once(), "captain.1", {"captain.1": '{"consensus": true}'})
    verdict = next(e for e in told if isinstance(e, events.TurnFinished) and e.turn == "captain.1")
    assert (verdict.text, verdict.tool_arguments) == ('{"consensus": true}', "")
    assert not any(isinstance(event, events.Verdict) for event in told)


async def test_fork_at_a_turn_records_its_changes(pool: ServerPool) -> None:
    folder = copy_demo_run("debate")
    turns = [e.turn for e in read_run(folder).events if isinstance(e, events.TurnQueued)]
    middle = next(name for name in turns if name == "harper.2")
    changes = ForkChanges(
        personas={"harper": GREEN}, models={"lucas": "demo-small"}, options={"max_rounds": 2}
    )
    run = await fork(ForkRequest(folder, middle, changes), pool)
    asked: list[str] = []
    run.add_listener(
        lambda event: asked.append(event.turn) if isinstance(event, events.TurnStarted) else None
    )
    assert (await run.execute()).status == "complete"
    assert "harper.1" not in asked and "harper.2" in asked
    assert run.folder is not None and run.folder.parent == paths.runs_dir()
    forked = read_run(run.folder)
    old = read_run(folder).header
    assert forked.header.parent == old.run_id and forked.header.options["max_rounds"] == 2
    first = next(seat for seat in forked.header.seats if seat["seat"] == "harper")
    assert first["persona"]["prompt"] != GREEN.prompt, "what was said before was said by the old one"
    changed = next(event for event in forked.events if isinstance(event, events.SeatChanged))
    assert (changed.seat, changed.what, changed.value["prompt"]) == ("harper", "persona", GREEN.prompt)
    line = next(event.text for event in forked.events if isinstance(event, events.Notice))
    assert old.run_id in line and "harper.2" in line and "max_rounds is 2" in line
    models = {seat["seat"]: seat["model"] for seat in forked.header.seats}
    assert models["lucas"] == "demo-thinker", "nor was it said by the new model"
    moved = next(e for e in forked.events if isinstance(e, events.SeatChanged) and e.what == "model")
    assert (moved.seat, moved.value["model"], moved.value["server"]) == ("lucas", "demo-small", "demo")
    assert next(seat.model for seat in run.table.seats if seat.id == "lucas") == "demo-small"
    system = [e.system for e in forked.events if isinstance(e, events.TurnQueued) and e.turn == "harper.2"][
        -1
    ]
    assert system is not None and "likes green" in system


async def test_fork_changes_override_recorded_user_actions(
    pool: ServerPool,
) -> None:
    folder = copy_demo_run("debate")
    lines = (folder / EVENTS_FILE).read_text().splitlines()
    server = read_run(folder).header.servers[0]
    red = persona_to_dict(Persona(name="Harper", prompt="You are Harper, who likes red."))
    moved = {"model": "demo-large", "server": server["name"], "base_url": server["base_url"]}
    led = {"persona": red, "of": "harper", **moved}
    deeds = [
        events.SeatChanged(t=3.0, seat="harper", what="persona", value=red),
        events.SeatChanged(t=3.0, seat="harper", what="model", value=moved),
        events.SeatChanged(t=3.0, seat="captain", what="captain", value=led),
        events.RoundsChanged(t=3.0, name="round", limit=3),
    ]
    at = next(n for n, line in enumerate(lines) if '"turn_queued"' in line and '"harper.2"' in line)
    lines[at:at] = [to_safe_json(serialize.to_dict(deed)) for deed in deeds]
    (folder / EVENTS_FILE).write_text("\n".join(lines) + "\n")
    changes = ForkChanges(
        {"harper": GREEN}, {"harper": "demo-small", "captain": "demo-thinker"}, {"max_rounds": 2}
    )
    run = await fork(ForkRequest(folder, "harper.2", changes), pool)
    assert (await run.execute()).status in ("complete", "partial")
    seats = {seat.id: seat for seat in run.table.everyone}
    assert seats["harper"].persona.prompt == GREEN.prompt and seats["harper"].model == "demo-small"
    assert seats["captain"].model == "demo-thinker" and seats["captain"].persona.prompt == red["prompt"]
    turns = {event.turn for event in run.events if isinstance(event, events.TurnQueued)}
    assert "harper.2" in turns and "harper.3" not in turns
    again = await fork(
        ForkRequest(run.folder or Path(), "harper.2", ForkChanges(models={"harper": "demo-large"})), pool
    )
    await again.execute()
    assert next(seat.model for seat in again.table.seats if seat.id == "harper") == "demo-large"


async def test_fork_edited_answer_is_quoted_to_other_seats(pool: ServerPool) -> None:
    run = await fork(
        ForkRequest(copy_demo_run("debate"), "", ForkChanges(answers={"harper.1": "Ultramarine, plainly."})),
        pool,
    )
    await run.execute()
    forked = read_run(run.folder or Path())
    said = [e for e in forked.events if isinstance(e, events.TurnFinished) and e.turn == "harper.1"]
    assert [event.text for event in said] == ["Ultramarine, plainly."]
    later = [e.prompt for e in forked.events if isinstance(e, events.TurnQueued) and e.turn == "captain.1"]
    assert any("Ultramarine" in prompt for prompt in later)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        (ForkChanges(models={"harpr": "m"}), r"no seat harpr in this run\. Did you mean harper\?"),
        (ForkChanges(personas={"nobody": GREEN}), "no seat nobody"),
        (ForkChanges(answers={"harper.77": "x"}), r"no turn harper\.77"),
        (ForkChanges(options={"max_round": 2}), "no option max_round"),
        (ForkChanges(options={"max_rounds": "many"}), "max_rounds of mode debate should be"),
    ],
)
async def test_fork_with_unknown_names_raises_and_writes_nothing(
    pool: ServerPool, changes: ForkChanges, why: str
) -> None:
    folder = copy_demo_run("debate")
    with pytest.raises(UsageError, match=why):
        await fork(ForkRequest(folder, "", changes), pool)
    assert [path.name for path in paths.runs_dir().iterdir()] == [folder.name]


async def test_fork_with_another_number_of_seats_raises_usage_error(pool: ServerPool) -> None:
    with pytest.raises(UsageError, match="has the seats of its run"):
        await fork(ForkRequest(copy_demo_run("pro"), "", ForkChanges(options={"agents": 9})), pool)


async def test_fork_of_a_run_outside_the_runs_folder_is_written_beside_it(
    pool: ServerPool, tmp_path: Path
) -> None:
    theirs = copy_demo_run("debate").rename(tmp_path / "theirs")
    run = await fork(ForkRequest(theirs, "captain.1"), pool)
    assert run.folder is not None and run.folder.parent == tmp_path


async def test_resume_active_run_raises_usage_error(pool: ServerPool) -> None:
    folder = copy_demo_run("debate")
    record = folder / EVENTS_FILE
    record.write_text("\n".join(record.read_text().splitlines()[:-1]) + "\n")
    with record.open("ab") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(UsageError, match="is active"):
            await resume(ResumeRequest(folder), pool)
    run = await resume(ResumeRequest(folder), pool)
    held: list[bool] = []
    run.add_listener(lambda event: held.append(is_locked_by_writer(folder)))
    await run.execute()
    assert any(held) and not is_locked_by_writer(folder)
    with pytest.raises(UsageError, match="is complete"):
        await resume(ResumeRequest(folder), pool)


async def test_fork_of_auto_with_a_higher_cap_than_seats_raises_usage_error(pool: ServerPool) -> None:
    run = await build_run(RunRequest("Which?", demo=True, mode="auto", options={"cap": 3}, seed=3), pool)
    await run.execute()
    assert run.folder is not None
    turn = ended(run.events)[1]
    with pytest.raises(UsageError, match="a fork has the seats of its run"):
        await fork(ForkRequest(run.folder, turn, ForkChanges(options={"cap": "5"})), pool)
    forked = await fork(ForkRequest(run.folder, turn, ForkChanges(options={"rounds": "2"})), pool)
    assert (await forked.execute()).status == "complete"
