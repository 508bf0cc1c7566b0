"""The report of a scripted run, for every mode and outcome."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui.engine.run import Run
from roundtable_tui.modes import all_modes
from roundtable_tui.reports.report import Report, make_report
from roundtable_tui.reports.report.sections import describe_change
from tests.support.fake_server import Reply
from tests.support.run_builder import REFUSED, asked, decides, house, marked, plan, taken, task, who

pytestmark = pytest.mark.anyio
OPEN = {
    "Ada": "It depends on how the water rises in spring, and on what the owners can pay for each year.",
    "Bob": "Three of the old bridges were taken down long ago, so that the map in the hall is out of date.",
    "Eve": "Nobody has counted them since the war; the office has lists that contradict one another badly.",
}
TEXT = "The river has two bridges. One is old. " * 12


def table_talk(
    answers: Mapping[str, Any], *, consensus: Sequence[bool] = (), pick: str = "", written: Any = "42",
    ranking: str = "", groups: Sequence[int] = (),
) -> Any:  # fmt: skip
    """Return a script: what each seat says (by round), the verdicts, and what the captain picks or writes."""
    verdicts = list(consensus)

    def script(request: dict[str, Any], nth: int) -> Any:
        said = asked(request)
        if "Do all these answers agree" in said or "answers agree in substance?" in said:
            agreed = verdicts.pop(0) if verdicts else False
            return decides(consensus=agreed, direction="" if agreed else "the count")
        if "The debate is over" in said or "You choose one as it stands" in said:
            listed = re.findall(r"<<\w+ (?:candidate|answer) (\d+)>>\n(.*?)\n<</", said, re.DOTALL)
            return decides(choice=next(int(number) for number, text in listed if pick in text))
        if "the number of its group" in said:
            return decides(claims="", groups=list(groups)) if groups else REFUSED
        if "every letter" in said:
            shown = re.findall(r"answer ([A-Z])>>\n(.*?)\n<</", said, re.DOTALL)
            return decides(
                ranking=[letter for letter, text in sorted(shown, key=lambda p: ranking not in p[1])]
            )
        if "Write the one best answer" in said or "Write the council's answer" in said:
            return written
        own = answers[who(request)]
        rounds = re.findall(r"^Round (\d+)\. What", said, re.MULTILINE)
        if isinstance(own, list):
            own = own[min(int(rounds[-1]) if rounds else 1, len(own)) - 1]
        system = str(request["messages"][0]["content"])
        return marked(own, request) if isinstance(own, str) and "[[ANSWER-" in system else own

    return script


def facts(report: Report) -> dict[str, Any]:
    """Return what a report says of the outcome; empty parts are left out."""
    taken_apart = {
        "kind": report.outcome.kind,
        "text": report.outcome.text,
        "rounds": [
            [(group.answer, " ".join(group.seats)) for group in one.groups]
            for one in report.rounds
            if one.is_comparable
        ],
        "first": report.first_majority.answer if report.first_majority else None,
        "group": report.final_group,
        "changes": [describe_change(report, one) for one in report.changes],
        "overturned": report.outcome.overturned,
        "dissent": report.dissent and (report.dissent.name, report.dissent.answer, report.dissent.votes),
        "baseline": report.baseline
        and (report.baseline.answer, report.baseline.votes, report.baseline.agrees),
        "failures": [(one.name, one.label, one.kind) for one in report.failures],
        "exit": report.exit_code,
    }
    return {name: value for name, value in taken_apart.items() if value or (value == 0 and name == "group")}


CASES: dict[str, tuple[str, Any, dict[str, Any], dict[str, Any]]] = {
    "debate agreed": (
        "debate", table_talk({"Ada": "42", "Bob": "42.0", "Eve": "42"}, consensus=[True]), {},
        {
            "kind": "agreed", "text": "agreed: 3 of 3 gave this answer", "rounds": [[("42", "ada bob eve")]],
            "first": "42", "group": 0, "baseline": ("42", (3,), True),
        },
    ),
    "debate majority": (
        "debate", table_talk({"Ada": "42", "Bob": "42", "Eve": "41"}, pick="42"), {"max_rounds": 1},
        {
            "kind": "majority", "text": "majority 2:1", "rounds": [[("42", "ada bob"), ("41", "eve")]],
            "first": "42", "group": 0, "dissent": ("Eve", "41", 1), "baseline": ("42", (2, 1), True),
        },
    ),
    "debate no consensus": (
        "debate", table_talk({"Ada": "40", "Bob": "41", "Eve": "42"}, pick="41"), {"max_rounds": 1},
        {
            "kind": "no_consensus", "text": "no consensus: 3 different answers",
            "rounds": [[("40", "ada"), ("41", "bob"), ("42", "eve")]], "group": 1,
            "dissent": ("Ada", "40", 1), "baseline": ("", (1, 1, 1), None),
        },
    ),
    "debate consensus over different answers": (
        "debate", table_talk({"Ada": "40", "Bob": "41", "Eve": "42"}, consensus=[True], pick="42"), {},
        {
            "kind": "no_consensus", "text": "no consensus: 3 different answers; the captain saw consensus",
            "rounds": [[("40", "ada"), ("41", "bob"), ("42", "eve")]], "group": 2,
            "dissent": ("Ada", "40", 1), "baseline": ("", (1, 1, 1), None),
        },
    ),
    "debate against the majority": (
        "debate", table_talk({"Ada": "42", "Bob": "42", "Eve": "41"}, pick="41"), {"max_rounds": 1},
        {
            "kind": "against_majority", "text": "picked against the majority (2 of 3 said 42)",
            "rounds": [[("42", "ada bob"), ("41", "eve")]], "first": "42", "group": 1,
            "dissent": ("Ada", "42", 2), "baseline": ("42", (2, 1), False),
        },
    ),
    "debate overturned": (
        "debate",
        table_talk({"Ada": ["41", "42"], "Bob": ["41", "42"], "Eve": ["42"]}, consensus=[False, True]), {},
        {
            "kind": "agreed", "text": "agreed: 3 of 3 gave this answer; the first majority was overturned",
            "rounds": [[("41", "ada bob"), ("42", "eve")], [("42", "ada bob eve")]],
            "first": "41", "group": 0,
            "changes": [
                "round 2: Ada: 41 → 42, left the majority, after reading Bob, Eve",
                "round 2: Bob: 41 → 42, left the majority, after reading Ada, Eve",
            ],
            "overturned": True, "baseline": ("41", (2, 1), False),
        },
    ),
    "debate joined the majority": (
        "debate",
        table_talk({"Ada": ["42"], "Bob": ["42"], "Eve": ["41", "42"]}, consensus=[False, True]), {},
        {
            "kind": "agreed", "text": "agreed: 3 of 3 gave this answer",
            "rounds": [[("42", "ada bob"), ("41", "eve")], [("42", "ada bob eve")]],
            "first": "42", "group": 0,
            "changes": ["round 2: Eve: 41 → 42, joined the majority, after reading Ada, Bob"],
            "baseline": ("42", (2, 1), True),
        },
    ),
    "debate a tie is no majority, 5 and 5 km are no change": (
        "debate",
        table_talk(
            {"Ada": ["5", "5 km"], "Bob": ["5 km"], "Eve": ["6 km", "7 km"], "Dan": ["6 km"]}, pick="5 km"
        ),
        {"max_rounds": 2, "names": "Ada Bob Eve Dan"},
        {
            "kind": "majority", "text": "majority 2:1:1",
            "rounds": [
                [("5", "ada bob"), ("6 km", "eve dan")],
                [("5 km", "ada bob"), ("7 km", "eve"), ("6 km", "dan")],
            ],
            "group": 0, "changes": ["round 2: Eve: 6 km → 7 km, after reading Ada, Bob, Dan"],
            "dissent": ("Eve", "7 km", 1), "baseline": ("", (2, 2), None),
        },
    ),
    "debate of open texts agreed by the captain": (
        "debate", table_talk(OPEN, consensus=[True], pick="Nobody"), {},
        {
            "kind": "agreed", "text": "agreed, by the captain's verdict; the answers differ in wording",
            "baseline": ("", (), None),
        },
    ),
    "debate of open texts without consensus": (
        "debate", table_talk(OPEN, pick="Nobody"), {"max_rounds": 1},
        {
            "kind": "no_consensus", "text": "no consensus", "baseline": ("", (), None),
            "failures": [("Cap", "groups", "auth")],
        },
    ),
    "debate of open texts grouped by the captain": (
        "debate", table_talk(OPEN, pick=OPEN["Ada"], groups=[1, 2, 1]), {"max_rounds": 1},
        {
            "kind": "majority", "text": "majority 2:1",
            "rounds": [[(OPEN["Ada"], "ada eve"), (OPEN["Bob"], "bob")]],
            "first": OPEN["Ada"], "group": 0, "dissent": ("Bob", OPEN["Bob"], 1),
            "baseline": (OPEN["Ada"], (2, 1), True),
        },
    ),
    "pro picked from open texts, too short a run to group them": (
        "pro", table_talk(OPEN, pick=OPEN["Bob"], groups=[1, 2, 1]), {"pick": True},
        {"kind": "produced", "text": "done", "baseline": ("", (), None)},
    ),
    "council merged from texts grouped by the captain": (
        "council", table_talk(OPEN, written="So be it.", ranking="Nobody", groups=[1, 2, 1]), {},
        {
            "kind": "merged", "text": "merged", "rounds": [[(OPEN["Ada"], "ada eve"), (OPEN["Bob"], "bob")]],
            "first": OPEN["Ada"], "dissent": ("Ada", OPEN["Ada"], 1), "baseline": (OPEN["Ada"], (2, 1), None),
        },
    ),
    "debate of one": (
        "debate", table_talk({"Ada": "42"}), {"names": "Ada"},
        {
            "kind": "single", "text": "one answer", "rounds": [[("42", "ada")]], "group": 0,
            "baseline": ("42", (1,), True),
        },
    ),
    "debate incomplete": (
        "debate", table_talk({"Ada": "42", "Bob": "42", "Eve": REFUSED}, consensus=[True]), {},
        {
            "kind": "incomplete", "text": "incomplete: no answer from Eve; agreed: 2 of 2 gave this answer",
            "rounds": [[("42", "ada bob")]], "first": "42", "group": 0, "baseline": ("42", (2,), True),
            "failures": [("Eve", "answer", "auth")],
        },
    ),
    "vote agreed": (
        "vote", table_talk({"Ada": "42", "Bob": "42", "Eve": "42"}), {"early_stop": False},
        {
            "kind": "agreed", "text": "agreed: 3 of 3 gave this answer", "rounds": [[("42", "*")]],
            "first": "42", "group": 0, "baseline": ("42", (3,), True),
        },
    ),
    "vote majority": (
        "vote", table_talk({"Ada": "42", "Bob": "42", "Eve": "41"}), {"early_stop": False},
        {
            "kind": "majority", "text": "majority 2:1", "rounds": [[("42", "*"), ("41", "eve")]],
            "first": "42", "group": 0, "dissent": ("Eve", "41", 1), "baseline": ("42", (2, 1), True),
        },
    ),
    "vote of one": (
        "vote", table_talk({"Ada": "42"}), {"names": "Ada"},
        {
            "kind": "single", "text": "one answer", "rounds": [[("42", "ada")]], "group": 0,
            "baseline": ("42", (1,), True),
        },
    ),
    "vote incomplete": (
        "vote", table_talk({"Ada": "42", "Bob": REFUSED, "Eve": REFUSED}), {},
        {
            "kind": "incomplete", "text": "incomplete: no answer from Bob, Eve; one answer",
            "rounds": [[("42", "ada")]], "group": 0, "baseline": ("42", (1,), True),
            "failures": [("Bob", "vote", "auth"), ("Eve", "vote", "auth")],
        },
    ),
    "pro agreed": (
        "pro", table_talk({"Ada": "42", "Bob": "42", "Eve": "42"}, written="Answer: 42"), {},
        {
            "kind": "agreed", "text": "agreed: 3 of 3 gave this answer", "rounds": [[("42", "ada bob eve")]],
            "first": "42", "group": 0, "baseline": ("42", (3,), True),
        },
    ),
    "pro merged against the majority": (
        "pro", table_talk({"Ada": "180", "Bob": "180", "Eve": "180"}, written="Answer: 7"), {},
        {
            "kind": "against_majority", "text": "merged against the majority (3 of 3 said 180)",
            "rounds": [[("180", "ada bob eve")]], "first": "180", "group": -1,
            "dissent": ("Ada", "180", 3), "baseline": ("180", (3,), False),
        },
    ),
    "pro merged from open texts": (
        "pro", table_talk(OPEN, written="All in all: it depends on the water and on those who count."), {},
        {"kind": "merged", "text": "merged", "baseline": ("", (), None)},
    ),
    "pro majority picked": (
        "pro", table_talk({"Ada": "42", "Bob": "41", "Eve": "42"}, pick="42"), {"pick": True},
        {
            "kind": "majority", "text": "majority 2:1", "rounds": [[("42", "ada eve"), ("41", "bob")]],
            "first": "42", "group": 0, "dissent": ("Bob", "41", 1), "baseline": ("42", (2, 1), True),
        },
    ),
    "pro no consensus": (
        "pro", table_talk({"Ada": "42", "Bob": "41", "Eve": "40"}, pick="41"), {"pick": True},
        {
            "kind": "no_consensus", "text": "no consensus: 3 different answers",
            "rounds": [[("42", "ada"), ("41", "bob"), ("40", "eve")]], "group": 1,
            "dissent": ("Ada", "42", 1), "baseline": ("", (1, 1, 1), None),
        },
    ),
    "pro single": (
        "pro", table_talk({"Ada": "42"}), {"names": "Ada"},
        {
            "kind": "single", "text": "one answer", "rounds": [[("42", "ada")]], "group": 0,
            "baseline": ("42", (1,), True),
        },
    ),
    "pro incomplete": (
        "pro", table_talk({"Ada": "42", "Bob": REFUSED, "Eve": "42"}, written="Answer: 42"), {},
        {
            "kind": "incomplete", "text": "incomplete: no answer from Bob; agreed: 2 of 2 gave this answer",
            "rounds": [[("42", "ada eve")]], "first": "42", "group": 0, "baseline": ("42", (2,), True),
            "failures": [("Bob", "answer", "auth")],
        },
    ),
    "council agreed": (
        "council",
        table_talk({"Ada": "42", "Bob": "42", "Eve": "42"}, written="Answer: 42", ranking="42"), {},
        {
            "kind": "agreed", "text": "agreed: 3 of 3 gave this answer", "rounds": [[("42", "ada bob eve")]],
            "first": "42", "group": 0, "baseline": ("42", (3,), True),
        },
    ),
    "council against the majority": (
        "council",
        table_talk({"Ada": "42", "Bob": "42", "Eve": "41"}, written="Answer: 41", ranking="41"), {},
        {
            "kind": "against_majority", "text": "merged against the majority (2 of 3 said 42)",
            "rounds": [[("42", "ada bob"), ("41", "eve")]], "first": "42", "group": 1,
            "dissent": ("Ada", "42", 2), "baseline": ("42", (2, 1), False),
        },
    ),
    "council merged": (
        "council", table_talk(OPEN, written="So be it: count them anew, in spring.", ranking="Nobody"), {},
        {
            "kind": "merged", "text": "merged", "baseline": ("", (), None),
            "dissent": ("Ada", OPEN["Ada"], 1), "failures": [("Cap", "groups", "auth")],
        },
    ),
    "single": (
        "single", table_talk({"Ada": "42"}), {"names": "Ada"}, {"kind": "single", "text": "one answer"},
    ),
    "single incomplete": (
        "single", table_talk({"Ada": REFUSED}), {"names": "Ada"},
        {"kind": "incomplete", "failures": [("Ada", "answer", "auth")], "exit": 1},
    ),
    "roundtable produced": (
        "roundtable", table_talk(dict.fromkeys(("Ada", "Bob", "Eve", "Cap"), "I say so.")), {"turns": 3},
        {"kind": "produced", "text": "done"},
    ),
    "chain produced": (
        "chain", table_talk(dict.fromkeys(("Ada", "Bob", "Cap"), "Two bridges.")),
        {"names": "Ada Bob", "chunk_size": 300, "chunk_overlap": 0}, {"kind": "produced", "text": "done"},
    ),
    "fanout produced": (
        "fanout", table_talk({"Ada": "One.", "Bob": "Two."}), {"names": "Ada Bob"},
        {"kind": "produced", "text": "done"},
    ),
    "fanout incomplete": (
        "fanout", table_talk({"Ada": "One.", "Bob": REFUSED}), {"names": "Ada Bob"},
        {"kind": "incomplete", "text": "incomplete: no answer from Bob",
         "failures": [("Bob", "call 2", "auth")]},
    ),
    "loop produced": (
        "loop", table_talk(dict.fromkeys(("Ada", "Bob", "Eve", "Dan"), "What is a bridge?")),
        {"names": "Ada Bob Eve Dan", "turns": 2}, {"kind": "produced", "text": "done"},
    ),
}  # fmt: skip


async def run_case(mode: str, script: Any, options: dict[str, Any], **how: Any) -> Run:
    options = dict(options)
    names = options.pop("names", "Ada Bob Eve")
    if mode == "chain":
        how["task"] = task(context=TEXT)
    run, _ = await taken(script, mode, names=names, options=options, **how)
    return run


def without_order(found: dict[str, Any]) -> dict[str, Any]:
    """Hide which seats of a vote came first: they answer in parallel."""
    rounds = [[(answer, "*" if " " in seats else seats) for answer, seats in one] for one in found["rounds"]]
    return {**found, "rounds": rounds}


@pytest.mark.parametrize("name", CASES)
async def test_report_of_scripted_run_is_exact(name: str, tmp_path: Path) -> None:
    mode, script, options, expected = CASES[name]
    run = await run_case(mode, script, options, folder=tmp_path / "run")
    report = make_report(run.events)
    found = facts(report)
    if mode == "vote" and "rounds" in found:
        found = without_order(found)
    if "text" not in expected:
        found.pop("text")
    assert found == expected, report.outcome
    assert report.answer == report.to_dict()["answer"] and report.exit_code == (0 if report.answer else 1)


MODES = sorted(mode.name for mode in all_modes().values())


@pytest.mark.parametrize("mode", MODES)
async def test_report_of_stopped_run_is_stopped(mode: str, tmp_path: Path) -> None:
    everybody = dict.fromkeys(("Ada", "Bob", "Eve", "Cap"), Reply(text="42", gate=asyncio.Event()))
    how: dict[str, Any] = {"task": task(context=TEXT)} if mode == "chain" else {}
    async with house(table_talk(everybody)) as (fake, client):
        run = Run(plan(fake, mode, **how), client, run_dir=tmp_path / "run")
        executing = asyncio.ensure_future(run.execute())
        await fake.seen(1)
        executing.cancel()
        await asyncio.wait({executing})
    report = make_report(run.events)
    assert (report.outcome.kind, report.outcome.text) == ("stopped", "stopped by you")
    assert (report.status, report.exit_code, report.answer) == ("cancelled", 130, "")


@pytest.mark.parametrize("mode", MODES)
async def test_report_of_run_without_budget_says_so(mode: str, tmp_path: Path) -> None:
    everybody = dict.fromkeys(("Ada", "Bob", "Eve", "Cap"), "42")
    run = await run_case(mode, table_talk(everybody), {}, budget=1, folder=tmp_path / "run")
    report = make_report(run.events)
    assert report.outcome.kind == "budget_reached"
    assert report.exit_code == (0 if mode == "chain" else 1)  # The text of the task stands as notes.
    assert report.outcome.text.startswith("budget reached: ") and "not asked" in report.outcome.text


async def test_report_of_run_cut_by_its_budget_keeps_what_was_agreed() -> None:
    script = table_talk({"Ada": ["42"], "Bob": ["42"], "Eve": ["42"]}, consensus=[False])
    run = await run_case("vote", script, {"early_stop": False}, budget=1200)
    report = make_report(run.events)
    assert report.outcome.kind == "budget_reached" and report.outcome.answers in ("agreed", "single")
    assert report.answer == "42" and report.exit_code == 0


async def test_report_of_pipeline_is_that_of_its_last_stage() -> None:
    from tests.modes.test_pipeline import CHAIN, DEBATE, PRO
    from tests.modes.test_pipeline import run as run_stages

    one, _ = await run_stages(CHAIN, PRO, DEBATE)
    report = make_report(one.events)
    assert [(found.stage, found.round) for found in report.rounds] == [(2, 1), (3, 1)]
    assert {turn.stage for turn in report.turns} == {1, 2, 3}
    assert {phase.stage for phase in report.usage.phases} == {1, 2, 3}
    last = report.rounds[-1]
    assert report.outcome.votes == last.votes
