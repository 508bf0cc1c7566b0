"""Saving a question with its settings as a task that seats the same personas."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui.attachments.read import attach_text
from roundtable_tui.config import Settings
from roundtable_tui.engine import events
from roundtable_tui.engine.plan import Plan
from roundtable_tui.engine.run import Run
from roundtable_tui.errors import UsageError
from roundtable_tui.resources import PersonaLibrary, TaskLibrary, load_task
from roundtable_tui.setup.open_run import build_run
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.setup.save_as_task import TaskDraft, draft_from_request, draft_from_run, make_task
from roundtable_tui.setup.server_pool import ServerPool

pytestmark = pytest.mark.anyio


async def prepared(**wish: Any) -> Run:
    pool = ServerPool(Settings(), {"ROUNDTABLE_DEMO_PACE": "0"})
    return await build_run(RunRequest(demo=True, **wish), pool)


def people(plan: Plan) -> list[str]:
    seats = [*plan.assignments, *([plan.captain] if plan.captain else [])]
    return [f"{place.persona.name}: {place.persona.prompt}" for place in seats]


async def test_save_as_task_known_team_is_only_named(plan: Any) -> None:
    run = await prepared(question="Flat roof?", mode="debate", team="A", options={"max_rounds": 2})
    folder = make_task("The shed", draft_from_run(run.build_header(), None))
    task = load_task(folder)
    assert task.questions == ("Flat roof?",) and task.title == "The shed" and task.participants is None
    assert (task.settings.mode, task.settings.team) == ("debate", "A")
    assert dict(task.settings.options) == {"max_rounds": 2}
    again = await plan(task="the-shed")
    assert people(again) == people(run.plan) and again.options == run.plan.options
    with pytest.raises(UsageError, match="already"):
        make_task("The shed", draft_from_run(run.build_header(), None))


async def test_save_as_task_edited_personas_are_saved_with_it(plan: Any) -> None:
    run = await prepared(question="Flat roof?", mode="debate", team="roles")
    first, last = run.table.seats[0], run.table.seats[-1]
    run.table.controls.set_persona(first.id, first.persona.model_copy(update={"prompt": "You are wet."}))
    run.table.controls.set_persona(last.id, last.persona.model_copy(update={"name": "Somebody else"}))
    task = load_task(make_task("Wet", draft_from_run(run.build_header(), None)))
    again = await plan(task="wet")
    assert people(again) == [f"{seat.persona.name}: {seat.persona.prompt}" for seat in run.table.everyone]
    assert people(again)[0].endswith("You are wet.") and people(again)[-2].startswith("Somebody else")
    assert len(list((task.participants or Path()).glob("*.json"))) == 2, "the others are found by name"


async def test_save_as_task_recorded_persona_edits_are_used() -> None:
    run = await prepared(question="Flat roof?", mode="debate", team="roles")
    seat = run.table.seats[0]
    value = {**dict(run.build_header().seats[0]["persona"]), "prompt": "You are wet."}
    happened = [events.SeatChanged(seat=seat.id, what="persona", value=value)]
    draft = draft_from_run(run.build_header(), None, happened)
    assert draft.seats[0][0].prompt == "You are wet." and draft.seats[1][0] == run.table.seats[1].persona


async def test_save_as_task_different_seats_with_one_name_are_numbered(plan: Any) -> None:
    first, other = (found.persona.name for found in PersonaLibrary.load().items[:2])
    run = await prepared(question="Which?", mode="debate", personas=(first, first, other))
    second = run.table.seats[1]
    run.table.controls.set_persona(
        second.id, second.persona.model_copy(update={"prompt": "You are the other."})
    )
    make_task("Twins", draft_from_run(run.build_header(), None))
    again = await plan(task="twins")
    assert [place.persona.name for place in again.assignments] == [first, f"{first} 2", other]
    assert again.assignments[1].persona.prompt == "You are the other."


async def test_save_as_task_copies_of_a_persona_are_not_saved_separately(plan: Any) -> None:
    run = await prepared(question="A name?", mode="pro", team="pro", options={"agents": 5})
    task = load_task(make_task("Names", draft_from_run(run.build_header(), None)))
    assert task.settings.team == "pro" and task.participants is None
    again = await plan(task="names")
    assert people(again) == people(run.plan) and len(again.assignments) == 5


async def test_save_as_task_pipeline_keeps_stages_and_their_seats(plan: Any, here: Path) -> None:
    folder = here / "tasks/roof"
    (folder / "documents").mkdir(parents=True)
    (folder / "documents/wind.md").write_text("It blows.")
    (folder / "questions.txt").write_text("Flat roof?")
    (folder / "task.toml").write_text(
        '[[stages]]\nmode = "pro"\n[stages.options]\nagents = 2\n'
        '[[stages]]\nmode = "debate"\non = "disputed"\nteam = "A"\n'
    )
    run = await prepared(task="roof")
    base = run.plan.task
    kept = make_task("Kept", draft_from_run(run.build_header(), base))
    assert load_task(kept).settings.stages == load_task(folder).settings.stages
    assert load_task(kept).participants is None and (kept / "documents/wind.md").read_text() == "It blows."
    chosen = make_task(
        "Chosen", draft_from_request(RunRequest(task="roof"), "And now?", Settings(mode="pro"), base)
    )
    assert load_task(chosen).settings.stages == load_task(folder).settings.stages
    seats = [dict(seat) for seat in run.build_header().seats]
    seats[-1]["persona"] = {**seats[-1]["persona"], "prompt": "You are wet.", "name": "Wet"}
    changed = load_task(
        make_task("Changed", draft_from_run(replace(run.build_header(), seats=tuple(seats)), base))
    )
    assert [stage.team for stage in changed.settings.stages] == ["", "Changed 2"]
    again = await plan(task="changed")
    assert [place.persona.name for place in again.assignments][-1] == "Wet"


@pytest.mark.parametrize(
    ("rows", "modes"),
    [
        ("none", []),
        ([None, "pro", {"on": "answer"}], []),
        ([3, {"mode": "pro", "options": "agents"}, {"mode": "debate", "options": {"max_rounds": 2}}],
         ["pro", "debate"]),
    ],
)  # fmt: skip
async def test_save_as_task_damaged_stages_are_left_out(rows: object, modes: list[str]) -> None:
    header = replace(
        (await prepared(question="Roof?", mode="pro")).build_header(),
        mode="pipeline",
        options={"stages": rows},
    )
    saved = load_task(make_task("Saved", draft_from_run(header, None)))
    assert [stage.mode for stage in saved.settings.stages] == modes


async def test_save_as_task_keeps_texts_and_pairs_answers_with_questions() -> None:
    base = TaskLibrary.load().get("maths").task
    draft = draft_from_request(
        RunRequest(task="maths", mode="vote", options={"samples": 3}), "How many?", Settings(), base
    )
    task = load_task(make_task("More maths", draft))
    assert task.questions == ("How many?", *base.questions) and task.instructions == base.instructions
    assert task.settings.answers == ("", *base.settings.answers)
    assert task.settings.mode == "vote"
    same = load_task(make_task("Same", replace(draft, question=base.questions[1])))
    assert same.questions == (base.questions[1], base.questions[0], *base.questions[2:])
    assert same.settings.answers[:2] == (base.settings.answers[1], base.settings.answers[0])


async def test_draft_from_request_fills_in_the_defaults() -> None:
    settings = Settings(mode="debate", team="A", options={"debate": {"max_rounds": 5}, "pro": {"agents": 2}})
    assert draft_from_request(RunRequest(), "Q?", settings, None) == TaskDraft(
        "Q?", "debate", "A", {"max_rounds": 5}
    )
    assert draft_from_request(RunRequest(mode="pro"), "Q?", settings, None) == TaskDraft(
        "Q?", "pro", "", {"agents": 2}
    )
    base = TaskLibrary.load().get("salon").task
    draft = draft_from_request(RunRequest(task="salon"), "", settings, base)
    assert (draft.mode, draft.team, draft.base) == ("roundtable", "salon", base)


async def test_save_as_task_long_question_is_split_into_line_and_context() -> None:
    draft = TaskDraft("def f(): pass\n\nWhat does it do?\nSay it in a line.", "pro")
    task = load_task(make_task("Code", draft))
    assert task.questions == ("What does it do?",)
    assert task.context == "def f(): pass\n\nSay it in a line."


async def test_save_as_task_keeps_attached_texts_as_background_and_long_ones_as_documents() -> None:
    texts = (attach_text("gate.md", "It is teal."), attach_text("../Book.pdf", "A long story. " * 5000))
    run = await prepared(question="Which colour?", mode="single", attachments=texts)
    task = load_task(make_task("Gate", draft_from_run(run.build_header(), None)))
    assert task.context == "gate.md:\n\nIt is teal." and task.documents is not None
    (book,) = task.documents.iterdir()
    assert book.name == "2-book-pdf.txt" and book.read_text() == texts[1].text + "\n"
