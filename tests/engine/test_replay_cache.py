"""What is remembered of a record: which calls count, which are made again, where the person's deeds go."""

from __future__ import annotations

from typing import Any

import pytest

from roundtable_tui.engine import events
from roundtable_tui.engine.record.replay_cache import ReplayCache


def asked(turn: str, retry_of: str = "") -> events.TurnQueued:
    return events.TurnQueued(
        turn=turn, seat=turn.split(".")[0], label="answer", prompt=turn, retry_of=retry_of
    )


def done(turn: str) -> events.TurnFinished:
    return events.TurnFinished(turn=turn, seat=turn.split(".")[0], text=turn)


def lost(turn: str, kind: str = "server") -> events.TurnFailed:
    return events.TurnFailed(turn=turn, seat=turn.split(".")[0], kind=kind, error="no")


PHASE = events.PhaseStarted(name="round", number=2)
RESUMED = events.RunResumed(at="later")


@pytest.mark.parametrize(
    ("recorded", "known", "spent"),
    [
        ([asked("a.1"), done("a.1")], {"a.1": True}, 0),
        ([asked("a.1")], {}, 0),
        ([done("a.1")], {}, 0),
        ([asked("a.1"), asked("b.1"), lost("a.1"), done("b.1")], {"b.1": True}, 1),
        ([asked("a.1"), lost("a.1"), PHASE], {"a.1": False}, 0),
        ([asked("a.1"), lost("a.1"), asked("c.1")], {"a.1": False}, 0),
        ([asked("a.1"), lost("a.1", "shape"), asked("a.2"), done("a.2")], {"a.1": False, "a.2": True}, 0),
        # Made good at the person's wish.
        ([asked("a.1"), lost("a.1"), asked("a.2", "a.1"), done("a.2")], {"a.1": False, "a.2": True}, 0),
        ([asked("a.1"), lost("a.1"), asked("a.2", "a.1")], {}, 1),
        ([asked("a.1"), lost("a.1"), asked("a.2", "a.1"), lost("a.2")], {}, 2),
        (
            [asked("a.1"), lost("a.1"), asked("a.2", "a.1"), lost("a.2"), asked("a.3", "a.2"), done("a.3")],
            {"a.1": False, "a.2": False, "a.3": True},
            0,
        ),
        # Asked again when the run went on, and cut off once more.
        ([asked("a.1"), lost("a.1"), RESUMED, asked("a.1")], {}, 1),
        (
            [asked("a.1"), asked("b.1"), lost("a.1"), RESUMED, asked("a.1"), asked("b.1"), done("b.1")],
            {"b.1": True},
            1,
        ),
        ([asked("a.1"), lost("a.1"), RESUMED, asked("a.1"), done("a.1")], {"a.1": True}, 1),
        ([asked("a.1"), lost("a.1"), RESUMED, asked("a.1"), lost("a.1"), PHASE], {"a.1": False}, 1),
    ],
)
def test_final_calls_are_cached_and_others_wasted(
    recorded: list[Any], known: dict[str, bool], spent: int
) -> None:
    memory = ReplayCache(recorded)
    found = {turn: memory.get_call(turn) for turn in ("a.1", "a.2", "a.3", "b.1", "c.1")}
    assert {turn: call.outcome.type == "turn_finished" for turn, call in found.items() if call} == known
    assert len(memory) == len(known) and len(memory.wasted_calls) == spent


def test_cached_calls_are_ranked_by_completion() -> None:
    memory = ReplayCache([asked("a.1"), asked("b.1"), asked("c.1"), done("c.1"), done("a.1"), done("b.1")])
    ranks = {turn: call.rank for turn in ("a.1", "b.1", "c.1") if (call := memory.get_call(turn))}
    assert ranks == {"c.1": 1, "a.1": 2, "b.1": 3}


def test_retry_is_known_by_failed_turn() -> None:
    memory = ReplayCache([asked("a.1"), lost("a.1"), asked("a.2", "a.1"), done("a.2")])
    assert memory.was_retried_as("a.1", "a.2")
    assert not memory.was_retried_as("b.1", "a.2") and not memory.was_retried_as("a.2", "a.3")


def test_user_actions_are_taken_once_at_their_position() -> None:
    words = [events.PersonSpoke(text=str(n)) for n in range(5)]
    posted = events.EntryPosted(round=1, author="a", kind="answer", content="x")
    memory = ReplayCache(
        [
            words[0],
            asked("a.1"),
            words[1],
            done("a.1"),
            words[2],
            posted,
            words[3],
            asked("b.1"),
            done("b.1"),
            words[4],
        ]
    )

    def texts(deeds: list[Any]) -> list[str]:
        return [deed.text for deed in deeds]

    assert (
        texts(memory.take_actions_before("a.1")) == ["0"] and texts(memory.take_actions_before("a.1")) == []
    )
    assert texts(memory.take_actions_after("a.1")) == ["1", "2"]
    assert texts(memory.take_actions_before("b.1")) == ["3"]
    assert texts(memory.take_actions_after("b.1")) == ["4"]


def test_new_call_takes_all_remaining_user_actions() -> None:
    memory = ReplayCache(
        [asked("a.1"), events.PersonSpoke(text="1"), asked("b.1"), events.PersonSpoke(text="2")]
    )
    assert [
        deed.text for deed in memory.take_actions_before("a.1") if isinstance(deed, events.PersonSpoke)
    ] == [
        "1",
        "2",
    ]
