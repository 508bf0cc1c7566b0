"""Exports a run as Markdown, HTML or JSON. Terminal recordings are made by `tui.screens.replay.cast`."""

from __future__ import annotations

from pathlib import Path

from roundtable_tui.config import did_you_mean
from roundtable_tui.errors import UsageError
from roundtable_tui.history.constants import FORMATS
from roundtable_tui.history.find import read_title
from roundtable_tui.history.reader import read_run
from roundtable_tui.reports.answer_marker import replace_event_marks
from roundtable_tui.reports.json_report import build_report
from roundtable_tui.reports.transcript import render_transcript
from roundtable_tui.utils.text import readable_file_name, safe_file_name, single_line, to_safe_json


def export_run(folder: Path, form: str) -> str:
    """Render the run in `folder` in the format md, html or json. Raises RoundtableError."""
    recording = read_run(folder)
    match validate_format(form):
        case "html":
            from roundtable_tui.reports.html import render_html_page

            return render_html_page(recording, read_title(folder))
        case "json":
            return to_safe_json(build_report(recording.events), indent=2) + "\n"
        case "md":
            return render_transcript(replace_event_marks(recording.events))
    raise UsageError(f"{form} cannot be exported as text")


def validate_format(form: str) -> str:
    """Return `form` if it is a format. Raises UsageError with the closest one."""
    if form not in FORMATS:
        hint = did_you_mean(form, FORMATS, "There are")
        raise UsageError(f"unknown format: {single_line(form, 40)}", hint=hint)
    return form


def suggest_file_name(folder: Path, form: str) -> str:
    """Return a file name for an export, made from the run's title or question and its id."""
    recording = read_run(folder)
    called = readable_file_name(read_title(folder) or recording.header.question, 40)
    return f"{called}-{safe_file_name(folder.name[-6:])}.{form}"
