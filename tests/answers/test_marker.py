"""The answer marker: found, extracted and removed by one set of patterns."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import roundtable_tui
from roundtable_tui.answers.marker import MARKER_LINE, TRUNCATED_MARKER_LINE, AnswerMarker
from roundtable_tui.reports.answer_marker import replace_marks
from roundtable_tui.tui.widgets.run.answer_heading import HEADING, AnswerMarkerFilter, replace_markers

MARKER = AnswerMarker("kobemile")


@pytest.mark.parametrize(
    "line", ["[[ANSWER-kobemile]]", "**[[ANSWER-kobemile]]**:", "## [[ answer kobemile ]]", "`[[ANSWER]]`"]
)
def test_marker_line_in_its_spellings_is_found_by_engine_and_display(line: str) -> None:
    text = f"Because.\n{line}\n42"
    assert MARKER.extract_answer(text) == ("42", True)
    assert MARKER_LINE.sub("", text) == "Because.\n42"
    assert replace_marks(text) == "Because.\n\n**Answer:**\n\n42"
    assert replace_markers(text) == f"Because.\n{HEADING}42"


def test_marker_broken_over_two_lines_is_the_same_for_engine_and_displays() -> None:
    text = "Because.\n[[ANSWER-\nkobemile]]\n42"
    stream = AnswerMarkerFilter()
    assert MARKER.extract_answer(text) == (text, False)
    assert replace_marks(text) == replace_markers(text) == stream.feed(text) + stream.flush() == text


@pytest.mark.parametrize("length", range(2, len("[[ANSWER-kobemile]]")))
def test_truncated_marker_line_at_the_end_is_removed(length: int) -> None:
    assert TRUNCATED_MARKER_LINE.sub("", f"Yes.\n{'[[ANSWER-kobemile]]'[:length]}") == "Yes.\n"


def test_replace_lines_leaves_a_marker_within_a_line() -> None:
    assert MARKER.replace_lines("a [[ANSWER-kobemile]] b\n[[ANSWER]]\nc", "Answer:") == (
        "a [[ANSWER-kobemile]] b\nAnswer:\nc"
    )


def test_marker_patterns_are_only_in_the_marker_module() -> None:
    package = Path(roundtable_tui.__file__).parent
    sources = {path: path.read_text("utf-8") for path in package.rglob("*.py")}
    found = {
        path.relative_to(package).as_posix()
        for path, source in sources.items()
        if "ANSWER" in source  # Only these are worth parsing.
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if r"\[\[" in node.value and "ANSWER" in node.value
    }
    assert found == {"answers/marker.py"}
