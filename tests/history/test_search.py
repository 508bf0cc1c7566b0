from __future__ import annotations

import string

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roundtable_tui.engine import events
from roundtable_tui.history.index import RunIndex
from roundtable_tui.history.search import RunQuery, make_snippet, parse_query
from roundtable_tui.utils import paths
from tests.support.record_builder import find_run_names, run_events, write_record, write_run
from tests.support.torture import examples

SAID = (
    'Learn C++ or C# by self-play; he said "mind the gap". 神经网络模型很大。東京タワーへ行く。'
    " Holzbrücke, naïve café, 50% off, node.js 3.11, ﬁne print, ПРИВЕТ мир, ภาษาไทย."
)


@pytest.mark.parametrize(
    "typed",
    [
        "c++", "C++", "c#", "self-play", "self play", '"self-play"', '"mind the gap"', 'said "mind', '"mind',
        "模型", "网络", "神经网络", "タワー", "東京", "ไทย", "naive", "cafe", "CAFÉ", "50%", "node.js",
        "3.11", "fine", "привет", "learn gap", "gap LEARN", "lea", "holzbrücke", "holzbrucke",
    ],
)  # fmt: skip
def test_find_names_matches_words_in_turns(typed: str) -> None:
    name = write_run("A question", SAID).name
    write_run("Another question", "Nothing of the kind: 机器, d--, plays, 5 off.", "No.")
    assert find_run_names(typed) == [name]


@pytest.mark.parametrize("typed", ["brücke", "olzbr", "++", "%"])
def test_find_names_matches_parts_of_words_in_questions_and_answers(typed: str) -> None:
    asked = write_run("Was ist eine Holzbrücke in C++, zu 50%?", "x").name
    answered = write_run("A question", "x", "Die Holzbrücke, C++, 50%").name
    write_run("Another", "x", "No")
    assert sorted(find_run_names(typed)) == sorted([asked, answered])


@pytest.mark.parametrize(
    "typed",
    [
        "AND", "OR", "NOT", "NEAR(a b)", "a*", "*", '"', '""', '"""', "'", "';--", "question:", "said:x", "(",
        ")", "^a", "-a", "+", "a AND", "\0", "\x1b[31m", "\ud800", "_", "__", "💡", "%", "\\", "{a b}: c",
        "?" * 300,
    ],
)  # fmt: skip
def test_find_names_operators_are_plain_text(typed: str) -> None:
    write_run("A plain question", "plain words")
    assert isinstance(find_run_names(typed), list)


def test_find_names_requires_all_terms_in_any_field() -> None:
    both = write_run("About storks", "They fly over bridges.").name
    write_run("About storks", "They stay.")
    assert find_run_names("storks bridges") == [both]
    assert find_run_names("storks bridges whales") == []


def test_find_names_quoted_phrase_matches_adjacent_words() -> None:
    write_run("q", "the bridges of stone", "a")
    name = write_run("q", "the bridge of stone", "a").name
    assert find_run_names('"bridge of stone"') == [name]
    assert len(find_run_names("bridge of stone")) == 2


def test_find_names_matches_in_questions_come_first() -> None:
    asked = write_run("Tell me of storks", day=1).name
    mentioned = write_run("Tell me of birds", "such as storks", day=9).name
    assert find_run_names("storks") == [asked, mentioned]


def test_find_names_matches_messages_board_entries_and_unfinished_turns() -> None:
    told = [
        *run_events(status=""),
        events.PersonSpoke(t=5.0, text="mind the heron"),
        events.EntryPosted(t=5.1, round=1, author="moderator", kind="topic", content="now the pelican"),
        events.TurnQueued(t=6.0, turn="ada.2", seat="ada", label="answer"),
        events.TurnStarted(t=6.1, turn="ada.2", seat="ada"),
        events.AnswerDelta(t=6.2, turn="ada.2", seat="ada", text="first a spoon"),
        events.TurnStarted(t=6.3, turn="ada.2", seat="ada", attempt=2),
        events.AnswerDelta(t=6.4, turn="ada.2", seat="ada", text="half a cormo"),
        events.AnswerDelta(t=6.5, turn="ada.2", seat="ada", text="rant"),
    ]
    write_record("cut", told)
    for typed in ("heron", "pelican", "cormorant", "bridge"):
        assert find_run_names(typed) == ["cut"]
    assert find_run_names("spoon") == []


def test_find_names_matches_the_answer() -> None:
    name = write_run("q", "something", "merged by hand: albatross").name
    assert find_run_names("albatross") == [name]


LETTERS = (
    string.ascii_letters
    + string.digits
    + "äöüéñßçøåÅ神经网络模型東京タワ한국어ПриветΑθήνα+#%$&-.'\"()[]{}*:^ \t\n"
)
TEXTS = st.text(st.sampled_from(LETTERS), min_size=1, max_size=60)


@given(st.lists(TEXTS, min_size=1, max_size=4), st.data())
@settings(
    max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_find_names_any_word_or_prefix_finds_its_run(texts: list[str], data: st.DataObject) -> None:
    """Whatever was said, each of its words, and each beginning of one, finds the run again."""
    for path in list(paths.runs_dir().glob("*")) if paths.runs_dir().is_dir() else []:
        for file in path.iterdir():
            file.unlink()
        path.rmdir()
    names = [write_run("q", text).name for text in texts]
    number = data.draw(st.integers(0, len(texts) - 1))
    words = [word for word in texts[number].replace('"', " ").split() if any(c.isalnum() for c in word)]
    if not words:
        return
    word = data.draw(st.sampled_from(words))
    start = data.draw(st.integers(2, max(2, len(word))))
    index = RunIndex()
    index.refresh()
    for typed in (word, word[:start], f'"{word}"'):
        if any(char.isalnum() for char in typed):
            assert names[number] in index.find_names(RunQuery(typed))
    index.close()


@given(st.text(max_size=40))
@settings(
    max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_find_names_any_query_is_accepted(typed: str) -> None:
    index = RunIndex()
    try:
        assert isinstance(index.find_names(RunQuery(typed)), list)
    finally:
        index.close()


def test_parse_query_splits_words_and_phrases() -> None:
    terms = [(term.text, term.exact) for term in parse_query('one  "two  three" four"five" one "')]
    assert terms == [("one", False), ("two three", True), ("four", False), ("five", True)]


def test_make_snippet_shows_the_match() -> None:
    text = "word " * 100 + "the self-play of C++ " + "word " * 100
    shown = make_snippet(text, "c++ self-play", 60)
    assert "self-play of C++" in shown.text and len(shown.text) <= 64
    assert [shown.text[start:end] for start, end in shown.hits] == ["self-play", "C++"]
    assert make_snippet("nothing here", "whale", 60).hits == ()
    assert make_snippet("", "whale", 60).text == ""
