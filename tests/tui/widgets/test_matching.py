from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundtable_tui.tui.widgets.lists.item_list import Item, ItemRanker
from roundtable_tui.tui.widgets.lists.matching import match
from roundtable_tui.tui.widgets.lists.search_index import SearchIndex


def best(query: str, *titles: str) -> list[str]:
    return [item.title for item in ItemRanker().rank([Item(title, title) for title in titles], query)]


def test_rank_items_best_match_is_first() -> None:
    assert best("gpt", "my-gpt-clone", "egptian", "gpt-5", "llama") == ["gpt-5", "my-gpt-clone", "egptian"]


def test_match_scattered_letters_found_where_closest() -> None:
    assert best("q38", "qwen3:8b", "a quite long title with 3 words and number 8") == ["qwen3:8b"]
    fit = match("q38", "qwen3:8b")
    assert fit is not None and fit.positions == (0, 4, 6)


def test_match_missing_word_gives_none() -> None:
    items = [Item("1", "llama", detail="on Ollama"), Item("2", "llama", detail="on vLLM")]
    assert [item.id for item in ItemRanker().rank(items, "llama vllm")] == ["2"]


def test_match_rest_counts_at_word_starts_only() -> None:
    assert match("ship", "Ada", "Shipped") is not None
    assert match("ped", "Ada", "Shipped") is None


def test_rank_items_groups_stay_together() -> None:
    items = [Item("1", "xab", group="A"), Item("2", "ab", group="B"), Item("3", "ab c", group="A")]
    assert [item.id for item in ItemRanker().rank(items, "ab")] == ["2", "3", "1"]


@pytest.mark.parametrize("title", ["İstanbul", "ẞtraße", "a\x1b[31m"])
def test_match_positions_refer_to_original_title(title: str) -> None:
    fit = match("st", title)
    assert fit is None or all(at < len(title) for at in fit.positions)


@given(st.text(max_size=30), st.text(max_size=60))
def test_match_title_with_itself_gives_positions_in_title(query: str, title: str) -> None:
    assert match(title, title) is not None
    fit = match(query, title)
    assert fit is None or all(0 <= at < len(title) for at in fit.positions)


def test_match_hostile_title_is_fast() -> None:
    # With all ways of matching tried one after the other this would not end.
    assert match("a" * 20 + "b", ("a" * 150 + "c") * 2) is None


WORDS = ("llama", "model-8", "vllm", "b", "instruct", "l8", "mdl", "ll", "x-y", "é", "8b-", "router", "tt")


def test_search_index_scores_as_match_does() -> None:
    random = Random(7)
    texts = [
        (
            "".join(random.choices("LlamaMoDel-é8bxYt/ ", k=random.randint(1, 24))),
            random.choice(["", "vLLM router", "x"]),
        )
        for _ in range(400)
    ] + [(word, word) for word in WORDS]
    index = SearchIndex(texts)
    for query in (*WORDS, "", "llama 8", "model b router", "t t", "(.*"):
        expected = [
            (found.score, n) for n, (title, rest) in enumerate(texts) if (found := match(query, title, rest))
        ]
        assert index.score(query) == pytest.approx(expected), query
