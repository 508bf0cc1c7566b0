"""The rows of `results.jsonl`: one for each finished run of a question, and their keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from roundtable_tui.batch.run_once import FinishedRun
from roundtable_tui.bench.graders.grade import Grade, grade_answer_with_judge
from roundtable_tui.bench.graders.judge import JudgeModel
from roundtable_tui.bench.questions.model import BenchQuestion
from roundtable_tui.errors import NoAnswerError
from roundtable_tui.utils.text import single_line
from roundtable_tui.utils.texts.digest import digest
from roundtable_tui.utils.texts.json_fields import read_fields

RESULTS_FILE = "results.jsonl"
NOT_GRADED = "not graded"
"""How the error of an answer begins that no judge has seen."""


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One finished run, graded. A failed run is wrong, and counted apart by its `error`."""

    key: str
    id: str
    arm: str
    """The arm's name; `single` for answers of the pool."""
    repeat: int
    """From 0; for the pool the number of the draw."""
    correct: bool
    score: float
    extracted: str
    gold: str
    tokens: int
    calls: int
    seconds: float
    run_folder: str = ""
    error: str = ""
    answer: str = ""
    """The whole answer of the mode, so that it can be graded again."""
    grader: str = ""
    reason: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    cost: float | None = None
    estimated: bool = False
    agreement: float | None = None
    how: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the row as JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ResultRow | None:
        """Return a row of a file; None if required fields are missing or have another type."""
        try:
            return cls(**read_fields(cls, data))
        except (TypeError, ValueError):
            return None


def make_key(question: BenchQuestion, fingerprint: Mapping[str, Any], repeat: int) -> str:
    """Return the key of a run: 16 hexadecimal digits.

    Args:
        question: the question, by its id and hash.
        fingerprint: what `describe_request` says of the arm: mode, options, seats with models.
        repeat: the number of the repetition, from 0.
    """
    return digest({"id": question.id, "hash": question.hash, "run": fingerprint, "repeat": repeat})


async def grade_run(
    key: str,
    question: BenchQuestion,
    arm: str,
    repeat: int,
    run: FinishedRun,
    folder: str = "",
    judge: JudgeModel | None = None,
) -> ResultRow:
    """Return the row of a finished run, graded by the question's own checks."""
    grade = Grade(False, "", question.grader, "no answer")
    error = run.problem
    if run.has_answer:
        try:
            grade = await grade_answer_with_judge(run.answer, question, judge)
        except NoAnswerError as failure:  # Of the judge. The answer is kept, and can be graded later.
            error = f"{NOT_GRADED}: {single_line(str(failure), 250)}"
    return ResultRow(
        key=key,
        id=question.id,
        arm=arm,
        repeat=repeat,
        correct=grade.correct,
        score=float(grade.correct),
        extracted=grade.extracted,
        gold=question.gold,
        tokens=run.tokens,
        calls=run.calls,
        seconds=run.seconds,
        run_folder=folder,
        error=error,
        answer=run.answer,
        grader=grade.grader,
        reason=grade.reason,
        prompt_tokens=run.prompt_tokens,
        completion_tokens=run.completion_tokens,
        cached_tokens=run.cached_tokens,
        cost=run.cost,
        estimated=run.estimated,
        agreement=run.agreement,
        how=run.how,
    )


async def regrade(
    row: ResultRow, question: BenchQuestion, grader: str = "", judge: JudgeModel | None = None
) -> ResultRow:
    """Return a row graded by another grader. It costs no tokens but those of a judge.

    Raises NoAnswerError if the judge gives no answer.
    """
    if not row.answer or (row.error and not row.error.startswith(NOT_GRADED)):
        return row
    grade = await grade_answer_with_judge(row.answer, question, judge, grader)
    return replace(
        row,
        error="",
        correct=grade.correct,
        score=float(grade.correct),
        extracted=grade.extracted,
        grader=grade.grader,
        reason=grade.reason,
    )


def parse_rows(data: Iterable[Mapping[str, Any]]) -> dict[str, ResultRow]:
    """Return the valid rows by key; of rows with the same key the last one counts, as after a retry."""
    rows = (ResultRow.from_dict(one) for one in data)
    return {row.key: row for row in rows if row is not None}
