"""Chunks cover a text, overlap, and never cut a word."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roundtable_tui.utils.chunking import split_chunks
from tests.support.torture import examples

PROSE = " ".join(f"This is sentence number {n}, and it says nothing else." for n in range(60))


def cut(text: str, size: int, overlap: int = 0) -> list[str]:
    return [text[c.start : c.end] for c in split_chunks(text, size, overlap)]


def test_split_chunks_short_text_is_one_chunk_and_empty_text_is_none() -> None:
    assert cut("  Hello there.\n", 100) == ["Hello there."]
    assert cut("", 100) == [] == cut(" \n ", 100)


def test_split_chunks_prefers_paragraphs_then_sentences_then_words() -> None:
    assert cut("One two. Three four.\n\nFive six. Seven eight.", 30) == [
        "One two. Three four.\n\n",
        "Five six. Seven eight.",
    ]
    assert cut("One two three four. Five six seven", 28) == ["One two three four. ", "Five six seven"]
    assert cut("one two three four five", 12) == ["one two ", "three four ", "five"]


def test_split_chunks_overlap_begins_at_a_sentence_or_word() -> None:
    found = split_chunks(PROSE, 400, 120)
    for one, other in pairwise(found):
        assert 0 < one.end - other.start <= 120
        assert PROSE[other.start :].startswith("This is sentence")
    assert [chunk.number for chunk in found] == list(range(1, len(found) + 1))


def test_split_chunks_long_word_is_split_between_its_parts() -> None:
    assert cut("ab " + "x" * 25, 10) == ["ab ", "x" * 10, "x" * 10, "x" * 5]
    assert cut("https://example.org/one/two/three/four", 20)[0][-1] in "/."
    assert all(len(part) <= 10 for part in cut("e\u0301" * 30, 10))
    assert all(not part.startswith("\u0301") for part in cut("e\u0301" * 30, 9))


def test_split_chunks_text_without_blanks_is_split_at_sentences_or_characters() -> None:
    text = "今日は良い天気です。明日は雨が降るでしょう。傘を持って行きます。"
    assert cut(text, 15)[0] == "今日は良い天気です。"
    assert "".join(cut("漢" * 50, 8)) == "漢" * 50


@pytest.mark.parametrize(("size", "overlap"), [(0, 0), (10, 6), (10, -1)])
def test_split_chunks_invalid_size_or_overlap_raises(size: int, overlap: int) -> None:
    with pytest.raises(ValueError, match="overlap"):
        split_chunks("text", size, overlap)


@settings(max_examples=examples(100), deadline=None)
@given(
    text=st.text(alphabet=st.sampled_from("ab .\n!e\u0301漢。x-"), max_size=300),
    size=st.integers(1, 40),
    data=st.data(),
)
def test_split_chunks_any_text_is_covered_in_order_without_split_words(
    text: str, size: int, data: st.DataObject
) -> None:
    overlap = data.draw(st.integers(0, size // 2))
    found = split_chunks(text, size, overlap)
    covered = len(text) - len(text.lstrip())
    for chunk in found:
        assert chunk.start <= covered < chunk.end <= chunk.start + size
        covered = chunk.end
        inside = chunk.end < len(text) and text[chunk.end - 1 : chunk.end + 1].strip().isascii()
        if inside and text[chunk.end - 1].isalnum() and text[chunk.end].isalnum():
            word = text[chunk.start : chunk.end].split()[-1]
            assert len(word) == chunk.end - chunk.start, "only a word that fills its chunk is cut"
    assert covered == (len(text.rstrip()) if text.strip() else covered)


def test_split_chunks_ten_megabytes_are_split() -> None:
    text = PROSE * 3500
    assert len(text) > 10_000_000
    found = split_chunks(text, 4000, 200)
    assert found[-1].end == len(text)
    assert max(chunk.end - chunk.start for chunk in found) <= 4000
