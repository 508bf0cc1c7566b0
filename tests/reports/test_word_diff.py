"""The word diff of two texts."""

from __future__ import annotations

from hypothesis import given, strategies

from roundtable_tui.reports.word_diff import MAX_WORDS, diff_words


def test_diff_words_shows_what_was_replaced() -> None:
    assert diff_words("Yes, build the bridge.", "No, build the bridge.") == [
        ("removed", "Yes,"), ("added", "No,"), ("same", " build the bridge."),
    ]  # fmt: skip
    assert diff_words("one two three", "four five three") == [
        ("removed", "one two"), ("added", "four five"), ("same", " three"),
    ]  # fmt: skip
    assert diff_words("", "") == [] and diff_words("a b", "a b") == [("same", "a b")]


@given(strategies.text("ab \n", max_size=60), strategies.text("ab \n", max_size=60))
def test_diff_words_parts_make_up_both_texts(before: str, after: str) -> None:
    found = diff_words(before, after)
    assert "".join(text for kind, text in found if kind != "removed") == after
    assert "".join(text for kind, text in found if kind != "added") == before


def test_diff_words_of_long_texts_is_bounded() -> None:
    before, after = "x " * MAX_WORDS, "y " * MAX_WORDS + "end"
    assert [kind for kind, _ in diff_words(before, after)][-1] == "added"
