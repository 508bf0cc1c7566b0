"""A decision by a model that may not be able to make one: a ladder of ways, the surest first.

JSON schema -> forced tool call -> JSON in prose -> one plain word -> what the answers themselves
say. A rung that a server refuses is not tried again in this run by the same server and model, nor
is one above the rung that worked for decisions of its kind: those that can be said in a word, and
those that cannot. The last rung of all is always tried. What comes back is checked strictly
whatever the rung: a decision is made of real values or is none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from pydantic import BaseModel

from roundtable_tui.engine.decisions.parse import build_strict_schema, parse_decision
from roundtable_tui.engine.seat import Seat
from roundtable_tui.engine.turn import Turn
from roundtable_tui.llm.types import OutputSchema

if TYPE_CHECKING:
    from roundtable_tui.engine.table import Table

D = TypeVar("D", bound=BaseModel)
METHODS = ("json_schema", "tool", "prose", "word")
RETRYABLE_KINDS = ("empty", "request", "too_long")
"""Failures of a shaped call that a plain one may not have."""
_FILLER_WORDS = frozenset(
    (
        "i",
        "we",
        "they",
        "all",
        "the",
        "my",
        "answer",
        "answers",
        "verdict",
        "is",
        "number",
        "candidate",
        "choice",
    )
)


@dataclass(frozen=True, slots=True)
class Decision(Generic[D]):
    """What was decided, and the rung of the ladder that gave it (`clusters`: the answers themselves)."""

    value: D
    method: str
    turn: Turn | None = None


class StructuredOutputFallback:
    """Remembers, for one run, the rung that works for each server and model."""

    def __init__(self) -> None:
        self._first_method: dict[tuple[str, str, bool], int] = {}
        """By base URL, model, and whether the decision can be said in a word."""
        self._refused: set[tuple[str, str, str]] = set()

    def copy(self) -> StructuredOutputFallback:
        """Return a ladder that stands where this one does."""
        other = StructuredOutputFallback()
        other.merge(self)
        return other

    def merge(self, other: StructuredOutputFallback) -> None:
        """Take over what another ladder found out."""
        for key, number in other._first_method.items():
            self._first_method[key] = max(number, self._first_method.get(key, 0))
        self._refused |= other._refused

    async def run(
        self,
        table: Table,
        seat: Seat,
        prompt: str,
        form: type[D],
        *,
        label: str,
        words: Mapping[str, D] | None,
        default: Callable[[], D],
    ) -> Decision[D]:
        """Try rung after rung; the conversation keeps the question once, and the reply that counted."""
        schema = build_strict_schema(form)
        asked = (
            f"{prompt}\n\nReply with one JSON object and nothing else, of this form:\n{build_example(form)}"
        )
        words = words or {}
        key, kind = (seat.server.base_url, seat.model), bool(words)
        rungs = METHODS if words else METHODS[:-1]
        tried: list[Turn] = []

        def read(turn: Turn) -> D | None:
            value = parse_decision(turn, form) if rung != "word" else None
            return (
                parse_word(turn, words)
                if value is None and (rung == "word" or is_numbered_choice(words))
                else value
            )

        for number, rung in enumerate(rungs):
            skipped = number < self._first_method.get((*key, kind), 0) or (*key, rung) in self._refused
            if skipped and rung != rungs[-1]:
                continue
            question, shape = asked, None
            if rung == "word":
                question = build_word_prompt(prompt, words)
            else:
                shape = OutputSchema(label, schema, rung) if rung in ("json_schema", "tool") else None  # type: ignore[arg-type]
            turn = await table.ask(
                seat, question, label=label, shape=shape, decides=True,
                remember=lambda turn: read(turn) is not None,
            )  # fmt: skip
            if not turn.ok:
                tried.append(turn)
                if turn.kind == "shape":
                    self._refused.add((*key, rung))
                elif turn.kind not in RETRYABLE_KINDS or shape is None:
                    break  # The server or the person ended it: asking otherwise would not help.
            elif (value := read(turn)) is not None:
                self._first_method[*key, kind] = number
                table.discard_failures(tried)
                return Decision(value, rung, turn)
        return Decision(default(), "clusters")


def is_numbered_choice(words: Mapping[str, D]) -> bool:
    """Tell whether the words are the numbers of a list: then one alone says all, on whatever rung."""
    return bool(words) and all(word.isdigit() for word in words)


def build_word_prompt(prompt: str, words: Mapping[str, D]) -> str:
    """Return the question of the lowest rung."""
    if is_numbered_choice(words):
        return f"{prompt}\n\nReply with the number alone, from 1 to {len(words)}."
    return f"{prompt}\n\nReply with exactly one word: {' or '.join(word.upper() for word in words)}."


def parse_word(turn: Turn, words: Mapping[str, D]) -> D | None:
    """Return what a reply of one known word stands for; "not agree", two words or prose decide nothing."""
    said = [word.lower() for word in re.findall(r"\w+", turn.text)]
    known = {word for word in said if word in words}
    beside = [word for word in said if word not in words]
    if turn.is_truncated or len(known) != 1 or len(said) > 4 or not _FILLER_WORDS.issuperset(beside):
        return None
    return words[known.pop()]


def build_example(form: type[BaseModel]) -> str:
    """Return the form as a line of JSON with what belongs in each place."""
    parts = []
    for name, field in form.model_fields.items():
        kind = {"bool": "true or false", "int": "a number", "float": "a number", "str": '"..."'}.get(
            getattr(field.annotation, "__name__", ""), "..."
        )
        parts.append(f'"{name}": {kind}' + (f" ({field.description})" if field.description else ""))
    return "{" + ", ".join(parts) + "}"
