"""The events that a resumed run supersedes: calls that are made again, and the steps after them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from roundtable_tui.engine import events
from roundtable_tui.engine.record import serialize, superseded
from roundtable_tui.engine.record.superseded import (
    WastedCall,
    find_wasted,
    read_wasted,
    without_superseded,
    write_wasted,
)

HEADER = events.RunStarted(
    run_id="r", started_at="2026-11-01T12:00:00+00:00", mode="vote", question="How many?",
    seats=({"seat": "a", "name": "Ada", "model": "m"}, {"seat": "b", "name": "Bob", "model": "m"}),
)  # fmt: skip
GROUPS = events.AnswersGrouped(round=1, groups=(), agreement=None, basis="exact")


def asked(seat: str, t: float = 1.0) -> events.TurnQueued:
    return events.TurnQueued(t=t, turn=f"{seat}.1", seat=seat, label="answer", phase="vote", round=1)


def done(seat: str, t: float) -> events.TurnFinished:
    return events.TurnFinished(t=t, turn=f"{seat}.1", seat=seat, text="4")


def lost(seat: str, t: float) -> events.TurnFailed:
    return events.TurnFailed(
        t=t, turn=f"{seat}.1", seat=seat, kind="server", error="no", usage={"prompt_tokens": 3}
    )


def resumed(*wasted: events.TurnFinished | events.TurnFailed, of: list[Any]) -> events.RunResumed:
    return events.RunResumed(t=5.0, at="later", wasted=write_wasted(find_wasted(of, wasted)))


def test_wasted_call_and_later_steps_are_left_out_and_other_calls_kept() -> None:
    phase = events.PhaseStarted(name="vote")
    before = [HEADER, phase, asked("a"), asked("b"), failed := lost("a", 2.0), done("b", 2.5), GROUPS]
    again = resumed(failed, of=before)
    assert without_superseded([*before, again]) == [HEADER, phase, before[3], before[5], again]


def test_actions_of_the_user_after_a_wasted_call_are_kept() -> None:
    spoke = events.PersonSpoke(text="Hurry")
    before = [HEADER, asked("a"), failed := lost("a", 2.0), spoke]
    assert spoke in without_superseded([*before, resumed(failed, of=before)])


def test_call_without_end_is_left_out_when_others_are_made_again() -> None:
    piece = events.AnswerDelta(t=1.5, turn="b.1", seat="b", text="4")
    before = [HEADER, asked("a"), asked("b"), piece, failed := lost("a", 2.0)]
    again = resumed(failed, of=before)
    assert without_superseded([*before, again, asked("b", 6.0), done("b", 7.0)]) == [
        HEADER, again, asked("b", 6.0), done("b", 7.0),
    ]  # fmt: skip


def test_only_the_listed_attempt_of_a_turn_is_left_out() -> None:
    first = lost("a", 2.0)
    before = [HEADER, asked("a"), first, events.RunResumed(t=3.0, at="x"), asked("a", 3.5), done("a", 4.0)]
    kept = without_superseded([*before, resumed(first, of=before)])
    assert [event for event in kept if isinstance(event, events.TurnFinished)] == [done("a", 4.0)]
    assert [event.t for event in kept if isinstance(event, events.TurnQueued)] == [3.5]


@pytest.mark.parametrize("wasted", [(), ({"turn": 1},), ({"turn": "a.1", "t": "x", "seat": "a"},)])
def test_event_without_valid_calls_supersedes_nothing(wasted: tuple[Any, ...]) -> None:
    recorded = [HEADER, asked("a"), lost("a", 2.0), GROUPS, events.RunResumed(at="later", wasted=wasted)]
    assert without_superseded(recorded) == recorded


HUGE, NAN, INFINITE = 10**400, float("nan"), float("inf")


@pytest.mark.parametrize(
    "wrong",
    [
        {"t": HUGE}, {"t": NAN}, {"t": INFINITE}, {"t": -1.0}, {"t": True}, {"elapsed_s": NAN},
        {"elapsed_s": HUGE}, {"attempts": HUGE}, {"attempts": -5}, {"attempts": True}, {"round": -3},
        {"stage": HUGE}, {"seat": 5}, {"turn": None}, {"usage": [1]}, {"usage": None},
    ],
)  # fmt: skip
def test_row_with_a_wrong_value_is_left_out(wrong: dict[str, Any]) -> None:
    row = {"turn": "a.1", "t": 2.0, "seat": "a"}
    assert len(read_wasted(events.RunResumed(at="later", wasted=(row,)))) == 1
    assert read_wasted(events.RunResumed(at="later", wasted=({**row, **wrong},))) == []


@pytest.mark.parametrize("value", [NAN, INFINITE, HUGE, -1, "x", [[]], {}, None])
def test_figure_that_is_none_is_left_out(value: Any) -> None:
    usage = {"prompt_tokens": value, "cost": value, "completion_tokens": 3, "estimated": True}
    row = {"turn": "a.1", "t": 2.0, "seat": "a", "usage": usage}
    (call,) = read_wasted(events.RunResumed(at="later", wasted=(row,)))
    assert call.usage == {"completion_tokens": 3, "estimated": True}


def test_record_of_endless_resumes_is_searched_in_a_bounded_number_of_steps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(superseded, "MAX_SCANNED_EVENTS", 50)
    scanned = []
    drop = superseded.drop_superseded

    def count(recorded: list[Any], resumed: events.RunResumed) -> list[Any]:
        scanned.append(len(recorded))
        return drop(recorded, resumed)

    monkeypatch.setattr(superseded, "drop_superseded", count)
    again = events.RunResumed(at="later", wasted=({"turn": "a.1", "t": 2.0, "seat": "a"},))
    assert len(without_superseded([HEADER, *[again] * 100])) == 101
    assert sum(scanned) < 50 + 20


def test_wasted_call_has_who_made_it_and_survives_the_record() -> None:
    swap = events.SeatChanged(seat="a", what="model", value={"model": "other"})
    before = [
        HEADER,
        swap,
        events.PhaseStarted(name="vote", stage=2),
        asked("a"),
        failed := lost("a", 2.00049),
    ]
    again = serialize.from_dict(serialize.to_dict(resumed(failed, of=before)))
    assert isinstance(again, events.RunResumed)
    (call,) = read_wasted(again)
    assert call == WastedCall(
        "a.1", 2.0, "a", "Ada", "other", "vote", 1, 2, "server", {"prompt_tokens": 3}, 1, 0.0
    )
    assert call.outcome.usage == {"prompt_tokens": 3}
    assert failed not in without_superseded([*before, again])


def test_superseded_events_are_found_in_the_events_of_a_process_and_of_its_record() -> None:
    before = [HEADER, asked("a"), failed := lost("a", 2.00049), GROUPS]
    again = resumed(replace(failed), of=before)
    assert read_wasted(again) == []  # Only the outcome itself is meant, not one that is equal.
    assert without_superseded([*before, resumed(failed, of=before)])[:-1] == [HEADER]
