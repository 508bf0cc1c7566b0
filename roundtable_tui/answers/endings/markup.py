"""Removes the markup around a line of a reply."""

from __future__ import annotations

import re

from roundtable_tui.answers.endings import patterns

_LINE_START = re.compile(r"^(?:#{1,6}\s+|>\s*|[-*•+]\s+(?=\S)|(?:∴|→|⇒|➡|=>|->|-->)\s*(?=\S))+")


def strip_markup(line: str) -> str:
    """Return a line without headings, bullets, emphasis, arrows and pictures."""
    line = patterns.EMOJI.sub("", line).strip()
    if row := patterns.TABLE_ROW.fullmatch(line):
        line = f"{row[1]}: {row[2]}"
    return patterns.EMPHASIS.sub("", _LINE_START.sub("", line)).strip()
