"""Invariants of every run, whatever the server does: checked on the record and the server's log."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from roundtable_tui.engine import events
from roundtable_tui.engine.run import Run
from roundtable_tui.llm.types import Limits
from tests.support.fake_server import Seen
from tests.support.stress.runs import CORE, Taken

_EMPTY = re.compile(r"^<<(\w{8}) [^\n]*>>\s*<</\1>>$", re.MULTILINE)
_WORD = re.compile(r"\b([A-Z][a-z]+\d+)(w\d+|END|think)\b")


def idents(text: str) -> list[str]:
    """Return the authors of the words in a text, in order, each once."""
    return list(dict.fromkeys(ident for ident, _ in _WORD.findall(text)))


def hold(taken: Taken, limits: Limits) -> None:
    """Check the invariants of every run."""
    run, result = taken.run, taken.run.result
    assert result is not None and run.internal_error is None, run.internal_error
    recorded = taken.recorded
    queued = {event.turn: event for event in recorded if isinstance(event, events.TurnQueued)}
    ends = [e for e in recorded if isinstance(e, events.TurnFinished | events.TurnFailed)]
    assert [end.turn for end in ends] == list(dict.fromkeys(end.turn for end in ends)), "a turn ends once"
    assert set(queued) == {end.turn for end in ends}, "every turn that was asked has ended"
    assert isinstance(recorded[-1], events.RunFinished), "the record says how it ended"
    _hold_status(result, ends, queued)
    _hold_texts(taken, ends)
    _hold_requests(taken, ends, limits)
    _hold_files(run)


def _hold_status(result: Any, ends: Sequence[Any], queued: Mapping[str, Any]) -> None:
    """The status is right, and no word of a failed turn is part of an answer."""
    lost = [
        end for end in ends if isinstance(end, events.TurnFailed) and end.kind not in ("shape", "unneeded")
    ]
    assert (result.status == "failed") == (not result.answer.text)
    if result.status == "complete":
        # Another method of asking for the same decision has succeeded.
        good = {(end.seat, queued[end.turn].label) for end in ends if isinstance(end, events.TurnFinished)}
        assert all((end.seat, queued[end.turn].label) in good for end in lost), lost
    elif result.status == "partial":
        assert lost
    else:
        assert result.status == "failed" and result.error
        assert "\n" not in result.error and "Traceback" not in result.error
    for end in lost:
        assert end.error and "\n" not in end.error and "<" not in end.error, end.error


def _hold_texts(taken: Taken, ends: Sequence[Any]) -> None:
    """Whole streams are in the record once, in order; cut ones are marked and are no answer."""
    result, brain, run = taken.run.result, taken.brain, taken.run
    assert result is not None
    whole = {brain.said[seen.nth] for seen in taken.fake.requests if _was_whole(seen)}
    finished = {end.turn: end for end in ends if isinstance(end, events.TurnFinished)}
    by_ident: dict[str, str] = {}
    for turn, end in finished.items():
        mine = idents(end.text) or idents(end.tool_arguments)
        assert len(mine) == 1, f"{turn} holds the words of {mine}"
        assert mine[0] not in by_ident, "no reply is two turns"
        by_ident[mine[0]] = turn
        assert f"{mine[0]}END" in end.text + end.tool_arguments, f"{turn} is not whole"
        assert mine[0] in whole
    for seat in {end.seat for end in ends}:
        order = [int(re.sub(r"\D", "", idents(finished[e.turn].text + finished[e.turn].tool_arguments)[0]))
                 for e in ends if e.seat == seat and e.turn in finished]  # fmt: skip
        assert order == sorted(order), f"the turns of {seat} are in order"
    broken = {ident for ident in brain.said.values() if ident not in by_ident}
    # The text of a reply that did not count is in the record only.
    # If every answer was cut off, the longest is shown, marked as incomplete.
    assert not result.incomplete or result.status == "partial"
    shown = [] if result.incomplete else [result.answer.text]
    answers = [*shown, *result.answer.candidates, *(entry.content for entry in run.table.board)]
    for text in answers:
        assert broken.isdisjoint(idents(text)), "what is not whole is no answer"
    for seen in taken.fake.requests:
        quoted = idents("\n".join(m["content"] for m in seen.body["messages"]))
        assert broken.isdisjoint(quoted), "what is not whole is shown to nobody"
        assert "think" not in {kind for _, kind in _WORD.findall(str(seen.body["messages"]))}, (
            "nor is reasoning"
        )
    for end in ends:
        if isinstance(end, events.TurnFailed):
            assert len(idents(end.text)) <= 1, "what came of it is kept, once"
    _hold_streams(taken, finished)


def _hold_streams(taken: Taken, finished: Mapping[str, events.TurnFinished]) -> None:
    """The text streamed by the last attempt is the text of the finished turn."""
    answer: dict[str, str] = {}
    for event in taken.recorded:
        if isinstance(event, events.TurnStarted):
            answer[event.turn] = ""
        elif isinstance(event, events.AnswerDelta):
            answer[event.turn] += event.text
        elif isinstance(event, events.TurnResplit):
            answer[event.turn] = event.text
        elif isinstance(event, events.TurnFailed) and event.kind not in ("unneeded", "stopped"):
            assert event.text == "" or answer[event.turn] in ("", event.text) or event.attempts > 1
    for turn, end in finished.items():
        assert answer[turn] == end.text


def _was_whole(seen: Seen) -> bool:
    return seen.ended_at is not None and not seen.left_early


def _hold_requests(taken: Taken, ends: Sequence[Any], limits: Limits) -> None:
    """Requests are bounded, none comes after the end, and each has a form that every server takes."""
    asked = [end for end in ends if end.attempts]
    most = sum(min(end.attempts, 1 + limits.retries) for end in asked)
    assert all(end.attempts <= 1 + limits.retries for end in asked)
    assert len(taken.fake.requests) <= most
    assert len(taken.fake.requests) >= sum(isinstance(end, events.TurnFinished) for end in ends)
    for seen in taken.fake.requests:
        assert set(seen.body) <= CORE
        roles = [message["role"] for message in seen.body["messages"]]
        assert roles[-1] == "user" and all(m["content"].strip() for m in seen.body["messages"])
        assert not _EMPTY.search(seen.body["messages"][-1]["content"]), "nothing is quoted that was not said"
        talk = roles[1:] if roles[0] == "system" else roles
        assert talk == ["user", "assistant"] * (len(talk) // 2) + ["user"]


def _hold_files(run: Run) -> None:
    assert run.folder is not None and run.result is not None
    assert (run.folder / "transcript.md").is_file()
    assert (run.folder / "answer.md").exists() == bool(run.result.answer.text)
