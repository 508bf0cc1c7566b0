"""Groups of answers are compared once, recorded, and taken from the record afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundtable_tui.answers.grouping import AnswerGroups, group_answers
from roundtable_tui.answers.majority import NO_GROUP, find_majority_index
from roundtable_tui.engine import events
from roundtable_tui.engine.events import TurnQueued
from roundtable_tui.engine.record.recorder import RunRecord, read_record
from roundtable_tui.engine.record.replay_cache import ReplayCache
from roundtable_tui.engine.results import answer_groups
from roundtable_tui.engine.results.answer_groups import AnswerGrouper
from roundtable_tui.reports.report import make_report
from tests.support.paths import DATA
from tests.support.run_builder import decides, marked, resumed, taken, told, who

anyio = pytest.mark.anyio
ANSWERS = {"Ada": "42", "Bob": "42 ", "Eve": "41"}


def grouped(grouper: AnswerGrouper, number: int, *answers: tuple[str, str]) -> events.AnswersGrouped:
    return grouper.make_event(grouper.group(answers, None, number), number)


def asked(seat: str) -> TurnQueued:
    return TurnQueued(turn=f"{seat}.1", seat=seat, label="answer")


def answered(seat: str, turn: str = "") -> events.TurnFinished:
    return events.TurnFinished(turn=turn or f"{seat}.1", seat=seat, text="...")


def resuming(event: events.AnswersGrouped, *seats: str) -> AnswerGrouper:
    """Return the grouper of a run that is resumed from a record of one turn of each seat and these groups."""
    cache = ReplayCache([*map(asked, seats), *map(answered, seats), event])
    for seat in seats:
        cache.note_turn(asked(seat))
    return AnswerGrouper(cache.steps)


def changes_of(event: events.AnswersGrouped) -> list[tuple[str, ...]]:
    return [(row["seat"], row["from"], row["to"], row["direction"]) for row in event.changes]


def test_make_event_first_round_has_no_changes_and_keeps_wordings() -> None:
    event = grouped(AnswerGrouper(), 1, ("a", "5 km"), ("b", "5000 m"), ("c", "6 km"))
    assert event.groups == ({"answer": "5 km", "seats": ["a", "b"]}, {"answer": "6 km", "seats": ["c"]})
    assert (event.wordings, event.changes, event.since_round) == ({"b": "5000 m"}, (), -1)


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        ("4 4 5", "4 4 4", [("c", "5", "4", "toward_majority")]),
        ("4 4 5", "4 5 5", [("b", "4", "5", "away_from_majority")]),
        ("4 4 5 6", "4 4 5 7", [("d", "6", "7", "neither")]),
        ("4 4 5 5", "4 5 5 5", [("b", "4", "5", "neither")]),
        ("4 5 6", "4 4 6", [("b", "5", "4", "neither")]),
        ("4 4 5", "4.0 **4** 5", []),
    ],
)
def test_make_event_change_has_direction_of_majority_before(
    before: str, after: str, changes: list[tuple[str, ...]]
) -> None:
    grouper = AnswerGrouper()
    grouped(grouper, 1, *zip("abcd", before.split(), strict=False))
    event = grouped(grouper, 2, *zip("abcd", after.split(), strict=False))
    assert changes_of(event) == changes and event.since_round == 1


def test_make_event_number_with_and_without_unit_is_no_change() -> None:
    grouper = AnswerGrouper()
    grouped(grouper, 1, ("a", "5"), ("b", "5 km"))
    assert grouped(grouper, 2, ("a", "5 km"), ("b", "5")).changes == ()


def test_make_event_other_unit_in_the_group_of_before_is_no_change() -> None:
    grouper = AnswerGrouper()
    grouped(grouper, 1, ("a", "3 km"), ("b", "3"), ("c", "3 km"))
    assert grouped(grouper, 2, ("a", "3 km"), ("b", "3000 m"), ("c", "3 km")).changes == ()


def test_make_event_seat_that_missed_a_round_is_compared_with_its_last_answer() -> None:
    grouper = AnswerGrouper()
    grouped(grouper, 1, ("a", "4"), ("b", "4"), ("c", "5"))
    grouped(grouper, 2, ("a", "4"), ("b", "4"))
    event = grouped(grouper, 3, ("a", "4"), ("b", "4"), ("c", "4"))
    assert changes_of(event) == [("c", "5", "4", "toward_majority")]


def test_make_event_open_texts_have_no_changes() -> None:
    long = [
        f"It depends on {what}, as far as anyone can say today, and on what the owners of the bridge can pay."
        for what in ("the rain", "the money", "the time of the year")
    ]
    grouper = AnswerGrouper()
    grouped(grouper, 1, *zip("abc", long, strict=True))
    assert grouped(grouper, 2, *zip("abc", reversed(long), strict=True)).changes == ()


@pytest.mark.parametrize(
    ("text", "place"),
    [("4", 0), ("Answer: 4", 0), ("5", 1), ("7", NO_GROUP), ("Because.\n\n**Answer:** 5", 1)],
)
def test_place_answer_finds_its_group(text: str, place: int) -> None:
    grouper = AnswerGrouper()
    grouped(grouper, 1, ("a", "4"), ("b", "4"), ("c", "5"))
    assert grouper.place_answer(text) == (place, place)


def test_place_answer_recorded_groups_of_same_answer_are_taken() -> None:
    grouper = AnswerGrouper()
    grouped(grouper, 1, ("a", "4"), ("b", "5"))
    recorded = events.RunFinished(status="complete", answer="4", kind="chosen", final_group=1, first_group=1)
    assert grouper.place_answer("4", recorded) == (1, 1)
    assert grouper.place_answer("4") == (0, 0)


@given(st.lists(st.sampled_from(["4", "4.0", "5", "5 km", "yes", ""]), max_size=7))
def test_group_recorded_groups_come_back_unchanged(texts: list[str]) -> None:
    answers = list(zip("abcdefg", texts, strict=False))
    event = grouped(AnswerGrouper(), 1, *answers)
    again = resuming(event, *(seat for seat, _ in answers))
    assert again.recall(answers, None, 1) == group_answers(answers) if event.groups else True
    assert grouped(again, 1, *answers) == event


def test_recall_other_seats_or_round_are_not_taken_from_the_record() -> None:
    event = grouped(AnswerGrouper(), 1, ("a", "4"), ("b", "4.0"))
    again = resuming(event, "a", "b")
    assert again.recall([("a", "4"), ("b", "4.0")], None, 1) is not None
    assert again.recall([("a", "4"), ("b", "4.0")], None, 2) is None
    assert again.recall([("a", "4")], None, 1) is None


def test_recall_recorded_answers_are_grouped_as_recorded_however_they_are_read_now() -> None:
    event = grouped(AnswerGrouper(), 1, ("a", "3"), ("b", "3.0"))
    again = resuming(event, "a", "b")
    assert again.recall([("a", "126"), ("b", "124")], None, 1) == group_answers([("a", "3"), ("b", "3.0")])
    assert again.last_answers == [("a", "3"), ("b", "3.0")]


def test_recall_answer_made_now_is_compared_with_the_recorded_ones() -> None:
    event = grouped(AnswerGrouper(), 1, ("a", "4"), ("b", "4.0"))
    cache = ReplayCache([*(asked(seat) for seat in "ab"), *(answered(seat) for seat in "ab"), event])
    cache.note_turn(asked("a"))
    cache.note_turn(TurnQueued(turn="b.2", seat="b", label="answer"))
    assert AnswerGrouper(cache.steps).recall([("a", "4"), ("b", "4.0")], None, 1) is None


def test_recall_groups_from_before_the_last_answers_are_not_taken() -> None:
    event = grouped(AnswerGrouper(), 1, ("a", "4"))
    later = TurnQueued(turn="a.2", seat="a", label="answer")
    cache = ReplayCache([asked("a"), answered("a"), event, later, answered("a", "a.2")])
    cache.note_turn(asked("a"))
    assert AnswerGrouper(cache.steps).recall([("a", "4")], None, 1) is not None
    cache.note_turn(later)
    assert AnswerGrouper(cache.steps).recall([("a", "4")], None, 1) is None


@pytest.mark.parametrize(
    ("sizes", "place"), [((2, 1), 0), ((1, 3, 1), 1), ((2, 2), None), ((1,), None), ((), None)]
)
def test_find_majority_needs_a_largest_group_of_two(sizes: Sequence[int], place: int | None) -> None:
    assert find_majority_index([["x"] * size for size in sizes]) == place


# --- records -------------------------------------------------------------------------------------


def debaters(answers: dict[str, str]) -> Any:
    def script(request: dict[str, Any], nth: int) -> Any:
        name = who(request)
        if name != "Cap":
            return marked(answers[name], request)
        said = str(request["messages"][-1]["content"])
        if "The debate is over" in said:
            return decides(choice=1)
        return decides(consensus=False, direction="the count")

    return script


def forbid(*_: Any, **__: Any) -> Any:
    raise AssertionError("answers were compared again")


@pytest.fixture
def never_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer_groups, "group_answers", forbid)
    monkeypatch.setattr(answer_groups, "answers_agree", forbid)


@anyio
async def test_resumed_run_uses_recorded_groups_and_has_the_same_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = await taken(debaters(ANSWERS), "debate", options={"max_rounds": 2}, folder=tmp_path / "run")
    report = make_report(first.events)
    lines = (tmp_path / "run/events.jsonl").read_text().splitlines()
    monkeypatch.setattr(answer_groups, "group_answers", forbid)
    monkeypatch.setattr(answer_groups, "answers_agree", forbid)
    again, fake = await resumed(
        read_record(tmp_path / "run"), debaters(ANSWERS), "debate", options={"max_rounds": 2}
    )
    assert fake.requests == []
    repeated = make_report(again.events)
    for part in ("outcome", "rounds", "changes", "final_group", "first_majority", "dissent", "decisions"):
        assert getattr(repeated, part) == getattr(report, part), part
    added = (tmp_path / "run/events.jsonl").read_text().splitlines()[len(lines) :]
    assert not [line for line in added if "answers_grouped" in line]


@anyio
async def test_resumed_run_of_other_groups_in_the_record_keeps_those(tmp_path: Path) -> None:
    """A record whose groups an earlier version made otherwise counts as it is."""
    first, _ = await taken(debaters(ANSWERS), "debate", options={"max_rounds": 1}, folder=tmp_path / "run")
    recorded = read_record(tmp_path / "run")
    former = events.AnswersGrouped(
        groups=({"answer": "42", "seats": ["ada", "bob", "eve"]},), agreement=1.0, basis="exact", round=1
    )
    changed = tuple(former if isinstance(e, events.AnswersGrouped) else e for e in recorded.events)
    record = RunRecord(recorded.folder, recorded.header, changed)
    again, _ = await resumed(record, debaters(ANSWERS), "debate", options={"max_rounds": 1})
    assert [event.groups for event in told(again, events.AnswersGrouped)] == [former.groups]
    assert first.result is not None and "2" not in str(make_report(again.events).outcome.votes)


@pytest.mark.parametrize("mode", ["debate", "pro", "roundtable"])
def test_report_of_record_of_before_compares_nothing(mode: str, never_compared: None) -> None:
    report = make_report(read_record(DATA / "runs" / mode).events)
    expected = {"debate": "agreed: 3 of 3 gave this answer", "pro": "merged", "roundtable": "done"}
    assert report.outcome.text == expected[mode]


def test_group_of_a_captain_is_not_taken_for_one_by_comparison() -> None:
    event = events.AnswersGrouped(
        groups=({"answer": "x", "seats": ["a", "b"]},), agreement=1.0, basis="captain", round=1
    )
    grouper = resuming(event, "a", "b")
    assert grouper.recall([("a", "x"), ("b", "y")], None, 1) is None
    assert isinstance(grouper.group([("a", "x"), ("b", "y")], None, 1), AnswerGroups)
