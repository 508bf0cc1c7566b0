"""An answer in a shape that the person gives: a JSON Schema file, kept to by server or by prompt."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roundtable_tui.engine.decisions.fallbacks import OTHERWISE
from roundtable_tui.engine.decisions.parse import json_objects
from roundtable_tui.engine.seat import Seat
from roundtable_tui.engine.turn import Turn
from roundtable_tui.errors import FileError
from roundtable_tui.llm.types import Shape
from roundtable_tui.utils.files import read_text

if TYPE_CHECKING:
    from roundtable_tui.engine.table import Table

_ELSEWHERE = ("http", "https", "ftp", "file")

IN_PROSE = """

Give the answer as one JSON object and nothing else. It must fit this JSON Schema:
{schema}"""


def read_schema(path: Path) -> dict[str, Any]:
    """Return the JSON Schema in a file; FileError says what is wrong with it."""
    try:
        schema = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise FileError(f"not JSON: {error.msg}", where=f"{path}:{error.lineno}") from None
    if not isinstance(schema, dict) or schema.get("type") != "object":
        raise FileError('a schema for an answer is an object with "type": "object"', where=str(path))
    validator(schema, str(path))
    return schema


def validator(schema: Mapping[str, Any], where: str = "the schema") -> Callable[[Any], Any]:
    """Return a function that raises ValueError with a line where data does not fit `schema`."""
    import fastjsonschema

    try:
        check = fastjsonschema.compile(dict(schema), handlers=dict.fromkeys(_ELSEWHERE, _refuse))
    except Exception as error:  # It raises whatever the schema makes it trip over.
        raise FileError(f"not a JSON Schema: {error}", where=where) from None

    def fits(data: Any) -> Any:
        try:
            return check(data)
        except fastjsonschema.JsonSchemaException as error:
            raise ValueError(str(error)) from None

    return fits


def _refuse(uri: str) -> Any:
    raise ValueError(f"it refers to {uri}, and nothing is fetched")


async def reply_in_shape(
    table: Table, seat: Seat, prompt: str, schema: Mapping[str, Any], **how: Any
) -> Turn:
    """Ask for a reply that fits `schema`: held to it by the server, else by the prompt alone.

    The turn's text is the JSON, indented; a reply that fits by neither way is a failed turn.
    """
    fits = validator(schema)
    asked = prompt + IN_PROSE.format(schema=json.dumps(schema, ensure_ascii=False))
    wrong, tried = "it is no JSON object", list[Turn]()
    for shape in (Shape("answer", schema, "json_schema"), None):
        turn = await table.ask(seat, asked, shape=shape, **how)
        if not turn.ok:
            if shape is None or turn.kind not in ("shape", *OTHERWISE):
                return turn
            tried.append(turn)
            continue
        if turn.cut:
            wrong = "it was cut by the limit of tokens"
            continue
        for data in reversed(json_objects(turn.text)):
            try:
                fits(data)
            except ValueError as error:
                wrong = str(error)
                continue
            table.forgive(tried)
            return replace(turn, text=json.dumps(data, ensure_ascii=False, indent=2))
    unfit = replace(
        turn, ok=False, kind="schema", error=f"{seat.name}: the answer does not fit the schema: {wrong}"
    )
    table.failed.append(unfit)
    return unfit
