"""Fuzzy matching of titles, in time linear in the length of the text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Match:
    """A score (higher is better) and the matching positions in the title."""

    score: float
    positions: tuple[int, ...] = ()


def match(query: str, title: str, rest: str = "") -> Match | None:
    """Match a query against a title.

    Every word of the query must be found: in the title (best at its start, then at the start of a word),
    at the start of a word of `rest`, or as letters of the title in this order and close together.

    Returns:
        The match; None if a word is not found.
    """
    folded, others = fold(title), fold(rest)
    total, places = 0.0, set[int]()
    for word in fold(query).split():
        found: Sequence[int]
        score, found = _match_in_title(word, folded)
        if not found:
            if find_word_start(word, others) >= 0:
                score = 1.0
            else:
                score, found = match_scattered(word, folded)
                if not found:
                    return None
        total += score
        places.update(found)
    return Match(total, tuple(sorted(places)))


@lru_cache(maxsize=32_768)
def fold(text: str) -> str:
    """Return `text` in lower case, with every character at its position."""
    if len(lower := text.lower()) == len(text):
        return lower
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)


def _match_in_title(word: str, title: str) -> tuple[float, range]:
    """Return the score of `word` as a substring of `title`, and its positions."""
    first, start = title.find(word), find_word_start(word, title)
    if first < 0:
        return 0.0, range(0)
    at = start if start >= 0 else first
    score = 4.0 + 2.0 * (start >= 0) + 2.0 * (at == 0) + len(word) / len(title)
    return score, range(at, at + len(word))


def find_word_start(word: str, text: str) -> int:
    """Return the position of `word` at the start of a word of `text`; -1 if there is none."""
    at = text.find(word)
    while at > 0 and text[at - 1].isalnum():
        at = text.find(word, at + 1)
    return at


def match_scattered(word: str, title: str) -> tuple[float, list[int]]:
    """Return score and positions of the closest letters of `word` in this order in `title`."""
    best: list[int] = []
    start = title.find(word[0])
    while start >= 0:
        found = _find_letters(word, title, start)
        if not found:
            break
        if not best or found[-1] - found[0] < best[-1] - best[0]:
            best = found
        start = title.find(word[0], start + 1)
    span = best[-1] - best[0] + 1 if best else 0
    if len(word) < 2 or not best or span > 4 * len(word):
        return 0.0, []
    return 2.0 * len(word) / span, best


def _find_letters(word: str, title: str, start: int) -> list[int]:
    found: list[int] = []
    for letter in word:
        start = title.find(letter, start)
        if start < 0:
            return []
        found.append(start)
        start += 1
    return found
