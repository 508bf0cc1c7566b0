"""Limits of the texts that a mode cuts itself: by what the models hold, and as they were recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from roundtable_tui.engine import events
from roundtable_tui.engine.calls.context_window import CHARS_PER_TOKEN, ContextWindows
from roundtable_tui.engine.calls.text_sizes import TextSizes
from roundtable_tui.engine.record.replay_cache import ReplayCache
from roundtable_tui.engine.seat import Seat
from tests.support.run_builder import SERVER, persona

WINDOWS = {"small": 1000, "large": 4000}
SHARE = 0.5


def in_chars(window: int) -> int:
    return int(window * SHARE * CHARS_PER_TOKEN)


class Recorded:
    """The facts of a run: those of its record first."""

    def __init__(self, *recorded: events.Event) -> None:
        self.cache = ReplayCache(recorded)
        self.made: dict[str, Mapping[str, Any]] = {}

    def __call__(self, name: str, lookup: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
        self.made[name] = self.cache.external_facts.get(name) or lookup()
        return self.made[name]

    def sizes(self, seats: list[Seat]) -> TextSizes:
        windows = ContextWindows(lambda server, model: WINDOWS.get(model))
        return TextSizes(windows, self.cache, self, lambda: seats)

    def as_events(self) -> list[events.Event]:
        return [events.ExternalFactRecorded(name=name, value=value) for name, value in self.made.items()]


def reader(model: str, stage: int = 0) -> Seat:
    return Seat(f"{stage}-ada", persona("Ada"), SERVER, model, stage=stage)


def called(reader: Seat) -> list[events.Event]:
    turn = f"{reader.id}.1"
    queued = events.TurnQueued(turn=turn, seat=reader.id, label="notes")
    return [queued, events.TurnFinished(turn=turn, seat=reader.id, text="Noted.")]


def test_stages_of_a_pipeline_have_limits_of_their_own_in_a_resumed_run() -> None:
    readers = [reader("small", 1), reader("large", 2), reader("unknown", 3)]
    expected = [in_chars(1000), in_chars(4000), 90_000]
    first = Recorded()
    assert [first.sizes([one]).limit_by_context(90_000, SHARE) for one in readers] == expected
    again = Recorded(*first.as_events(), *(event for one in readers for event in called(one)))
    assert [again.sizes([one]).limit_by_context(90_000, SHARE) for one in readers] == expected


def test_stage_that_was_not_reached_before_the_resume_gets_its_limit() -> None:
    first, second = reader("small", 1), reader("large", 2)
    again = Recorded(*called(first))
    assert again.sizes([first]).limit_by_context(90_000, SHARE) == 90_000, "its calls were not limited"
    assert again.sizes([second]).limit_by_context(90_000, SHARE) == in_chars(4000)


def test_record_with_one_limit_for_all_stages_keeps_it() -> None:
    second = reader("large", 2)
    fact = events.ExternalFactRecorded(name="chars_by_context", value={"chars": 700})
    assert Recorded(fact, *called(second)).sizes([second]).limit_by_context(90_000, SHARE) == 700


def test_run_without_stages_records_its_limit_under_the_name_of_before() -> None:
    made = Recorded()
    assert made.sizes([reader("small"), reader("large")]).limit_by_context(90_000, SHARE) == in_chars(1000)
    assert made.made == {"chars_by_context": {"chars": in_chars(1000)}}
    assert Recorded().sizes([reader("small")]).limit_by_context(20, SHARE) == 20
