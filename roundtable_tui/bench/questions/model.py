"""A question of a bench, and how its answer is checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from roundtable_tui.utils.texts.digest import digest
from roundtable_tui.utils.texts.json_fields import read_fields

FORMAT_LINES: Mapping[str, str] = {
    "number": "End with a line `Answer: ` and the number alone.",
    "math": "End with a line `Answer: ` and the final expression alone.",
    "choice": "End with a line `Answer: ` and the letter of the option alone.",
    "exact": "End with a line `Answer: ` and the answer alone, as short as possible.",
    "any": "End with a line `Answer: ` and the answer alone, as short as possible.",
}
"""By grader: the sentence after a question that asks for a form that can be graded."""


@dataclass(frozen=True, slots=True)
class AnswerCheck:
    """One condition on an answer."""

    grader: str
    gold: tuple[str, ...] = ()
    """The accepted answers; for `contains` the texts, for `regex` the patterns, for `rubric` the criteria."""
    tolerance: str = ""
    """For `number`: the largest difference, as a number, or in percent of the gold answer, such as `1%`."""
    ignore_case: bool = False
    needs_all: bool = False
    """For `contains`: all texts are needed, not one of them."""
    is_negated: bool = False
    schema: str = ""
    """For `json`: a JSON Schema, as JSON."""
    code: str = ""
    """For `code`: the tests, as Python source."""
    entry_point: str = ""
    """For `code`: the name of the function that is tested."""

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> AnswerCheck:
        """Return the check that `to_dict` wrote. Raises ValueError, TypeError."""
        return cls(**read_fields(cls, data))

    def to_dict(self) -> dict[str, Any]:
        """Return the fields that are set, for hashes and files."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in values.items()
            if value
        }


@dataclass(frozen=True)
class BenchQuestion:
    """A question with its known answer. An answer is right if it passes all checks."""

    id: str
    question: str
    checks: tuple[AnswerCheck, ...]
    choices: tuple[str, ...] = ()
    """The texts of the options A, B, C, ...; shown under the question."""
    context: str = ""
    """Background, shown before the question."""
    topic: str = ""
    """What it is about: a stratum of samples and a row of the breakdown."""
    cluster: str = ""
    """What several questions have in common, such as one text; "" if it stands alone."""
    weight: float = 1.0
    task: str = ""
    """The folder of the task that it belongs to, with `number`."""
    number: int = 1
    wrong: tuple[str, ...] = field(default=(), compare=False)
    """Plausible wrong answers, for the models of the demo."""

    def to_dict(self) -> dict[str, Any]:
        """Return all fields as JSON."""
        return {
            "id": self.id, "question": self.question, "checks": [check.to_dict() for check in self.checks],
            "choices": list(self.choices), "context": self.context, "topic": self.topic,
            "cluster": self.cluster, "weight": self.weight, "task": self.task, "number": self.number,
        }  # fmt: skip

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> BenchQuestion:
        """Return the question that `to_dict` wrote. Raises ValueError, TypeError, KeyError."""
        checks = tuple(AnswerCheck.from_dict(check) for check in data["checks"])
        if not checks:
            raise ValueError("a question without checks")
        return cls(checks=checks, **read_fields(cls, data, ("checks",)))

    @property
    def grader(self) -> str:
        """The grader of the first check."""
        return self.checks[0].grader

    @property
    def gold(self) -> str:
        """The known answer, for tables."""
        return self.checks[0].gold[0] if self.checks[0].gold else ""

    @cached_property
    def prompt(self) -> str:
        """The question as it is asked: background, question, options, and the form of the answer."""
        options = "\n".join(
            f"{letter}) {text}" for letter, text in zip(letters(self.choices), self.choices, strict=False)
        )
        form = FORMAT_LINES.get(self.grader, "")
        return "\n\n".join(part for part in (self.context, self.question, options, form) if part)

    @cached_property
    def hash(self) -> str:
        """Return 16 hexadecimal digits of the question, its options and its checks."""
        return digest(
            [self.question, list(self.choices), self.context, [check.to_dict() for check in self.checks]]
        )


def letters(choices: Iterable[object]) -> list[str]:
    """Return the letters of options: A, B, C, ..."""
    return [chr(ord("A") + number) for number, _ in enumerate(choices)]


def hash_questions(questions: Iterable[BenchQuestion]) -> str:
    """Return the hash of a set of questions, in any order: runs are compared only if theirs are equal."""
    return digest(sorted([one.id, one.hash] for one in questions))
