"""Groups answers that agree pairwise, and measures their agreement, without asking a model.

Closed answers (numbers, choices, names, a few words) are compared by their meaning. Open texts are not: two
of them are equal only word for word, and where most answers are open, no agreement is measured.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from operator import mul

from roundtable_tui.answers import maths
from roundtable_tui.answers.compare import may_ask_maths, values_agree
from roundtable_tui.answers.reading import read_answer
from roundtable_tui.answers.values import Choice, Key, Labelled, Number, Text, Value, YesNo

MAX_MATHS_S = 20.0
"""Seconds that the extra `maths` may take for one grouping; pairs not compared by then differ."""
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_WORD = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+")
_STOP_WORDS = frozenset(
    """
    a an and are as at be been but by can could do does for from had has have he her him his how i if
    in into is
    it its may more most no nor not of on or our she should so some such than that the their them then there
    these they this those to was we were what when where which while who will with would you your
    """.split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class AnswerGroup:
    """Equal answers: the first of them verbatim, and the seats that gave them."""

    answer: str
    seats: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnswerGroups:
    """Groups, largest first (ties in order of arrival), and the agreement of the answers, 0 to 1."""

    groups: tuple[AnswerGroup, ...]
    agreement: float | None
    basis: str
    """exact: share of the largest group; open: most answers are texts that were not compared by meaning."""

    @property
    def is_tie(self) -> bool:
        """True if the two largest groups have the same size."""
        return len(self.groups) > 1 and len(self.groups[0].seats) == len(self.groups[1].seats)


def group_answers(answers: Sequence[tuple[str, str]], question: str | None = None) -> AnswerGroups:
    """Group `(seat, answer)` pairs by the meaning of the answers; empty answers are left out.

    All members of a group agree pairwise. An answer that agrees with two answers that differ (`5` beside
    `5 km` and `5 miles`) stays alone, whatever the order of arrival. The agreement is the share of the
    largest group if at least half of the answers are closed, or all are equal; else, and for fewer than two
    answers, it is None.
    """
    answers = [(seat, text) for seat, text in answers if text.strip()]
    if not answers:
        return AnswerGroups((), None, "exact")
    values = [read_answer(text, question) for _, text in answers]
    ordered = sorted(_group_values(values), key=lambda members: (-len(members), members[0]))
    groups = tuple(AnswerGroup(answers[m[0]][1], tuple(answers[i][0] for i in m)) for m in ordered)
    closed = sum(not is_open(value) for value in values)
    if len(answers) == 1:
        return AnswerGroups(groups, None, "exact" if closed else "open")
    if closed * 2 >= len(answers) or len(ordered) == 1:
        return AnswerGroups(groups, len(ordered[0]) / len(answers), "exact")
    return AnswerGroups(groups, None, "open")


async def group_answers_off_loop(
    answers: Sequence[tuple[str, str]], question: str | None = None
) -> AnswerGroups:
    """Group answers like `group_answers`, without blocking the event loop.

    A thread waits for the extra `maths`, if it is installed and some of the answers need it; in an event
    loop, `group_answers` itself does not ask it.
    """
    values = {read_answer(text, question) for _, text in answers if text.strip()}
    if not may_ask_maths(values):
        return group_answers(answers, question)
    limit = maths.TimeLimit(MAX_MATHS_S)
    with maths.limit_comparisons(limit):
        try:
            return await asyncio.to_thread(group_answers, answers, question)
        except asyncio.CancelledError:
            limit.cancel()
            raise


def _group_values(values: Sequence[Value]) -> list[list[int]]:
    """Return the groups as lists of indices, each in order of arrival."""
    classes: dict[Key, list[int]] = {}
    for i, value in enumerate(values):
        classes.setdefault(value.key, []).append(i)
    members = list(classes.values())
    # Values with one key may differ in their texts: all of a group must agree.
    distinct = [list({values[i]: None for i in group}) for group in members]
    # Open texts with different keys differ.
    open_texts = {a for a, same in enumerate(distinct) if all(map(_is_open_alone, same))}
    neighbours: list[set[int]] = [set() for _ in members]
    for a, b in combinations(range(len(members)), 2):
        if a in open_texts and b in open_texts:
            continue
        if all(values_agree(left, right) for left in distinct[a] for right in distinct[b]):
            neighbours[a].add(b)
            neighbours[b].add(a)
    # An answer whose neighbours differ from each other is ambiguous; without these, all groups are cliques.
    ambiguous = {
        a
        for a, near in enumerate(neighbours)
        if any(c not in neighbours[b] for b, c in combinations(near, 2))
    }
    groups, done = [], set()
    for a, own in enumerate(members):
        if a in done:
            continue
        joined = {a} if a in ambiguous else {a} | (neighbours[a] - ambiguous)
        done |= joined
        groups.append(sorted(i for b in joined for i in members[b]) if len(joined) > 1 else own)
    return groups


def answer_key(text: str, question: str | None = None) -> Key | None:
    """Return the key that equal closed answers share; None for an open text."""
    value = read_answer(text, question)
    return None if is_open(value) else value.key


def bare_key(value: Value) -> Key:
    """Return the key of the number, letter or yes alone: what answers that may yet join one group share."""
    match value:
        case Labelled():
            return bare_key(value.value)
        case Number():
            return Number(value.value).key
        case Choice():
            return Choice(value.letter).key
        case YesNo():
            return YesNo(value.is_yes).key
        case _:
            return value.key


def is_open(value: Value) -> bool:
    """Return True if an answer is too long to be compared by its meaning."""
    return isinstance(value, Text) and value.is_open


def _is_open_alone(value: Value) -> bool:
    """Return True for an open text without other forms."""
    return isinstance(value, Text) and value.is_open and not value.others


def is_comparable(text: str, question: str | None = None) -> bool:
    """Return True if an answer is a number, a choice, a yes or no, or of another kind than text."""
    return not isinstance(read_answer(text, question), Text)


def split_words(text: str) -> list[str]:
    """Return the words of a text in lower case; each Chinese or Japanese character is a word."""
    return [word.lower() for word in _WORD.findall(text)]


def word_overlap(texts: Sequence[str]) -> float:
    """Return the mean pairwise cosine similarity of the content words, 0 to 1; 1 for a single text."""
    bags = [Counter(word for word in split_words(text) if word not in _STOP_WORDS) for text in texts]
    pairs = list(combinations([(bag, sum(n * n for n in bag.values())) for bag in bags], 2))
    return sum(_cosine_similarity(*a, *b) for a, b in pairs) / len(pairs) if pairs else 1.0


def _cosine_similarity(a: Counter[str], a_square: int, b: Counter[str], b_square: int) -> float:
    """Return the cosine of the angle between two bags of words, given the squares of their lengths."""
    common = a.keys() & b.keys()
    dot = sum(map(mul, map(a.__getitem__, common), map(b.__getitem__, common)))
    norm = (a_square * b_square) ** 0.5
    return min(1.0, dot / norm) if norm else 0.0
