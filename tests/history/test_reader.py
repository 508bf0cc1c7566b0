"""What reading a record corrects."""

from __future__ import annotations

from roundtable_tui.engine import events
from roundtable_tui.history.reader import read_run
from roundtable_tui.reports.json_report import build_report
from tests.support.record_builder import copy_demo_run


def test_read_run_of_an_earlier_record_takes_no_agreement_from_wording() -> None:
    record = read_run(copy_demo_run("pro"))
    grouped = [event for event in record.events if isinstance(event, events.AnswersGrouped)]
    assert [event.basis for event in grouped] == ["wording"]
    assert grouped[0].agreement is None
    assert build_report(record.events)["agreement"] is None
