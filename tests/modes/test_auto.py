"""Auto: when it stops asking, whom it asks next, the debate on what is left open, and its bounds."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from random import Random
from typing import Any

import pytest

from roundtable_tui.engine import events
from roundtable_tui.engine.record.recorder import read_record
from roundtable_tui.engine.run import Run
from roundtable_tui.modes.auto import AutoOptions
from roundtable_tui.reports.report import make_report
from tests.support.fake_server import FakeServer, Reply, error
from tests.support.run_builder import (
    REFUSED,
    asked,
    decides,
    house,
    marked,
    nth_of_seat,
    plan,
    resumed,
    taken,
    told,
    who,
)
from tests.support.stress.runs import Brain, Setup, setups, take

pytestmark = pytest.mark.anyio
FIVE = "Ada Bob Eve Dan Fay"
LONG = "A town should first count who needs the bridge, then ask what else the money could do for them {}."
Script = Callable[[dict[str, Any], int], Any]


def answerers(answers: Mapping[str, Sequence[Any]], captain: Mapping[str, Any] | None = None) -> Script:
    """Each says its n-th answer in its n-th turn, the last one again and again; a Reply is sent as it is.

    `captain`: label in the prompt -> the decision.
    """

    def script(request: dict[str, Any], nth: int) -> Any:
        name = who(request)
        if name != "Cap":
            said = answers[name][min(nth_of_seat(request), len(answers[name])) - 1]
            return (
                said if isinstance(said, Reply) else marked(said, request, f"The reasons of {name}, in full.")
            )
        made = next(made for part, made in (captain or {}).items() if part in asked(request))
        return made(request) if callable(made) else decides(**made)

    return script


def same(*answers: Any, names: str = FIVE) -> dict[str, list[Any]]:
    return {name: [answer] for name, answer in zip(names.split(), answers, strict=False)}


def calls(fake: FakeServer) -> Counter[str]:
    return Counter(who(seen.body) for seen in fake.requests)


def steps(run: Run) -> events.StepsEnded:
    (found,) = told(run, events.StepsEnded)
    return found


async def test_auto_two_equal_answers_settle_with_two_calls() -> None:
    run, fake = await taken(answerers(same("42", "42")), "auto", names=FIVE)
    assert run.result is not None and run.result.status == "complete"
    assert (run.result.answer.text, run.result.answer.how) == ("42", "2 of 2 answers agree")
    assert calls(fake) == {"Ada": 1, "Bob": 1}
    assert (steps(run).step, steps(run).votes, steps(run).asked, steps(run).cap) == ("vote", (2,), 2, 5)


async def test_auto_asks_one_more_until_one_answer_leads_by_two() -> None:
    run, fake = await taken(answerers(same("42", "41", "42", "42")), "auto", names=FIVE)
    assert run.result is not None and run.result.answer.text == "42"
    assert calls(fake) == {"Ada": 1, "Bob": 1, "Eve": 1, "Dan": 1}
    notices = [event.text for event in told(run, events.Notice)]
    assert notices == ["2 answers differ, asking a third", "3 answers 2:1, asking a fourth"]
    assert run.result.answer.how == "4 answers 3:1"
    assert run.result.answer.agreement == pytest.approx(0.75)


async def test_auto_wave_asks_several_at_once() -> None:
    run, fake = await taken(
        answerers(same("42", "41", "42", "42", "40")), "auto", names=FIVE, options={"wave": 3}
    )
    assert "2 answers differ, asking 3 more" in [event.text for event in told(run, events.Notice)]
    assert fake.most_at_once >= 2 and run.result is not None and run.result.answer.text == "42"


async def test_auto_unsettled_at_cap_debates_with_the_paid_answers_as_first_round() -> None:
    answers: dict[str, list[Any]] = {"Ada": ["42"], "Bob": ["41", "42"], "Eve": ["40", "42"]}
    run, fake = await taken(answerers(answers), "auto", names="Ada Bob Eve", options={"cap": 3})
    assert run.result is not None and run.result.answer.text == "42"
    assert calls(fake) == {"Ada": 2, "Bob": 2, "Eve": 2}, "one first answer and one round each"
    second = [seen.body for seen in fake.requests if nth_of_seat(seen.body) == 2]
    of_bob = next(asked(body) for body in second if who(body) == "Bob")
    assert of_bob.startswith("Round 2.") and "The reasons of Ada, in full." in of_bob
    assert "Ada:" not in of_bob and "Agent" in of_bob, "masked"
    assert "41" not in of_bob, "a seat is not shown its own answer again"
    assert [(one.name, one.number, one.of) for one in told(run, events.PhaseStarted)][-1] == ("round", 2, 2)
    assert run.result.answer.how == "3 answers differ; 1 round of debate, then 3 of 3 answers agree"
    assert (steps(run).step, steps(run).debate_rounds, steps(run).votes) == ("debate", 1, (1, 1, 1))


async def test_auto_two_rounds_at_most_then_the_largest_group() -> None:
    answers = {"Ada": ["42"], "Bob": ["41"], "Eve": ["40", "40", "42"]}
    run, fake = await taken(answerers(answers), "auto", names="Ada Bob Eve", options={"cap": 3, "rounds": 2})
    assert sum(calls(fake).values()) == 9
    assert run.result is not None and run.result.answer.text == "42"
    assert run.result.answer.how == "3 answers differ; 2 rounds of debate, then 3 answers 2:1"


async def test_auto_debate_that_changes_the_leader_says_so() -> None:
    answers = {"Ada": ["42"], "Bob": ["41"], "Eve": ["42", "41"]}
    run, _ = await taken(answerers(answers), "auto", names="Ada Bob Eve", options={"cap": 3})
    assert run.result is not None and run.result.answer.text == "41"
    assert steps(run).leader_changed is True
    report = make_report(run.events)
    assert report.outcome.overturned and report.steps is not None and report.steps.leader_changed is True


async def test_auto_tie_after_the_debate_is_broken_by_the_captain_word_for_word() -> None:
    script = answerers(same("42", "41", names="Ada Bob"), {"tied between": {"choice": 1}})
    run, fake = await taken(script, "auto", names="Ada Bob", options={"cap": 2})
    assert calls(fake) == {"Ada": 2, "Bob": 2, "Cap": 1}
    assert run.result is not None and run.result.answer.text in ("41", "42")
    assert run.result.answer.how.endswith("still tied: picked by the captain")


@pytest.mark.parametrize(
    ("options", "answers", "expected"),
    [
        ({"lead": 3}, ("7", "7", "7"), 3),
        ({"rule": "overtaken"}, ("7", "7", "7"), 3),
        ({"rule": "beta"}, ("7", "7", "7", "7"), 4),
        ({"rule": "beta", "confidence": 0.9}, ("7", "7", "7"), 3),
        ({"rule": "beta", "confidence": 0.85}, ("7", "7"), 2),
    ],
)
async def test_auto_rule_decides_how_many_are_asked(
    options: dict[str, Any], answers: tuple[str, ...], expected: int
) -> None:
    run, fake = await taken(answerers(same(*answers)), "auto", names=FIVE, options=options)
    assert sum(calls(fake).values()) == expected == steps(run).asked
    assert steps(run).rule == options.get("rule", "lead")


def test_auto_thorough_raises_the_cap_to_nine() -> None:
    assert AutoOptions.model_validate({}).limit == 5
    assert AutoOptions.model_validate({"thorough": True}).limit == 9
    assert AutoOptions.model_validate({"thorough": True, "cap": 12}).limit == 12


# --- different models ---------------------------------------------------------------------------------


async def test_auto_first_two_answers_are_of_different_models() -> None:
    models = {"Ada": "one", "Bob": "one", "Eve": "two", "Dan": "one", "Fay": "two"}
    _, fake = await taken(answerers(same(*["42"] * 5)), "auto", names=FIVE, models=models)
    assert sorted(seen.body["model"] for seen in fake.requests) == ["one", "two"]
    assert calls(fake) == {"Ada": 1, "Eve": 1}


async def test_auto_one_model_leading_alone_asks_another_before_it_settles() -> None:
    models = {"Ada": "one", "Bob": "two", "Eve": "one", "Dan": "two"}
    answers = {"Ada": ["42"], "Bob": [REFUSED], "Eve": ["42"], "Dan": ["41"], "Fay": ["42"]}
    run, fake = await taken(answerers(answers), "auto", names=FIVE, models={**models, "Fay": "one"})
    notices = [event.text for event in told(run, events.Notice)]
    assert "only answers of one model agree, asking another model" in notices
    assert calls(fake)["Dan"] == 1
    assert run.result is not None and run.result.answer.text == "42"
    assert steps(run).models == ("one",)


# --- what is no vote ----------------------------------------------------------------------------------


async def test_auto_empty_cut_and_failed_answers_are_no_votes() -> None:
    cut = Reply(text="99 and then", finish_reason="length")
    answers = same(REFUSED, cut, Reply(text=""), "42", "42")
    run, fake = await taken(answerers(answers), "auto", names=FIVE)
    assert run.result is not None and run.result.answer.text == "42"
    assert steps(run).votes == (2,) and steps(run).asked == 5
    assert set(calls(fake)) == set(FIVE.split())
    assert run.result.answer.how == "2 of 2 answers agree, 3 of 5 gave none"


async def test_auto_refusal_is_a_group_of_its_own() -> None:
    no = "I'm sorry, but I can't help with that."
    run, _ = await taken(answerers(same("42", no, "42", "42")), "auto", names=FIVE)
    groups = told(run, events.AnswersGrouped)[-1].groups
    assert [(group["answer"], len(group["seats"])) for group in groups] == [
        ("42", 3),
        ("refused to answer", 1),
    ]


async def test_auto_all_refuse_gives_the_refusal_itself() -> None:
    no = "I can't help with that."
    run, fake = await taken(answerers(same(no, "I'm sorry, I cannot assist with this.")), "auto", names=FIVE)
    assert run.result is not None and run.result.answer.text in (no, "I'm sorry, I cannot assist with this.")
    assert sum(calls(fake).values()) == 2


async def test_auto_without_any_answer_ends_after_the_cap() -> None:
    run, fake = await taken(answerers(same(*[REFUSED] * 5)), "auto", names=FIVE)
    assert run.result is not None and run.result.status == "failed"
    assert sum(calls(fake).values()) == 5


async def test_auto_one_answer_alone_stands_without_a_debate() -> None:
    answers = same(REFUSED, REFUSED, "42", REFUSED, REFUSED)
    run, fake = await taken(answerers(answers), "auto", names=FIVE)
    assert run.result is not None and run.result.answer.text == "42"
    assert steps(run).step == "single" and sum(calls(fake).values()) == 5


@pytest.mark.parametrize("rounds", [1, 2])
async def test_auto_requests_are_bounded_when_nothing_ever_agrees(rounds: int) -> None:
    def script(request: dict[str, Any], nth: int) -> Any:
        if who(request) == "Cap":
            return Reply(text="I would rather not say.")
        return marked(str(1000 + nth), request)

    _, fake = await taken(script, "auto", names=FIVE, options={"rounds": rounds})
    asked_for = calls(fake)
    del asked_for["Cap"]
    assert asked_for == dict.fromkeys(FIVE.split(), 1 + rounds)
    assert calls(fake)["Cap"] <= 8, "one decision by every method"


@pytest.mark.parametrize("seed", range(24))
async def test_auto_turns_are_bounded_by_the_options_under_any_faults(seed: int) -> None:
    random = Random(seed)
    names = FIVE.split()[: random.choice([2, 3, 5])]
    cap, rounds = random.choice([2, 3, 5]), random.choice([1, 2])
    options = {
        "cap": cap, "rounds": rounds, "wave": random.choice([1, 2, 4]), "lead": random.choice([2, 3]),
        "rule": random.choice(["lead", "overtaken", "beta"]),
    }  # fmt: skip
    kinds: list[Any] = [
        "42", "41", LONG.format("now"), LONG.format("never"), "I can't help with that.", Reply(text=""),
        Reply(text="99 and", finish_reason="length"), error(500, "down"), error(429, "slow"), REFUSED,
    ]  # fmt: skip
    weights = [random.random() for _ in kinds]
    of_captain = [Reply(text=""), Reply(text="no"), error(400, "no tools"), Reply(text='{"groups": [9, 9]}')]

    def script(request: dict[str, Any], nth: int) -> Any:
        made = random.choice(of_captain) if who(request) == "Cap" else random.choices(kinds, weights)[0]
        return marked(made, request, "Reasons.") if isinstance(made, str) else made

    models = {name: random.choice(["one", "two"]) for name in names}
    run, _ = await taken(script, "auto", names=" ".join(names), options=options, models=models)
    assert run.result is not None and run.result.status in ("complete", "partial", "failed")
    turns = Counter(started.seat for started in told(run, events.TurnStarted) if started.attempt == 1)
    captains = turns.pop("cap", 0)
    assert sum(turns.values()) <= min(cap, len(names)) * (1 + rounds)
    assert all(count <= 1 + rounds for count in turns.values())
    decisions = len(told(run, events.Verdict))
    assert decisions <= cap - 1 + 2 * rounds and captains <= 4 * decisions, "each by every method at most"


# --- open texts ---------------------------------------------------------------------------------------


async def test_auto_open_texts_that_agree_in_substance_settle_by_one_question_to_the_captain() -> None:
    said = same(LONG.format("now"), LONG.format("today"))
    run, fake = await taken(
        answerers(said, {"same in substance": {"claims": "one", "groups": [1, 1]}}), "auto", names=FIVE
    )
    assert calls(fake) == {"Ada": 1, "Bob": 1, "Cap": 1}
    assert steps(run).step == "captain" and steps(run).votes == (2,)
    assert run.result is not None and run.result.answer.text in (said["Ada"][0], said["Bob"][0])
    report = make_report(run.events)
    assert report.outcome.votes == (2,) and report.dissent is None


async def test_auto_open_texts_that_differ_end_with_the_captains_pick_and_a_minority_report() -> None:
    texts = [LONG.format(word) for word in ("now", "in spring", "after a vote")]

    def group(request: dict[str, Any]) -> Reply:
        count = 3 if "answer 3" in asked(request) else 2
        return decides(claims="they differ", groups=list(range(1, count + 1)))

    captain = {
        "same in substance": group,
        "minority report first": {"minority": "One wants to wait for spring.", "choice": 2},
    }
    run, fake = await taken(
        answerers(same(*texts, names="Ada Bob Eve"), captain), "auto", names="Ada Bob Eve",
        options={"cap": 3},
    )  # fmt: skip
    assert run.result is not None
    text = run.result.answer.text
    answer, _, minority = text.partition("\n\nMinority report: ")
    assert answer in texts, "word for word"
    assert minority == "One wants to wait for spring."
    assert calls(fake)["Cap"] == 4, "after two and three answers, after the debate, and the pick"


# --- records ------------------------------------------------------------------------------------------


async def test_auto_resumed_from_any_turn_asks_only_for_what_is_missing(tmp_path: Path) -> None:
    answers: dict[str, list[Any]] = {"Ada": ["42"], "Bob": ["41", "42"], "Eve": ["40", "42"]}
    how: dict[str, Any] = {"names": "Ada Bob Eve", "options": {"cap": 3}}
    run, _ = await taken(answerers(answers), "auto", folder=tmp_path / "run", **how)
    whole = read_record(tmp_path / "run")
    ends = [n for n, event in enumerate(whole.events) if isinstance(event, events.TurnFinished)]
    assert len(ends) == 6
    for done, at in enumerate(ends, 1):
        part = type(whole)(**{**vars_of(whole), "events": whole.events[: at + 1]})
        again, fake = await resumed(part, answerers(answers), "auto", **how)
        assert len(fake.requests) == 6 - done
        assert again.result is not None and run.result is not None
        assert again.result.answer.text == run.result.answer.text
        assert again.result.answer.how == run.result.answer.how
        assert steps(again).votes == steps(run).votes
        assert make_report(again.events).rounds[-1].votes == (3,)


def vars_of(record: Any) -> dict[str, Any]:
    return {field.name: getattr(record, field.name) for field in fields(record) if field.init}


async def test_auto_finished_run_is_replayed_without_a_server(tmp_path: Path) -> None:
    script = answerers(same("42", "42"))
    run, _ = await taken(script, "auto", names=FIVE, folder=tmp_path / "run")
    again, fake = await resumed(read_record(tmp_path / "run"), script, "auto", names=FIVE)
    assert not fake.requests
    assert make_report(again.events).steps == make_report(run.events).steps


async def test_auto_in_a_run_that_is_stopped_and_continued_keeps_paid_answers(tmp_path: Path) -> None:
    script = answerers(same("42", "41", "42", "42"))
    async with house(script) as (fake, client):
        run = Run(plan(fake, "auto", names=FIVE), client, run_dir=tmp_path / "run")

        def stop(event: events.Event) -> None:
            if isinstance(event, events.Notice) and "asking a fourth" in event.text:
                task.cancel()

        run.add_listener(stop)
        task = asyncio.ensure_future(run.execute())
        await asyncio.wait({task})
        paid = len(told(run, events.TurnFinished))
    again, fake = await resumed(read_record(tmp_path / "run"), script, "auto", names=FIVE)
    assert paid == 3 and len(fake.requests) == 1
    assert again.result is not None and again.result.answer.text == "42"


async def test_auto_as_a_stage_of_a_pipeline_reports_the_steps_of_the_stage_with_the_answer(
    tmp_path: Path,
) -> None:
    brain = Brain()
    stages = (
        ({"mode": "auto", "options": {"cap": 2}}, ("Ada", "Bob"), "Cap"),
        ({"mode": "auto", "options": {"cap": 3}}, ("Eve", "Dan", "Fay"), "Rex"),
    )
    with setups(**{"auto, twice": Setup("pipeline", stages=stages)}):
        done = await take("auto, twice", brain, tmp_path / "run")
    assert [one.cap for one in done.told(events.StepsEnded)] == [2, 3]
    steps_of_answer = make_report(done.recorded).steps
    assert steps_of_answer is not None and steps_of_answer.cap == 3
