"""The grader `number`: exact values, with a tolerance only where the question gives one."""

from __future__ import annotations

import re
from fractions import Fraction

from roundtable_tui.answers.compare import answers_agree
from roundtable_tui.answers.numbers import parse_number
from roundtable_tui.answers.plain import to_plain
from roundtable_tui.answers.reading import read_answer
from roundtable_tui.answers.values import Interval, Labelled, Number, Value
from roundtable_tui.bench.graders.check_outcome import CheckOutcome
from roundtable_tui.bench.questions.model import AnswerCheck, BenchQuestion

_NUMBER = re.compile(r"(?<![\w.,])[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:/\d+)?(?![\w/])")
_NEGATION = re.compile(r"\b(?:not|never)\s+\Z", re.IGNORECASE)
_MAX_NEGATION_CHARS = 20
_PERCENT = 100


def grade_number(answer: str, check: AnswerCheck, question: BenchQuestion) -> CheckOutcome:
    """Compare the value of an answer with the known one.

    12 % is both 12 and 0.12. A unit counts only where the known answer has one. A sentence counts if it
    contains one number and no other.
    """
    found = find_numbers(answer)
    if not found:
        return CheckOutcome(False, answer, "it has no number, or several")
    for gold in check.gold:
        # Units and currencies are compared in full, without a tolerance.
        if answers_agree(answer, gold) or answers_agree(gold, answer):
            return CheckOutcome(True, answer)
        wanted = read_answer(gold)
        for value in found:
            for target in find_numbers(gold):
                if _has_unit(wanted) and _has_unit(read_answer(answer)):
                    continue
                if abs(value - target) <= _read_tolerance(check.tolerance, target):
                    return CheckOutcome(True, answer)
    return CheckOutcome(False, answer)


def find_numbers(text: str) -> tuple[Fraction, ...]:
    """Return the values that a text may mean: one, or two where it is a percentage; () if it is unclear."""
    value: Value | None = read_answer(text)
    while isinstance(value, Labelled):
        value = value.value
    number: Fraction | None = None
    if isinstance(value, Number):
        number = value.value
    elif not isinstance(value, Interval):
        plain = to_plain(text)
        mentioned = {
            m[0]
            for m in _NUMBER.finditer(plain)
            if not _NEGATION.search(plain, max(0, m.start() - _MAX_NEGATION_CHARS), m.start())
        }
        values = {parse_number(one.replace(",", "")) for one in mentioned}
        if len(values) == 1:
            number = values.pop()
            if number is not None and "%" in text:
                number /= _PERCENT
    if number is None:
        return ()
    return (number, number * _PERCENT) if "%" in text else (number,)


def _has_unit(value: Value) -> bool:
    return isinstance(value, Number) and value.unit is not None


def _read_tolerance(text: str, gold: Fraction) -> Fraction:
    if not text:
        return Fraction(0)
    if text.endswith("%"):
        return abs(gold) * Fraction(text.removesuffix("%")) / _PERCENT
    return Fraction(text)
