"""The steps of `auto` in its report, the hint at it, and the warning of conformity."""

from __future__ import annotations

from typing import Any

import pytest

from roundtable_tui.answers.votes.stopping import leader_probability
from roundtable_tui.engine import events
from roundtable_tui.reports.report import Report, make_report
from roundtable_tui.reports.report.sections import describe_report
from roundtable_tui.reports.report.steps import estimate_debate_tokens
from tests.support.run_builder import marked, nth_of_seat, taken, who

pytestmark = pytest.mark.anyio
REASONS = "I have read the others, and their argument about the piers convinces me."


def script(answers: dict[str, list[str]], reasons: dict[str, str] | None = None) -> Any:
    def reply(request: dict[str, Any], nth: int) -> Any:
        name = who(request)
        if name == "Cap":
            return "agree"
        own = answers[name]
        said = own[min(nth_of_seat(request), len(own)) - 1]
        return marked(said, request, (reasons or {}).get(name, REASONS))

    return reply


def lines(report: Report, title: str) -> tuple[str, ...]:
    return next((section.lines for section in describe_report(report) if section.title == title), ())


async def test_report_of_auto_has_steps_votes_probability_and_costs() -> None:
    answers = {"Ada": ["42"], "Bob": ["41"], "Eve": ["42"], "Dan": ["42"], "Fay": ["42"]}
    run, _ = await taken(script(answers), "auto", names="Ada Bob Eve Dan Fay")
    report = make_report(run.events)
    steps = report.steps
    assert steps is not None
    assert (steps.step, steps.votes, steps.asked, steps.cap) == ("vote", (3, 1), 4, 5)
    assert steps.probability == leader_probability(3, 1)
    ends = [event for event in run.events if isinstance(event, events.TurnFinished)]
    spent = sum(end.usage["prompt_tokens"] + end.usage["completion_tokens"] for end in ends)
    assert steps.tokens == spent == report.usage.total.tokens
    assert steps.fixed_vote_tokens == round(spent / 4 * 5)
    completion = sum(end.usage["completion_tokens"] for end in ends) / 4
    assert steps.full_debate_tokens == round(estimate_debate_tokens(spent / 4 - completion, completion))
    assert steps.full_debate_tokens > steps.fixed_vote_tokens
    assert lines(report, "Steps") == (
        "step 1, settled by the first answers: 4 of at most 5 answers asked, no debate",
        "first answers 3:1, those of the leader by fake; it stays ahead with P = 0.81"
        " if errors are independent",
        f"{spent:,} tokens spent; a vote of 5 would have cost about {steps.fixed_vote_tokens:,},"
        f" a debate of 3 seats and 2 rounds about {steps.full_debate_tokens:,}",
        "agreement is not a proof: errors that the answers share are not seen",
    )
    assert report.to_dict()["steps"]["votes"] == [3, 1]


def test_estimate_debate_tokens_counts_every_call() -> None:
    # 3 x (100 + 10), 3 x (100 + 3 x 10 + 10), verdicts of 100 + 30 and 100 + 60 and their texts.
    assert estimate_debate_tokens(100, 10) == 330 + 420 + 130 + 160 + 180


async def test_report_of_auto_with_a_tie_names_no_leader_and_says_what_the_debate_did() -> None:
    answers = {"Ada": ["42"], "Bob": ["41", "42"]}
    run, _ = await taken(script(answers), "auto", names="Ada Bob", options={"cap": 2})
    found = lines(make_report(run.events), "Steps")
    assert found[0] == "step 3, a debate of 1 round: 2 of at most 2 answers asked"
    assert found[1] == "first answers 1:1: no leader"


async def test_report_of_other_modes_has_no_steps() -> None:
    run, _ = await taken(script({"Ada": ["42"], "Bob": ["42"], "Eve": ["42"]}), "vote")
    report = make_report(run.events)
    assert report.steps is None and lines(report, "Steps") == ()


async def test_report_of_debate_unanimous_in_round_1_mentions_auto_and_its_cost() -> None:
    run, _ = await taken(script({"Ada": ["42"], "Bob": ["42"], "Eve": ["42"]}), "debate")
    report = make_report(run.events)
    assert report.baseline is not None
    about = report.baseline.tokens * 2 // 3
    hint = f"all answers of round 1 were equal: mode auto would have ended after two, about {about:,} tokens"
    assert lines(report, "Baseline")[-1] == hint


async def test_report_of_debate_with_several_rounds_does_not_mention_auto() -> None:
    answers = {"Ada": ["42"], "Bob": ["42"], "Eve": ["41", "42"]}

    def reply(request: dict[str, Any], nth: int) -> Any:
        return "disagree" if who(request) == "Cap" else script(answers)(request, nth)

    run, _ = await taken(reply, "debate")
    report = make_report(run.events)
    assert len(report.rounds) == 2
    assert not any("mode auto" in line for line in lines(report, "Baseline"))


@pytest.mark.parametrize(
    ("reason", "warned"), [("", True), ("I agree now.", True), (REASONS, False)], ids=["none", "few", "given"]
)
async def test_report_warns_of_a_consensus_by_joining_without_a_reason(reason: str, warned: bool) -> None:
    answers = {"Ada": ["42"], "Bob": ["42"], "Eve": ["41", "42"]}

    def reply(request: dict[str, Any], nth: int) -> Any:
        if who(request) == "Cap":
            return "disagree"
        return script(answers, {"Eve": reason} if nth_of_seat(request) > 1 else {})(request, nth)

    run, _ = await taken(reply, "debate")
    report = make_report(run.events)
    expected = "conformity: the seats agree only because Eve joined the majority, without a stated reason"
    assert report.warnings == ((expected,) if warned else ())
    assert lines(report, "Warnings") == report.warnings


async def test_report_does_not_warn_where_one_change_has_a_reason_or_another_direction() -> None:
    answers = {"Ada": ["42"], "Bob": ["41", "42"], "Eve": ["40", "42"]}

    def reply(request: dict[str, Any], nth: int) -> Any:
        return "disagree" if who(request) == "Cap" else script(answers, {"Bob": "", "Eve": ""})(request, nth)

    run, _ = await taken(reply, "debate")
    report = make_report(run.events)
    assert len(report.rounds) == 2 and report.warnings == (), "there was no majority to join"


async def test_report_of_a_damaged_record_bounds_the_counts_of_steps() -> None:
    run, _ = await taken(script({"Ada": ["42"], "Bob": ["42"]}), "auto", names="Ada Bob")
    damaged = events.StepsEnded(
        step="vote", votes=(10**12, -3), asked=-1, cap=10**30, debate_rounds=10**9, models=("m",)
    )
    report = make_report([damaged if isinstance(one, events.StepsEnded) else one for one in run.events])
    assert report.steps is not None
    assert (report.steps.votes, report.steps.asked, report.steps.cap) == ((64, 0), 0, 64)
    assert lines(report, "Steps")[0].startswith("step 1")
