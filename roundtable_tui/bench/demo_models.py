"""The servers of a bench: as usual, but the demo knows the answers and has models of stated accuracy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from roundtable_tui.answers.classify import classify
from roundtable_tui.answers.values import Number
from roundtable_tui.bench.questions.bundled import nearby_numbers
from roundtable_tui.bench.questions.model import BenchQuestion, letters
from roundtable_tui.config import Settings
from roundtable_tui.llm.demo.answer_key import AnswerKey, AnswerKeyEntry
from roundtable_tui.llm.demo.responder import DemoApi, create_demo_server
from roundtable_tui.llm.types import Server
from roundtable_tui.resources import PersonaLibrary
from roundtable_tui.setup.server_pool import ServerPool

DEFAULT_DEMO_MODEL = "demo:acc=0.6,share=0.3"
_WRONG_TEXTS = 10


class BenchServerPool(ServerPool):
    """A pool whose demo is one server for all runs, without delays, that knows the questions."""

    def __init__(
        self,
        settings: Settings,
        environ: Mapping[str, str],
        questions: Iterable[BenchQuestion],
        seed: int = 0,
    ) -> None:
        super().__init__(settings, environ)
        self._personas: dict[tuple[Path | None, Path | None], PersonaLibrary] = {}
        self._demo = create_demo_server(
            DemoApi(seed, pace=0, answers=AnswerKey(map(known_answer, questions)))
        )

    def get_demo(self, seed: int = 0) -> Server:
        """Return the demo; its replies differ by the seeds that runs send, not by a server of their own."""
        return self._demo

    def load_personas(self, given: Path | None, participants: Path | None) -> PersonaLibrary:
        """Return the personas and teams, read once: all runs have the same."""
        if (given, participants) not in self._personas:
            self._personas[given, participants] = super().load_personas(given, participants)
        return self._personas[given, participants]


def known_answer(question: BenchQuestion) -> AnswerKeyEntry:
    """Return the right answer and wrong ones that its grader can tell apart."""
    return AnswerKeyEntry(question.question, question.gold, question.wrong or make_wrong_answers(question))


def make_wrong_answers(question: BenchQuestion) -> tuple[str, ...]:
    """Return wrong answers for a question that has none of its own."""
    gold = question.gold
    if question.grader == "choice":
        known = letters(question.choices) or list("ABCD")
        return tuple(letter for letter in known if letter not in question.checks[0].gold)
    value = classify(gold) if gold else None
    if isinstance(value, Number):
        return nearby_numbers(str(value.value))
    return tuple(f"something else, number {number}" for number in range(1, _WRONG_TEXTS + 1))
