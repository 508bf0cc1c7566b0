"""Splits the text of a document into passages with their line numbers and headings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from roundtable_tui.knowledge.split import DEFAULT_SIZE_BYTES, split_text
from roundtable_tui.utils.text import truncate

_HEADING = re.compile(r"(#{1,6}) +(.*?)[ #]*$")
_FENCE = re.compile(r" {0,3}(```|~~~)")
_MAX_HEADING_CHARS = 120


@dataclass(frozen=True, slots=True)
class DocumentText:
    """A document as text. `numbers` gives each line's number in the file; None: lines are counted from 1.

    With `headed`, lines with one to six # are headings.
    """

    text: str
    unit: str = "line"
    """What the numbers count: line, page or paragraph."""
    numbers: Sequence[int] | None = None
    headed: bool = False


@dataclass(frozen=True, slots=True)
class TextPassage:
    """A passage to store: its text, its position (from 1) and the headings above it."""

    text: str
    first: int
    last: int
    heading: str = ""


def split_passages(document: DocumentText, size: int = DEFAULT_SIZE_BYTES) -> Iterator[TextPassage]:
    """Yield the passages of a document in order; blank ones are skipped."""
    headings = list(_find_headings(document.text)) if document.headed else []
    above: list[tuple[int, str]] = []
    line, counted, passed = 0, 0, 0
    for start, end in split_text(document.text, size, [at for at, *_ in headings]):
        raw = document.text[start:end]
        if not (text := raw.strip()):
            continue
        begin = start + len(raw) - len(raw.lstrip())
        line += document.text.count("\n", counted, begin)
        counted = begin
        last = line + text.count("\n")
        # The headings above a passage, and the one it begins with.
        while passed < len(headings) and headings[passed][0] <= begin:
            _, level, title = headings[passed]
            above = [*(one for one in above if one[0] < level), (level, title)]
            passed += 1
        heading = truncate(" > ".join(title for _, title in above), _MAX_HEADING_CHARS)
        yield TextPassage(text, _file_line(document, line), _file_line(document, last), heading)


def _file_line(document: DocumentText, line: int) -> int:
    return line + 1 if document.numbers is None else document.numbers[line]


def _find_headings(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield (start, level, title) of the headings outside code blocks."""
    fence = ""
    at = 0
    for line in text.split("\n"):
        if mark := _FENCE.match(line):
            fence = "" if fence == mark[1] else fence or mark[1]
        elif not fence and (heading := _HEADING.match(line)) and heading[2]:
            yield at, len(heading[1]), heading[2]
        at += len(line) + 1
