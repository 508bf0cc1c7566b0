"""Citations of files: what counts as one, and whether it holds."""

from __future__ import annotations

import pytest

from roundtable_tui.engine.events import ToolReturned
from roundtable_tui.engine.tools.citations import DeliveredLines

NOTES = ("# Notes", "The bridge has 14 arches.", "It is old: it was built", "in 1844, they say.")


def read(path: str, first: int, lines: tuple[str, ...], total: int, **fields: object) -> ToolReturned:
    """Return the result of a read of these lines."""
    text = "\n".join(f"{path}:{first + at}: {line}" for at, line in enumerate(lines))
    details = {"path": path, "first": first, "last": first + len(lines) - 1, "total": total}
    fields = {"turn": "ada.1", "seat": "ada", "call": "1", "tool": "read_file", "details": details, **fields}
    return ToolReturned(text=text, **fields)  # type: ignore[arg-type]


@pytest.fixture
def delivered() -> DeliveredLines:
    found = DeliveredLines()
    found.add(read("notes.md", 1, NOTES, total=9))
    return found


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("It has 14 [notes.md:2].", ["checked"]),
        ("Both [notes.md:2, 4] and [./notes.md:1-2; notes.md:3].", ["checked"] * 4),
        ("Lines [notes.md:L2-L3] and [notes.md:2–3].", ["checked", "checked"]),
        ("Never shown [notes.md:5-6].", ["unread"]),
        ("Beyond the end [notes.md:8-10] or [notes.md:0].", ["range", "range"]),
        ("Another file [other.md:1] and [docs/other:2].", ["unread", "unread"]),
        ('It says "the bridge has 14 arches" [notes.md:2].', ["checked"]),
        ("It says “The bridge has **14** arches.” there [notes.md:1-2].", ["checked"]),
        ('Over two lines: "it was built in 1844" [notes.md:3-4].', ["checked"]),
        ('Shortened: "It is old ... they say" [notes.md:3-4].', ["checked"]),
        ('It says "the bridge has 15 arches" [notes.md:2].', ["words"]),
        ('Wrong order: "they say ... is old" [notes.md:3-4].', ["words"]),
        ('As [notes.md:2] says, "the bridge has 14 arches".', ["checked"]),
        ('[notes.md:2]: "the bridge has 15 arches"', ["words"]),
        ('[notes.md:2] says that "the bridge has 15 arches"\n\nAnd so on.', ["words"]),
        ('It is old [notes.md:3], also called "the old lady here".', ["checked"]),
        ('By [notes.md:2]: "it was built" [notes.md:3].', ["checked", "checked"]),
        ('Others say "it has 15 arches". That is wrong [notes.md:2].', ["checked"]),
        ("No citations: [1], [12:30], [see: 5], [John 3:16], [x](notes.md), `[notes.md:99]`.", []),
    ],
)
def test_check_of_an_answer_gives_status(delivered: DeliveredLines, answer: str, expected: list[str]) -> None:
    assert [one.status for one in delivered.check(answer)] == expected


def test_delivered_lines_of_a_failed_call_or_another_tool_do_not_count() -> None:
    found = DeliveredLines()
    found.add(read("notes.md", 1, NOTES, total=9, ok=False))
    found.add(read("notes.md", 1, NOTES, total=9, tool="web.fetch", details={}))
    assert [one.status for one in found.check("[notes.md:1]")] == ["unread"]


def test_delivered_lines_of_a_search_can_be_cited() -> None:
    found = DeliveredLines()
    details = {"found": [["a.md", 7], ["b:1.md", 3]]}
    text = "a.md:7: seven\nb:1.md:3: three"
    found.add(ToolReturned(turn="a.1", seat="a", call="1", tool="search_files", text=text, details=details))
    assert found.lines == {"a.md": {7: "seven"}, "b:1.md": {3: "three"}}


def test_delivered_line_that_was_shortened_is_replaced_by_the_whole_one() -> None:
    found = DeliveredLines()
    found.add(read("a.md", 1, ("begin…",), total=1))
    assert found.check('"the very end" [a.md:1]')[0].is_checked, "the rest of the line is not known"
    found.add(read("a.md", 1, ("begin and end",), total=1))
    assert found.check('"the very end" [a.md:1]')[0].status == "words"
