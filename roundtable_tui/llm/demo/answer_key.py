"""Models of the demo with a stated accuracy, for questions whose answers are known.

`demo:acc=0.6,share=0.3` is right on 60 % of the questions. On 30 % of them all its answers are the same,
right or wrong; on the others each answer is drawn for itself. So 0.3 is also the correlation of two answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from random import Random

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


@dataclass(frozen=True, slots=True)
class AccuracyModel:
    """A model by its accuracy."""

    accuracy: float
    share: float = 0.0
    """The share of questions on which all answers are the same."""
    wrong: int = 0
    """How many wrong answers occur; 0 for all that are known."""

    def choose(self, known: AnswerKeyEntry, draw: Random) -> str:
        """Return an answer; `draw` is the randomness of this call."""
        shared = Random(digest("shared", self.accuracy, self.share, known.question))
        random = shared if shared.random() < self.share else draw
        if random.random() < self.accuracy:
            return known.right
        wrong = known.wrong[: self.wrong or None]
        return random.choice(wrong) if wrong else ""


def parse_accuracy_model(name: str) -> AccuracyModel:
    """Parse a model name such as `demo:acc=0.6,share=0.3`. Raises UsageError."""
    values = {"acc": 0.7, "share": 0.0, "wrong": 0.0}
    for part in filter(None, name.removeprefix(PREFIX).split(",")):
        key, _, text = part.partition("=")
        try:
            value = float(text)
        except ValueError:
            value = -1.0
        if key not in values or not 0 <= value <= (1000 if key == "wrong" else 1):
            hint = "The form is demo:acc=0.6,share=0.3,wrong=10, with acc and share from 0 to 1."
            raise UsageError(f"{part[:40]!r} does not describe a model of the demo", hint=hint)
        values[key] = value
    return AccuracyModel(values["acc"], values["share"], int(values["wrong"]))


class AnswerKey:
    """The known answers, looked up by the question in a prompt."""

    def __init__(self, answers: Iterable[AnswerKeyEntry]) -> None:
        # Longer questions first: a short one may occur within a longer one.
        self._answers = sorted(answers, key=lambda one: -len(one.question))
        self._found: dict[str, AnswerKeyEntry | None] = {}

    def find(self, messages: Iterable[Mapping[str, object]]) -> AnswerKeyEntry | None:
        """Return the known answer to the first user message that contains a known question."""
        for message in messages:
            text = message.get("content")
            if message.get("role") == "user" and isinstance(text, str) and (found := self._find_in(text)):
                return found
        return None

    def _find_in(self, text: str) -> AnswerKeyEntry | None:
        if text not in self._found:
            if len(self._found) >= _CACHE_SIZE:
                self._found.clear()
            self._found[text] = next((one for one in self._answers if one.question in text), None)
        return self._found[text]
