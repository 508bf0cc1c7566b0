"""The contract of a store, held against every kind there is."""

from __future__ import annotations

import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roundtable_tui.errors import UsageError
from roundtable_tui.knowledge.passages import TextPassage
from roundtable_tui.knowledge.stores.base import DocumentSource, PassageVectors, Store
from tests.knowledge.conftest import Opener
from tests.support.torture import examples

LEAVE = TextPassage("Parental leave lasts fourteen weeks and is fully paid.", 3, 5, "Leave > Parental")
TRAVEL = TextPassage("Travel is booked by the office; trains come before planes.", 1, 4)
CODE = TextPassage("The engine is written in C++ and learns by self-play.", 7, 7)
CHINESE = TextPassage("员工每年享有十五天带薪年假。", 9, 9)
PIECES = [TRAVEL, LEAVE, CODE, CHINESE]


def source(path: str = "/docs/hand.md", digest: str = "one") -> DocumentSource:
    return DocumentSource(path, path.removeprefix("/"), digest, "line")


def firsts(store: Store, query: str, vector: list[float] | None = None, name: str = "Office") -> list[int]:
    return [hit.passage.first for hit in store.search(name, query, 10, vector)]


def test_store_empty_has_no_collections_or_hits(store: Store) -> None:
    assert store.collections() == []
    assert store.sources("nobody") == []
    assert store.search("nobody", "leave", 5) == []
    assert store.search("nobody", "leave", 5, [1.0, 0.0]) == []
    assert store.delete("nobody") == 0
    assert store.delete("nobody", "/a") == 0


def test_store_reopened_finds_added_passages_unchanged(opener: Opener) -> None:
    first = opener()
    first.add("Office", source(), PIECES)
    first.close()
    second = opener()
    (hit, *_) = second.search("office", "parental leave", 5)
    assert hit.passage == LEAVE
    assert hit.source == DocumentSource("/docs/hand.md", "docs/hand.md", "one", "line")
    assert (hit.word_rank, hit.vector_rank) == (1, 0)
    (collection,) = second.collections()
    assert (collection.name, collection.sources, collection.passages) == ("Office", 1, 4)
    assert (collection.model, collection.server, collection.vector_size) == ("", "", 0)
    (kept,) = second.sources("OFFICE")
    assert kept.passages == 4


def test_store_add_same_path_replaces_the_source(store: Store) -> None:
    store.add("Office", source(), PIECES)
    store.add("Office", source(digest="two"), [TextPassage("Nothing but trains.", 1, 1)])
    assert firsts(store, "leave") == []
    assert firsts(store, "trains") == [1]
    assert [(one.digest, one.passages) for one in store.sources("Office")] == [("two", 1)]


def test_store_delete_removes_a_source_or_a_collection(store: Store) -> None:
    store.add("Office", source("/a"), [TRAVEL])
    store.add("Office", source("/b"), [LEAVE])
    store.add("Home", source("/b"), [LEAVE])
    assert store.delete("Office", "/a") == 1
    assert store.delete("Office", "/a") == 0
    assert firsts(store, "trains") == [] and firsts(store, "leave") == [3]
    assert store.delete("office") == 1
    assert [one.name for one in store.collections()] == ["Home"]
    assert firsts(store, "leave", name="Home") == [3]
    store.add("Office", source("/c"), [CODE])
    assert firsts(store, "engine") == [7] and firsts(store, "leave") == []


def test_store_sources_are_sorted_by_path(store: Store) -> None:
    for path in ("/b", "/a", "/B", "/é"):
        store.add("Office", source(path), [TRAVEL])
    assert [one.path for one in store.sources("Office")] == ["/B", "/a", "/b", "/é"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("c++", [7]),
        ("C++?", [7]),
        ("self-play", [7]),
        ("selfplay", [7]),
        ("年假", [9]),
        ("十五天", [9]),
        ("假", [9]),
        ("LEAVES", [3]),
        ("párental", [3]),
        ("hand", [1, 3, 7, 9]),
        ("leave AND NOT train*", [1, 3]),
        ('"trains', [1]),
        ("", []),
        ("?!", []),
        ("unheard", []),
    ],
)
def test_store_search_finds_words_in_any_context(store: Store, query: str, found: list[int]) -> None:
    store.add("Office", source(), PIECES)
    assert sorted(firsts(store, query)) == sorted(found)


def test_store_search_prefers_rare_words_and_short_passages(store: Store) -> None:
    filler = [TextPassage(f"the report of the year {n}", n, n) for n in range(10, 40)]
    store.add(
        "Office",
        source(),
        [
            TextPassage("the the the year year report", 1, 1),
            TextPassage("the budget, the budget, and a few words more about the year and its end", 2, 2),
            TextPassage(
                "the budget once, among a few words more about the year and its end and beginning", 3, 3
            ),
            TextPassage("budget", 4, 4),
            *filler,
        ],
    )
    assert firsts(store, "the report of the budget")[:3] == [4, 2, 3]


def test_store_search_equal_scores_keep_insertion_order(store: Store) -> None:
    store.add("Office", source(), [TextPassage("same words", n, n) for n in range(1, 9)])
    assert firsts(store, "words") == list(range(1, 9))
    assert len(store.search("Office", "words", 3)) == 3


def test_store_search_fuses_word_and_vector_rankings(store: Store) -> None:
    rows = [[1.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 0.5], [0.7, 0.7, 0.0]]
    store.add("Office", source(), PIECES, PassageVectors("minilm", "here", rows))
    assert firsts(store, "nothing of this", [0.0, 1.0, 0.1]) == [3, 9, 7, 1]
    # TRAVEL is first by its words, third by its vector; LEAVE first by its vector alone.
    hits = store.search("Office", "trains", 10, [0.1, 0.9, 0.2])
    assert [(hit.passage.first, hit.word_rank, hit.vector_rank) for hit in hits][:2] == [(1, 1, 4), (3, 0, 1)]
    assert hits[0].score == pytest.approx(1 / 61 + 1 / 64)
    (collection,) = store.collections()
    assert (collection.model, collection.server, collection.vector_size) == ("minilm", "here", 3)


def test_store_search_unusable_vector_falls_back_to_words(store: Store) -> None:
    store.add("Office", source(), [TRAVEL, LEAVE], PassageVectors("minilm", "here", [[1.0, 0.0], [0.0, 0.0]]))
    assert firsts(store, "leave", [1.0, 0.0, 0.0]) == [3]
    assert firsts(store, "leave", [0.0, 0.0]) == [3]
    assert firsts(store, "", [1.0, 0.0]) == [1]


def test_store_add_other_model_or_size_raises(store: Store) -> None:
    store.add("Office", source(), [TRAVEL], PassageVectors("minilm", "here", [[1.0, 0.0]]))
    with pytest.raises(UsageError, match=r"knowledge Office: has vectors of minilm\. Use --embedding-model"):
        store.add("Office", source("/b"), [LEAVE], PassageVectors("other", "here", [[1.0, 0.0]]))
    with pytest.raises(UsageError, match="has vectors of 2 numbers, not 3"):
        store.add("Office", source("/b"), [LEAVE], PassageVectors("minilm", "here", [[1.0, 0.0, 0.0]]))
    assert [one.path for one in store.sources("Office")] == ["/docs/hand.md"]
    store.add("Office", source("/b"), [LEAVE])
    assert firsts(store, "leave", [1.0, 0.0]) == [1, 3]


def test_store_add_failure_stores_nothing(store: Store) -> None:
    store.add("Office", source(), [TRAVEL])
    with pytest.raises((ValueError, IndexError)):
        store.add(
            "Office", source(digest="two"), [LEAVE, CODE], PassageVectors("minilm", "here", [[1.0, 0.0]])
        )
    assert firsts(store, "trains leave engine") == [1]
    assert [one.digest for one in store.sources("Office")] == ["one"]
    assert store.collections()[0].model == ""


def test_store_add_without_passages_is_listed(store: Store) -> None:
    store.add("Office", source(), [], PassageVectors("minilm", "here", []))
    assert [one.passages for one in store.sources("Office")] == [0]
    assert firsts(store, "anything") == []


def test_store_search_stays_in_its_collection(store: Store) -> None:
    near = [[1.0, 0.01 * n] for n in range(60)]
    store.add(
        "Near",
        source("/n"),
        [TextPassage(f"leave {n}", n, n) for n in range(60)],
        PassageVectors("m", "s", near),
    )
    store.add("Far", source("/f"), [LEAVE, TRAVEL], PassageVectors("m", "s", [[-1.0, 0.1], [-1.0, 0.3]]))
    assert firsts(store, "", [1.0, 0.0], name="Far") == [1, 3]
    assert firsts(store, "leave", name="Far") == [3]


def test_store_collection_names_in_any_script_are_distinct(store: Store) -> None:
    names = ["手册", "规章", "Été", "été 2", "../../x", "CON", "a b", "a-b", "x" * 80]
    for name in names:
        store.add(name, source(f"/{names.index(name)}"), [TRAVEL])
    assert sorted(one.name for one in store.collections()) == sorted(names)
    for name in names:
        (only,) = store.sources(name.upper())
        assert only.path == f"/{names.index(name)}"


def test_store_concurrent_adds_are_all_stored(opener: Opener) -> None:
    faults: list[BaseException] = []

    def add(number: int) -> None:
        try:
            mine = opener()
            for n in range(5):
                mine.add("Office", source(f"/{number}/{n}"), PIECES)
                mine.add("Office", source("/shared"), PIECES)
            mine.close()
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=add, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    (collection,) = opener().collections()
    assert (collection.sources, collection.passages) == (16, 64)


@settings(
    max_examples=examples(40), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    st.text(max_size=60)
    | st.sampled_from(["c++", '"', "NEAR(", "a:b*", "-x", "'", "\\", "&|!", "<->", "%s", ":*"])
)
def test_store_search_accepts_any_query(store: Store, query: str) -> None:
    store.add("Office", source(), [TRAVEL, TextPassage(query.replace("\0", "") or "x", 2, 2)])
    assert all(hit.passage.text for hit in store.search("Office", query, 5))
