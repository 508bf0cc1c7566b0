"""Counts how many of several answers say what a final answer says, and whether most say something else.

A final answer is compared only where that is certain: one of the answers themselves, a value of a definite
kind (a number, a choice, yes or no, a short name), or a text with a single number beside answers that are
numbers. Other texts have no count, rather than a wrong one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from roundtable_tui.answers.classify import classify
from roundtable_tui.answers.compare import values_agree
from roundtable_tui.answers.grouping import AnswerGroup, AnswerGroups, is_open
from roundtable_tui.answers.reading import read_answer
from roundtable_tui.answers.values import Expression, Interval, Items, Labelled, Number, Text, Value

COMPARED = ("exact", "captain")
"""The bases of groups whose answers were compared by their meaning."""
NO_GROUP = -1
_NAME = re.compile(r"\W*(?:[^\W_][\w'’-]*|(?:[A-Z0-9][\w'’.-]*\s?){2,3})\W*")
"""One word, or up to three that are capitalized; any other text may say the same in other words."""
_MAX_SENTENCE_CHARS = 200
"""In a longer text a single number need not be its answer."""
_NUMBER = re.compile(r"(?P<number>\d+(?:[.,/]\d+)*)(?P<unit>\s?(?:%|°|[^\W\d_]+))?")


@dataclass(frozen=True, slots=True)
class Support:
    """How the answers of several seats stand to the final answer."""

    seats: tuple[str, ...]
    """The seats whose answer says the same."""
    total: int
    """The number of answers."""
    majority: str = ""
    """The most frequent answer; "" if there is none: a tie, or no two equal answers."""
    majority_seats: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        """The share of the answers that say what the final answer says, 0 to 1."""
        return len(self.seats) / self.total

    @property
    def is_unanimous(self) -> bool:
        """True if several answers, and all of them, say what the final answer says."""
        return 1 < self.total == len(self.seats)

    @property
    def is_majority(self) -> bool:
        """True if the final answer is the most frequent one."""
        return bool(self.majority) and set(self.majority_seats) <= set(self.seats)

    @property
    def is_against_majority(self) -> bool:
        """True if there is a most frequent answer and the final answer is another one."""
        return bool(self.majority) and not set(self.majority_seats) & set(self.seats)

    def to_dict(self) -> dict[str, Any]:
        """Return the counts as a JSON object: `{seats, of, majority, majority_seats}`."""
        return {
            "seats": list(self.seats),
            "of": self.total,
            "majority": self.majority,
            "majority_seats": list(self.majority_seats),
        }


def is_unanimous(groups: AnswerGroups, question: str | None = None) -> bool:
    """Return True if several closed answers (to `question`, if known) were given and all of them agree."""
    if len(groups.groups) != 1 or len(groups.groups[0].seats) < 2:
        return False
    return not is_open(read_answer(groups.groups[0].answer, question))


def find_majority(groups: AnswerGroups) -> AnswerGroup | None:
    """Return the group with the most answers, at least two; None for a tie."""
    place = find_majority_index([group.seats for group in groups.groups])
    return None if place is None else groups.groups[place]


def find_majority_index(groups: Sequence[Sequence[str]]) -> int | None:
    """Return the index of the group with the most seats, at least two; None for a tie."""
    sizes = [len(seats) for seats in groups]
    most = max(sizes, default=0)
    return sizes.index(most) if most > 1 and sizes.count(most) == 1 else None


def have_different_answers(groups: AnswerGroups, question: str | None = None) -> bool:
    """Return True if at least two groups surely differ, not only in their wording."""
    read = [(read_answer(group.answer, question), group.answer) for group in groups.groups]
    return sum(_is_definite(value, text) for value, text in read) > 1


def count_support_of_seat(seat: str, groups: AnswerGroups) -> Support | None:
    """Return the support of one seat's answer; None if the answers were not compared by their meaning."""
    own = next((group for group in groups.groups if seat in group.seats), None)
    return None if own is None else count_support_of_group(own, groups)


def count_support_of_group(group: AnswerGroup, groups: AnswerGroups) -> Support | None:
    """Return the support of the answer of a group; None if the answers were not compared by their meaning."""
    return _build_support(group.seats, groups) if groups.basis in COMPARED else None


def count_support(final: str, groups: AnswerGroups, question: str | None = None) -> Support | None:
    """Return the support of a final answer that was written from the answers.

    Args:
        final: the final answer.
        groups: the answers it was written from.
        question: the question, if known; see `answers_agree`.

    Returns:
        The support, or None if the final answer cannot be compared with certainty.
    """
    place = find_group(final, groups, question)
    if place is None:
        return None
    return _build_support(groups.groups[place].seats if place != NO_GROUP else (), groups)


def find_group(final: str, groups: AnswerGroups, question: str | None = None) -> int | None:
    """Return the index of the group that a final answer agrees with.

    Args:
        final: the final answer.
        groups: the answers it was written from.
        question: the question, if known; see `answers_agree`.

    Returns:
        The index; NO_GROUP if it surely agrees with none of the groups that matter: the most frequent answer,
        or all of them if there is none; None if that is not certain.
    """
    if not groups.groups or groups.basis not in COMPARED:
        return None
    values = [read_answer(group.answer, question) for group in groups.groups]
    readings = list(_read_final(final, values, question))
    agreeing = [n for n, value in enumerate(values) if any(values_agree(value, one) for one, _ in readings)]
    if len(agreeing) > 1:  # 5 beside 5 km and 5 miles.
        return None
    majority = find_majority(groups)
    if agreeing and (majority is None or agreeing == [0]):
        return agreeing[0]
    answers = [group.answer for group in groups.groups][: None if majority is None else 1]
    compared = list(zip(values, answers, strict=False))
    definite = [value for value, text in [*compared, *readings] if _is_definite(value, text)]
    is_certain = all(_is_definite(*one) for one in compared) and len(definite) > len(compared)
    # A number and a word may say the same.
    if not is_certain or len({_is_number(value) for value in definite}) > 1:
        return None
    return agreeing[0] if agreeing else NO_GROUP


def _build_support(seats: tuple[str, ...], groups: AnswerGroups) -> Support:
    total = sum(len(group.seats) for group in groups.groups)
    majority = find_majority(groups)
    if majority is None:
        return Support(seats, total)
    return Support(seats, total, majority.answer, majority.seats)


def _read_final(final: str, values: list[Value], question: str | None) -> Iterator[tuple[Value, str]]:
    """Yield what the final answer may be read as, with the text of it."""
    value = read_answer(final, question)
    yield value, final
    is_sentence = isinstance(value, Text) and len(final) <= _MAX_SENTENCE_CHARS
    found = list(_NUMBER.finditer(final)) if is_sentence and any(map(_is_number, values)) else []
    if len(found) == 1:
        yield classify(found[0]["number"]), final
        if found[0]["unit"]:
            yield classify(found[0][0]), final


def _is_definite(value: Value, text: str) -> bool:
    """Return True if an answer of the same kind that reads differently says something else."""
    if isinstance(value, Labelled):
        return _is_definite(value.value, text)
    if isinstance(value, Expression | Interval | Items):  # They may be equal without having the same form.
        return False
    return not isinstance(value, Text) or (not value.is_open and bool(_NAME.fullmatch(text.strip())))


def _is_number(value: Value) -> bool:
    return isinstance(value, Number) or (isinstance(value, Labelled) and _is_number(value.value))
