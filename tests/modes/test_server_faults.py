"""Streams that a fault of the server ends after text has come: retried, kept, counted, and no answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui.engine import Answer, Mode, NoAnswerError, Options, Table, events
from roundtable_tui.engine.record.recorder import read_record
from roundtable_tui.llm.types import Limits
from roundtable_tui.reports.json_report import build_report
from roundtable_tui.reports.report import make_report
from roundtable_tui.reports.transcript import render_transcript
from tests.support.fake_server import Reply, chunk, error, event
from tests.support.run_builder import resumed, taken, told, who
from tests.support.stress.run_invariants import idents
from tests.support.stress.runs import CASES, Brain, take

pytestmark = pytest.mark.anyio

TEXT = "The first half of"
WHOLE = Reply(text=f"{TEXT} an answer that goes on")
PIECES = len(TEXT.split())
SAID = [event(chunk({}, {"content": word})) for word in ("The ", "first ", "half ", "of")]
NAMED = b'event: error\ndata: {"message": "overloaded", "type": "overloaded_error"}\n\n'
OVERLOADED = b'data: {"error": {"message": "Overloaded", "code": 529}}\n\n'
CUTS = {
    "error object": replace(WHOLE, error_after=PIECES),
    "error with a wait": replace(WHOLE, error_after=PIECES, error_data=OVERLOADED),
    "named error": replace(WHOLE, error_after=PIECES, error_data=NAMED),
    "error without framing": Reply(raw=[*SAID, b'{"error": {"message": "gone", "code": 502}}\n'], done=False),
    "error as text": Reply(raw=[*SAID, event({"error": "the engine is gone"})], done=False),
    "error of a choice": Reply(
        raw=[
            *SAID,
            event({"choices": [{"error": {"message": "gone", "code": 502}, "finish_reason": "error"}]}),
        ]
    ),
    "flat error": Reply(raw=[*SAID, event({"object": "error", "message": "gone", "code": 500})], done=False),
    "connection closed": replace(WHOLE, cut_after=PIECES),
    "end without a reason": Reply(raw=SAID, done=False),
    "silence": replace(WHOLE, stall_after=PIECES),
    "finish reason": Reply(text=TEXT, finish_reason="network_error", usage=None),
}
LIMITS = Limits(retries=1, idle_s=0.5)


@pytest.mark.parametrize("mode", ["single", "vote", "debate", "pro"])
@pytest.mark.parametrize("cut", CUTS)
async def test_run_whose_answers_are_all_cut_by_a_fault_is_incomplete_with_the_text(
    cut: str, mode: str, tmp_path: Path
) -> None:
    run, fake = await taken(CUTS[cut], mode, folder=tmp_path / "run", limits=LIMITS)
    seats = len({who(seen.body) for seen in fake.requests})
    assert len(fake.requests) == 2 * seats, "each call is retried once"
    ends = told(run, events.TurnFailed)
    assert [(end.text.strip(), end.cut_by) for end in ends] == [(TEXT, "fault")] * seats
    assert all(end.usage["completion_tokens"] >= 2 and end.usage["estimated"] for end in ends)
    result = run.result
    assert result is not None and (result.status, result.incomplete) == ("partial", True)
    assert result.answer.text.strip() == TEXT and "longest of those that were cut off" in result.answer.how
    report = make_report(run.events)
    assert report.outcome.text == "incomplete: every answer was cut off"
    assert report.usage.total.completion_tokens == sum(end.usage["completion_tokens"] for end in ends)


@pytest.mark.parametrize(
    "early",
    [
        Reply(raw=[event({"error": {"message": "gone", "code": 500}})], done=False),
        Reply(text="Yes", error_after=0),
        Reply(reasoning="hm hm hm", text="Yes", error_after=3),
        Reply(text="Yes", cut_after=0),
    ],
    ids=["error alone", "error after the role", "error after reasoning", "connection closed"],
)
async def test_fault_before_any_text_is_a_plain_failure(early: Reply) -> None:
    run, _ = await taken(early, "single", names="Ada", captain="")
    (end,) = told(run, events.TurnFailed)
    assert (end.text, end.cut_by, end.reasoning) == ("", "", early.reasoning and "hm hm hm")
    assert bool(end.usage["completion_tokens"]) is bool(early.reasoning), "reasoning has been paid for"
    assert run.result is not None and (run.result.status, run.result.incomplete) == ("failed", False)


@pytest.mark.parametrize("cut", CUTS)
async def test_retry_after_a_fault_gives_one_answer_and_counts_both_attempts(cut: str) -> None:
    run, fake = await taken([CUTS[cut], "42"], "single", names="Ada", captain="", limits=LIMITS)
    (end,) = told(run, events.TurnFinished)
    assert (end.text, end.cut_by, end.attempts, len(fake.requests)) == ("42", "", 2, 2)
    alone, _ = await taken("42", "single", names="Ada", captain="")
    assert end.usage["completion_tokens"] > told(alone, events.TurnFinished)[0].usage["completion_tokens"]
    assert end.usage["prompt_tokens"] > told(alone, events.TurnFinished)[0].usage["prompt_tokens"]
    assert run.result is not None and (run.result.status, run.result.answer.text) == ("complete", "42")


async def test_fault_after_text_reports_the_tokens_of_the_error_event() -> None:
    usage = {"prompt_tokens": 70, "completion_tokens": 30}
    told_at_end = event({"error": {"message": "gone", "code": 502}, "choices": [], "usage": usage})
    run, _ = await taken(Reply(raw=[*SAID, told_at_end], done=False), "single", names="Ada", captain="")
    used = told(run, events.TurnFailed)[0].usage
    assert (used["prompt_tokens"], used["completion_tokens"], used["estimated"]) == (70, 30, False)


@pytest.mark.parametrize("after", [error(401, "no"), error(500), Reply(text="The", error_after=1)])
async def test_longest_text_of_all_attempts_is_kept(after: Reply) -> None:
    script = [CUTS["error object"], after]
    run, fake = await taken(script, "single", names="Ada", captain="", limits=Limits(retries=1))
    (end,) = told(run, events.TurnFailed)
    assert (end.text.strip(), end.cut_by, len(fake.requests)) == (TEXT, "fault", 2)
    assert run.result is not None and run.result.answer.text.strip() == TEXT


async def test_fault_of_one_seat_leaves_the_others(tmp_path: Path) -> None:
    def reply(request: Mapping[str, Any], nth: int) -> Any:
        return CUTS["error object"] if who(request) == "Bob" else "42"

    for mode in ("vote", "debate", "pro"):
        run, fake = await taken(reply, mode, folder=tmp_path / mode)
        assert run.result is not None and (run.result.status, run.result.incomplete) == ("partial", False)
        assert "first half" not in run.result.answer.text
        assert all("first half" not in str(seen.body["messages"]) for seen in fake.requests)
        text = make_report(run.events).outcome.text
        assert "no answer from Bob" in text and "2 of 2" in text


@pytest.mark.parametrize("mode", CASES)
@pytest.mark.parametrize(
    "how", [{"error_after": 3}, {"cut_after": 3}], ids=["error event", "connection closed"]
)
async def test_cut_by_a_fault_counts_in_no_mode(mode: str, how: dict[str, int], tmp_path: Path) -> None:
    def spoil(reply: Reply) -> Reply:
        return reply if reply.decision is not None else replace(reply, **how)  # type: ignore[arg-type]

    honest = await take(mode, Brain(), tmp_path / "honest", Limits(retries=0))
    for seat in honest.brain.asked:
        taken = await take(mode, Brain({(seat, 1): spoil}), tmp_path / seat, Limits(retries=0))
        cut = {ident for end in taken.told(events.TurnFailed) if end.cut_by for ident in idents(end.text)}
        result = taken.run.result
        assert result is not None and (not cut or result.status in ("partial", "failed"))
        for seen in taken.fake.requests:
            assert cut.isdisjoint(idents("\n".join(m["content"] for m in seen.body["messages"])))
        assert not cut & set(idents(result.answer.text)) or result.incomplete
    everything = await take(mode, Brain(always=spoil), tmp_path / "all", Limits(retries=0))
    assert everything.run.result is not None and everything.run.result.incomplete


async def test_cut_by_a_fault_is_shown_as_such_by_every_reader(tmp_path: Path) -> None:
    run, _ = await taken(CUTS["error object"], "single", names="Ada", captain="", folder=tmp_path / "run")
    record = read_record(tmp_path / "run").events
    (turn,) = build_report(record)["turns"]
    assert (turn["status"], turn["kind"], turn["cut"], turn["text"].strip()) == (
        "failed", "server", "fault", TEXT,
    )  # fmt: skip
    transcript = render_transcript(record)
    assert "### Ada · cut off" in transcript and TEXT in transcript
    assert make_report(record).to_dict() == make_report(run.events).to_dict()


@pytest.mark.parametrize(
    ("mode", "asked"), [("vote", {"Bob", "Eve"}), ("debate", set()), ("pro", {"Bob", "Eve", "Cap"})]
)
async def test_resumed_run_after_a_fault_repeats_the_cut_calls_alone(
    mode: str, asked: set[str], tmp_path: Path
) -> None:
    def reply(request: Mapping[str, Any], nth: int) -> Any:
        return CUTS["error object"] if who(request) in ("Bob", "Eve") else "42"

    first, _ = await taken(reply, mode, folder=tmp_path / "run")
    again, after = await resumed(read_record(tmp_path / "run"), "42", mode)
    # The rounds of a debate went on without the cut answers: they are not asked for again.
    assert {who(seen.body) for seen in after.requests} == asked
    spent, spent_again = (run.table.budget.totals.tokens for run in (first, again))
    assert spent_again > spent if asked else spent_again == spent
    assert again.result is not None and again.result.status == ("complete" if asked else "partial")


async def test_text_of_a_seat_that_was_asked_again_in_vain_is_kept() -> None:
    async def ask_twice(table: Table, options: Options) -> Answer:
        table.discard_failures([await table.ask(table.seats[0], "Which?")])
        await table.ask(table.seats[0], "Which?")
        raise NoAnswerError("no seat answered")

    mode = Mode(name="twice", summary="a seat is asked twice", options=Options, run=ask_twice, team="roles")
    script = [CUTS["error object"], error(403, "no")]
    run, fake = await taken(script, "twice", names="Ada", the_mode=mode)
    assert run.result is not None and len(fake.requests) == 2
    assert (run.result.incomplete, run.result.answer.text.strip()) == (True, TEXT)


async def test_verdict_cut_by_a_fault_is_no_verdict() -> None:
    answers = {"Ada": "41", "Bob": "42", "Eve": "43"}
    begun = '{"points": "all say the same", "consensus": true, "direction": ""} and '

    def reply(request: Mapping[str, Any], nth: int) -> Any:
        return answers.get(who(request)) or Reply(text=begun * 2, error_after=12)

    run, _ = await taken(reply, "debate", options={"max_rounds": 1, "ask_captain": True})
    verdicts = [event for event in told(run, events.Verdict) if event.label == "verdict"]
    assert all(event.rung == "clusters" and not event.decision.get("consensus") for event in verdicts)
    assert run.result is not None and run.result.status == "partial"
    outcome = make_report(run.events).outcome
    assert outcome.answers == "no_consensus" and outcome.captain_saw_consensus is not True


async def test_former_record_of_a_fault_keeps_its_meaning() -> None:
    former = {"turn": "ada.1", "seat": "ada", "error": "no", "text": "half"}
    cuts = {kind: events.TurnFailed(kind=kind, **former).cut_by for kind in ("server", "cut", "too_long")}
    assert cuts == {"server": "", "cut": "fault", "too_long": "length"}
