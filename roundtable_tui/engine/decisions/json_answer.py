"""Answers that must fit a JSON Schema file of the user, enforced by the server or by the prompt."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from roundtable_tui.engine.calls.turn_runner import AskOptions, TurnRunner
from roundtable_tui.engine.decisions.fallbacks import RETRYABLE_KINDS
from roundtable_tui.engine.decisions.find_json import find_json_objects
from roundtable_tui.engine.decisions.validator import compile_validator
from roundtable_tui.engine.seat import Seat
from roundtable_tui.engine.turn import Turn
from roundtable_tui.errors import FileError
from roundtable_tui.llm.types import OutputSchema
from roundtable_tui.utils.files import read_text
from roundtable_tui.utils.nesting import load_json
from roundtable_tui.utils.text import single_line

SCHEMA_INSTRUCTION = """

Give the answer as one JSON object and nothing else. It must fit this JSON Schema:
{schema}"""


def read_schema(path: Path) -> dict[str, Any]:
    """Read a JSON Schema for an answer.

    Raises:
        FileError: the file cannot be read, is not JSON, or is not a schema of an object.
    """
    try:
        schema = load_json(read_text(path))
    except json.JSONDecodeError as error:
        raise FileError(f"not JSON: {error.msg}", where=f"{path}:{error.lineno}") from None
    except ValueError as error:  # Nested too deeply, or a number that is too long.
        raise FileError(f"not JSON: {single_line(str(error), 120)}", where=str(path)) from None
    schema = _unwrap_schema(schema)
    if not isinstance(schema, dict) or schema.get("type") != "object":
        raise FileError('the schema of an answer must be an object with "type": "object"', where=str(path))
    compile_validator(schema, str(path))
    return schema


def _unwrap_schema(value: Any) -> Any:
    """Return the schema in a `response_format`, or in the object with a name and a schema inside of one."""
    for name in ("response_format", "json_schema", "schema"):
        if isinstance(value, dict) and value.get("type") in (None, "json_schema"):
            value = value.get(name, value)
    return value


async def ask_for_json(
    turns: TurnRunner, seat: Seat, prompt: str, schema: Mapping[str, Any], options: AskOptions
) -> Turn:
    """Ask for a reply that fits `schema`: enforced by the server, else requested in the prompt only.

    Returns:
        The turn with the JSON, indented, as its text; a failed turn if no reply fits.
    """
    validate = compile_validator(schema)
    prompt += SCHEMA_INSTRUCTION.format(schema=json.dumps(schema, ensure_ascii=False))
    problem, failed = "it is not a JSON object", list[Turn]()
    for shape in (OutputSchema("answer", schema, "json_schema"), None):
        turn = await turns.ask(seat, prompt, replace(options, shape=shape))
        if not turn.ok:
            if shape is None or turn.kind not in ("shape", *RETRYABLE_KINDS):
                return turn
            failed.append(turn)
            continue
        if turn.is_truncated:
            problem = "it was cut off by the token limit"
            continue
        for data in reversed(find_json_objects(turn.text)):
            try:
                data = await asyncio.to_thread(validate, data)
            except ValueError as error:
                problem = str(error)
                continue
            turns.discard_failures(failed)
            return replace(turn, text=json.dumps(data, ensure_ascii=False, indent=2))
    failure = replace(
        turn, ok=False, kind="schema", error=f"{seat.name}: the answer does not fit the schema: {problem}"
    )
    turns.failed_turns.append(failure)
    return failure
