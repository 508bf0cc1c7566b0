"""The field `response_format` in a panel: the captain puts the answer into the form, and it is checked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from roundtable_tui.engine import Answer, Mode, NoAnswerError, Options, Table
from roundtable_tui.engine.decisions.find_json import find_json_objects
from roundtable_tui.engine.decisions.validator import compile_validator
from roundtable_tui.errors import FileError
from roundtable_tui.utils.nesting import load_json
from roundtable_tui.utils.text import single_line

LABEL = "format"
NOTE = """The answer will be put into this JSON form at the end, so say all that it asks for, in plain text:
{schema}"""
PROMPT = """The question:

{question}

The answer, quoted:

{answer}

{rule}

Put this answer into JSON. Change nothing of what it says."""
ANY_OBJECT: Mapping[str, Any] = {"type": "object"}


def describe_schema(schema: Mapping[str, Any]) -> str:
    """Return the note for the seats; "" if any JSON object will do."""
    return NOTE.format(schema=json.dumps(schema, ensure_ascii=False)) if schema else ""


def with_json_answer(mode: Mode, schema: Mapping[str, Any]) -> Mode:
    """Return the mode with one more step: an answer that does not fit the schema is put into its form.

    Args:
        mode: the mode.
        schema: the JSON Schema of an object; an empty one for any object.
    """
    schema = drop_patterns(schema) or ANY_OBJECT
    validate = compile_validator(schema)

    async def run(table: Table, options: Options) -> Answer:
        answer = await mode.run(table, options)
        if (fitting := await asyncio.to_thread(_find_fitting, answer.text, validate)) is not None:
            return replace(answer, text=fitting)
        seat = table.captain or table.seats[0]
        table.start_phase(LABEL)
        prompt = PROMPT.format(
            question=table.question,
            answer=table.quoter.quote("answer", answer.text),
            rule=table.quoter.quoting_rule(),
        )
        turn = await table.ask_for_json(seat, prompt, schema, fresh=True, label=LABEL)
        if not turn.ok:
            raise NoAnswerError(f"the answer could not be put into the form of response_format: {turn.error}")
        how = "; ".join(filter(None, (answer.how, f"put into JSON by {seat.name}")))
        # What is compared with the answers of the seats is the answer before.
        return replace(answer, text=turn.text, how=how, final=answer.final or answer.text)

    return replace(mode, run=run, text=False)


def drop_patterns(schema: Any) -> Any:
    """Return the schema without regular expressions: one of a client could take any time to match."""
    if isinstance(schema, list):
        return [drop_patterns(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    kept = {name: value for name, value in schema.items() if name != "patternProperties"}
    if isinstance(kept.get("pattern"), str):  # A property may have this name too.
        del kept["pattern"]
    return {name: drop_patterns(value) for name, value in kept.items()}


def _find_fitting(text: str, validate: Callable[[Any], Any]) -> str | None:
    """Return the answer if it is JSON that fits, perhaps in a code block; None if it is not."""
    stripped = text.strip()
    try:
        found = [load_json(stripped)]
    except (ValueError, RecursionError):
        found = list(find_json_objects(stripped)) if stripped.startswith(("```", "{")) else []
    for value in found:
        try:
            validate(value)
        except ValueError:
            continue
        return json.dumps(value, ensure_ascii=False)
    return None


def check_schema(schema: Mapping[str, Any]) -> str:
    """Return why a schema cannot be used, "" if it can."""
    if schema.get("type") != "object":
        return 'the schema should have "type": "object"'
    try:
        compile_validator(drop_patterns(schema))
    except FileError as error:
        return single_line(error.what, 200)
    return ""
