"""An answer that a token limit or a filter has cut off is nobody's answer, in every mode."""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle
from pathlib import Path

import pytest

from roundtable_tui.engine import events
from roundtable_tui.llm.types import Limits
from roundtable_tui.reports.json_report import build_report
from tests.support.fake_server import Reply
from tests.support.stress.run_invariants import idents
from tests.support.stress.runs import CASES, Brain, Taken, take

pytestmark = pytest.mark.anyio
REASONS = ("length", "content_filter")


def cut_off(reason: str) -> object:
    """Return what becomes of a reply that is cut off; decisions are left as they are."""
    return lambda reply: reply if reply.decision is not None else replace(reply, finish_reason=reason)


async def run_with_cut(mode: str, folder: Path, brain: Brain) -> Taken:
    return await take(mode, brain, folder, Limits(retries=0))


def cut_replies(taken: Taken, reason: str) -> set[str]:
    """Return whose replies were cut off: `Bob1`."""
    ends = [e for e in taken.told(events.TurnFinished) if e.finish_reason == reason]
    return {ident for end in ends for ident in idents(end.text)}


@pytest.mark.parametrize("mode", CASES)
async def test_cut_answer_of_one_seat_counts_in_no_mode(mode: str, tmp_path: Path) -> None:
    honest = await run_with_cut(mode, tmp_path / "honest", Brain())
    felt = 0
    reasons = cycle(REASONS)
    for seat, count in honest.brain.asked.items():
        for nth in range(1, count + 1):
            reason = next(reasons)
            brain = Brain({(seat, nth): cut_off(reason)})  # type: ignore[dict-item]
            taken = await run_with_cut(mode, tmp_path / f"{seat}{nth}", brain)
            if not (cut := cut_replies(taken, reason)):
                continue
            felt += 1
            result = taken.run.result
            assert result is not None and result.status in ("partial", "failed")
            for seen in taken.fake.requests:
                assert cut.isdisjoint(idents("\n".join(m["content"] for m in seen.body["messages"])))
            assert all(cut.isdisjoint(idents(entry.content)) for entry in taken.run.table.board)
            if cut & set(idents(result.answer.text)):
                assert "cut off by the" in result.answer.how
                assert "longest of those that were cut off" in result.answer.how
    assert felt


@pytest.mark.parametrize("reason", REASONS)
@pytest.mark.parametrize("mode", CASES)
async def test_run_of_cut_answers_is_never_complete(mode: str, reason: str, tmp_path: Path) -> None:
    taken = await run_with_cut(mode, tmp_path / "run", Brain(always=cut_off(reason)))  # type: ignore[arg-type]
    result = taken.run.result
    assert result is not None and result.status in ("partial", "failed")
    assert "cut off by the" in result.answer.how + result.error


async def test_cut_answer_has_its_warning_in_the_json_report(tmp_path: Path) -> None:
    brain = Brain({("Bob", 1): lambda reply: replace(reply, finish_reason="length")})
    taken = await run_with_cut("pro", tmp_path / "run", brain)
    warnings = {turn["turn"]: turn["warnings"] for turn in build_report(taken.recorded)["turns"]}
    (warning,) = warnings["bob.1"]
    assert warning.startswith("cut by the server's token limit, or because its context was full (")
    assert warnings["ada.1"] == []


async def test_fanout_cut_answer_has_no_final_file_and_is_asked_again(tmp_path: Path) -> None:
    brain = Brain({("Ada", 1): lambda reply: replace(reply, finish_reason="length")})
    taken = await run_with_cut("fanout", tmp_path / "run", brain)
    assert taken.run.folder is not None
    files = sorted(path.name for path in (taken.run.folder / "answers").iterdir())
    assert sum(".partial" in name for name in files) == 1 and isinstance(brain.how, dict)
    assert taken.run.result is not None and "4 of 5 answers" in taken.run.result.answer.how


async def test_single_cut_answer_is_shown_as_such(tmp_path: Path) -> None:
    brain = Brain(always=lambda reply: Reply(text="It is", finish_reason="content_filter"))
    taken = await run_with_cut("single", tmp_path / "run", brain)
    result = taken.run.result
    assert result is not None and (result.status, result.answer.text) == ("partial", "It is")
    assert "Ada: the answer was cut off by the server's content filter" in result.answer.how


async def test_answer_cut_by_an_unknown_limit_says_both_possible_causes(tmp_path: Path) -> None:
    brain = Brain(always=lambda reply: Reply(text="It is", finish_reason="length"))
    taken = await run_with_cut("single", tmp_path / "run", brain)
    result = taken.run.result
    assert result is not None and result.status == "partial"
    assert "cut off by the token limit of the server, or its context was full" in result.answer.how
