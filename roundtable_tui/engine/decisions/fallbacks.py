"""Gets a decision from a model with the most reliable output method that its server supports.

The methods, in order: JSON schema, forced tool call, JSON in prose, one plain word, and finally a
default computed from the answers. A method that a server refuses is not tried again in this run with
the same server and model. Methods before the one that worked are skipped too, separately for
decisions that can be given as one word and those that cannot. The last method is always tried.
What counts as a decision: `engine.decisions.parse`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import BaseModel

from roundtable_tui.engine.calls.turn_runner import AskOptions, TurnRunner
from roundtable_tui.engine.decisions.parse import (
    build_strict_schema,
    describe_form,
    is_numbered_choice,
    parse_decision,
    parse_word,
)
from roundtable_tui.engine.seat import Seat
from roundtable_tui.engine.turn import Turn
from roundtable_tui.llm.types import OutputSchema

D = TypeVar("D", bound=BaseModel)
METHODS = ("json_schema", "tool", "prose", "word")
JSON_INSTRUCTION = "Reply with one JSON object and nothing else. Its keys, in this order:"
RETRYABLE_KINDS = ("empty", "request", "too_long")
"""Failures of a call with an output schema that a plain call may not have."""


@dataclass(frozen=True, slots=True)
class Decision(Generic[D]):
    """What was decided, and how."""

    value: D
    method: str
    """One of METHODS, or `clusters`: no method worked, the value is the default."""
    turn: Turn | None = None


class StructuredOutputFallback:
    """Tries the methods in turn; remembers which one works for each server and model."""

    def __init__(self, turns: TurnRunner) -> None:
        self._turns = turns
        self._first_method: dict[tuple[str, str, bool], int] = {}
        """By base URL, model, and whether the decision can be given as one word."""
        self._refused: set[tuple[str, str, str]] = set()

    def copy(self) -> StructuredOutputFallback:
        """Return an independent copy with the same knowledge."""
        other = StructuredOutputFallback(self._turns)
        other.merge(self)
        return other

    def merge(self, other: StructuredOutputFallback) -> None:
        """Add what another copy has learned."""
        for key, number in other._first_method.items():
            self._first_method[key] = max(number, self._first_method.get(key, 0))
        self._refused |= other._refused

    async def run(
        self,
        seat: Seat,
        prompt: str,
        form: type[D],
        *,
        label: str,
        words: Mapping[str, D] | None,
        default: Callable[[], D],
    ) -> Decision[D]:
        """Ask `seat`, method after method, until a reply gives a valid decision.

        The conversation keeps only the question and the reply that counted.

        Args:
            seat: the seat that decides.
            prompt: the question, without instructions on the form of the reply.
            form: the pydantic model of the decision.
            label: label of the turns and of the schema.
            words: decisions by the single word that gives them; None if no word can.
            default: builds the decision that counts if no method works.
        """
        schema = build_strict_schema(form)
        json_prompt = f"{prompt}\n\n{JSON_INSTRUCTION}\n{describe_form(form)}"
        words = words or {}
        server_model, has_words = (seat.server.base_url, seat.model), bool(words)
        methods = METHODS if words else METHODS[:-1]
        failed: list[Turn] = []

        def parse(turn: Turn) -> D | None:
            value = parse_decision(turn, form) if method != "word" else None
            return (
                parse_word(turn, words)
                if value is None and (method == "word" or is_numbered_choice(words))
                else value
            )

        for number, method in enumerate(methods):
            skipped = (
                number < self._first_method.get((*server_model, has_words), 0)
                or (*server_model, method) in self._refused
            )
            if skipped and method != methods[-1]:
                continue
            question, shape = json_prompt, None
            if method == "word":
                question = build_word_prompt(prompt, words)
            else:
                shape = OutputSchema(label, schema, method) if method in ("json_schema", "tool") else None  # type: ignore[arg-type]
            options = AskOptions(
                label=label, shape=shape, decides=True, remember=lambda turn: parse(turn) is not None
            )
            turn = await self._turns.ask(seat, question, options)
            if not turn.ok:
                failed.append(turn)
                if turn.kind == "shape":
                    self._refused.add((*server_model, method))
                elif turn.kind not in RETRYABLE_KINDS or shape is None:
                    break  # The server or the user ended the call: another method would not help.
            elif (value := parse(turn)) is not None:
                self._first_method[*server_model, has_words] = number
                self._turns.discard_failures(failed)
                return Decision(value, method, turn)
        return Decision(default(), "clusters")


def build_word_prompt(prompt: str, words: Mapping[str, D]) -> str:
    """Build the prompt that asks for a single word or number."""
    if is_numbered_choice(words):
        return f"{prompt}\n\nReply with the number alone, from 1 to {len(words)}."
    return f"{prompt}\n\nReply with exactly one word: {' or '.join(word.upper() for word in words)}."
