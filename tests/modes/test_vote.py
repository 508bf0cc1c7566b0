"""Vote: the majority, the split, the early end, ties, and votes that fail."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui.engine import events
from roundtable_tui.engine.record.recorder import read_record
from roundtable_tui.modes.vote import is_settled
from roundtable_tui.reports.report import make_report
from tests.support.fake_server import Reply, error
from tests.support.mode_run import Room, cut_off, room

pytestmark = pytest.mark.anyio

NAMES = ["Ada", "Bob", "Cem", "Dan", "Eve"]


def one_by_one(*answers: Any) -> dict[str, Any]:
    """Return a script in which each voter answers after the one before, so that the order is known."""
    gates = [asyncio.Event() for _ in answers]

    def script(place: int) -> Any:
        def reply(request: Any, nth: int) -> Any:
            found = answers[place]
            if nth > 1 or isinstance(found, Reply):
                return found
            return Reply(text=str(found), gate=gates[place])

        return reply

    return {name: script(i) for i, name in enumerate(NAMES[: len(answers)])} | {"gates": gates}


async def votes_of(r: Room, script: dict[str, Any], heard: int = 5, **options: Any) -> Any:
    """Run a vote, letting each answer go once the one before has arrived; after `heard` no more come."""
    gates = list(script.pop("gates"))[:heard]
    run = r.run(r.plan("vote", NAMES, **options))

    def next_one(event: events.Event) -> None:
        if isinstance(event, events.TurnFinished) and gates:
            gates.pop(0).set()

    run.add_listener(next_one)
    task = asyncio.ensure_future(run.execute())
    await r.fake.seen(len(NAMES))
    gates.pop(0).set()
    return await task


async def test_vote_majority_wins_and_split_is_described(tmp_path: Path) -> None:
    script = one_by_one("I say 41.\nAnswer: 41", "[[ANSWER]]\n42", "**42**", "40", "42.0")
    async with room(script, tmp_path) as r:
        result = await votes_of(r, script)
        assert result.status == "complete"
        assert result.answer.text == "42"
        assert result.answer.by == "bob"
        assert result.answer.how == "3 of 5 votes, against 1 and 1"
        assert result.answer.agreement == pytest.approx(0.6)
        grouped = r.told(events.AnswersGrouped)
        assert [sum(len(g["seats"]) for g in event.groups) for event in grouped] == [1, 2, 3, 4, 5]
        assert grouped[-1].groups[0] == {"answer": "42", "seats": ["bob", "cem", "eve"]}
        asked = r.fake.requests[0]
        assert asked.user == "How many?"
        assert asked.body["temperature"] == 0.8


async def test_vote_ends_early_and_ends_alike_when_resumed(tmp_path: Path) -> None:
    script = one_by_one("42", "42", "42", "41", "41")
    async with room(script, tmp_path) as r:
        result = await votes_of(r, script, heard=3)
        assert result.answer.text == "42"
        assert "ended early: 2 of 5 could not change it any more" in result.answer.how
        assert result.status == "complete"
        for name in ("Dan", "Eve"):
            await r.asked_of(name)[0].ended.wait()
            assert r.asked_of(name)[0].left_early
        before = (tmp_path / "run" / "events.jsonl").read_text("utf-8").count("\n")
        again = await r.again()
        assert again.answer == result.answer
        assert len(r.fake.requests) == 5
        # Resumed at, finished again, and what was spent: nothing else is new.
        assert (tmp_path / "run" / "events.jsonl").read_text("utf-8").count("\n") - before <= 3


async def test_vote_without_early_stop_counts_all_votes(tmp_path: Path) -> None:
    script = one_by_one("42", "42", "42", "41", "41")
    async with room(script, tmp_path) as r:
        result = await votes_of(r, script, early_stop=False)
        assert result.answer.how == "3 of 5 votes, against 2"


@pytest.mark.parametrize(
    ("votes", "out", "done"),
    [
        (["4", "4", "4"], 2, True),
        (["4", "4"], 2, False),
        (["4", "4", "4", "5"], 2, False),
        (["4", "4", "4", "4", "5", "6"], 2, True),
        (
            ["4", "4", "4", "It all depends on what you take the word to mean, in the end, if at all."],
            1,
            True,
        ),
        (
            ["4", "4", "4", "It all depends on what you take the word to mean, in the end, if at all."],
            2,
            False,
        ),
        (["5", "5", "5 km"], 2, False),
        (["It all depends on what you take the word to mean, in the end, if it means anything."], 0, False),
        ([], 0, False),
    ],
)
def test_is_settled_when_outstanding_votes_cannot_change_leader(
    votes: list[str], out: int, done: bool
) -> None:
    assert is_settled([(str(i), vote) for i, vote in enumerate(votes)], out) is done


async def test_vote_tie_is_broken_by_one_more_vote(tmp_path: Path) -> None:
    script = {"Ada": ["41", "42"], "Bob": "42"}
    async with room(script, tmp_path) as r:
        result = await r.done("vote", NAMES[:2])
        assert result.answer.text == "42"
        assert result.answer.how == "2 of 3 votes, against 1; a tie, broken by one more vote"
        assert not r.asked_of("Captain")


@pytest.mark.parametrize("count", [2, 4])
async def test_report_of_vote_tie_broken_by_one_more_vote_counts_it(count: int, tmp_path: Path) -> None:
    firsts = (["17", "18"] * 2)[:count]
    script = {name: [first, "18"] for name, first in zip(NAMES, firsts, strict=False)}
    async with room(script, tmp_path) as r:
        result = await r.done("vote", NAMES[:count])
        most, least = count // 2 + 1, count // 2
        story = f"{most} of {count + 1} votes, against {least}; a tie, broken by one more vote"
        assert result.answer.how == story
        report = make_report(r.runs[-1].events)
        assert report.outcome.text == f"majority {most}:{least}"
        assert report.rounds[-1].votes == (most, least) and report.final_group == 0
        assert report.rounds[-1].agreement == result.answer.agreement
        assert report.dissent is not None
        assert (report.dissent.answer, report.dissent.text, report.dissent.votes) == ("17", "17", least)
        assert report.baseline is not None and report.baseline.votes == (most, least)
        assert make_report(read_record(tmp_path / "run").events).to_dict() == report.to_dict()
        again = await r.again()
        assert again.answer == result.answer
        assert make_report(r.runs[-1].events).outcome == report.outcome


async def test_vote_lasting_tie_is_broken_by_captain(tmp_path: Path) -> None:
    script = {"Ada": ["41", "43"], "Bob": ["42", "43"], "Captain": Reply(decision={"choice": 2})}
    async with room(script, tmp_path) as r:
        result = await r.done("vote", NAMES[:2])
        assert result.status == "complete"
        assert result.answer.text in {"41", "42", "43"}
        assert "still tied: picked by the captain" in result.answer.how
        assert [v.label for v in r.told(events.Verdict)] == ["tie"]


@pytest.mark.parametrize("captain", [error(400), Reply(text="I cannot say.")])
async def test_vote_tie_with_failed_captain_takes_earliest_answer(tmp_path: Path, captain: Any) -> None:
    script = {"Ada": [Reply(text="41"), error(400)], "Bob": ["42", error(400)], "Captain": captain}
    async with room(script, tmp_path) as r:
        result = await r.done("vote", NAMES[:2])
        assert result.answer.text in {"41", "42"}
        assert result.answer.text == r.told(events.AnswersGrouped)[-1].groups[0]["answer"]
        assert result.answer.how.endswith(
            "one more vote that was not cast; still tied: no choice by the captain, so the first of the most "
            "frequent answers"
        )


OPEN = [
    "Light of short waves is scattered most by the air, and so the whole sky looks blue to us by day.",
    "The air scatters blue light far more than red light, which is why we see blue wherever we look up.",
    "The sea is blue, and what we see above us is nothing but its reflection in the dust of the air.",
]


async def test_vote_long_answers_are_grouped_by_captain(tmp_path: Path) -> None:
    script = dict(zip(NAMES, OPEN, strict=False))
    script["Captain"] = lambda request, nth: Reply(decision={"groups": numbers(request, "reflection")})
    async with room(script, tmp_path) as r:
        result = await r.done("vote", NAMES[:3])
        assert result.answer.text in OPEN[:2]
        assert result.answer.how == "2 of 3 votes, against 1, grouped by the captain"
        assert r.told(events.AnswersGrouped)[-1].basis == "captain"
        assert result.answer.agreement == pytest.approx(2 / 3)
        requests = len(r.fake.requests)
        assert (await r.again()).answer == result.answer
        assert len(r.fake.requests) == requests


def numbers(request: Any, word: str) -> list[int]:
    """Return group 1 for each quoted answer that has the word, 2 for the others."""
    quoted = request["messages"][-1]["content"].split(" answer ")[1:]
    return [1 if word in part else 2 for part in quoted if part[0].isdigit() and ">>" in part[:5]]


async def test_vote_long_answers_ungrouped_are_equal_only_word_for_word(tmp_path: Path) -> None:
    script = {"Ada": OPEN[0], "Bob": OPEN[0], "Cem": OPEN[2], "Captain": error(400)}
    async with room(script, tmp_path) as r:
        result = await r.done("vote", NAMES[:3])
        assert result.answer.text == OPEN[0]
        assert result.answer.how == "2 of 3 votes, against 1"
        assert any("could not group" in notice.text for notice in r.told(events.Notice))


@pytest.mark.parametrize("k", range(1, 6))
async def test_vote_with_any_failed_vote_is_decided_by_others(tmp_path: Path, k: int) -> None:
    async with room(lambda request, nth: error(400) if nth == k else "42", tmp_path) as r:
        result = await r.done("vote", NAMES, early_stop=False)
        assert result.answer.text == "42"
        assert (result.status, result.answer.how) == ("partial", "4 of 4 votes; 4 of 5 voted")


async def test_vote_truncated_before_answer_does_not_count(tmp_path: Path) -> None:
    cut = Reply(text="Let me see: 41 is a number that", finish_reason="length")
    script = {"Ada": cut, "Bob": cut, "Cem": "42"}
    async with room(script, tmp_path) as r:
        result = await r.done("vote", NAMES[:3])
        assert result.answer.text == "42"
        assert "1 of 3 voted" in result.answer.how


async def test_vote_without_votes_fails(tmp_path: Path) -> None:
    async with room(error(400), tmp_path) as r:
        result = await r.done("vote", NAMES)
        assert result.status == "failed"
        assert result.error.startswith("no vote was cast: Ada: ")


async def test_vote_stopped_closes_sockets_and_can_be_resumed(tmp_path: Path) -> None:
    never = asyncio.Event()
    script: dict[str, Any] = {name: Reply(text="42", gate=never) for name in NAMES}
    script["Ada"] = "42"
    async with room(script, tmp_path) as r:
        run = r.run(r.plan("vote", NAMES))

        async def one_has_voted() -> None:
            await r.fake.seen(5)
            while not any(isinstance(event, events.TurnFinished) for event in run.events):
                await asyncio.sleep(0)

        assert (await cut_off(run, one_has_voted())).status == "cancelled"
        for seen in r.fake.requests:
            await seen.ended.wait()
        never.set()
        result = await r.again()
        assert (result.status, result.answer.text) == ("complete", "42")
        assert len(r.asked_of("Ada")) == 1
        assert read_record(tmp_path / "run").skipped_lines == 0


async def test_vote_with_signatures_is_counted_without_them(tmp_path: Path) -> None:
    def signed(name: str) -> Any:
        def reply(request: Any, nth: int) -> str:
            marker = next(
                line for line in request["messages"][0]["content"].splitlines() if "[[ANSWER" in line
            )
            return f"As {name}, I counted.\n{marker}\n{name}: 42\n\n— {name}"

        return reply

    async with room({name: signed(name) for name in NAMES[:3]}, tmp_path) as r:
        result = await r.done("vote", NAMES[:3], early_stop=False)
        assert (result.answer.text, result.answer.agreement) == ("42", 1.0)


def test_is_settled_counts_expressions_as_one_group_that_may_yet_join() -> None:
    votes = [(str(n), "7") for n in range(4)]
    rivals = [("a", "cos(pi/3)"), ("b", "cos(pi/3)"), ("c", "1/2"), ("d", "1/2")]
    assert not is_settled(votes + rivals, 0)
    assert is_settled(votes + rivals[:3], 0)


async def test_vote_rule_lead_asks_one_by_one_until_one_leads(tmp_path: Path) -> None:
    answers = {"Ada": "42", "Bob": "41", "Cem": "42", "Dan": "42", "Eve": "7"}
    async with room(answers, tmp_path) as r:
        result = await r.done("vote", NAMES, rule="lead")
        assert result.answer.text == "42"
        assert result.answer.how == "3 of 4 votes, against 1; ended early: 1 of 5 were not needed"
        assert len(r.fake.requests) == 4 and not r.asked_of("Eve")
        again = await r.again()
        assert again.answer.how == result.answer.how and len(r.fake.requests) == 4


async def test_vote_rule_lead_of_three_needs_three_equal_answers(tmp_path: Path) -> None:
    async with room(dict.fromkeys(NAMES, "42"), tmp_path) as r:
        await r.done("vote", NAMES, rule="lead", lead=3)
        assert len(r.fake.requests) == 3


async def test_vote_rule_lead_without_early_stop_takes_all_votes(tmp_path: Path) -> None:
    async with room(dict.fromkeys(NAMES, "42"), tmp_path) as r:
        await r.done("vote", NAMES, rule="lead", early_stop=False)
        assert len(r.fake.requests) == 5


async def test_vote_rule_lead_replaces_a_failed_vote(tmp_path: Path) -> None:
    answers = {"Ada": error(403), "Bob": "42", "Cem": "42", "Dan": "42", "Eve": "42"}
    async with room(answers, tmp_path) as r:
        result = await r.done("vote", NAMES, rule="lead")
        assert result.answer.text == "42" and len(r.fake.requests) == 3
