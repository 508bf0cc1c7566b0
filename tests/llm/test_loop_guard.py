"""Detection of endless answers."""

from __future__ import annotations

import random

import pytest

from roundtable_tui.llm.stream import loop_guard
from roundtable_tui.llm.stream.loop_guard import LoopGuard, repetition_period


def feed(text: str, size: int, limit: int = 10**9) -> str:
    watch = LoopGuard(limit)
    for at in range(0, len(text), size):
        if why := watch.add(text[at : at + size]):
            return why
    return ""


def prose(words: int, seed: int = 1) -> str:
    chance = random.Random(seed)
    known = ["".join(chance.choices("abcdefghijklmnop", k=chance.randint(2, 9))) for _ in range(400)]
    return " ".join(chance.choice(known) for _ in range(words))


@pytest.mark.parametrize("passage", ["ha ", "I am sorry, but ", "\n", "x", prose(30), prose(150)])
@pytest.mark.parametrize("size", [1, 7, 5000])
def test_loop_guard_detects_a_loop(passage: str, size: int) -> None:
    looping = prose(300) + passage * (30_000 // len(passage))
    assert "over and over" in feed(looping, size)


@pytest.mark.parametrize(
    "passage",
    [
        "- item\n",
        "1. The same line again\n",
        "1. Oak is a fine wood for gates.\n2. ",
        "0",
        "142857",
        "* ja\n\n",
    ],
)
def test_loop_guard_plain_loop_is_detected_before_4000_characters(passage: str) -> None:
    assert "over and over" in feed(passage * (3999 // len(passage)), 5)


@pytest.mark.parametrize("passage", ["-", "=", " ", "|---", "0, ", "\n"])
def test_loop_guard_rulers_and_rows_of_zeros_are_not_a_loop(passage: str) -> None:
    assert feed(passage * (3999 // len(passage)), 5) == ""


def test_loop_guard_passage_containing_its_end_twice_is_detected() -> None:
    passage = (
        "and that is the end of it all, he said, and so "
        + prose(20)
        + " and that is the end of it all, he said, and so "
    )
    assert "over and over" in feed(passage * 100, 50)


def test_loop_guard_accepts_ordinary_text() -> None:
    rows = "".join(f"| {n} | {n * n} | {n % 7} |\n" for n in range(3000))
    assert feed(prose(20_000), 11) == ""
    assert feed(rows, 64) == ""
    assert feed("I will not talk in class.\n" * 100, 5) == "", "a hundred lines may have been asked for"
    assert repetition_period("-" * 1000) == 0


def test_loop_guard_stops_at_max_chars() -> None:
    assert feed(prose(1000), 10, limit=500) == "it is longer than 500 characters"
    assert feed(prose(10), 10, limit=500) == ""


def test_loop_guard_cost_per_character_is_constant(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[int] = []

    def counting(text: str) -> int:
        looked_at.append(len(text))
        return 0

    monkeypatch.setattr(loop_guard, "repetition_period", counting)
    text = prose(100_000)
    feed(text, 4)
    assert len(looked_at) <= len(text) / 1024 + 1
    assert max(looked_at) <= 24_000
