"""The first line of a CSV file, which names its columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from roundtable_tui.utils.text import single_line

MAX_COLUMNS = 1_000
_DELIMITERS = (",", ";", "\t")


def find_delimiter(first_line: str) -> str:
    """Return what separates the cells: comma, semicolon or tab, whichever the first line has most of."""
    return max(_DELIMITERS, key=first_line.count)


def find_header_problem(header: Sequence[str]) -> str:
    """Return what is wrong with the names of columns, "" if nothing is."""
    if len(header) > MAX_COLUMNS:
        return f"has {len(header):,} columns; at most {MAX_COLUMNS:,} are read"
    twice = next((name for name, count in Counter(header).items() if name and count > 1), "")
    return f"has two columns {single_line(twice, 40)!r}" if twice else ""
