"""How a piece of a row looks, as one integer: a role in the low byte, attributes above it.

The model speaks of looks only; which colours they are is the palette's business. Plain integers
and no enums, because they are added up for every piece of every row.
"""

from __future__ import annotations


class Role:
    """What a piece of text is."""

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
    CODE_WORD = 10
    CODE_STRING = 11
    CODE_REMARK = 12
    CODE_NUMBER = 13
    TABLE_HEAD = 14
    TABLE_LINE = 15
    REASONING = 16
    FOLD = 17
    TITLE = 18
    NOTE_DONE = 19
    NOTE_CUT = 20
    NOTE_FAILED = 21
    NOTE_STOPPED = 22
    NOTE_WAITING = 23
    BLANK = 24


class Attr:
    """What is added to a role; `CODE_SPAN`, `LINK` and `TARGET` have colours of their own."""

    BOLD = 1 << 8
    ITALIC = 1 << 9
    STRIKE = 1 << 10
    CODE_SPAN = 1 << 11
    LINK = 1 << 12
    TARGET = 1 << 13


ROLE_MASK = 0xFF

Piece = tuple[str, int]
"""A piece of text and its look."""

Row = tuple[list[Piece], int]
"""The pieces of one row on the screen, and the look of what is left of the row to their right."""
