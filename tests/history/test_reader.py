"""What reading a record corrects."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from roundtable_tui.engine import events
from roundtable_tui.engine.record.recorder import EVENTS_FILE, MAX_DAMAGED_LINES
from roundtable_tui.errors import FileError
from roundtable_tui.history.constants import UNREADABLE
from roundtable_tui.history.reader import read_run
from roundtable_tui.history.summary import read_summary
from roundtable_tui.reports.json_report import build_report
from tests.support.record_builder import copy_demo_run, run_events, write_record


def test_read_run_of_an_earlier_record_takes_no_agreement_from_wording() -> None:
    record = read_run(copy_demo_run("pro"))
    grouped = [event for event in record.events if isinstance(event, events.AnswersGrouped)]
    assert [event.basis for event in grouped] == ["wording"]
    assert grouped[0].agreement is None
    assert build_report(record.events)["agreement"] is None


def test_read_run_keeps_costs_and_drops_figures_that_are_not_numbers() -> None:
    usage = {
        "prompt_tokens": 7,
        "completion_tokens": "x",
        "cost": 0.25,
        "cached_tokens": [],
        "other": 10**400,
    }
    ends = run_events()
    at = next(n for n, event in enumerate(ends) if isinstance(event, events.TurnFinished))
    ends[at] = replace(cast(events.TurnFinished, ends[at]), usage=usage)
    record = read_run(write_record("20261101-000001-pro-abc001", ends))
    first = next(event for event in record.events if isinstance(event, events.TurnFinished))
    assert first.usage == {"prompt_tokens": 7, "cost": 0.25}
    assert build_report(record.events)["report"]["usage"]["total"]["cost"] == 0.25


def test_read_summary_with_damaged_seats_says_so() -> None:
    seats = ({"name": "Ada", "model": "m", "server": "demo"},)
    folder = write_record("20261101-000001-pro-abc001", run_events("Why is it so?", seats=seats))
    summary = read_summary(folder)
    assert (summary.status, summary.question) == (UNREADABLE, "Why is it so?")
    assert summary.how.startswith("has invalid seat ids")


def test_read_run_with_too_many_damaged_lines_says_so() -> None:
    folder = write_record("20261101-000001-pro-abc001", run_events())
    path = folder / EVENTS_FILE
    whole = path.read_bytes()
    path.write_bytes(whole + b".\n" * MAX_DAMAGED_LINES)
    assert read_run(folder).skipped_lines == MAX_DAMAGED_LINES
    assert read_summary(folder).status == "complete"
    path.write_bytes(whole + b".\n" * (MAX_DAMAGED_LINES + 1))
    with pytest.raises(FileError, match="is damaged: more than 10,000 lines cannot be read"):
        read_run(folder)
    assert read_summary(folder).how == "is damaged: more than 10,000 lines cannot be read"
