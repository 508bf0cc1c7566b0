"""Formatting of durations, counted nouns and widths."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from roundtable_tui.utils.format import count_of, display_width, format_clock, format_duration


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-1, "0 s"), (0.2, "0 s"), (59.9, "59 s"), (60, "1:00"), (338.5, "5:38"), (3661, "1:01:01")],
)
def test_format_duration_default_shows_whole_seconds(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (0.35, "350 ms"), (0.9996, "1.0 s"), (2.44, "2.4 s"), (9.99, "9 s"), (61, "1:01")],
)
def test_format_duration_precise_shows_fractions_of_short_times(seconds: float, text: str) -> None:
    assert format_duration(seconds, precise=True) == text


@pytest.mark.parametrize("seconds", [float("inf"), float("nan"), float("-inf")])
def test_format_duration_not_finite_shows_question_mark(seconds: float) -> None:
    assert format_duration(seconds) == format_duration(seconds, precise=True) == "?"
    assert format_clock(seconds) == "0:00"


def test_format_clock_always_shows_minutes() -> None:
    assert [format_clock(seconds) for seconds in (3.9, 185, 3723)] == ["0:03", "3:05", "1:02:03"]


def test_count_of_uses_singular_for_one_only() -> None:
    assert [count_of(number, "turn") for number in (0, 1, 2, 1200)] == [
        "0 turns", "1 turn", "2 turns", "1,200 turns",
    ]  # fmt: skip
    assert count_of(2, "query", "queries") == "2 queries" and count_of(1, "query", "queries") == "1 query"


@pytest.mark.parametrize("text", ["", "plain", "日本", "e\u0301", "a👍b", "é"])
def test_display_width_counts_terminal_cells(text: str) -> None:
    assert display_width(text) == cell_len(text)


def test_display_width_wide_characters_take_two_cells() -> None:
    assert (display_width("日本"), display_width("e\u0301")) == (4, 1)
