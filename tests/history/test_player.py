from __future__ import annotations

import math
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roundtable_tui.engine import events
from roundtable_tui.history.player import INSTANT, MAX_WAIT_S, RecordPlayer, merge_deltas
from tests.support.record_builder import header_event, run_events, turn_events
from tests.support.torture import examples


def texts(told: Iterable[events.Event]) -> dict[str, tuple[str, str]]:
    """What each turn has said by then: reasoning and answer."""
    out: dict[str, tuple[str, str]] = {}
    for event in told:
        match event:
            case events.TurnStarted():
                out[event.turn] = ("", "")
            case events.ReasoningDelta():
                out[event.turn] = (out[event.turn][0] + event.text, out[event.turn][1])
            case events.AnswerDelta():
                out[event.turn] = (out[event.turn][0], out[event.turn][1] + event.text)
            case events.TurnResplit():
                out[event.turn] = (event.reasoning, event.text)
    return out


def kinds(told: Iterable[events.Event]) -> list[str]:
    return [event.type for event in told]


def test_player_emits_events_in_time_until_the_end() -> None:
    tape = RecordPlayer(run_events())
    assert tape.advance(5.0) == []  # It does not play yet.
    assert not tape.play()
    assert kinds(tape.advance(0.05)) == ["run_started"]
    assert kinds(tape.advance(1.0)) == ["phase_started", "turn_queued"] and tape.position_s == pytest.approx(
        1.05
    )
    tape.speed = 2.0
    assert "answer" in kinds(tape.advance(0.5)) and tape.position_s == pytest.approx(2.05)
    rest = tape.advance(100.0)
    assert (
        kinds(rest)[-1] == "run_finished"
        and tape.is_over
        and not tape.is_playing
        and tape.position_s == tape.duration_s == 4.0
    )
    assert tape.advance(1.0) == [] and tape.play() and tape.emitted == 0


def test_player_instant_speed_emits_all_events() -> None:
    tape = RecordPlayer(run_events())
    tape.speed = INSTANT
    tape.play()
    assert len(tape.advance(0.0)) == len(run_events())


def test_player_long_waits_are_shortened() -> None:
    tape = RecordPlayer([header_event("q"), events.Notice(t=3600.0, text="at last")])
    tape.play()
    tape.advance(0.0)
    assert tape.advance(0.1) == [] and tape.position_s == 3600.0 - MAX_WAIT_S
    assert kinds(tape.advance(MAX_WAIT_S)) == ["notice"]


def test_change_speed_stops_at_both_ends() -> None:
    tape = RecordPlayer(run_events())
    seen = []
    for _ in range(12):
        tape.change_speed()
        seen.append(tape.speed)
    assert seen[:6] == [2, 4, 8, 16, 32, 64] and seen[-1] == INSTANT
    for _ in range(12):
        tape.change_speed(-1)
    assert tape.speed == 0.5
    tape.speed = 3.0
    tape.change_speed(-1)
    assert tape.speed == 2.0


def test_player_steps_by_event_and_turn_in_both_directions() -> None:
    tape = RecordPlayer(run_events())
    assert kinds(tape.step()) == ["run_started"]
    assert kinds(tape.step_turn())[-1] == "turn_finished" and tape.position_s == 2.0
    first = tape.emitted
    assert kinds(tape.step_turn())[-1] == "turn_finished" and tape.position_s == 3.5
    anew, told = tape.step_back_turn()
    assert anew and tape.emitted == first and len(told) <= first
    anew, told = tape.step_back()
    assert anew and tape.emitted == first - 1
    assert tape.step_back_turn() == (True, []) and tape.emitted == 0 and tape.position_s == 0.0
    assert tape.step_back() == (False, []) and tape.step_back_turn() == (False, [])
    tape.finish()
    assert tape.step() == [] and tape.step_turn() == [] and tape.is_over
    tape.step_back_turn()
    assert not tape.is_over and tape.position_s == 3.5


def test_player_inner_end_of_a_resumed_run_is_a_notice() -> None:
    again = events.RunResumed(t=5.0, at="2026-11-03")
    tape = RecordPlayer(
        [*run_events(status="cancelled"), again, events.RunFinished(t=9.0, status="complete", answer="x")]
    )
    assert kinds(tape.events).count("run_finished") == 1
    assert any(isinstance(event, events.Notice) and "stopped" in event.text for event in tape.events)


def test_player_time_never_goes_back() -> None:
    tape = RecordPlayer([header_event("q"), events.Notice(t=5.0, text="a"), events.Notice(t=1.0, text="b")])
    assert tape.times == [0.0, 5.0, 5.0] and tape.duration_s == 5.0
    assert len(tape.seek(5.0)[1]) == 3


def test_player_without_events_is_over() -> None:
    tape = RecordPlayer([])
    assert tape.is_over and tape.duration_s == 0.0 and tape.seek(3.0) == (False, [])


PIECES = st.sampled_from(["answer", "reasoning", "start", "restate", "end", "notice"])


@st.composite
def recordings(draw: st.DrawFn) -> list[events.Event]:
    """Turns of three seats, mixed up as they stream."""
    out: list[events.Event] = [header_event("q")]
    t = 0.0
    for seat in ("ada", "bea"):
        out.append(events.TurnQueued(t=t, turn=f"{seat}.1", seat=seat, label="answer"))
        out.append(events.TurnStarted(t=t, turn=f"{seat}.1", seat=seat))
    for _ in range(draw(st.integers(0, 30))):
        t += draw(st.floats(0, 3, allow_nan=False))
        seat, kind, text = draw(st.sampled_from(["ada", "bea"])), draw(PIECES), draw(st.text(max_size=4))
        name = f"{seat}.1"
        match kind:
            case "answer":
                out.append(events.AnswerDelta(t=t, turn=name, seat=seat, text=text))
            case "reasoning":
                out.append(events.ReasoningDelta(t=t, turn=name, seat=seat, text=text))
            case "start":
                out.append(events.TurnStarted(t=t, turn=name, seat=seat, attempt=2))
            case "restate":
                out.append(events.TurnResplit(t=t, turn=name, seat=seat, reasoning=text, text=text))
            case "notice":
                out.append(events.Notice(t=t, text=text))
            case _:
                out.append(events.TurnFinished(t=t, turn=name, seat=seat, text=text))
    return out


@given(recordings(), st.lists(st.floats(-1, 100, allow_nan=False), min_size=1, max_size=6))
@settings(max_examples=examples(150), deadline=None)
def test_seek_any_position_emits_the_same_as_playing(
    recorded: list[events.Event], places: list[float]
) -> None:
    tape, seen = RecordPlayer(recorded), list[events.Event]()
    for place in places:
        anew, told = tape.seek(place)
        seen = [*([] if anew else seen), *told]
        by_playing = [event for event, t in zip(tape.events, tape.times, strict=True) if t <= tape.position_s]
        if place >= 0:
            assert tape.position_s == min(place, tape.duration_s)
        assert tape.emitted == len(by_playing)
        assert texts(seen) == texts(by_playing)


@given(recordings(), st.lists(st.floats(0.01, 5), max_size=40), st.sampled_from([0.5, 1.0, 8.0, math.inf]))
@settings(max_examples=examples(100), deadline=None)
def test_advance_any_steps_emit_each_event_once_in_order(
    recorded: list[events.Event], waits: list[float], speed: float
) -> None:
    tape = RecordPlayer(recorded)
    tape.speed = speed
    tape.play()
    told = [event for wait in waits for event in tape.advance(wait)]
    assert told == list(tape.events[: tape.emitted])
    assert told + tape.finish() == list(tape.events)


@given(recordings())
@settings(max_examples=examples(100), deadline=None)
def test_merge_deltas_keeps_texts(recorded: list[events.Event]) -> None:
    assert texts(merge_deltas(recorded)) == texts(recorded)
    pieces = [event for event in merge_deltas(recorded) if isinstance(event, events.AnswerDelta)]
    assert len(pieces) <= len([e for e in recorded if isinstance(e, events.TurnStarted | events.TurnResplit)])


def test_merge_deltas_keeps_the_time_of_the_first_piece() -> None:
    told = merge_deltas(turn_events("ada.1", "abcdef", 1.0))
    assert [(event.t, event.text) for event in told if isinstance(event, events.AnswerDelta)] == [
        (1.3, "abcdef")
    ]
