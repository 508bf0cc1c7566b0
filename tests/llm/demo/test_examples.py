"""The written examples of the demo: found by their questions, and shown through the ordinary modes."""

from __future__ import annotations

from pathlib import Path

import pytest

from roundtable_tui import Roundtable
from roundtable_tui.llm.demo.written_examples import find_example, load_examples
from roundtable_tui.resources import TaskLibrary
from roundtable_tui.setup.demo import GENERATED_TEXT_NOTE, WRITTEN_TEXT_NOTE
from roundtable_tui.tui.screens.main.placeholder import EXAMPLE_TITLES

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _without_waiting(monkeypatch: pytest.MonkeyPatch, roundtable_home: Path) -> None:
    monkeypatch.setenv("ROUNDTABLE_DEMO_PACE", "0")


@pytest.mark.parametrize("example", load_examples(), ids=lambda example: example.task)
def test_example_is_the_first_question_of_its_task(example) -> None:
    task = TaskLibrary.load().get(example.task).task
    assert task.questions[0].startswith(example.question)
    assert find_example(task.questions[0]) is example


def test_examples_are_those_that_the_app_offers() -> None:
    assert {example.task for example in load_examples()} == set(EXAMPLE_TITLES)


def test_find_example_other_question_has_none() -> None:
    assert find_example("What should the bakery do about its chairs?") is None


async def test_question_that_follows_an_example_gets_generated_text(tmp_path: Path) -> None:
    table = Roundtable(demo=True)
    await table.ask("", task="decision", folder=tmp_path / "first")
    result = await table.ask("And with a smaller team?", follow_up=tmp_path / "first")
    written = {turn.text for example in load_examples() for said in example.turns.values() for turn in said}
    texts = [event.text for event in result.events if event.type == "turn_finished"]
    assert texts and not any(one in text for one in written for text in texts)
    assert "oven" not in result.answer
    again = await table.ask(load_examples()[0].question, mode="single", follow_up=tmp_path / "first")
    said = [turn.answer for seat in load_examples()[0].turns.values() for turn in seat]
    assert any(answer in again.answer for answer in said), "asked again, it is the example"


async def test_decision_ends_with_a_majority_after_one_seat_withdrew_its_answer() -> None:
    result = await Roundtable(demo=True).ask("", task="decision")
    report = result.report()
    assert report.outcome.text == "majority 2:1" and result.answer == "Repair the gas oven now."
    assert [(one.name, one.before, one.after) for one in report.changes] == [
        ("June", "Buy the used electric oven.", "Repair the gas oven now.")
    ]
    assert report.dissent is not None and report.dissent.answer == "Lease the new electric oven."


async def test_question_with_one_right_answer_is_agreed_after_the_wrong_seat_says_why() -> None:
    result = await Roundtable(demo=True).ask("", task="maths")
    report = result.report()
    assert result.answer == "175" and report.outcome.votes == (3,)
    assert [(one.name, one.before, one.after) for one in report.changes] == [("Harper", "924", "175")]


async def test_talk_has_no_generated_sentence_and_a_summary_of_what_was_said() -> None:
    result = await Roundtable(demo=True).ask("", task="salon", seed=3)
    example = find_example("What do we owe people whom we shall never see again?")
    assert example is not None
    written = {line for lines in example.lines.values() for said in lines.values() for line in said}
    written |= {line for said in example.follow_up.values() for line in said}
    speeches = [event.text for event in result.events if event.type == "turn_finished"][:-1]
    assert len(speeches) > 5 and set(speeches) <= written
    assert sum(line in result.answer for line in written) == 3


@pytest.mark.parametrize("mode", ["pro", "vote", "council", "auto"])
async def test_known_answer_is_reached_in_other_modes(mode: str) -> None:
    result = await Roundtable(demo=True).ask("", task="maths", mode=mode)
    assert result.answer.endswith("175")


@pytest.mark.parametrize(
    ("task", "question", "note"),
    [("maths", "", WRITTEN_TEXT_NOTE), ("", "Is tea better than coffee?", GENERATED_TEXT_NOTE)],
)
async def test_run_of_the_demo_says_what_its_texts_are(task: str, question: str, note: str) -> None:
    result = await Roundtable(demo=True).ask(question, task=task, mode="single")
    assert note in [event.text for event in result.events if event.type == "notice"]
