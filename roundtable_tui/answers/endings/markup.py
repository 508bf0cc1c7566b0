"""Removes the markup around a line of a reply."""

from __future__ import annotations

import re

from roundtable_tui.answers.endings import patterns

_LINE_START = re.compile(r"^(?:#{1,6}\s+|>\s*|[-*•+]\s+(?=\S)|(?:∴|→|⇒|➡|=>|->|-->)\s*(?=\S))+")


def strip_markup(line: str) -> str:
    """Return a line without headings, bullets, emphasis, arrows and pictures."""
    line = (line if line.isascii() else patterns.EMOJI.sub("", line)).strip()
    if row := patterns.TABLE_ROW.fullmatch(line):
        line = f"{row[1]}: {row[2]}"
    line = _LINE_START.sub("", line)
    return (patterns.EMPHASIS.sub("", line) if "*" in line or "_" in line else line).strip()
