"""Complete lines as slices of one text: a string of its own costs each line about 60 bytes."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

_MAX_GAP_CHARS = 1 << 16
"""Characters of the text that are searched for the next line."""


class PackedLines:
    """Read-only lines, stored as the start and end of each in a text."""

    __slots__ = ("_ends", "_starts", "_text")

    def __init__(self, text: str, starts: array[int], ends: array[int]) -> None:
        self._text, self._starts, self._ends = text, starts, ends

    @classmethod
    def join(cls, lines: Sequence[str]) -> PackedLines:
        """Pack lines into a text of their own."""
        starts, ends, at = array("I"), array("I"), 0
        for line in lines:
            starts.append(at)
            at += len(line)
            ends.append(at)
        return cls("".join(lines), starts, ends)

    def __len__(self) -> int:
        return len(self._starts)

    def __getitem__(self, index: int) -> str:
        return self._text[self._starts[index] : self._ends[index]]


def find_lines(lines: Sequence[str], text: str, at: int) -> tuple[PackedLines | None, int]:
    """Find lines in a text, in their order.

    Args:
        lines: The lines.
        text: A text that may have other lines between them.
        at: Where to begin.

    Returns:
        The lines as slices of `text`, or None if one of them is not in it as it is (such as a line whose
        tabs were replaced); and where the last line that was found ends.
    """
    starts, ends = array("I"), array("I")
    for line in lines:
        start = text.find(line, at, at + len(line) + _MAX_GAP_CHARS)
        if start >= 0:
            at = start + len(line)
            starts.append(start)
            ends.append(at)
    return (PackedLines(text, starts, ends) if len(starts) == len(lines) else None), at
