"""The fold of a run's events that all readers share."""

from __future__ import annotations

from typing import Any

import pytest

from roundtable_tui.engine import events
from roundtable_tui.history.reader import read_run
from roundtable_tui.reports.run_view import RunView, phase_title
from tests.support.paths import DATA

SEATS = (
    {"seat": "ada", "name": "Ada", "model": "m1", "server": "s1", "role": "evidence"},
    {"seat": "cap", "name": "Cap", "model": "m2", "server": "s1", "captain": True, "stage": 2},
)
HEADER = events.RunStarted(run_id="r", started_at="", mode="debate", question="Why?", seats=SEATS)


def view_of(*happened: events.Event) -> RunView:
    return RunView.from_events([HEADER, *happened])


def queued(turn: str = "ada.1", **fields: Any) -> events.TurnQueued:
    return events.TurnQueued(turn=turn, seat=turn.partition(".")[0], label="answer", round=1, **fields)


def finished(text: str, turn: str = "ada.1", **fields: Any) -> events.TurnFinished:
    return events.TurnFinished(turn=turn, seat=turn.partition(".")[0], text=text, **fields)


def test_run_view_header_gives_seats_in_order() -> None:
    view = view_of()
    assert [
        (seat.id, seat.name, seat.model, seat.is_captain, seat.stage) for seat in view.seats.values()
    ] == [
        ("ada", "Ada", "m1", False, 0),
        ("cap", "Cap", "m2", True, 2),
    ]
    assert (view.status, view.phase, view.open_turns) == ("unfinished", "", [])


def test_run_view_unusable_seats_are_tolerated() -> None:
    seats: tuple[dict[str, Any], ...] = ({"seat": "x", "name": "", "stage": True}, {})
    view = RunView.from_events(
        [events.RunStarted(run_id="", started_at="", mode="", question="", seats=seats)]
    )
    assert view.seat_name("x") == "x" and view.seats["x"].stage == 0


def test_seat_name_hostile_text_is_sanitized() -> None:
    persona = {"name": "Zoe\x1b[2J"}
    view = view_of(events.SeatChanged(seat="ada", what="persona", value=persona))
    assert view.seat_name("ada") == "Zoe␛[2J" and view.seat_name("nobody\x07") == "nobody"
    assert view.seat_name("ada", limit=3) == "Zo…"


@pytest.mark.parametrize(
    ("what", "value", "expected"),
    [
        ("persona", {"name": "Zoe", "role": "logic"}, ("Zoe", "logic", "m1", False)),
        ("persona", {}, ("Ada", "", "m1", False)),
        ("model", {"model": "m9", "server": "s9"}, ("Ada", "evidence", "m9", False)),
        ("captain", {"model": "m9", "persona": {"name": "Zoe"}}, ("Zoe", "", "m9", False)),
        ("muted", {}, ("Ada", "evidence", "m1", True)),
    ],
)
def test_run_view_seat_change_is_applied(what: str, value: dict[str, Any], expected: tuple[Any, ...]) -> None:
    seat = view_of(events.SeatChanged(seat="ada", what=what, value=value)).seats["ada"]
    assert (seat.name, seat.role, seat.model, seat.is_muted) == expected


def test_run_view_unmuted_seat_is_not_muted() -> None:
    view = view_of(*(events.SeatChanged(seat="ada", what=what) for what in ("muted", "unmuted")))
    assert not view.seats["ada"].is_muted


def test_turn_view_state_follows_the_stream() -> None:
    view = view_of(queued())
    states = []
    base: dict[str, Any] = {"turn": "ada.1", "seat": "ada"}
    for event in (
        events.TurnStarted(**base),
        events.ReasoningDelta(**base, text="hm"),
        events.AnswerDelta(**base, text="abc"),
        events.TurnResplit(**base, reasoning="hmabc", text=""),
        events.TurnStarted(**base, attempt=2),
        events.TurnFailed(**base, kind="server", error="broke", text="ab"),
    ):
        view.apply(event)
        turn = view.turns["ada.1"]
        states.append((turn.state, turn.streamed_chars, turn.is_open))
    assert states == [
        ("waiting", 0, True),
        ("thinking", 2, True),
        ("writing", 5, True),
        ("thinking", 5, True),
        ("waiting", 0, True),
        ("failed", 0, False),
    ]
    assert view.turns["ada.1"].text == "ab" and view.turns["ada.1"].attempt == 2


def test_turn_text_decision_is_a_sentence() -> None:
    decision = '{"consensus": false, "direction": "cost"}'
    view = view_of(queued("cap.1", decides=True), finished("", "cap.1", tool_arguments=decision))
    assert view.is_decision("cap.1") and not view.is_decision("ada.1")
    assert view.turns["cap.1"].text == view.turn_text(view.outcomes[0]) == "Not agreed yet: cost"


def test_turn_asked_again_keeps_its_last_end_until_the_next() -> None:
    failed = events.TurnFailed(turn="ada.1", seat="ada", kind="server", error="broke")
    view = view_of(queued(), failed, queued())
    assert view.turns["ada.1"].is_open and view.turns["ada.1"].outcome is failed
    view.apply(finished("whole"))
    assert view.turns["ada.1"].text == "whole" and len(view.outcomes) == 2


def test_turn_without_queue_event_is_added() -> None:
    view = view_of(finished("x", "zed.1"))
    assert view.turns["zed.1"].seat == "zed" and view.turn_label("zed.1") == view.turn_label("none") == ""


def test_run_view_resumed_run_is_unfinished() -> None:
    end = events.RunFinished(status="partial")
    view = view_of(end)
    assert view.status == "partial"
    view.apply(events.RunResumed(at="later"))
    assert view.status == "unfinished" and view.end is None


def test_run_view_groupings_know_their_stage() -> None:
    grouped = events.AnswersGrouped(groups=(), basis="exact")
    view = view_of(
        grouped, events.PhaseStarted(name="round", stage=2), events.PhaseStarted(name="x"), grouped
    )
    assert [groups.stage for groups in view.groupings] == [0, 2]


@pytest.mark.parametrize(
    ("fields", "title"),
    [
        ({"number": 2, "of": 3}, "round 2 of 3"),
        ({"number": 2}, "round 2"),
        ({"number": 1, "of": 1}, "round"),
        ({}, "round"),
    ],
)
def test_phase_title_shows_number_only_where_there_are_several(fields: dict[str, Any], title: str) -> None:
    assert phase_title(events.PhaseStarted(name="round", **fields)) == title


@pytest.mark.parametrize("mode", sorted(path.name for path in (DATA / "runs").iterdir() if path.is_dir()))
def test_run_view_of_recorded_runs_closes_every_turn(mode: str) -> None:
    view = RunView.from_events(read_run(DATA / "runs" / mode).events)
    assert view.header and view.turns and not view.open_turns and view.status != "unfinished"
    assert {turn.seat for turn in view.turns.values()} <= set(view.seats)
