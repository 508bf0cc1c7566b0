"""Grade a final answer by the checks of its question."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from roundtable_tui.answers.reading import extract_final_answer
from roundtable_tui.bench.graders.check_outcome import CheckOutcome
from roundtable_tui.bench.graders.choice import grade_choice
from roundtable_tui.bench.graders.code import grade_code
from roundtable_tui.bench.graders.judge import JudgeModel, judge_answer, to_check_outcome
from roundtable_tui.bench.graders.numeric import grade_number
from roundtable_tui.bench.graders.structured import grade_json, grade_regex
from roundtable_tui.bench.graders.texts import grade_any, grade_contains, grade_exact, grade_math
from roundtable_tui.bench.questions.model import AnswerCheck, BenchQuestion
from roundtable_tui.errors import UsageError
from roundtable_tui.utils.interface import by_interface

Grader = Callable[[str, AnswerCheck, BenchQuestion], CheckOutcome]

GRADERS: Mapping[str, Grader] = {
    "number": grade_number,
    "math": grade_math,
    "choice": grade_choice,
    "exact": grade_exact,
    "any": grade_any,
    "contains": grade_contains,
    "regex": grade_regex,
    "json": grade_json,
    "code": grade_code,
}
"""The graders that need no model."""
MODEL_GRADERS = ("judge", "rubric")
SLOW_GRADERS = ("math", "regex", "json", "code")
"""Graders that wait for another process; run them in a thread: `math` asks none where an event loop runs."""
_WHOLE_TEXT = ("contains", "regex", "json", "code", *MODEL_GRADERS)
"""Graders that see the whole answer of the mode: a text or an object may have several lines."""


@dataclass(frozen=True, slots=True)
class Grade:
    """The result for one answer."""

    correct: bool
    extracted: str
    """What was compared."""
    grader: str
    reason: str = ""
    """Why it is wrong, where that can be said."""


def grade_answer(answer: str, question: BenchQuestion, grader: str = "") -> Grade:
    """Grade an answer by all checks of its question; the first failed one decides.

    Args:
        answer: the answer of a mode, without its reasoning where the mode separates them.
        question: the question.
        grader: another grader than the question's own, for its first check.

    Raises:
        UsageError: the grader needs a model or a sandbox, or does not exist.
    """
    final = extract_final_answer(answer)
    checks = question.checks if not grader else (replace(question.checks[0], grader=grader),)
    verdict = CheckOutcome(True, final)
    for check in checks:
        verdict = _apply(check, final, answer, question)
        if not verdict.correct:
            return Grade(False, verdict.extracted, check.grader, verdict.reason)
    return Grade(True, verdict.extracted, checks[0].grader)


async def grade_answer_with_judge(
    answer: str, question: BenchQuestion, judge: JudgeModel | None = None, grader: str = ""
) -> Grade:
    """Grade an answer as `grade_answer` does; `judge` and `rubric` ask the judge, the others need none.

    Raises:
        UsageError: a model is needed, and `judge` is None.
    """
    checks = question.checks if not grader else (replace(question.checks[0], grader=grader),)
    last = Grade(False, "", checks[0].grader)
    for check in checks:
        if check.grader in MODEL_GRADERS and judge is not None:
            final = answer.strip()
            result = to_check_outcome(await judge_answer(judge, question, check, final), final)
            correct = result.correct is not check.is_negated
            last = Grade(correct, result.extracted, check.grader, result.reason)
        else:
            one = replace(question, checks=(check,))
            if check.grader in SLOW_GRADERS:
                last = await asyncio.to_thread(grade_answer, answer, one)
            else:
                last = grade_answer(answer, one)
        if not last.correct:
            break
    return replace(last, grader=checks[0].grader if last.correct else last.grader)


def name_judge() -> str:
    """Return where the model of a judge is named."""
    return by_interface(
        command_line="Name it with --judge-model.",
        python="Name it with judge_model.",
        app="Run this bench with: roundtable bench QUESTIONS --judge-model NAME.",
    )


def _apply(check: AnswerCheck, final: str, answer: str, question: BenchQuestion) -> CheckOutcome:
    function = GRADERS.get(check.grader)
    if function is None:
        if check.grader in MODEL_GRADERS:
            raise UsageError(f"the grader {check.grader} needs a model", hint=name_judge())
        raise UsageError(f"there is no grader {check.grader}", hint=f"There are: {', '.join(GRADERS)}.")
    given = answer.strip() if check.grader in _WHOLE_TEXT else final
    if not given:
        return CheckOutcome(False, "", "no answer")
    verdict = function(given, check, question)
    if check.is_negated:
        return CheckOutcome(not verdict.correct, verdict.extracted, "it is what it should not be")
    return verdict
