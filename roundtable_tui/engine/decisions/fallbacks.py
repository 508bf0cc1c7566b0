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

from roundtable_tui.engine.decisions.parse import read_decision, strict_schema
from roundtable_tui.engine.seat import Seat
from roundtable_tui.engine.turn import Turn
from roundtable_tui.llm.types import Shape

if TYPE_CHECKING:
    from roundtable_tui.engine.table import Table

D = TypeVar("D", bound=BaseModel)
RUNGS = ("json_schema", "tool", "prose", "word")
OTHERWISE = ("empty", "request", "too_long")
"""Failures of a shaped call that a plain one may not have."""
_BESIDE = frozenset(
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
    rung: str
    turn: Turn | None = None


class Ladder:
    """Remembers, for one run, the rung that works for each server and model."""

    def __init__(self) -> None:
        self._start: dict[tuple[str, str, bool], int] = {}
        """By base URL, model, and whether the decision can be said in a word."""
        self._refused: set[tuple[str, str, str]] = set()

    def copy(self) -> Ladder:
        """Return a ladder that stands where this one does."""
        other = Ladder()
        other.learn(self)
        return other

    def learn(self, other: Ladder) -> None:
        """Take over what another ladder found out."""
        for key, number in other._start.items():
            self._start[key] = max(number, self._start.get(key, 0))
        self._refused |= other._refused

    async def climb(
        self,
        table: Table,
        seat: Seat,
        prompt: str,
        form: type[D],
        *,
        label: str,
        words: Mapping[str, D] | None,
        otherwise: Callable[[], D],
    ) -> Decision[D]:
        """Try rung after rung; the conversation keeps the question once, and the reply that counted."""
        schema = strict_schema(form)
        asked = f"{prompt}\n\nReply with one JSON object and nothing else, of this form:\n{example(form)}"
        words = words or {}
        key, kind = (seat.server.base_url, seat.model), bool(words)
        rungs = RUNGS if words else RUNGS[:-1]
        tried: list[Turn] = []

        def read(turn: Turn) -> D | None:
            value = read_decision(turn, form) if rung != "word" else None
            return read_word(turn, words) if value is None and (rung == "word" or numbers(words)) else value

        for number, rung in enumerate(rungs):
            skipped = number < self._start.get((*key, kind), 0) or (*key, rung) in self._refused
            if skipped and rung != rungs[-1]:
                continue
            question, shape = asked, None
            if rung == "word":
                question = one_word(prompt, words)
            else:
                shape = Shape(label, schema, rung) if rung in ("json_schema", "tool") else None  # type: ignore[arg-type]
            turn = await table.ask(
                seat, question, label=label, shape=shape, decides=True,
                remember=lambda turn: read(turn) is not None,
            )  # fmt: skip
            if not turn.ok:
                tried.append(turn)
                if turn.kind == "shape":
                    self._refused.add((*key, rung))
                elif turn.kind not in OTHERWISE or shape is None:
                    break  # The server or the person ended it: asking otherwise would not help.
            elif (value := read(turn)) is not None:
                self._start[*key, kind] = number
                table.forgive(tried)
                return Decision(value, rung, turn)
        return Decision(otherwise(), "clusters")


def numbers(words: Mapping[str, D]) -> bool:
    """Tell whether the words are the numbers of a list: then one alone says all, on whatever rung."""
    return bool(words) and all(word.isdigit() for word in words)


def one_word(prompt: str, words: Mapping[str, D]) -> str:
    """Return the question of the lowest rung."""
    if numbers(words):
        return f"{prompt}\n\nReply with the number alone, from 1 to {len(words)}."
    return f"{prompt}\n\nReply with exactly one word: {' or '.join(word.upper() for word in words)}."


def read_word(turn: Turn, words: Mapping[str, D]) -> D | None:
    """Return what a reply of one known word stands for; "not agree", two words or prose decide nothing."""
    said = [word.lower() for word in re.findall(r"\w+", turn.text)]
    known = {word for word in said if word in words}
    beside = [word for word in said if word not in words]
    if turn.cut or len(known) != 1 or len(said) > 4 or not _BESIDE.issuperset(beside):
        return None
    return words[known.pop()]


def example(form: type[BaseModel]) -> str:
    """Return the form as a line of JSON with what belongs in each place."""
    parts = []
    for name, field in form.model_fields.items():
        kind = {"bool": "true or false", "int": "a number", "float": "a number", "str": '"..."'}.get(
            getattr(field.annotation, "__name__", ""), "..."
        )
        parts.append(f'"{name}": {kind}' + (f" ({field.description})" if field.description else ""))
    return "{" + ", ".join(parts) + "}"
