"""The style of a piece of text as one integer: a role in the low byte, attributes above it.

The palette maps them to colours. Plain integers instead of enums, because they are combined for every
piece of every row.
"""

from __future__ import annotations


class Role:
    """The role of a piece of text."""

    TEXT = 0
    HEADING_1 = 1
    HEADING_2 = 2
    HEADING_3 = 3
    BULLET = 4
    QUOTE = 5
    BAR = 6
    RULE = 7
    CODE = 8
    LABEL = 9
    TABLE_HEAD = 10
    TABLE_LINE = 11
    REASONING = 12
    FOLD = 13
    TITLE = 14
    NOTE_DONE = 15
    NOTE_CUT = 16
    NOTE_FAILED = 17
    NOTE_STOPPED = 18
    NOTE_WAITING = 19
    BLANK = 20
    SEAT = 20
    """Plus the colour of a seat, from 1."""


class Attr:
    """Attributes added to a role. From `CODE_SPAN` on they have colours; the last four are for code."""

    BOLD = 1 << 8
    ITALIC = 1 << 9
    STRIKE = 1 << 10
    CODE_SPAN = 1 << 11
    LINK = 1 << 12
    TARGET = 1 << 13
    WORD = 1 << 14
    STRING = 1 << 15
    REMARK = 1 << 16
    NUMBER = 1 << 17


ROLE_MASK = 0xFF

Piece = tuple[str, int]
"""A piece of text and its style."""

Row = tuple[list[Piece], int]
"""The pieces of one row, and the style of the rest of the row."""
