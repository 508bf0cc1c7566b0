"""The report of a run: its parts, computed from events, and that every reader shows the same."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui import Roundtable
from roundtable_tui.engine import events
from roundtable_tui.engine.record.recorder import RunRecord, read_record
from roundtable_tui.engine.run import Run
from roundtable_tui.reports.html import render_html_page
from roundtable_tui.reports.json_report import build_report
from roundtable_tui.reports.report import Report, make_report
from roundtable_tui.reports.report.sections import describe_report, describe_usage
from roundtable_tui.reports.transcript import render_transcript
from tests.support.run_builder import REFUSED, decides, house, marked, plan, taken, who

anyio = pytest.mark.anyio
SEATS: tuple[dict[str, Any], ...] = (
    {"seat": "ada", "name": "Ada", "model": "m1", "server": "s"},
    {"seat": "bob", "name": "Bob", "model": "m2", "server": "s"},
    {"seat": "cap", "name": "Cap", "model": "m1", "server": "s", "captain": True},
)
HEADER = events.RunStarted(run_id="r", started_at="now", mode="debate", question="Q?", seats=SEATS)


def turn(name: str, text: str, *, number: int = 1, phase: str = "round", **usage: Any) -> list[events.Event]:
    seat = name.partition(".")[0]
    used = {"prompt_tokens": 10, "completion_tokens": 5, **usage}
    return [
        events.TurnQueued(turn=name, seat=seat, label="answer", phase=phase, round=number),
        events.TurnFinished(turn=name, seat=seat, text=text, usage=used, elapsed_s=2.0),
    ]


def groups(number: int, *rows: tuple[str, str], **more: Any) -> events.AnswersGrouped:
    listed = tuple({"answer": answer, "seats": seats.split()} for answer, seats in rows)
    return events.AnswersGrouped(groups=listed, agreement=0.5, basis="exact", round=number, **more)


def test_make_report_without_header_raises() -> None:
    with pytest.raises(ValueError, match="no header"):
        make_report([])


def test_make_report_of_run_without_end_is_unfinished_and_has_its_rounds() -> None:
    report = make_report([HEADER, *turn("ada.1", "4"), groups(1, ("4", "ada"))])
    assert (report.status, report.outcome.kind, report.answer) == ("unfinished", "incomplete", "")
    assert [group.answer for group in report.rounds[0].groups] == ["4"]
    assert "no end" in report.outcome.reason


def test_usage_is_counted_by_phase_and_by_who_really_spoke() -> None:
    replaced = events.SeatChanged(
        seat="bob", what="persona", note="replaced", value={"name": "Dan", "role": ""}
    )
    report = make_report(
        [
            HEADER,
            events.PhaseStarted(name="round", number=1, of=2),
            *turn("ada.1", "4", cost=0.25, cost_reported=True),
            *turn("bob.1", "5", estimated=True),
            replaced,
            events.PhaseStarted(name="round", number=2, of=2),
            *turn("bob.2", "4", number=2, cost=0.5),
            events.PhaseStarted(name="selection"),
            *turn("cap.1", "1", number=2, phase="selection", cached_tokens=8),
            events.RunFinished(status="complete", answer="4", by="ada", elapsed_s=9.5),
        ]
    )
    usage = report.usage
    assert (usage.total.calls, usage.total.tokens, usage.total.seconds) == (4, 60, 9.5)
    assert (usage.total.cost, usage.total.cost_reported, usage.total.estimated) == (0.75, False, True)
    assert [(phase.phase, phase.usage.calls) for phase in usage.phases] == [
        ("round 1", 2),
        ("round 2", 1),
        ("selection", 1),
    ]
    assert [(seat.name, seat.usage.seconds) for seat in usage.seats] == [
        ("Ada", 2.0),
        ("Bob", 2.0),
        ("Dan", 2.0),
        ("Cap", 2.0),
    ]
    ada = usage.seats[0].usage
    assert (ada.cost, ada.cost_reported) == (0.25, True)
    assert [(one.turn, one.name) for one in report.turns if one.seat == "bob"] == [
        ("bob.1", "Bob"),
        ("bob.2", "Dan"),
    ]
    (one,) = report.replaced
    assert (one.seat, one.before, one.after, one.round) == ("bob", "Bob", "Dan", 1)


def test_cost_of_some_calls_is_said_not_to_be_the_whole_cost() -> None:
    report = make_report(
        [
            HEADER,
            *turn("ada.1", "4", cost=0.25, cost_reported=True),
            *turn("bob.1", "5"),
            events.RunFinished(status="complete", answer="4", by="ada", elapsed_s=9.5),
        ]
    )
    total, (ada, bob) = report.usage.total, [seat.usage for seat in report.usage.seats]
    assert (total.cost, total.cost_reported, total.unpriced) == (0.25, False, 1)
    assert (ada.cost_reported, ada.unpriced, bob.cost, bob.unpriced) == (True, 0, None, 1)
    assert "$0.250 without 1 call of unknown cost" in describe_usage(total)
    assert "$0.250 (reported)" in describe_usage(ada)


def test_tie_is_no_majority_and_nothing_is_overturned() -> None:
    change = {"seat": "ada", "from": "4", "to": "5", "direction": "neither"}
    report = make_report(
        [
            HEADER,
            groups(1, ("4", "ada"), ("5", "bob"), since_round=-1),
            groups(2, ("5", "ada bob"), since_round=1, changes=(change,)),
            events.RunFinished(status="complete", answer="5", kind="chosen", final_group=0, first_group=1),
        ]
    )
    assert report.first_majority is None and not report.outcome.overturned
    assert report.outcome.text == "agreed: 2 of 2 gave this answer"
    assert report.changes[0].direction == "neither" and not report.changes[0].joined_majority


@pytest.mark.parametrize(
    ("final_group", "changes", "overturned"),
    [
        (0, ({"seat": "ada", "from": "4", "to": "5", "direction": "away_from_majority"},), True),
        (0, (), False),
        (1, (), False),
    ],
)
def test_overturned_needs_seats_that_left_the_first_majority(
    final_group: int, changes: tuple[dict[str, str], ...], overturned: bool
) -> None:
    """A captain who picks against a majority that stands overturns nothing."""
    last = (("5", "ada eve"), ("4", "bob")) if changes else (("4", "ada bob"), ("5", "eve"))
    report = make_report(
        [
            HEADER,
            groups(1, ("4", "ada bob"), ("5", "eve"), since_round=-1),
            groups(2, *last, since_round=1, changes=changes),
            events.RunFinished(
                status="complete", answer="5", kind="chosen", final_group=final_group, first_group=1
            ),
        ]
    )
    assert report.outcome.overturned is overturned


def test_decisions_name_their_method_and_failures_their_recovery() -> None:
    failed = events.TurnFailed(turn="ada.1", seat="ada", kind="server", error="Ada: 500")
    asked = events.TurnQueued(turn="ada.1", seat="ada", label="answer", phase="round", round=1)
    refused = events.TurnFailed(turn="cap.1", seat="cap", kind="shape", error="Cap: no schema")
    report = make_report(
        [
            HEADER,
            asked,
            failed,
            *turn("ada.2", "4"),
            events.TurnQueued(
                turn="cap.1", seat="cap", label="verdict", phase="round", round=1, decides=True
            ),
            refused,
            events.Verdict(seat="cap", label="verdict", decision={"consensus": True}, rung="prose", round=1),
            events.RunFinished(status="complete", answer="4", by="ada"),
        ]
    )
    assert [(one.turn, one.recovered) for one in report.failures] == [("ada.1", True)]
    (decision,) = report.decisions
    assert (decision.name, decision.method, decision.is_fallback) == ("Cap", "prose", True)
    titles = {section.title: section.lines for section in describe_report(report)}
    assert titles["Failures"] == ("round 1: Ada · answer: Ada: 500; answered when asked again",)
    assert titles["Decisions"] == ("round 1: verdict by prose · Cap: agreed",)


def test_citations_are_those_of_the_answer() -> None:
    rows = tuple(
        {"number": n, "source": f"{n}.pdf", "unit": "page", "first": n, "last": n, "text": f"T{n}"}
        for n in (1, 2)
    )
    end = events.RunFinished(status="complete", answer="So it is [2].", by="ada")
    report = make_report([HEADER, events.PassagesUsed(passages=rows), *turn("ada.1", "x"), end])
    assert [(one.number, one.source, one.text) for one in report.citations] == [(2, "2.pdf", "T2")]


def test_report_survives_a_damaged_record() -> None:
    report = make_report(
        [
            HEADER,
            events.AnswersGrouped(groups=({}, {"answer": "x"}), basis="exact"),
            groups(2, ("4", "ada"), changes=({},), since_round=0),
            events.TurnFinished(
                turn="z.9", seat="z", text="?", usage={"cost": "much", "prompt_tokens": None}
            ),
            events.RunFinished(status="complete", answer="4", kind="chosen", final_group=7, first_group=-5),
        ]
    )
    assert (report.final_group, report.usage.total.tokens, report.usage.total.cost) == (None, 0, None)
    assert json.loads(report.to_json()) == report.to_dict()


# --- every reader shows the same -----------------------------------------------------------------


def debaters(request: dict[str, Any], nth: int) -> Any:
    name = who(request)
    if name != "Cap":
        return marked({"Ada": "42", "Bob": "42", "Eve": "41"}[name], request)
    if "The debate is over" in str(request["messages"][-1]["content"]):
        return decides(choice=1)
    return decides(consensus=False, direction="the count")


async def debated(folder: Path) -> tuple[Run, Report]:
    run, _ = await taken(debaters, "debate", options={"max_rounds": 1}, folder=folder)
    return run, make_report(run.events)


@anyio
async def test_exports_and_json_show_the_report(tmp_path: Path) -> None:
    run, report = await debated(tmp_path / "run")
    text = report.outcome.text
    assert text in ("majority 2:1", "picked against the majority (2 of 3 said 42)")
    assert build_report(run.events)["report"] == report.to_dict()
    recording = read_record(tmp_path / "run")
    assert make_report(recording.events).to_dict() == report.to_dict(), "the record has all of it"
    shown = text.replace("(", "").replace(")", "")
    for page in (render_transcript(run.events), (tmp_path / "run/transcript.md").read_text()):
        assert shown in page.replace("\\", "").replace("(", "").replace(")", "") and "round 1: 2:1" in page
    html = render_html_page(RunRecord(tmp_path, recording.header, recording.events))
    assert text in html and "Votes: 2:1" in html and "agreement" not in html


@anyio
async def test_text_of_a_model_in_the_report_is_escaped(tmp_path: Path) -> None:
    def script(request: dict[str, Any], nth: int) -> Any:
        evil = "<script>x</script> [a](b) \x1b[2J"
        return (
            marked(evil, request)
            if who(request) != "Cap"
            else decides(choice=1, consensus=True, direction="")
        )

    run, _ = await taken(script, "debate", options={"max_rounds": 1}, folder=tmp_path / "run")
    html = render_html_page(read_record(tmp_path / "run"))
    assert "<script>" not in html and "\x1b" not in html + render_transcript(run.events)
    for section in describe_report(make_report(run.events)):
        assert not any("\x1b" in line or "\n" in line for line in section.lines)


def test_ask_and_runs_show_print_the_report(cli_run: Any) -> None:
    asked = cli_run("ask", "--demo", "--mode", "debate", "--max-rounds", "1", "--seed", "3", "Wood or steel?")
    told = cli_run("runs", "show", "last", "--report", "--json")
    text = json.loads(told.out)["outcome"]["text"]
    assert f"Outcome: {text}" in asked.err.splitlines()
    shown = cli_run("runs", "show", "last", "--report").out
    assert f"  {text}" in shown.splitlines() and "Baseline" in shown
    whole = json.loads(cli_run("runs", "show", "last", "--json").out)
    assert whole["report"] == json.loads(told.out)
    assert text in cli_run("runs", "show", "last").out.replace("\\", "")


@anyio
async def test_result_report_is_typed() -> None:
    async with Roundtable(demo=True) as client:
        result = await client.ask("Wood or steel?", mode="debate", options={"max_rounds": 1}, seed=3)
    report = result.report()
    assert isinstance(report, Report) and report.answer == result.answer
    assert result.to_dict()["report"] == report.to_dict()
    assert report.usage.total.tokens == sum(seat.usage.tokens for seat in report.usage.seats)
    assert report.usage.total.tokens == sum(phase.usage.tokens for phase in report.usage.phases)


# --- the baseline --------------------------------------------------------------------------------


@anyio
async def test_baseline_takes_votes_until_the_tokens_of_the_run_are_used(tmp_path: Path) -> None:
    async with house(debaters) as (fake, client):
        run = Run(
            plan(fake, "debate", options={"max_rounds": 2}, baseline=True), client, run_dir=tmp_path / "run"
        )
        result = await run.execute()
    assert result.status == "complete"
    report = make_report(run.events)
    assert report.baseline is not None and report.baseline.taken is not None
    taken_vote = report.baseline.taken
    ran = report.usage.total.tokens - sum(
        phase.usage.tokens for phase in report.usage.phases if phase.phase == "baseline"
    )
    first = report.baseline.tokens
    assert (
        taken_vote.answer == "42" and taken_vote.answers > 3 and sum(taken_vote.votes) == taken_vote.answers
    )
    assert ran - first / 3 * 2 <= taken_vote.tokens <= ran + first
    assert taken_vote.agrees is (report.answer == "42")
    assert report.baseline.share == pytest.approx(first / ran)
    assert report.baseline.single_answers == ran * 3 // first
    again = [seen.body for seen in fake.requests if len(seen.body["messages"]) == 2]
    assert len(again) >= taken_vote.answers, "each without a conversation"
    line = next(line for s in describe_report(report) for line in s.lines if "equal tokens" in line)
    assert line.startswith("vote at equal tokens: 42 (")
    assert read_record(tmp_path / "run").header.calls["baseline"] is True


@anyio
async def test_baseline_of_resumed_run_is_not_taken_twice(tmp_path: Path) -> None:
    async with house(debaters) as (fake, client):
        how = plan(fake, "debate", options={"max_rounds": 1}, baseline=True)
        await Run(how, client, run_dir=tmp_path / "run").execute()
        before = len(fake.requests)
        again = Run(how, client, resume=read_record(tmp_path / "run"))
        await again.execute()
        assert len(fake.requests) == before
    assert sum(isinstance(event, events.BaselineTaken) for event in again.events) == 1


@anyio
async def test_baseline_of_a_mode_without_votes_is_a_notice() -> None:
    run, fake = await taken(lambda request, nth: "Hello.", "roundtable", baseline=True, options={"turns": 2})
    assert any("no baseline" in e.text for e in run.events if isinstance(e, events.Notice))
    assert make_report(run.events).baseline is None and len(fake.requests) == 3


@anyio
async def test_baseline_that_fails_leaves_the_run_complete() -> None:
    def script(request: dict[str, Any], nth: int) -> Any:
        return debaters(request, nth) if nth <= 5 else REFUSED

    run, _ = await taken(script, "debate", baseline=True, options={"max_rounds": 1})
    report = make_report(run.events)
    assert report.status == "complete" and report.outcome.kind in ("majority", "against_majority")


def test_cut_answer_recovers_no_failure_and_is_no_first_answer() -> None:
    asked = events.TurnQueued(turn="ada.1", seat="ada", label="answer", phase="round", round=1)
    failed = events.TurnFailed(turn="ada.1", seat="ada", kind="server", error="Ada: no")
    queued, cut = turn("ada.2", "4 and", completion_tokens=50)
    assert isinstance(cut, events.TurnFinished)
    recorded = [HEADER, asked, failed, queued, replace(cut, cut="length"), *turn("bob.1", "4")]
    report = make_report([*recorded, groups(1, ("4", "ada bob"))])
    assert [(one.turn, one.recovered) for one in report.failures] == [("ada.1", False)]
    report = make_report([*recorded, *turn("ada.3", "4"), groups(1, ("4", "ada bob"))])
    assert [(one.turn, one.recovered) for one in report.failures] == [("ada.1", True)]
    assert report.baseline is not None and report.baseline.tokens == 30
