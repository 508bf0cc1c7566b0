"""The graders `exact`, `any`, `contains` and `math`, which compare texts."""

from __future__ import annotations

import re
import unicodedata

from roundtable_tui.answers.compare import answers_agree
from roundtable_tui.bench.graders.check_outcome import CheckOutcome
from roundtable_tui.bench.questions.model import AnswerCheck, BenchQuestion

_PUNCTUATION = re.compile(r"[^\w\s]")
_SIGNS = frozenset("+#@%&|~^\\<>=")
"""Characters that tell names apart, such as C++ and C#; mathematical and currency signs do, too."""
_ARTICLES = re.compile(r"\b(?:a|an|the)\b")


def normalize_text(text: str) -> str:
    """Return a text without case, punctuation and articles, with single spaces.

    A text that consists of nothing else keeps its characters, so that `+` and `-` differ.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    plain = " ".join(_ARTICLES.sub(" ", _PUNCTUATION.sub(_keep_sign, folded)).split())
    return plain or " ".join(folded.split())


def _keep_sign(match: re.Match[str]) -> str:
    char = match[0]
    return char if char in _SIGNS or unicodedata.category(char) in ("Sm", "Sc") else " "


def grade_exact(answer: str, check: AnswerCheck, question: BenchQuestion) -> CheckOutcome:
    """Compare the whole answer, but for case, punctuation and articles; numbers by their value."""
    return CheckOutcome(any(is_same_text(answer, gold) for gold in check.gold), answer)


def is_same_text(answer: str, gold: str) -> bool:
    """Return True if two texts are equal when normalized, or certainly mean the same."""
    if _has_signs(answer) or _has_signs(gold):  # `-5` and `5` are the same without punctuation.
        return answer.strip() == gold.strip() or answers_agree(answer, gold)
    return normalize_text(answer) == normalize_text(gold) or answers_agree(answer, gold)


def _has_signs(text: str) -> bool:
    return any(char.isdigit() for char in text) or not any(char.isalpha() for char in text)


def grade_any(answer: str, check: AnswerCheck, question: BenchQuestion) -> CheckOutcome:
    """Accept any of the known answers, compared as by `exact`."""
    return grade_exact(answer, check, question)


def grade_contains(answer: str, check: AnswerCheck, question: BenchQuestion) -> CheckOutcome:
    """Look for the known texts in the answer as they are; all or one of them, as the check says."""
    given = answer.casefold() if check.ignore_case else answer
    found = [(text.casefold() if check.ignore_case else text) in given for text in check.gold]
    passed = all(found) if check.needs_all else any(found)
    missing = next((text for text, there in zip(check.gold, found, strict=True) if not there), "")
    return CheckOutcome(passed, answer, "" if passed else f"it does not contain {missing[:60]!r}")


def grade_math(answer: str, check: AnswerCheck, question: BenchQuestion) -> CheckOutcome:
    """Compare expressions by their meaning, as far as that is certain without a computer algebra system."""
    return CheckOutcome(any(answers_agree(answer, gold) for gold in check.gold), answer)
