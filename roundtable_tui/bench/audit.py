"""Where two graders differ on the same answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from roundtable_tui.bench.graders.judge import JudgeModel
from roundtable_tui.bench.questions.model import BenchQuestion
from roundtable_tui.bench.results import ResultRow, regrade
from roundtable_tui.bench.saved import USER, apply_verdicts
from roundtable_tui.utils.text import single_line

_MAX_SHOWN_CHARS = 60


@dataclass(frozen=True, slots=True)
class GraderDifference:
    """One answer on which two graders differ."""

    first: ResultRow
    second: ResultRow

    def describe(self) -> str:
        """Return it in one line: key, question, arm, answer, known answer, and both verdicts."""
        one, other = self.first, self.second
        verdicts = " and ".join(f"{row.grader} {'right' if row.correct else 'wrong'}" for row in (one, other))
        answer, gold = (single_line(text, _MAX_SHOWN_CHARS) for text in (one.extracted, one.gold))
        where = f"{one.key}  {single_line(one.id, 40)}, {single_line(one.arm, 40)}"
        return f"{where}: {answer!r} for {gold!r}: {verdicts}"


async def regrade_all(
    rows: Mapping[str, ResultRow],
    questions: Mapping[str, BenchQuestion],
    grader: str = "",
    judge: JudgeModel | None = None,
) -> dict[str, ResultRow]:
    """Return the rows of these questions graded by `grader`, "" for each question's own."""
    return {
        key: await regrade(row, questions[row.id], grader, judge)
        for key, row in rows.items()
        if row.id in questions
    }


def count_agreement(folder: Path, graded: Mapping[str, ResultRow]) -> tuple[int, int]:
    """Return how many of the user's verdicts a grader agrees with, and how many there are."""
    judged = apply_verdicts(folder, {key: row for key, row in graded.items() if not row.error})
    verdicts = [(row.correct, graded[key].correct) for key, row in judged.items() if row.grader == USER]
    return sum(one == other for one, other in verdicts), len(verdicts)


def find_differences(
    first: Mapping[str, ResultRow], second: Mapping[str, ResultRow]
) -> list[GraderDifference]:
    """Return the answers that are right by one grading and wrong by the other; failed runs are left out."""
    return [
        GraderDifference(row, second[key])
        for key, row in first.items()
        if key in second and not row.error and row.correct != second[key].correct
    ]
