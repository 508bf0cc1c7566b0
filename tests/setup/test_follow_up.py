"""Following up: what the next question of a conversation takes over from the runs before it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from roundtable_tui.attachments.read import attach_text
from roundtable_tui.config import Settings
from roundtable_tui.engine import events
from roundtable_tui.engine.material.earlier import MAX_EARLIER_TOKENS, EarlierQuestion, limit_earlier
from roundtable_tui.engine.run import Run
from roundtable_tui.history.reader import read_run
from roundtable_tui.llm.request.build import estimate_tokens
from roundtable_tui.setup.demo import GENERATED_TEXT_NOTE
from roundtable_tui.setup.follow_up import prepare_follow_up
from roundtable_tui.setup.fork import fork
from roundtable_tui.setup.open_run import build_run
from roundtable_tui.setup.request import ForkRequest, RunRequest
from roundtable_tui.setup.server_pool import ServerPool
from tests.support.record_builder import copy_demo_run, header_event, turn_events, write_record

pytestmark = pytest.mark.anyio


@pytest.fixture
async def pool() -> AsyncIterator[ServerPool]:
    made = ServerPool(Settings(), {"ROUNDTABLE_DEMO_PACE": "0"})
    yield made
    await made.aclose()


async def ask(pool: ServerPool, question: str, **wish: object) -> Run:
    run = await build_run(RunRequest(**{"question": question, "demo": True, "mode": "single", **wish}), pool)  # type: ignore[arg-type]
    await run.execute()
    return run


def prompts(run: Run) -> list[str]:
    return [event.prompt for event in run.events if isinstance(event, events.TurnQueued)]


def write_answered(name: str, question: str, answer: str, **header: object) -> Path:
    """Record a run with one seat, its question and its answer."""
    end = events.RunFinished(t=3.0, status="complete", answer=answer)
    first = header_event(question, mode="single", **header)
    return write_record(name, [first, *turn_events("ada.1", answer, 1.0), end])


async def test_follow_up_names_the_run_before_and_keeps_mode_and_demo(pool: ServerPool) -> None:
    folder = copy_demo_run("debate")
    before = read_run(folder).header
    header = (await build_run(RunRequest("And in winter?", follow_up_of=folder), pool)).build_header()
    assert (header.parent, header.follows, header.mode) == (before.run_id, before.run_id, "debate")
    assert [one["question"] for one in header.earlier] == [before.question]


@pytest.mark.parametrize(
    "mode", ["single", "vote", "pro", "debate", "council", "auto", "fanout", "roundtable"]
)
async def test_follow_up_in_every_mode_quotes_the_conversation_before_the_question(
    pool: ServerPool, mode: str
) -> None:
    folder = write_answered("one", "Which wood?", "Oak, said the joiner.")
    run = await ask(pool, "And if it rains?", mode=mode, follow_up_of=folder)
    told = [f"{e.system or ''}\n{e.prompt}" for e in run.events if isinstance(e, events.TurnQueued)]
    found = next(text for text in told if "Oak, said the joiner." in text)
    word = re.search(r"<<(\w+) question 1>>\nWhich wood\?\n<</\1>>\n\n<<\1 answer 1>>\nOak", found)
    assert word is not None
    assert found.index("Which wood?") < found.rindex("And if it rains?")


async def test_follow_up_of_a_follow_up_has_the_whole_chain_without_the_first_record(
    pool: ServerPool,
) -> None:
    first = write_answered("one", "First?", "Oak.")
    second = await ask(pool, "Second?", follow_up_of=first)
    assert second.folder is not None and second.result is not None
    (first / "events.jsonl").unlink()
    third = await ask(pool, "Third?", follow_up_of=second.folder)
    (prompt,) = prompts(third)
    assert prompt.index("First?") < prompt.index("Oak.") < prompt.index("Second?") < prompt.index("Third?")
    assert third.plan.follows == second.id
    forked = await fork(ForkRequest(third.folder), pool)  # type: ignore[arg-type]
    assert forked.plan.follows == second.id and forked.plan.earlier == third.plan.earlier


async def test_follow_up_keeps_the_newest_within_the_limit_and_names_what_is_left_out(
    pool: ServerPool,
) -> None:
    rows = tuple(
        {"run": f"r{n}", "question": f"Question {n}?", "answer": f"Answer {n}. " + "word " * 500}
        for n in range(6)
    )
    folder = write_answered("long", "Newest?", "Newest answer.", earlier=rows)
    kept, left_out = limit_earlier(prepare_follow_up(folder, RunRequest()).earlier)
    assert [one.question for one in kept] == [*(f"Question {n}?" for n in (3, 4, 5)), "Newest?"]
    assert left_out == 3
    run = await ask(pool, "And?", follow_up_of=folder)
    (prompt,) = prompts(run)
    assert "Answer 3." in prompt and "Answer 2." not in prompt
    told = [event.text for event in run.events if isinstance(event, events.Notice)]
    assert told == [
        "of 7 earlier questions, the 3 oldest are left out: following up takes at most 2,000 tokens",
        GENERATED_TEXT_NOTE,
    ]


@pytest.mark.parametrize("question", ["Short?", "Long? " * 20_000])
async def test_follow_up_cuts_the_middle_of_one_answer_that_is_too_long(question: str) -> None:
    folder = write_answered("huge", question, "Begin. " + "ä " * 400_000 + "The end: 42.")
    (one,), left_out = limit_earlier(prepare_follow_up(folder, RunRequest()).earlier)
    assert left_out == 0 and one.answer.startswith("Begin.") and one.answer.endswith("The end: 42.")
    size = estimate_tokens(one.question, one.answer, one.how)
    assert MAX_EARLIER_TOKENS * 0.9 < size <= MAX_EARLIER_TOKENS


async def test_limit_earlier_takes_a_quarter_of_the_smallest_known_context() -> None:
    earlier = [EarlierQuestion(f"r{n}", f"Question {n}?", "word " * 400) for n in range(4)]
    assert [one.run for one in limit_earlier(earlier, [None, 8000])[0]] == ["r1", "r2", "r3"]
    kept, left_out = limit_earlier(earlier, [None, 100_000, 2400])
    assert [one.run for one in kept] == ["r3"] and left_out == 3
    (short,), _ = limit_earlier(earlier, [400])
    assert estimate_tokens(short.question, short.answer) <= 100 and short.answer.startswith("word")


async def test_follow_up_takes_attachments_over_unless_one_of_that_name_is_given(pool: ServerPool) -> None:
    texts = (attach_text("a.txt", "Old A."), attach_text("b.txt", "Old B."))
    before = await ask(pool, "First?", attachments=texts)
    run = await ask(pool, "Then?", follow_up_of=before.folder, attachments=(attach_text("a.txt", "New A."),))
    assert [(one.name, one.text) for one in run.plan.attachments] == [
        ("b.txt", "Old B."),
        ("a.txt", "New A."),
    ]


async def test_follow_up_keeps_the_context_of_the_task_but_not_its_known_answer(
    pool: ServerPool, here: Path
) -> None:
    (here / "tasks/tea").mkdir(parents=True)
    (here / "tasks/tea/questions.txt").write_text("Hot?")
    (here / "tasks/tea/context.txt").write_text("We drink tea.")
    (here / "tasks/tea/task.toml").write_text('answers = ["4711"]\n')
    before = await ask(pool, "", task="tea")
    run = await ask(pool, "Iced?", follow_up_of=before.folder)
    (prompt,) = prompts(run)
    assert "We drink tea." in prompt and "Hot?" in prompt and "4711" not in prompt
    assert run.build_header().task is not None and "4711" not in str(run.build_header().task)
