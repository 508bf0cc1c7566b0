"""Models of the demo with a stated accuracy, for questions whose answers are known.

`demo:acc=0.6,share=0.3` is right on 60 % of the questions. On 30 % of them all its answers are the same,
right or wrong; on the others each answer is drawn for itself. So 0.3 is also the correlation of two answers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from random import Random

from pydantic import BaseModel, Field, ValidationError

from roundtable_tui.errors import UsageError
from roundtable_tui.llm.demo.prompt_parser import digest

PREFIX = "demo:"
_CACHE_SIZE = 4096


@dataclass(frozen=True, slots=True)
class AnswerKeyEntry:
    """A question with its right answer and wrong ones."""

    question: str
    right: str
    wrong: tuple[str, ...]


class AccuracyModel(BaseModel, extra="forbid"):
    """A model by its accuracy."""

    acc: float = Field(0.7, ge=0, le=1)
    """The share of right answers."""
    share: float = Field(0.0, ge=0, le=1)
    """The share of questions on which all answers are the same."""
    wrong: int = Field(0, ge=0, le=1000)
    """How many wrong answers occur; 0 for all that are known."""

    def choose(self, known: AnswerKeyEntry, draw: Random) -> str:
        """Return an answer; `draw` is the randomness of this call."""
        shared = Random(digest("shared", self.acc, self.share, known.question))
        random = shared if shared.random() < self.share else draw
        if random.random() < self.acc:
            return known.right
        wrong = known.wrong[: self.wrong or None]
        return random.choice(wrong) if wrong else ""


def parse_accuracy_model(name: str) -> AccuracyModel:
    """Parse a model name such as `demo:acc=0.6,share=0.3`. Raises UsageError."""
    parts = (part.partition("=") for part in name.removeprefix(PREFIX).split(",") if part)
    try:
        return AccuracyModel.model_validate({key: value for key, _, value in parts})
    except ValidationError as error:
        hint = "The form is demo:acc=0.6,share=0.3,wrong=10, with acc and share from 0 to 1."
        raise UsageError(f"{name[:60]!r} does not describe a model of the demo", hint=hint) from error


class AnswerKey:
    """The known answers, looked up by the question in a prompt."""

    def __init__(self, answers: Iterable[AnswerKeyEntry]) -> None:
        # Longer questions first: a short one may occur within a longer one.
        self._answers = sorted(answers, key=lambda one: -len(one.question))
        self._find_in = lru_cache(_CACHE_SIZE)(self._search)

    def find(self, texts: Iterable[str]) -> AnswerKeyEntry | None:
        """Return the known answer to the first text that contains a known question."""
        return next(filter(None, map(self._find_in, texts)), None)

    def _search(self, text: str) -> AnswerKeyEntry | None:
        return next((one for one in self._answers if one.question in text), None)
