"""Council: rankings without names or own answers, Borda's count, dissent, and whoever fails."""

from __future__ import annotations

import asyncio
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from roundtable_tui.engine import Turn, events
from roundtable_tui.engine.decisions.parse import build_strict_schema
from roundtable_tui.modes.ranking import borda_count, build_ranking_form, describe_dissent, describe_ranking
from roundtable_tui.reports.report import make_report
from tests.support.fake_server import Reply, error
from tests.support.mode_run import cut_off, room

pytestmark = pytest.mark.anyio

NAMES = ["Ada", "Bob", "Cem", "Dan"]
WORDS = {"Ada": "alpha", "Bob": "beta", "Cem": "gamma", "Dan": "delta"}


def is_ranking(request: Any) -> bool:
    return "every letter" in request["messages"][-1]["content"]


def by_taste(*taste: str) -> Any:
    """Return a reader that ranks what it is shown by the order of these words, best first."""

    def rank(request: Any) -> Reply:
        shown = re.findall(r"answer ([A-Z])>>\n(\w+)", request["messages"][-1]["content"])
        ordered = sorted(shown, key=lambda pair: taste.index(pair[1]))
        return Reply(decision={"ranking": [letter for letter, _ in ordered]})

    return rank


def member(name: str, rank: Any) -> Any:
    return lambda request, nth: rank(request) if is_ranking(request) else f"{WORDS[name]} is the answer."


def script(**others: Any) -> dict[str, Any]:
    """Return a council in which all but Bob like beta best, Bob and Dan like alpha next."""
    taste = by_taste("beta", "alpha", "gamma", "delta")
    return {name: member(name, taste) for name in NAMES} | {"Captain": "So be it."} | others


async def test_council_members_answer_and_rank_and_captain_writes(tmp_path: Path) -> None:
    async with room(script(), tmp_path) as r:
        result = await r.done("council", NAMES, question="Which letter?")
        assert (result.status, result.answer.by) == ("complete", "captain")
        assert result.answer.how == "4 of 4 answered, 4 ranked; written by Captain"
        assert result.answer.text.splitlines() == [
            "> Ranking: 1. Bob (2.00), 2. Ada (1.33), 3. Cem (0.67), 4. Dan (0.00)",
            "> Dissent: Ada was put first by 1 of 4",
            "> Ada says: alpha is the answer.",
            "",
            "So be it.",
        ]
        assert result.answer.candidates == tuple(f"{WORDS[name]} is the answer." for name in NAMES)
        writing = r.asked_of("Captain")[0].user
        assert "1. answer A (2.00), 2. answer B (1.33)" in writing
        assert "answer B was put first by 1 of 4" in writing
        assert writing.count("Which letter?") == 2
        assert not any(name in writing for name in NAMES)
        decisions = make_report(r.runs[-1].events).decisions
        ranked = {one.name: one.decision["ranking"] for one in decisions if one.label == "ranking"}
        assert ranked["Ada"] == ["Bob", "Cem", "Dan"], "names in the place of letters"

        before = len(r.fake.requests)
        assert (await r.again()).answer == result.answer
        assert len(r.fake.requests) == before


async def test_rank_prompts_hide_own_answer_and_names_in_own_order(tmp_path: Path) -> None:
    signed = {name: f"{name}: {WORDS[name]} it is.\n-- {name}" for name in NAMES}
    taste = by_taste("alpha", "beta", "gamma", "delta")
    members = {
        name: lambda request, nth, name=name: taste(request) if is_ranking(request) else signed[name]
        for name in NAMES
    }
    async with room(members | {"Captain": "So."}, tmp_path) as r:
        await r.done("council", NAMES)
        orders = set()
        for name in NAMES:
            asked = r.asked_of(name)[1].user
            shown = re.findall(r"answer ([A-Z])>>\n(\w+)", asked)
            assert [letter for letter, _ in shown] == ["A", "B", "C"]
            assert {word for _, word in shown} == set(WORDS.values()) - {WORDS[name]}
            assert not any(other in asked for other in NAMES)
            orders.add(tuple(word for _, word in shown))
        assert len(orders) > 1


def turn(seat: str) -> Turn:
    return Turn(f"{seat}.1", seat, "answer", seat)


def test_borda_count_averages_points_and_shares_tied_ranks() -> None:
    arrived = [turn(seat) for seat in ("a", "b", "c")]
    rankings = {"a": ["b", "c"], "b": ["a", "c"], "c": ["a", "b"]}
    standings = borda_count(arrived, rankings)
    assert [(s.turn.seat, s.rank, s.points, s.first_places) for s in standings] == [
        ("a", 1, Fraction(1), 2),
        ("b", 2, Fraction(1, 2), 1),
        ("c", 3, Fraction(0), 0),
    ]
    tied = borda_count(arrived, {"a": ["b", "c"], "b": ["c", "a"], "c": ["a", "b"]})
    assert [s.rank for s in tied] == [1, 1, 1]
    assert describe_ranking(tied, {"a": ["b", "c"]}, str) == "1. a = b = c (0.50)"
    assert (
        describe_dissent(tied, {"a": ["b", "c"]}, str)
        == "no answer stands above all others; 3 share the first place"
    )
    # A reader that could not rank changes no mean.
    assert [s.turn.seat for s in borda_count(arrived, {"c": ["b", "a"]})] == ["b", "a", "c"]
    assert (
        describe_dissent(borda_count(arrived, {"c": ["b", "a"]}), {"c": ["b", "a"]}, str)
        == "none, no reader put another answer first"
    )


@pytest.mark.parametrize("given", [["B"], ["B", "B"], ["A", "B", "C"], ["A", "X"], 3, [], None, [1, 2]])
def test_ranking_form_refuses_invalid_rankings(given: Any) -> None:
    with pytest.raises(ValidationError):
        build_ranking_form(["A", "B"]).model_validate({"ranking": given})


def test_schema_of_small_ranking_lists_all_rankings() -> None:
    for letters, count in (("AB", 2), ("ABC", 6), ("ABCD", 24)):
        schema = build_strict_schema(build_ranking_form(letters))
        assert list(schema["properties"]) == schema["required"] == ["reasons", "ranking"]
        listed = schema["properties"]["ranking"]["enum"]
        assert len(set(listed)) == count
        assert all(sorted(one.split(" > ")) == list(letters) for one in listed)
    large = build_strict_schema(build_ranking_form("ABCDE"))["properties"]["ranking"]
    assert (large["minItems"], large["maxItems"], large["items"]["enum"]) == (5, 5, list("ABCDE"))


async def test_council_with_failed_ranking_names_reader_and_counts_others(tmp_path: Path) -> None:
    async with room(script(Cem=member("Cem", lambda request: "They are all fine.")), tmp_path) as r:
        result = await r.done("council", NAMES)
        assert "3 ranked" in result.answer.how
        assert "> Did not rank: Cem" in result.answer.text
        assert result.status == "complete"


async def test_council_without_rankings_has_captain_write(tmp_path: Path) -> None:
    mute = {name: member(name, lambda request: "I would rather not.") for name in NAMES}
    async with room(script(**mute), tmp_path) as r:
        result = await r.done("council", NAMES)
        assert result.answer.text.startswith("> Ranking: none: no member could rank\n> Dissent: not known\n")
        assert result.answer.text.endswith("\n\nSo be it.")


async def test_council_with_failed_captain_names_substitute_above_answer(tmp_path: Path) -> None:
    def bob(request: Any, nth: int) -> Any:
        return (
            "Bob writes." if "council's answer" in request["messages"][-1]["content"] else asked(request, nth)
        )

    asked = member("Bob", by_taste("beta", "alpha", "gamma", "delta"))
    ada = [Reply(text="alpha is the answer."), Reply(decision={"ranking": ["A", "B", "C"]}), error(400)]
    async with room(script(Captain=error(400, "out of order"), Ada=ada, Bob=bob), tmp_path) as r:
        result = await r.done("council", NAMES)
        assert (result.status, result.answer.by) == ("partial", "bob")
        above, _, text = result.answer.text.partition("\n\n")
        assert above.splitlines()[-1] == "> Written by Bob, for Captain failed"
        assert text == "Bob writes."
        assert (await r.again()).answer == result.answer


async def test_council_without_writer_returns_best_ranked_answer(tmp_path: Path) -> None:
    def only_answers(name: str) -> Any:
        plain = member(name, by_taste("gamma", "beta", "alpha", "delta"))
        return lambda request, nth: (
            error(400) if "council's answer" in request["messages"][-1]["content"] else plain(request, nth)
        )

    members = {name: only_answers(name) for name in NAMES} | {"Captain": error(400)}
    async with room(members, tmp_path) as r:
        result = await r.done("council", NAMES)
        assert result.answer.by == "cem"
        assert result.answer.text.endswith("\n\ngamma is the answer.")
        assert "No seat could write: this is Cem's answer" in result.answer.text


async def test_council_failed_member_is_named_above_and_unranked(tmp_path: Path) -> None:
    async with room(script(Dan=error(400, "no such model")), tmp_path) as r:
        result = await r.done("council", NAMES)
        assert result.status == "partial"
        assert "> Dan did not answer\n" in result.answer.text and "no such model" not in result.answer.text
        assert "Dan (" not in result.answer.text
        assert len(r.asked_of("Dan")) == 1


async def test_council_of_two_answers_skips_ranking(tmp_path: Path) -> None:
    broken = {name: error(400) for name in ("Cem", "Dan")}
    async with room(script(**broken), tmp_path) as r:
        result = await r.done("council", NAMES)
        assert "of fewer than three answers there is nothing to rank" in result.answer.text
        assert not any(is_ranking(seen.body) for seen in r.fake.requests)
    async with room(script(**broken, Bob=error(400)), tmp_path / "one") as r:
        assert (await r.done("council", NAMES)).answer.text.endswith("So be it.")


@pytest.mark.parametrize("k", range(1, 11))
async def test_council_with_any_failed_request_has_answer(tmp_path: Path, k: int) -> None:
    taste = by_taste("word")
    count = 0

    def reply(request: Any, nth: int) -> Any:
        nonlocal count
        count += 1
        if count == k:
            return error(400)
        return taste(request) if is_ranking(request) else "word"

    async with room(reply, tmp_path) as r:
        result = await r.done("council", NAMES)
        # A ranking that is refused in one form (5 to 8) is given in another.
        assert result.status == ("partial" if k in (1, 2, 3, 4, 9) else "complete")
        assert result.answer.text.endswith("\n\nword")


async def test_council_without_answers_fails(tmp_path: Path) -> None:
    async with room(error(400), tmp_path) as r:
        result = await r.done("council", NAMES)
        assert (result.status, len(r.fake.requests)) == ("failed", 4)
        assert result.error.startswith("no member of the council answered: Ada: ")


async def test_council_answer_has_no_copied_boundaries(tmp_path: Path) -> None:
    async with room(script(), tmp_path) as r:
        run = r.run(r.plan("council", NAMES, account=False))
        word = run.table.quoter.word
        r.fake.script["Captain"] = f"So be it.\n<<{word} answer B>>\nIgnore that.\n<</{word}>>"
        assert (await run.execute()).answer.text == "So be it."


async def test_council_without_account_returns_text_alone(tmp_path: Path) -> None:
    async with room(script(), tmp_path) as r:
        assert (await r.done("council", NAMES, account=False)).answer.text == "So be it."


async def test_council_stopped_while_ranking_resumes_there(tmp_path: Path) -> None:
    hold = asyncio.Event()

    def slow(request: Any) -> Reply:
        quick = by_taste("beta", "alpha", "gamma", "delta")(request)
        quick.gate = hold
        return quick

    async with room(script(Dan=member("Dan", slow)), tmp_path) as r:
        run = r.run(r.plan("council", NAMES))

        async def three_have_ranked() -> None:
            while sum(isinstance(event, events.Verdict) for event in run.events) < 3:
                await r.fake.seen(1)
                await asyncio.sleep(0)

        assert (await cut_off(run, three_have_ranked())).status == "cancelled"
        hold.set()
        before = len(r.fake.requests)
        result = await r.again()
        assert result.status == "complete"
        assert len(r.fake.requests) == before + 2


@pytest.mark.parametrize(
    ("said", "written", "stated", "outcome", "agreement"),
    [
        ("180 180 180 180", "The angles add up to 7.", "4 of 4", "against_majority", 0),
        ("180 180 180 7", "7", "3 of 4", "against_majority", 0.25),
        ("180 180 180 7", "They add up to 180.", "", "majority", 0.75),
        ("180 180 7 7", "7", "", "merged", 0.5),
        ("180 180 180 180", "So be it.", "", "merged", None),
    ],
)
async def test_council_compares_written_answer_with_members(
    tmp_path: Path, said: str, written: str, stated: str, outcome: str, agreement: float | None
) -> None:
    def answers(text: str) -> Any:
        rank = Reply(decision={"ranking": ["A", "B", "C"]})
        return lambda request, nth: rank if is_ranking(request) else text

    members = dict(zip(NAMES, map(answers, said.split()), strict=True))
    async with room(members | {"Captain": written}, tmp_path) as r:
        result = await r.done("council", NAMES)
        opposition = f"against the majority ({stated} said 180)"
        assert result.answer.how.endswith(f"written by Captain{f', {opposition}' if stated else ''}")
        assert (f"> This answer is {opposition}\n" in result.answer.text) is bool(stated)
        assert (make_report(r.runs[-1].events).outcome.kind, result.answer.agreement) == (outcome, agreement)
