"""The known answer to a question of a task, and whether the answer of a run says the same."""

from __future__ import annotations

from dataclasses import dataclass

from roundtable_tui.answers.compare import answers_agree
from roundtable_tui.answers.reading import extract_final_answer
from roundtable_tui.engine.events import RunFinished
from roundtable_tui.resources.task import Task
from roundtable_tui.utils.text import single_line


@dataclass(frozen=True, slots=True)
class KnownAnswer:
    """The known answer, and whether the answer of the run says the same."""

    text: str
    is_met: bool

    def describe(self) -> str:
        """Return the comparison as text, such as `agrees with the known answer: 42`."""
        verb = "agrees with" if self.is_met else "differs from"
        return f"{verb} the known answer: {single_line(self.text, 120)}"


def compare_with_known(task: Task | None, question: str, answer: str) -> KnownAnswer | None:
    """Compare the answer of a run with the one that the task knows; None if it knows none.

    Args:
        task: the task of the run.
        question: the question of the run; only the task's own questions have known answers.
        answer: the answer of the run.
    """
    if task is None or not answer.strip() or question not in task.questions:
        return None
    place = task.questions.index(question)
    known = task.settings.answers[place] if place < len(task.settings.answers) else ""
    if not known:
        return None
    return KnownAnswer(known, answers_agree(_extract_statement(answer, question), known, question))


def how_without_known(end: RunFinished) -> str:
    """Return how an answer was reached without the known answer, which no model may read."""
    if end.known_answer is None:
        return end.how
    told = KnownAnswer(end.known_answer, bool(end.correct)).describe()
    return end.how.removesuffix(told).rstrip("; ") if end.how.endswith(told) else ""


def _extract_statement(answer: str, question: str) -> str:
    """Return what an answer states: at its end, else alone on its first line before an explanation."""
    lines = answer.strip().splitlines()
    stated = extract_final_answer(answer, question)
    if stated != answer.strip() or len(lines) < 2 or lines[1].strip():
        return stated
    return lines[0]
