"""Texts are cut where it makes sense, nothing is lost, and every passage knows its place."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roundtable_tui.knowledge.passages import DocumentText, split_passages
from roundtable_tui.knowledge.split import split_text
from tests.support.torture import examples

WORDS = st.text(alphabet="ab c.\n#é漢。\u0301", max_size=400) | st.text(max_size=200)
SIZES = st.integers(4, 60)


@settings(max_examples=examples(300))
@given(WORDS, SIZES)
def test_split_text_pieces_join_to_the_text_within_limit(text: str, size: int) -> None:
    spans = list(split_text(text, size))
    assert "".join(text[start:end] for start, end in spans) == text
    assert all(0 < len(text[start:end].encode()) <= size for start, end in spans)


@settings(max_examples=examples(300))
@given(st.lists(st.text(alphabet="abcdé", min_size=1, max_size=9), min_size=1, max_size=80), SIZES)
def test_split_text_splits_only_words_longer_than_a_piece(words: list[str], size: int) -> None:
    text = " ".join(words)
    for start, end in split_text(text, size):
        if start > 0 and not (text[start - 1].isspace() or text[start].isspace()):
            word = next(m for m in re.finditer(r"\S+", text) if m.start() < start < m.end())
            assert len(word[0].encode()) > size


@settings(max_examples=examples(200))
@given(WORDS, SIZES, st.booleans())
def test_split_passages_lines_match_the_text(text: str, size: int, headed: bool) -> None:
    lines = text.split("\n")
    last = 0
    found = list(split_passages(DocumentText(text, headed=headed), size))
    for piece in found:
        assert 1 <= piece.first <= piece.last <= len(lines)
        assert piece.text in "\n".join(lines[piece.first - 1 : piece.last])
        assert piece.text == piece.text.strip() != ""
        assert piece.first >= last
        last = piece.last
    assert "".join("".join(piece.text for piece in found).split()) == "".join(text.split())


@settings(max_examples=examples(100))
@given(st.lists(st.text(alphabet="x y", min_size=1, max_size=30), max_size=20), st.data())
def test_split_passages_keeps_line_numbers_of_the_file(lines: list[str], data: st.DataObject) -> None:
    numbers = sorted(data.draw(st.lists(st.integers(1, 99), min_size=len(lines), max_size=len(lines))))
    for piece in split_passages(DocumentText("\n".join(lines), unit="page", numbers=numbers), 40):
        assert {piece.first, piece.last} <= set(numbers)


@pytest.mark.parametrize(
    ("text", "size", "pieces"),
    [
        ("One two. Three four five.", 15, ["One two. ", "Three four ", "five."]),
        ("Aaaa bbbb.\n\nCccc dddd eeee", 18, ["Aaaa bbbb.\n\n", "Cccc dddd eeee"]),
        ("one\ntwo three four", 12, ["one\n", "two three ", "four"]),
        ("one two\nthree four", 12, ["one two\n", "three four"]),
        ("我们的政策。他们的政策", 27, ["我们的政策。", "他们的政策"]),
        ("我们的政策他们的政策", 18, ["我们的政策他", "们的政策"]),
        ("aaaaaaaaaa", 4, ["aaaa", "aaaa", "aa"]),
        ("aaae\u0301aa", 5, ["aaa", "e\u0301aa"]),
        ("", 4, []),
    ],
)
def test_split_text_ends_at_the_best_break(text: str, size: int, pieces: list[str]) -> None:
    assert [text[start:end] for start, end in split_text(text, size)] == pieces


def test_split_passages_sections_are_separate_with_headings() -> None:
    body = (
        "A sentence that is long enough to stand for itself as a section of its own, and to be found there. "
    )
    text = f"# Leave\n\n## Parental ##\n\n{body * 2}\n\n```\n# no heading\n```\n\n## Illness\n{body * 2}\n"
    text += f"# Travel\n{body}"
    found = list(split_passages(DocumentText(text, headed=True), 1200))
    assert [(piece.heading, piece.first) for piece in found] == [
        ("Leave", 1),
        ("Leave > Illness", 11),
        ("Travel", 13),
    ]
    assert "# no heading" in found[0].text
    assert {piece.heading for piece in split_passages(DocumentText(text), 1200)} == {""}


def test_split_passages_long_heading_is_shortened() -> None:
    (piece,) = split_passages(DocumentText("# " + "x" * 300 + "\n\ntext", headed=True))
    assert len(piece.heading) <= 120


def test_split_passages_ten_megabytes_are_split() -> None:
    line = "The quick brown fox jumps over the lazy dog and 我们 run after it, or so it says here. "
    text = "\n".join(line * 3 for _ in range(40_000))
    assert sum(1 for _ in split_passages(DocumentText(text, headed=True))) > 8000
