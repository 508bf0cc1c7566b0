"""An answer in a shape that the person gives: a JSON Schema file, kept to by server or by prompt."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roundtable_tui.engine.decisions.fallbacks import RETRYABLE_KINDS
from roundtable_tui.engine.decisions.parse import find_json_objects
from roundtable_tui.engine.seat import Seat
from roundtable_tui.engine.turn import Turn
from roundtable_tui.errors import FileError
from roundtable_tui.llm.types import OutputSchema
from roundtable_tui.utils.files import read_text

if TYPE_CHECKING:
    from roundtable_tui.engine.table import Table

_REMOTE_SCHEMES = ("http", "https", "ftp", "file")

SCHEMA_INSTRUCTION = """

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
    compile_validator(schema, str(path))
    return schema


def compile_validator(schema: Mapping[str, Any], where: str = "the schema") -> Callable[[Any], Any]:
    """Return a function that raises ValueError with a line where data does not fit `schema`."""
    import fastjsonschema

    try:
        check = fastjsonschema.compile(dict(schema), handlers=dict.fromkeys(_REMOTE_SCHEMES, _refuse_remote))
    except Exception as error:  # It raises whatever the schema makes it trip over.
        raise FileError(f"not a JSON Schema: {error}", where=where) from None

    def fits(data: Any) -> Any:
        try:
            return check(data)
        except fastjsonschema.JsonSchemaException as error:
            raise ValueError(str(error)) from None

    return fits


def _refuse_remote(uri: str) -> Any:
    raise ValueError(f"it refers to {uri}, and nothing is fetched")


async def ask_for_json(table: Table, seat: Seat, prompt: str, schema: Mapping[str, Any], **how: Any) -> Turn:
    """Ask for a reply that fits `schema`: held to it by the server, else by the prompt alone.

    The turn's text is the JSON, indented; a reply that fits by neither way is a failed turn.
    """
    fits = compile_validator(schema)
    asked = prompt + SCHEMA_INSTRUCTION.format(schema=json.dumps(schema, ensure_ascii=False))
    wrong, tried = "it is no JSON object", list[Turn]()
    for shape in (OutputSchema("answer", schema, "json_schema"), None):
        turn = await table.ask(seat, asked, shape=shape, **how)
        if not turn.ok:
            if shape is None or turn.kind not in ("shape", *RETRYABLE_KINDS):
                return turn
            tried.append(turn)
            continue
        if turn.is_truncated:
            wrong = "it was cut by the limit of tokens"
            continue
        for data in reversed(find_json_objects(turn.text)):
            try:
                fits(data)
            except ValueError as error:
                wrong = str(error)
                continue
            table.discard_failures(tried)
            return replace(turn, text=json.dumps(data, ensure_ascii=False, indent=2))
    unfit = replace(
        turn, ok=False, kind="schema", error=f"{seat.name}: the answer does not fit the schema: {wrong}"
    )
    table.failed_turns.append(unfit)
    return unfit
