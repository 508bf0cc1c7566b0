"""The servers of a bench: as usual, but the demo knows the answers and has models of stated accuracy.

`demo:acc=0.6,share=0.3` is right on 60 % of the questions. On 30 % of them all its answers are the same,
right or wrong; on the others each answer is drawn for itself. So 0.3 is also the correlation of two answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from random import Random

from pydantic import BaseModel, Field, ValidationError

from roundtable_tui.answers.classify import classify
from roundtable_tui.answers.values import Number
from roundtable_tui.bench.questions.bundled import nearby_numbers
from roundtable_tui.bench.questions.model import BenchQuestion, letters
from roundtable_tui.config import Settings
from roundtable_tui.errors import UsageError
from roundtable_tui.llm.demo.prompt_parser import ParsedPrompt, digest
from roundtable_tui.llm.demo.responder import DemoApi, create_demo_server, refuse_model
from roundtable_tui.llm.demo.wire import CompletionRequest, Reply, split_tokens
from roundtable_tui.llm.types import Server
from roundtable_tui.resources import PersonaLibrary
from roundtable_tui.setup.server_pool import ServerPool

DEFAULT_DEMO_MODEL = "demo:acc=0.6,share=0.3"
_PREFIX = "demo:"
_WRONG_TEXTS = 10
_CACHE_SIZE = 4096


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
        self._demo = create_demo_server(BenchDemoApi(questions, seed))

    def get_demo(self, seed: int = 0) -> Server:
        """Return the demo; its replies differ by the seeds that runs send, not by a server of their own."""
        return self._demo

    def load_personas(self, given: Path | None, participants: Path | None) -> PersonaLibrary:
        """Return the personas and teams, read once: all runs have the same."""
        if (given, participants) not in self._personas:
            self._personas[given, participants] = super().load_personas(given, participants)
        return self._personas[given, participants]


class BenchDemoApi(DemoApi):
    """A demo without delays that knows the answers to questions and has models of stated accuracy."""

    def __init__(self, questions: Iterable[BenchQuestion], seed: int = 0) -> None:
        super().__init__(seed, pace=0, on_unknown_model=_check_accuracy_model)
        # Longer questions first: a short one may occur within a longer one.
        self._questions = sorted(questions, key=lambda one: -len(one.question))
        self._find_in = lru_cache(_CACHE_SIZE)(self._search)

    def compose(self, request: CompletionRequest, model: str, number: int) -> Reply:
        """Return the reply of a model of stated accuracy to a known question, else one of the demo's."""
        texts = (message.text for message in request.messages if message.role == "user")
        is_free = request.model.startswith(_PREFIX) and request.find_form() is None
        if not is_free or (known := self.find_question(texts)) is None:
            return super().compose(request, model, number)
        random = Random(digest(self.seed, request.model, request.conversation, request.seed, number))
        answer = parse_accuracy_model(request.model.partition("+")[0]).choose(known, random)
        marker = ParsedPrompt(request.messages).marker
        end = f"{marker}\n{answer}" if marker else f"Answer: {answer}"
        text = f"A model of the demo, whose answers are drawn by its stated accuracy.\n\n{end}"
        return Reply(content=split_tokens(text))

    def find_question(self, texts: Iterable[str]) -> BenchQuestion | None:
        """Return the known question in the first text that contains one."""
        return next(filter(None, map(self._find_in, texts)), None)

    def _search(self, text: str) -> BenchQuestion | None:
        return next((one for one in self._questions if one.question in text), None)


class AccuracyModel(BaseModel, extra="forbid"):
    """A model by its accuracy."""

    acc: float = Field(0.7, ge=0, le=1)
    """The share of right answers."""
    share: float = Field(0.0, ge=0, le=1)
    """The share of questions on which all answers are the same."""
    wrong: int = Field(0, ge=0, le=1000)
    """How many wrong answers occur; 0 for all that are known."""

    def choose(self, known: BenchQuestion, draw: Random) -> str:
        """Return an answer; `draw` is the randomness of this call."""
        shared = Random(digest("shared", self.acc, self.share, known.question))
        random = shared if shared.random() < self.share else draw
        if random.random() < self.acc:
            return known.gold
        wrong = (known.wrong or make_wrong_answers(known))[: self.wrong or None]
        return random.choice(wrong) if wrong else ""


def parse_accuracy_model(name: str) -> AccuracyModel:
    """Parse a model name such as `demo:acc=0.6,share=0.3`. Raises UsageError."""
    parts = (part.partition("=") for part in name.removeprefix(_PREFIX).split(",") if part)
    try:
        return AccuracyModel.model_validate({key: value for key, _, value in parts})
    except ValidationError as error:
        hint = "The form is demo:acc=0.6,share=0.3,wrong=10, with acc and share from 0 to 1."
        raise UsageError(f"{name[:60]!r} does not describe a model of the demo", hint=hint) from error


def _check_accuracy_model(name: str) -> None:
    """Raise UsageError unless a name is that of a model of stated accuracy."""
    if not name.startswith(_PREFIX):
        refuse_model(name)
    parse_accuracy_model(name)


def make_wrong_answers(question: BenchQuestion) -> tuple[str, ...]:
    """Return wrong answers, which its grader can tell apart, for a question that has none of its own."""
    gold = question.gold
    if question.grader == "choice":
        known = letters(question.choices) or list("ABCD")
        return tuple(letter for letter in known if letter not in question.checks[0].gold)
    value = classify(gold) if gold else None
    if isinstance(value, Number):
        return nearby_numbers(str(value.value))
    return tuple(f"something else, number {number}" for number in range(1, _WRONG_TEXTS + 1))
