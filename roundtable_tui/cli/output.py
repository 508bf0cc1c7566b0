"""Output of the listing commands: aligned columns that fit the terminal, JSON, warnings."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

from roundtable_tui.config import Settings, describe_unknown, load
from roundtable_tui.utils.format import display_width
from roundtable_tui.utils.terminal_cells import drop_undrawn
from roundtable_tui.utils.text import single_line, to_safe_json

MIN_WIDTH = 40
_GAP = "  "


def terminal_width() -> int:
    """Return the width of the terminal in cells; 80 without a terminal."""
    return max(MIN_WIDTH, shutil.get_terminal_size((80, 24)).columns)


def format_columns(
    rows: Iterable[Sequence[str]], *, indent: str = "", max_width: int = 28, max_lines: int | None = None
) -> str:
    """Format rows of text as aligned columns; the last one wraps. Cells are sanitized.

    Args:
        rows: The rows; they may have different lengths.
        indent: What each line starts with.
        max_width: Maximum cells of all columns but the last. After a longer cell, its row continues on the
            next line.
        max_lines: Maximum lines of the last column; None for no limit.
    """
    table = [[drop_undrawn(single_line(cell, 2000)) for cell in row] for row in rows]
    if not table:
        return ""
    count = max(map(len, table)) - 1
    widths = [
        min(max_width, max((display_width(row[n]) for row in table if n < len(row) - 1), default=0))
        for n in range(count)
    ]
    margin = display_width(indent) + sum(wide + len(_GAP) for wide in widths)
    room = terminal_width()
    if margin > room - 24:  # Too narrow for columns: the last one starts on its own line.
        margin = display_width(indent) + 4
    return "\n".join(
        line
        for row in table
        for line in _format_row(row, widths, indent, margin, room - margin - 1, max_lines)
    )


def _format_row(
    row: Sequence[str], widths: Sequence[int], indent: str, margin: int, room: int, max_lines: int | None
) -> list[str]:
    head = indent + "".join(
        cell + " " * max(0, wide - display_width(cell)) + _GAP
        for cell, wide in zip(row[:-1], widths, strict=False)
    )
    how: Any = {
        "break_on_hyphens": False,
        "break_long_words": False,
        "max_lines": max_lines,
        "placeholder": " …",
    }
    lines = [row[-1]]
    if " " in row[-1]:  # A path or an id is meant to be copied: never broken.
        lines = textwrap.wrap(row[-1], max(20, room), **how) or [""]
    rest = [" " * margin + line for line in lines]
    if display_width(head) <= margin:
        rest[0] = head + " " * (margin - display_width(head)) + lines[0]
        return [line.rstrip() for line in rest]
    return [head.rstrip(), *rest] if row[-1] else [head.rstrip()]


def print_json(data: Any) -> None:
    """Print data as JSON without control characters."""
    print(to_safe_json(data, indent=2))


def print_warnings(lines: Iterable[object]) -> None:
    """Print warnings to stderr, one line each."""
    for line in lines:
        print(f"! {single_line(str(line), 600)}", file=sys.stderr)


def load_settings() -> Settings:
    """Return the settings of the user's file; a line on stderr names its unknown entries."""
    settings = load()
    print_warnings(filter(None, [describe_unknown(settings)]))
    return settings


def origin(found: str, hidden: str) -> str:
    """Return the origin of a listed item, with the origin of the item it hides."""
    return f"{found}, hides {hidden}" if hidden and found == "here" else found
