"""Where rows begin: never past the edge, nothing lost, and the same when a line only grows."""

from __future__ import annotations

import sys
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len, get_character_cell_size

from roundtable_tui.tui.widgets.cells import (
    is_single_cell,
    measure_cells,
    simplify_emoji,
    truncate_cells,
)
from roundtable_tui.tui.widgets.transcript.wrap import wrap
from tests.support.torture import examples

TEXT = st.lists(
    st.sampled_from(
        ["a", "word", " ", "  ", "verylongwordindeed", "日", "本語", "。", "e\u0301", "é", "🙂", "-"]
    ),
    max_size=40,
).map("".join)


def rows(text: str, width: int) -> list[str]:
    starts = [0, *wrap(text, width), len(text)]
    return [text[a:b] for a, b in pairwise(starts)]


@settings(max_examples=examples(100), deadline=None)
@given(TEXT, st.integers(2, 30))
def test_wrap_any_text_keeps_text_within_width(text: str, width: int) -> None:
    assert "".join(rows(text, width)) == text
    assert all(cell_len(row.rstrip(" ")) <= width for row in rows(text, width))


@settings(max_examples=examples(100), deadline=None)
@given(TEXT, TEXT, st.integers(2, 30))
def test_wrap_from_last_row_gives_same_breaks(first: str, second: str, width: int) -> None:
    before = wrap(first, width)
    last = before[-1] if before else 0
    assert [*before, *wrap(first + second, width, last)] == wrap(first + second, width)


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("one two three", 7, ["one two ", "three"]),
        ("exactly ten", 7, ["exactly ", "ten"]),
        ("unbreakable", 4, ["unbr", "eaka", "ble"]),
        ("ends with spaces      ", 16, ["ends with spaces      "]),
        ("日本語です。", 6, ["日本語", "です。"]),
        ("日本語。", 6, ["日本", "語。"]),
        ("", 5, [""]),
    ],
)
def test_wrap_gives_expected_breaks(text: str, width: int, expected: list[str]) -> None:
    assert rows(text, width) == expected


def test_is_single_cell_characters_take_one_cell() -> None:
    plain = [chr(code) for code in range(32, sys.maxunicode) if code != 0x7F and is_single_cell(chr(code))]
    assert len(plain) > 1000
    assert not [char for char in plain if get_character_cell_size(char) != 1 and ord(char) > 126]


@given(st.text(max_size=20), st.integers(0, 12))
def test_truncate_cells_result_fits_width(text: str, width: int) -> None:
    text = simplify_emoji("".join(char for char in text if char.isprintable()))
    assert measure_cells(truncate_cells(text, width)) <= width
    assert measure_cells(text) > width or truncate_cells(text, width) == text
