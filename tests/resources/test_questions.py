"""Questions of a task: lists as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundtable_tui.resources.questions import parse_questions, render_questions

CASES: dict[str, tuple[str, tuple[str, ...]]] = {
    "plain lines": ("What?\n\n  Why?  \n", ("What?", "Why?")),
    "comments": ("# for Monday\n#todo later\n// old\nWhat?\n#\n", ("What?",)),
    "hash that asks": ("#1 in the list: why?\n", ("#1 in the list: why?",)),
    "headings": ("# Round one\nWhat?\n\n## Round two\nWhy?\n", ("What?", "Why?")),
    "headings that are the questions": ("# What?\n# Notes\n", ("What?",)),
    "hidden comment": ("What?\n<!-- not\nthese? -->\nWhy?\n", ("What?", "Why?")),
    "numbers": ("1. What?\n2) Why?\n(3) How?\n", ("What?", "Why?", "How?")),
    "labels": ("Q1: What?\nQ2: Why?\n", ("What?", "Why?")),
    "two numbered lists": ("1. What?\n2. Why?\n\n1. How?\n", ("What?", "Why?", "How?")),
    "a number that is none": ("3. Liga or 2. Liga?\n", ("3. Liga or 2. Liga?",)),
    "a year": ("What happened?\n1984 was written when?\n", ("What happened?", "1984 was written when?")),
    "bullets": ("- What?\n* Why?\n- [ ] How?\n", ("What?", "Why?", "How?")),
    "a wrapped item": ("1. What is the\n   best gate?\n2. Why?\n", ("What is the best gate?", "Why?")),
    "everything in a fence": ("```text\nWhat?\nWhy?\n```\n", ("What?", "Why?")),
    "a fence of a question": (
        "What does this print?\n```python\n# a comment\nprint(1)\n```\nWhy?\n",
        ("What does this print?\n```python\n# a comment\nprint(1)\n```", "Why?"),
    ),
    "an open fence": ("What?\n~~~\na\n", ("What?\n~~~\na\n",)),
    "rules": ("What?\n---\nWhy?\n***\n", ("What?", "Why?")),
    "front matter": ("---\ntitle: x\n---\nWhat?\n", ("What?",)),
    "a backslash": ("\\# not a comment\n\\1. not a number\n", ("# not a comment", "1. not a number")),
    "minus without a blank": ("-5 or 5?\n", ("-5 or 5?",)),
}


@pytest.mark.parametrize("name", CASES)
def test_parse_questions_reads_lists_as_written(name: str) -> None:
    text, expected = CASES[name]
    assert tuple(one.strip() for one in parse_questions(text)) == tuple(one.strip() for one in expected)


def test_parse_questions_markdown_joins_lines_of_a_paragraph() -> None:
    text = "# Gates\n\nA gate is wide.\nWhat is the\nbest width?\n\n- Why\n  so?\n"
    assert parse_questions(text, markdown=True) == ("A gate is wide.", "What is the best width?", "Why so?")


def test_parse_questions_markdown_of_headings_only_gives_headings() -> None:
    assert parse_questions("# One\n\n## Two ##\n", markdown=True) == ("One", "Two")


@given(st.lists(st.text(alphabet="ab1#-*.)(Q:?~`\\/_= ", min_size=1).map(str.strip).filter(bool), max_size=4))
def test_render_questions_any_questions_are_read_again(questions: list[str]) -> None:
    assert parse_questions(render_questions(questions)) == tuple(questions)
