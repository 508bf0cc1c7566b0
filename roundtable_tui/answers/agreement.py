"""Groups answers by meaning and measures their agreement, without asking a model.

Short answers (a number, a choice, a few words) are normalized and grouped exactly. Longer texts cannot
be normalized; their agreement is the mean overlap of their content words, reported as "wording".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from roundtable_tui.answers.normalize import extract_final_answer, normalize_answer, split_words

__all__ = [
    "AnswerGroup",
    "AnswerGroups",
    "extract_final_answer",
    "group_answers",
    "is_same_answer",
    "normalize_answer",
    "word_overlap",
]

_STOP_WORDS = frozenset(
    """
    a an and are as at be been but by can could do does for from had has have he her his how i if in into is
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
    """exact: share of the largest group; wording: mean overlap of content words."""

    @property
    def is_tie(self) -> bool:
        """True if the two largest groups have the same size."""
        return len(self.groups) > 1 and len(self.groups[0].seats) == len(self.groups[1].seats)


def group_answers(answers: Sequence[tuple[str, str]]) -> AnswerGroups:
    """Group `(seat, answer)` pairs by the meaning of the answers; empty answers are left out.

    The agreement is the share of the largest group if at least half of the answers are short, else the
    word overlap; None for fewer than two answers.
    """
    answers = [(seat, text) for seat, text in answers if text.strip()]
    forms = [normalize_answer(text) for _, text in answers]
    if not answers:
        return AnswerGroups((), None, "exact")
    closed = sum(form is not None for form in forms)
    by_form: dict[str, list[int]] = {}
    for i, form in enumerate(forms):
        open_form = f"open:{' '.join(split_words(answers[i][1]))}"
        by_form.setdefault(open_form if form is None else form, []).append(i)
    _merge_bare_values(by_form)
    ordered = sorted(by_form.values(), key=lambda members: (-len(members), members[0]))
    groups = tuple(AnswerGroup(answers[m[0]][1], tuple(answers[i][0] for i in m)) for m in ordered)
    if len(answers) == 1:
        return AnswerGroups(groups, None, "exact" if closed else "wording")
    if closed * 2 >= len(answers):
        return AnswerGroups(groups, len(ordered[0]) / len(answers), "exact")
    return AnswerGroups(groups, word_overlap([text for _, text in answers]), "wording")


def is_same_answer(a: str, b: str) -> bool:
    """Return True if two answers have the same meaning."""
    return len(group_answers([("a", a), ("b", b)]).groups) == 1


def _merge_bare_values(by_form: dict[str, list[int]]) -> None:
    """Merge `5` into `5 km` and `B` into `B Paris`, if there is only one such longer form."""
    for bare in [form for form in by_form if form.startswith(("num:", "choice:")) and " " not in form]:
        fuller = [form for form in by_form if form.startswith(bare + " ")]
        if len(fuller) == 1:
            by_form[fuller[0]] = sorted(by_form[fuller[0]] + by_form.pop(bare))


def word_overlap(texts: Sequence[str]) -> float:
    """Return the mean pairwise cosine similarity of the content words, 0 to 1; 1 for a single text."""
    bags = [Counter(word for word in split_words(text) if word not in _STOP_WORDS) for text in texts]
    pairs = list(combinations(bags, 2))
    return sum(_cosine_similarity(a, b) for a, b in pairs) / len(pairs) if pairs else 1.0


def _cosine_similarity(a: Counter[str], b: Counter[str]) -> float:
    dot = sum(n * b[w] for w, n in a.items())
    norm = (sum(n * n for n in a.values()) * sum(n * n for n in b.values())) ** 0.5
    return min(1.0, dot / norm) if norm else 0.0
