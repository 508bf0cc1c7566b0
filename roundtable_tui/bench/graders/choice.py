"""The grader `choice`: the letter of an option, never the first capital of a sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence

from roundtable_tui.answers.plain import to_plain
from roundtable_tui.answers.reading import read_answer
from roundtable_tui.answers.values import Choice, Labelled, Value
from roundtable_tui.bench.graders.check_outcome import CheckOutcome
from roundtable_tui.bench.graders.texts import normalize_text
from roundtable_tui.bench.questions.model import AnswerCheck, BenchQuestion, letters

_STATED = re.compile(
    r"\b(?:answer|option|choice)\b(?:\s+is|\s*:)?\s*\**\(?([A-Z])\b\)?(?![’'])|\\boxed\{\s*(?:\\text\{)?\(?([A-Z])\)?\}",
    re.IGNORECASE,
)
_LONE = re.compile(r"^\W*([A-Z])\W*$", re.MULTILINE)
_ONLY = re.compile(r"\W*([A-Z])\W*\Z", re.IGNORECASE)
_BEFORE = re.compile(r"\W*([A-Z])\W+(.+)\Z", re.DOTALL)
_AFTER = re.compile(r"(.+?)\W*\(([A-Z])\)\W*\Z", re.DOTALL)
_START = re.compile(r"\A[\s*_(\[]*([A-Z])[)\].:]")


def grade_choice(answer: str, check: AnswerCheck, question: BenchQuestion) -> CheckOutcome:
    """Compare the letter that an answer chooses with the known one."""
    chosen = find_letter(answer, question.choices)
    if not chosen:
        return CheckOutcome(False, answer, "it chooses no option")
    return CheckOutcome(chosen in check.gold, chosen)


def find_letter(answer: str, choices: Sequence[str] = ()) -> str:
    """Return the letter that an answer chooses, "" if none or several.

    In this order: a letter alone; the text of an option; an answer that is a letter, perhaps with its text;
    a letter and a bracket or stop at its start; the last "the answer is X"; a line with a lone letter.
    """
    known = set(letters(choices)) if choices else set("ABCDEFGHIJ")
    alone = _ONLY.match(answer)
    if alone and alone[1].upper() in known:
        return alone[1].upper()
    wanted = normalize_text(answer)
    same = [
        letter
        for letter, text in zip(letters(choices), choices, strict=True)
        if normalize_text(text) == wanted
    ]
    if len(same) == 1:
        return same[0]
    value: Value = read_answer(answer)
    while isinstance(value, Labelled):
        value = value.value
    if isinstance(value, Choice) and value.letter in known:
        return value.letter
    text = to_plain(answer)
    if letter := _find_letter_with_text(text, choices):
        return letter
    start = _START.match(text)
    if start and start[1] in known:
        return start[1]
    stated = [(match[1] or match[2]).upper() for match in _STATED.finditer(text)]
    lone = [match[1] for match in _LONE.finditer(text)]
    for found in (stated, lone):
        if fitting := [one for one in found if one in known]:
            return fitting[-1]
    return ""


def _find_letter_with_text(text: str, choices: Sequence[str]) -> str:
    """Return the letter of an answer that is a letter and the text of its option, in any order; else ""."""
    before, after = _BEFORE.match(text), _AFTER.match(text)
    pairs = [(before[1], before[2])] if before else []
    pairs += [(after[2], after[1])] if after else []
    for letter, option in zip(letters(choices), choices, strict=True):
        if any(one == letter and normalize_text(rest) == normalize_text(option) for one, rest in pairs):
            return letter
    return ""
