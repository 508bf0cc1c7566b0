"""What answers finally say, and how far they agree. Nothing here asks a model.

Closed answers (a number, a choice, a few words) are brought to one form and grouped exactly. Open
texts have no such form: for them agreement is the mean overlap of their content words, which is a
figure about wording and is called so.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

SHORT = 60
"""Characters up to which a text counts as a short answer."""

_BOXED = re.compile(r"\\boxed\s*\{((?:[^{}]|\{[^{}]*\})*)\}")
_LABEL = re.compile(
    r"(?:^|\n)[\s*_#>]*(?:the\s+)?(?:final\s+|correct\s+|short\s+)?(?:answer|result|choice)\b[*_\s]*(?:\s+is\b|:|=)[*_\s:]*([^\n]+)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?<![\w.])[-+−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:\s*/\s*\d+)?(?:[eE][-+]?\d+)?\s*%?(?![\w])")
_LONE_LETTER = re.compile(r"^(?:option\s+|choice\s+|answer\s+)?\(?([A-Ha-h])\)?[.:)]?$", re.IGNORECASE)
_LETTER_WITH_TEXT = re.compile(r"^(?:option\s+|choice\s+)?\(?([A-H])[):.]\s+\S")
_MARKUP = re.compile(r"[*_`#>$]|\\[()\[\]]|\\text|\\mathrm|\\,")
_WORD = re.compile(r"[^\W_]+", re.UNICODE)
_STOP = frozenset(
    "a an and are as at be been but by can could do does for from had has have he her his how i if in into is it its "
    "may more most no nor not of on or our she should so some such than that the their them then there these they this "
    "those to was we were what when where which while who will with would you your".split()
)
_FILLER = frozenset("the a an answer result is equals about exactly approximately so therefore thus x y n it total of".split())
_YES = {"yes": "yes", "true": "yes", "correct": "yes", "no": "no", "false": "no", "incorrect": "no"}


@dataclass(frozen=True, slots=True)
class Group:
    """Answers that say the same: the first of them verbatim, and whose they are."""

    answer: str
    seats: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grouping:
    """Groups, largest first (ties in the order of arrival), and how far the answers agree, 0 to 1."""

    groups: tuple[Group, ...]
    agreement: float | None
    basis: str
    """exact: share of the largest group; wording: mean overlap of content words."""

    @property
    def tie(self) -> bool:
        """True when no group is larger than all others."""
        return len(self.groups) > 1 and len(self.groups[0].seats) == len(self.groups[1].seats)


def final_answer(text: str) -> str:
    """Return the part of a free answer that states its result: boxed, labelled, else the whole text."""
    if boxed := _BOXED.findall(text):
        return str(boxed[-1]).strip()
    if labelled := _LABEL.findall(text):
        return str(labelled[-1]).strip()
    return text.strip()


def canonical(text: str) -> str | None:
    """Return one form for answers that say the same, or None for an open text.

    `num:3/4` (with its unit, if any: `num:5 km`), `choice:B`, `yes`, or `text:` with the words in lower case.
    """
    plain = _MARKUP.sub("", final_answer(text)).strip().strip(".!,;: \"'“”").strip()
    if not plain or len(plain) > 4 * SHORT:
        return None
    if match := _LONE_LETTER.match(plain) or _LETTER_WITH_TEXT.match(plain):
        return f"choice:{match[1].upper()}"
    numbers = _NUMBER.findall(plain)
    if len(plain) <= SHORT and numbers and len({_value(n) for n in numbers}) == 1:
        unit = [w.lower() for w in _WORD.findall(_NUMBER.sub(" ", plain)) if w.lower() not in _FILLER]
        return " ".join([f"num:{_value(numbers[0])}", *unit])
    words = [w.lower() for w in _WORD.findall(plain)]
    if words and words[0] in _YES and (len(words) == 1 or plain[len(words[0]) : len(words[0]) + 1] in ",.;:—-"):
        return _YES[words[0]]
    if len(plain) > SHORT or not words:
        return None
    return "text:" + " ".join(w for w in words if w not in {"the", "a", "an"})


def _value(number: str) -> Fraction | str:
    plain = number.replace(",", "").replace("−", "-").replace(" ", "")
    percent = plain.endswith("%")
    try:
        value = Fraction(plain.rstrip("%"))
    except (ValueError, ZeroDivisionError):
        return plain
    return value / 100 if percent else value


def group(answers: Sequence[tuple[str, str]]) -> Grouping:
    """Group `(seat, answer)` pairs by what the answers say; empty answers are left out."""
    answers = [(seat, text) for seat, text in answers if text.strip()]
    forms = [canonical(text) for _, text in answers]
    if not answers:
        return Grouping((), None, "exact")
    closed = sum(form is not None for form in forms)
    by_form: dict[str, list[int]] = {}
    for i, form in enumerate(forms):
        by_form.setdefault(form if form is not None else f"open:{_words_key(answers[i][1])}", []).append(i)
    _join_bare_numbers(by_form)
    ordered = sorted(by_form.values(), key=lambda members: (-len(members), members[0]))
    groups = tuple(Group(answers[m[0]][1], tuple(answers[i][0] for i in m)) for m in ordered)
    if len(answers) == 1:
        return Grouping(groups, None, "exact" if closed else "wording")
    if closed * 2 >= len(answers):
        return Grouping(groups, len(ordered[0]) / len(answers), "exact")
    return Grouping(groups, overlap([text for _, text in answers]), "wording")


def _join_bare_numbers(by_form: dict[str, list[int]]) -> None:
    """Put `5` with `5 km` where that is the only unit the number was given."""
    for bare in [form for form in by_form if form.startswith("num:") and " " not in form]:
        with_unit = [form for form in by_form if form.startswith(bare + " ")]
        if len(with_unit) == 1:
            by_form[with_unit[0]] = sorted(by_form[with_unit[0]] + by_form.pop(bare))


def _words_key(text: str) -> str:
    return " ".join(w.lower() for w in _WORD.findall(text))


def overlap(texts: Sequence[str]) -> float:
    """Return the mean pairwise cosine of the texts' content words, 0 to 1; 1 for a single text."""
    bags = [Counter(w for w in (x.lower() for x in _WORD.findall(t)) if w not in _STOP) for t in texts]
    pairs = list(combinations(bags, 2))
    return sum(_cosine(a, b) for a, b in pairs) / len(pairs) if pairs else 1.0


def _cosine(a: Counter[str], b: Counter[str]) -> float:
    dot = sum(n * b[w] for w, n in a.items())
    norm = (sum(n * n for n in a.values()) * sum(n * n for n in b.values())) ** 0.5
    return min(1.0, dot / norm) if norm else 0.0
