"""The words under which a text is found."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roundtable_tui.knowledge.terms import MAX_QUERY_TERMS, MAX_TERM_CHARS, extract_query_terms, extract_terms
from tests.support.torture import examples


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The Café", ["the", "cafe"]),
        ("STRASSE Straße", ["strasse", "strasse"]),
        (
            "policies models buses glass bus basis gas",
            ["policy", "model", "buse", "glass", "bus", "basis", "gas"],
        ),
        ("boxes churches classes analysis", ["box", "church", "class", "analysis"]),
        ("self-play", ["self", "play", "selfplay"]),
        ("snake_case v1.2", ["snake", "case", "snakecase", "v1", "2", "v12"]),
        ("don't l’été", ["don", "t", "dont", "l", "ete", "lete"]),
        ("C++17, c# and .NET", ["c++", "c#", "c", "17", "c", "and", "net"]),
        ("x++ abc++", ["x++", "x", "abc"]),
        ("公司政策", ["公", "司", "政", "策", "公司", "司政", "政策"]),
        ("AI政策v2", ["ai", "政", "策", "政策", "v2"]),
        ("한국어", ["한", "국", "어", "한국", "국어"]),
        ("ภาษาไทย", [*"ภาษาไทย", "ภา", "าษ", "ษา", "าไ", "ไท", "ทย"]),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("😀 ... —", []),
        ("x" * 100, ["x" * MAX_TERM_CHARS]),
    ],
)
def test_extract_terms_gives_normalized_words(text: str, found: list[str]) -> None:
    assert extract_terms(text) == found


def test_extract_query_terms_are_distinct_without_stop_words() -> None:
    assert extract_query_terms("What is the policy, and what does the policy say?") == ["policy", "say"]
    assert extract_query_terms("Who is it?") == ["it"]
    assert extract_query_terms("the who") == ["the", "who"]
    assert extract_query_terms("政策") == ["政策"]
    assert extract_query_terms("政") == ["政"]
    assert len(extract_query_terms(" ".join(f"word{n}" for n in range(500)))) == MAX_QUERY_TERMS


@settings(max_examples=examples(300))
@given(st.text(max_size=80))
def test_extract_query_terms_are_terms_of_the_same_text(text: str) -> None:
    assert set(extract_query_terms(text)) <= set(extract_terms(f"before {text} after"))


@settings(max_examples=examples(300))
@given(st.text())
def test_extract_terms_any_text_has_no_special_characters(text: str) -> None:
    for term in extract_terms(text):
        assert 0 < len(term) <= MAX_TERM_CHARS
        assert not any(char.isspace() or char in "'\"\\&|!():*<>\0" for char in term)
