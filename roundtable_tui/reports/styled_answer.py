"""Prints the answer of a run for a terminal: Markdown drawn, below it the outcome and the votes."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from typing import TYPE_CHECKING, TextIO

from roundtable_tui.utils.text import sanitize, single_line

if TYPE_CHECKING:
    from rich.console import Console

    from roundtable_tui.reports.report import Report

MAX_TEXT_CELLS = 100
"""Maximum width of drawn text: longer lines are hard to read."""
_MAX_ANSWER_CHARS = 120


def can_style(stream: TextIO) -> bool:
    """Return whether `stream` is a terminal that knows colours and styles."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def make_console(stream: TextIO) -> Console:
    """Return a console that writes to `stream`, no wider than is easy to read."""
    from rich.console import Console

    columns = shutil.get_terminal_size().columns
    return Console(
        file=stream, force_terminal=True, width=min(columns, MAX_TEXT_CELLS), highlight=False, markup=False
    )


def print_styled_answer(stream: TextIO, text: str, report: Report) -> None:
    """Print an answer (Markdown, untrusted), the outcome of its run and the votes.

    Raises:
        OSError: The stream cannot be written.
    """
    from rich.markdown import Markdown
    from rich.text import Text

    console = make_console(stream)
    console.print(Markdown(sanitize(text).strip(), hyperlinks=False))
    outcome = report.outcome.text
    if outcome and report.outcome.kind not in ("single", "produced"):
        console.print()
        style = "yellow" if is_uncertain(report) else "green"
        console.print(Text(f"{'!' if is_uncertain(report) else '✓'} {outcome}", f"bold {style}"))
        for line in format_votes(report):
            console.print(Text(line), overflow="ellipsis", no_wrap=True)
    stream.flush()


def is_uncertain(report: Report) -> bool:
    """Return whether the answer needs a second look: the seats differ, or the run did not end as planned."""
    kinds = {report.outcome.kind, report.outcome.answers}
    return bool(kinds & {"no_consensus", "against_majority", "incomplete", "budget_reached", "stopped"})


def format_votes(report: Report) -> list[str]:
    """Return a line per answer of the last round, the most votes first; none where they were not compared."""
    compared = [one for one in report.rounds if one.is_comparable]
    if not compared or sum(compared[-1].votes) < 2:
        return []
    most = max(compared[-1].votes)
    return [
        f"  {'█' * len(group.seats)}{' ' * (most - len(group.seats))} {len(group.seats)}  "
        f"{_join_names(report.names.get(seat, seat) for seat in group.seats)}: "
        f"{single_line(group.answer, _MAX_ANSWER_CHARS)}"
        for group in compared[-1].groups
    ]


def _join_names(names: Iterable[str]) -> str:
    return ", ".join(single_line(name, 24) for name in names)
