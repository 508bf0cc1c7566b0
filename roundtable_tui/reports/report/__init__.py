"""The report of a run: one typed object, computed from the events of the run by `make_report`."""

from __future__ import annotations

from roundtable_tui.reports.report.make import make_report
from roundtable_tui.reports.report.outcome import Outcome
from roundtable_tui.reports.report.types import Report

__all__ = ["Outcome", "Report", "make_report"]
