"""The words by role and language of which the patterns of answers consist."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import roundtable_tui.answers
from roundtable_tui.answers.languages.phrases import any_of, expand, phrase, words_of
from roundtable_tui.answers.languages.words import GROUPS, LANGUAGES, WORDS

PACKAGE = Path(roundtable_tui.answers.__file__).parent
HAS_NO_WORDS = {
    "en": """altogether article_after_is closing counter day_start final_after_answer i_need
        is_at_end is_inverted is_named not_before_bold of_before_figure short_and so_at_start so_before_answer
        subordinate subordinate_without_space that_is_wrong the_before_name""",
    "de": """altogether article_of_name counter day_start final_after_answer i_need is_at_end numbered_option
        short_and so_at_start stand_by subordinate_without_space which""",
    "fr": """altogether counter i_need is_at_end is_inverted loglinear numbered_option otherwise please
        short_and so_at_start stand_by subordinate_without_space title_of_option which""",
    "es": """altogether and article_of_day counter is_at_end is_inverted it_is
        not_before_bold of_before_figure otherwise preposition_after_name preposition_of_figure
        so_at_start so_it_is stand_by subordinate_without_space which""",
    "it": """altogether and and_not article_before_option article_of_day article_of_kind counter
        day_start heading i_need indefinite is_at_end is_before_colon is_inverted it_is
        not_before_bold otherwise short_label since_at_start so_at_start stand_by
        subordinate_without_space which""",
}
"""The roles for which a language has no words."""


def group_of(code: str) -> str:
    """Return the group of a language, or an empty string."""
    return next((group for group, codes in GROUPS.items() if code in codes), "")


def used_roles() -> Iterator[tuple[str, str]]:
    """Yield each role with each group whose words the package uses."""
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
                continue
            function, text = ast.unparse(node.func), str(node.args[0].value)
            if function == "words_of":
                yield from ((text, group_of(code)) for code in WORDS[text])
            elif function in ("phrase", "expand"):
                yield from re.findall(r"\{([a-z_]+)(?::([a-z]+))?\}", text)


def test_words_of_each_role_and_group_are_used() -> None:
    declared = {(role, group_of(code)) for role, words in WORDS.items() for code in words}
    assert declared == set(used_roles())


def test_words_languages_are_declared_and_have_words() -> None:
    assert {code for words in WORDS.values() for code in words} == set(LANGUAGES)


@pytest.mark.parametrize("code", HAS_NO_WORDS)
def test_words_larger_language_has_words_for_each_role_except_those_listed(code: str) -> None:
    assert {role for role, words in WORDS.items() if code not in words} == set(HAS_NO_WORDS[code].split())


def test_words_of_one_language_and_role_are_listed_once() -> None:
    counts = Counter(
        (role, code, word.strip())
        for role, words in WORDS.items()
        for code, text in words.items()
        for word in re.split(r"\s\|\s", text)
    )
    assert [place for place, count in counts.items() if count > 1 or not place[2]] == []


@pytest.mark.parametrize("role", WORDS)
def test_any_of_role_is_a_pattern_that_needs_a_word(role: str) -> None:
    for group in ("", *GROUPS):
        assert not re.fullmatch(any_of(role, group), "")


def test_phrase_matches_words_of_each_language_with_spaces_and_apostrophes() -> None:
    pattern = phrase(r"^ {for_example} \b | {for_example:cjk}")
    for text in ("For  example, 3", "zum Beispiel 3", "na przykład 3", "若い人、例えば3"):
        assert pattern.search(text), text
    assert phrase("{it_is}").fullmatch("c’est") and phrase("{it_is}").fullmatch("C'est")
    assert phrase("{hence}").fullmatch("in short") and not phrase("{hence}").fullmatch("in  short")


def test_phrase_with_a_word_of_a_new_language_matches_it(monkeypatch: pytest.MonkeyPatch) -> None:
    any_of.cache_clear()
    monkeypatch.setitem(WORDS, "greeting", {**WORDS["greeting"], "da": "hej"})
    assert phrase("{greeting}").fullmatch("Hej")
    any_of.cache_clear()


def test_expand_role_without_words_in_the_group_matches_nothing() -> None:
    assert not re.search(expand("{premise:cjk}"), "もし")


def test_words_of_role_are_those_of_all_languages() -> None:
    assert {"true", "oui", "はい", "नहीं"} & words_of("yes") == {"true", "oui", "はい"}
