"""The one door: whatever comes in, nothing that acts on a terminal or cannot be written comes out."""

from __future__ import annotations

import json
import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from roundtable_tui.utils import text

# What terminals and readers trip over is drawn far more often than chance would.
NASTY = (
    "\x1b[31m", "\x1b]0;title\x07", "\x9b2J", "\x1b", "\x07", "\r", "\r\n", "\x00", "\x7f", "\x85", "\u202e",
    "\u2066", "\u200b", "\ufeff", "\u2028", "\u2029", "\ud83d", "\ude00", "\U000e0041", "\t", "\n", "[bold]",
    "👩‍👩‍👧", "é", "漢",
)  # fmt: skip
# Surrogates included: a JSON escape can make half a character.
ANY = st.lists(st.one_of(st.sampled_from(NASTY), st.text(st.characters(), max_size=6)), max_size=12).map(
    "".join
)
WELL_FORMED = ANY.map(text.fix_surrogates)
DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | ANY,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY, inner, max_size=4),
    max_leaves=12,
)
DIRECTING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
HIDING = {"\u061c", "\u200b", "\u200e", "\u200f", "\u2060", "\ufeff"}


def acts(char: str) -> bool:
    """By the tables of Unicode, not by the pattern under test."""
    return (
        (unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") and char != "\n")
        or unicodedata.bidirectional(char) in DIRECTING
        or char in HIDING
        or 0xE0000 <= ord(char) <= 0xE007F
    )


@given(ANY)
@example("\x1b[31mred\x1b[0m")
@example("\x9d0;title\x9c")
@example("a\u202eb\u2066c")
def test_sanitize_any_text_has_no_control_characters(given: str) -> None:
    assert not [char for char in text.sanitize(given) if acts(char)]


@given(WELL_FORMED, WELL_FORMED)
@example("\x1b", "[2J")
@example("\x1b]52;c;", "aGk=\x07")
@example("a\r", "\nb")
def test_sanitize_pieces_give_the_same_as_the_whole(a: str, b: str) -> None:
    assert text.sanitize(a) + text.sanitize(b) == text.sanitize(a + b)


@given(ANY)
def test_sanitize_twice_gives_the_same(given: str) -> None:
    once = text.sanitize(given)
    assert text.sanitize(once) == once


FILLERS = "\u034f\u115f\u1160\u3164\uffa0"


@given(
    st.text(
        st.characters(exclude_categories=("Cc", "Cf", "Cn", "Cs", "Zl", "Zp"), exclude_characters=FILLERS)
    )
)
def test_sanitize_ordinary_text_is_unchanged(given: str) -> None:
    assert text.sanitize(given) == given


@pytest.mark.parametrize("char", [*FILLERS, "\u00ad", "\u180e"])
def test_sanitize_filler_without_agreed_width_is_removed(char: str) -> None:
    assert text.sanitize(f"a{char}b") == "ab"
    assert json.loads(text.to_safe_json(char)) == char


def test_sanitize_ascii_is_cleaned_as_any_other_text() -> None:
    for char in map(chr, range(128)):
        assert text.sanitize(f"a{char}b") + "é" == text.sanitize(f"a{char}bé")


def test_sanitize_keeps_newlines_joiners_and_visible_escapes() -> None:
    assert text.sanitize("one\ntwo\tthree") == "one\ntwo    three"
    assert text.sanitize("👩‍👩‍👧 نامه‌ای ❤️") == "👩‍👩‍👧 نامه‌ای ❤️"
    assert text.sanitize("\x1b[31mred") == "␛[31mred"


@given(ANY)
@example("\ud83d\ude00")
@example("\ude00\ud83d")
def test_fix_surrogates_any_text_can_be_encoded(given: str) -> None:
    repaired = text.fix_surrogates(given)
    assert repaired.encode().decode() == repaired
    assert text.fix_surrogates(repaired) == repaired


def test_fix_surrogates_joins_pairs_and_replaces_lone_ones() -> None:
    assert text.fix_surrogates("a\ud83d\ude00b") == "a😀b"
    assert text.fix_surrogates("a\ud83db") == "a\ufffdb"


@given(ANY, st.integers(1, 400))
def test_single_line_any_text_is_one_line_within_limit(given: str, limit: int) -> None:
    line = text.single_line(given, limit)
    assert "\n" not in line and len(line) <= limit and not any(map(acts, line))


@given(DATA, st.sampled_from([None, 2]))
def test_to_safe_json_is_parsed_back_to_the_same_data(data: object, indent: int | None) -> None:
    written = text.to_safe_json(data, indent)
    assert json.loads(written) == json.loads(text.fix_surrogates(json.dumps(data, ensure_ascii=False)))
    assert not [char for char in written if acts(char)]
    if indent is None:
        assert "\n" not in written
    written.encode()


@given(ANY, st.integers(1, 80))
@example("CON", 48)
@example("../../etc/passwd", 48)
@example("nul.", 48)
@example("", 48)
@example("com1" + "-" * 60, 48)
@example("漢字", 48)
def test_safe_file_name_is_never_empty_reserved_or_a_path(given: str, limit: int) -> None:
    name = text.safe_file_name(given, limit)
    assert re.fullmatch(r"[a-z0-9-]+", name)
    assert name not in text._RESERVED_NAMES and len(name) <= limit + 2


@pytest.mark.parametrize(("given", "name"), [("Élan vital!", "elan-vital"), ("a/b", "a-b"), ("aux", "x-aux")])
def test_safe_file_name_resembles_the_text(given: str, name: str) -> None:
    assert text.safe_file_name(given) == name


@pytest.mark.parametrize("sign", ["\x85", "\x0b", "\x0c", "\r", "\u2028", "\u2029", "\x1c", "\x1f"])
def test_sanitize_line_signs_never_join_words(sign: str) -> None:
    assert text.sanitize(f"one{sign}two").split() == ["one", "two"]
    assert text.single_line(f"one{sign}two") == "one two"
