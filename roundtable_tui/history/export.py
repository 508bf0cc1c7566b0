"""A run as a file for others: Markdown, one HTML page, or JSON. (The screen makes terminal recordings.)"""

from __future__ import annotations

from pathlib import Path

from roundtable_tui.config import nearest
from roundtable_tui.errors import UsageError
from roundtable_tui.history.constants import FORMATS
from roundtable_tui.history.find import read_title
from roundtable_tui.history.reader import read_run
from roundtable_tui.reports.answer_marker import as_shown
from roundtable_tui.reports.json_report import report
from roundtable_tui.reports.transcript import transcript
from roundtable_tui.utils.text import file_name, one_line, to_json


def exported(folder: Path, form: str) -> str:
    """Return the run in `folder` as md, html or json. Raises RoundtableError."""
    recording = read_run(folder)
    match check_form(form):
        case "html":
            from roundtable_tui.reports.html import html_page

            return html_page(recording, read_title(folder))
        case "json":
            return to_json(report(recording.events), indent=2) + "\n"
        case "md":
            return transcript(as_shown(recording.events))
    raise UsageError(f"{form} is written by the screen")


def check_form(form: str) -> str:
    """Return the name of a format. Raises UsageError with the nearest."""
    if form not in FORMATS:
        hint = nearest(form, FORMATS, "There are")
        raise UsageError(f"there is no format {one_line(form, 40)}", hint=hint)
    return form


def proposed_name(folder: Path, form: str) -> str:
    """Return a file name for an export: from the run's title or question, and its id."""
    recording = read_run(folder)
    called = file_name(read_title(folder) or recording.header.question, 40)
    return f"{called}-{file_name(folder.name[-6:])}.{form}"
