"""The splitter of reasoning and answer, with the text divided in every way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundtable_tui.llm.stream.thinking import THINKING_TAGS, ThinkingSplitter


def split(*parts: str, elsewhere: bool = False) -> tuple[str, str, int]:
    """Return (reasoning, answer, times restated), put together as a caller does."""
    splitter = ThinkingSplitter()
    splitter.has_separate_reasoning = elsewhere
    reasoning, answer, times = "", "", 0
    for said in [splitter.feed(part) for part in parts] + [splitter.close()]:
        if said.resplit:
            reasoning, answer, times = reasoning + answer, "", times + 1
        reasoning += said.reasoning
        answer += said.answer
    return reasoning, answer, times


CASES = [
    ("<think>hm</think>yes", "hm", "yes"),
    ("<think>\nhm\n</think>\n\nyes", "hm\n", "yes"),
    ("  \n<think>hm</think> yes", "hm", "yes"),
    ("<thinking>hm</thinking>yes", "hm", "yes"),
    ("[THINK]hm[/THINK]yes", "hm", "yes"),
    ("<think></think>yes", "", "yes"),
    ("<think>a</think><think>b</think>yes", "ab", "yes"),
    ("<think>never closed", "never closed", ""),
    ("<think>almost </thin", "almost </thin", ""),
    ("<think>a < b </ c </thi d</think>yes", "a < b </ c </thi d", "yes"),
    ("<think>hm</think>", "hm", ""),
    ("plain", "", "plain"),
    ("  plain", "", "  plain"),
    ("<thin", "", "<thin"),
    ("<think", "", "<think"),
    ("<b>bold</b>", "", "<b>bold</b>"),
    ("", "", ""),
    ("   ", "", "   "),
    # A lone closing tag: the chat template wrote the opening one.
    ("it was this.\n</think>\n\nyes", "it was this.\n", "yes"),
    ("it was this.</think>yes", "it was this.", "yes"),
    ("it was this.</think>", "it was this.", ""),
    ("</think>yes", "", "yes"),
    ("a</think>b</think>c", "a", "b</think>c"),
    # Tags as the subject of an answer.
    ("Use <think> and </think> tags", "", "Use <think> and </think> tags"),
    ("the tag `</think>` ends it", "", "the tag `</think>` ends it"),
    ('write "</think>" there', "", 'write "</think>" there'),
    ("```\nx\n</think>\n```", "", "```\nx\n</think>\n```"),
    ("<think>hm</think>the <think> tag, </think>", "hm", "the <think> tag, </think>"),
    ("yes </thin", "", "yes </thin"),
    ("a < b", "", "a < b"),
]


@pytest.mark.parametrize(("text", "reasoning", "answer"), CASES)
def test_splitter_any_split_gives_same_result(text: str, reasoning: str, answer: str) -> None:
    assert split(text)[:2] == (reasoning, answer)
    assert split(*text)[:2] == (reasoning, answer)
    for first in range(len(text) + 1):
        assert split(text[:first], text[first:])[:2] == (reasoning, answer), first
        for second in range(first, len(text) + 1):
            assert split(text[:first], text[first:second], text[second:])[:2] == (reasoning, answer)


def test_splitter_late_closing_tag_resplits() -> None:
    assert split("all this ", "was thought", "</think>", "yes") == ("all this was thought", "yes", 1)


def test_splitter_with_separate_reasoning_ignores_lone_tag() -> None:
    assert split("The end is </think> here", elsewhere=True) == ("", "The end is </think> here", 0)
    assert split("</think>\nyes", elsewhere=True) == ("", "yes", 0)


@pytest.mark.parametrize("text", ["hello", "a < b", "yes <", "<table>"])
def test_splitter_holds_back_only_possible_tags(text: str) -> None:
    splitter = ThinkingSplitter()
    said = "".join(splitter.feed(letter).answer for letter in text)
    kept = splitter.close().answer
    assert said + kept == text
    assert any(tag.startswith(kept) for tag in (*THINKING_TAGS, *THINKING_TAGS.values()))


TEXTS = st.lists(
    st.sampled_from(
        [
            "<think>",
            "</think>",
            "<thinking>",
            "</thinking>",
            "<",
            "</",
            "think>",
            "`",
            "```",
            "\n",
            " ",
            "a",
            "é",
        ]
    ),
    max_size=10,
)


@given(TEXTS, st.randoms(use_true_random=False))
def test_splitter_random_splits_give_same_result(pieces: list[str], random: object) -> None:
    text = "".join(pieces)
    whole = split(text)[:2]
    assert split(*pieces)[:2] == whole
    assert split(*text)[:2] == whole


@given(TEXTS)
def test_splitter_loses_only_tags_and_blanks(pieces: list[str]) -> None:
    reasoning, answer, _ = split(*pieces)
    left = reasoning + answer
    for tag in (*THINKING_TAGS, *THINKING_TAGS.values()):
        left = left.replace(tag, "")
    assert left.count("a") == "".join(pieces).count("a")
    assert left.count("é") == "".join(pieces).count("é")


def test_feed_fence_split_over_pieces_keeps_the_tag_in_the_code() -> None:
    for pieces in (["a\n``", "`\nx ", "</think> y"], ["a\n`", "`", "`\nx </think> y"]):
        splitter = ThinkingSplitter()
        deltas = [*map(splitter.feed, pieces), splitter.close()]
        assert "".join(delta.answer for delta in deltas) == "a\n```\nx </think> y"
        assert not splitter.has_removed_tag
