"""A decision by a model that may not be able to make one: a ladder of ways, the surest first.

JSON schema -> forced tool call -> JSON in prose -> one plain word -> what the answers themselves
say. A rung that a server refuses, or on which a model fails, is not tried again in this run by the
same server and model. What comes back is checked strictly whatever the rung: a decision is made of
real values or is none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from roundtable_tui.llm.types import Shape
from roundtable_tui.table.seat import Seat
from roundtable_tui.table.turn import Turn

if TYPE_CHECKING:
    from roundtable_tui.table.table import Table

D = TypeVar("D", bound=BaseModel)
RUNGS = ("json_schema", "tool", "prose", "word")
_FENCE = re.compile(r"```(?:json)?\s*(.*?)```", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Decision(Generic[D]):
    """What was decided, and the rung of the ladder that gave it (`clusters`: the answers themselves)."""

    value: D
    rung: str
    turn: Turn | None = None


class Ladder:
    """Remembers, for one run, the rung that works for each server and model."""

    def __init__(self) -> None:
        self._start: dict[tuple[str, str], int] = {}

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
        asked = f"{prompt}\n\nReply with one JSON object and nothing else, of this form:\n{_example(form)}"
        key = (seat.server.base_url, seat.model)
        for number, rung in enumerate(RUNGS):
            if number < self._start.get(key, 0) or (rung == "word" and not words):
                continue
            question = _one_word(prompt, words) if rung == "word" and words else asked
            shape = Shape(label, schema, rung) if rung in ("json_schema", "tool") else None  # type: ignore[arg-type]
            turn = await table.ask(seat, question, label=label, shape=shape, remember=False)
            if turn.ok:
                value = _word(turn.text, words) if rung == "word" and words else read_decision(turn, form)
                if value is not None:
                    self._start[key] = number
                    seat.conversation.answered(seat.conversation.asking(question), turn.text or turn.tool_arguments)
                    return Decision(value, rung, turn)
            elif turn.kind != "shape":
                break  # The server or the person ended it: asking otherwise would not help.
        return Decision(otherwise(), "clusters")


def read_decision(turn: Turn, form: type[D]) -> D | None:
    """Return the decision in a reply, or None: cut, contrary and unfit replies decide nothing."""
    if turn.cut:
        return None
    found = [value for text in (turn.tool_arguments, turn.text) for value in _fitting(text, form)]
    return found[-1] if found and all(value == found[-1] for value in found) else None


def _fitting(text: str, form: type[D]) -> Iterator[D]:
    for data in json_objects(text):
        try:
            yield form.model_validate(_plain(data))
        except ValidationError:
            continue


def json_objects(text: str) -> list[dict[str, Any]]:
    """Return the JSON objects in a text: bare, in prose, in a fence, or nearly JSON."""
    decoder = json.JSONDecoder()
    objects: list[dict[str, Any]] = []
    at = text.find("{")
    while at >= 0:
        try:
            value, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            at = text.find("{", at + 1)
            continue
        if isinstance(value, dict):
            objects.append(value)
        at = text.find("{", end)
    if not objects and "{" in text:
        from json_repair import repair_json

        inside = _FENCE.findall(text) or [text[text.find("{") :]]
        try:
            repaired = repair_json(str(inside[-1]), return_objects=True)
        except (ValueError, RecursionError):
            repaired = None
        if isinstance(repaired, dict):
            objects.append(repaired)
    return objects


def _plain(data: Mapping[str, Any]) -> dict[str, Any]:
    """Take `true` written as a word for the real one; nothing else is bent."""
    words = {"true": True, "false": False}
    return {k: words.get(v.strip().lower(), v) if isinstance(v, str) else v for k, v in data.items()}


def _one_word(prompt: str, words: Mapping[str, D] | None) -> str:
    choices = " or ".join(word.upper() for word in words or ())
    return f"{prompt}\n\nReply with exactly one word: {choices}."


def _word(text: str, words: Mapping[str, D]) -> D | None:
    """Return what a reply of one known word stands for; "not agree", both words or prose decide nothing."""
    said = [w.lower() for w in re.findall(r"\w+", text)]
    known = [w for w in said if w in words]
    plain = len(said) <= 4 and not {"not", "no", "don", "never"} & set(said)
    return words[known[0]] if plain and len(set(known)) == 1 else None


def strict_schema(form: type[BaseModel]) -> dict[str, Any]:
    """Return the form's JSON schema as strict servers want it: closed, everything required, no titles."""
    schema = form.model_json_schema()

    def tidy(node: Any) -> Any:
        if isinstance(node, dict):
            node = {k: tidy(v) for k, v in node.items() if k not in ("title", "default")}
            if node.get("type") == "object" and "properties" in node:
                node["additionalProperties"] = False
                node["required"] = list(node["properties"])
        elif isinstance(node, list):
            node = [tidy(v) for v in node]
        return node

    return dict(tidy(schema))


def _example(form: type[BaseModel]) -> str:
    """Return the form as a line of JSON with what belongs in each place."""
    parts = []
    for name, field in form.model_fields.items():
        kind = {"bool": "true or false", "int": "a number", "str": '"..."'}.get(
            getattr(field.annotation, "__name__", ""), "..."
        )
        parts.append(f'"{name}": {kind}' + (f" ({field.description})" if field.description else ""))
    return "{" + ", ".join(parts) + "}"
