"""Reads the calls of tools in a reply: in the tool-call protocol, or written as text.

Many models write a call as text, in the format that they were trained on, also where the server supports
tools: JSON alone or between tags, `<function=NAME>`, `[TOOL_CALLS]NAME{...}`, keys and values between tags.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from roundtable_tui.engine.decisions.find_json import find_json_objects
from roundtable_tui.engine.decisions.validator import compile_validator, is_bounded
from roundtable_tui.errors import FileError
from roundtable_tui.llm.types import Finished, ToolRequest
from roundtable_tui.utils.nesting import load_json
from roundtable_tui.utils.text import single_line

MAX_CALLS = 8
"""Calls of one reply that are carried out."""
_MAX_TAGS = 32
_NAME_KEYS = ("tool", "name", "function", "tool_name", "function_name")
_ARGUMENT_KEYS = ("arguments", "parameters", "input", "args", "tool_input")
_WRAPPERS = ("tool_call", "tool_calls", "function_call", "calls")
_FUNCTION_TAG = re.compile(r"<function=([\w.-]{1,64})")
_NAME_BEFORE_OBJECT = re.compile(r"\[TOOL_CALLS\]\s{0,9}([\w.-]{1,64})\s{0,9}(?:\[ARGS\])?\s{0,9}(?=\{)")
_PAIRED_TAG = re.compile(r"<parameter=([\w.-]{1,64})>|<arg_key>([\w.-]{1,64})</arg_key>\s{0,9}<arg_value>")
_CALL_TAG = "<tool_call>"
_LEFT_OVER = re.compile(
    r"</?(?:tool_call|tool_calls|function)[^<>]{0,80}>|\[/?TOOL_CALLS\]|<\|[\w]{1,40}\|>|```(?:json|tool_call)?"
)
"""What stands around calls written as text."""
_TRUE, _FALSE = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0"})


@dataclass(frozen=True, slots=True)
class ParsedCall:
    """A call with its arguments, or why they cannot be used."""

    request: ToolRequest
    arguments: Mapping[str, Any]
    problem: str = ""

    @property
    def key(self) -> str:
        """The same for equal calls."""
        return f"{self.request.name} {json.dumps(self.arguments, sort_keys=True, ensure_ascii=False)}"


def read_requests(end: Finished, names: Collection[str]) -> tuple[ToolRequest, ...]:
    """Return the calls of a reply, in the protocol or else in its text; none of a text that was cut off."""
    if end.calls:
        return end.calls
    if end.cut or not any(name in end.text for name in names):
        return ()
    return tuple(ToolRequest("", name, arguments) for name, arguments in _find_in_text(end.text, names))


def is_only_calls(text: str, names: Collection[str]) -> bool:
    """Return whether a text has calls of tools and nothing else that could be an answer."""
    if not any(True for _ in _find_in_text(text, names)):
        return False
    rest = _LEFT_OVER.sub("", text).strip()
    return not rest or (rest[0] in "{[" and rest[-1] in "}]")


def parse_request(request: ToolRequest, schema: Mapping[str, Any]) -> ParsedCall:
    """Return a call with its arguments converted to the types of the schema and checked against it."""
    given = _read_object(request.arguments)
    if given is None:
        return ParsedCall(request, {}, "the arguments are not a JSON object")
    properties = schema.get("properties")
    properties = properties if isinstance(properties, Mapping) else {}
    required = schema.get("required", ())
    arguments = {
        name: _convert(value, properties.get(name))
        for name, value in given.items()
        if value is not None or name in required
    }
    if not is_bounded(schema):
        return ParsedCall(request, arguments)  # Its MCP server checks it too.
    try:
        compile_validator(schema, request.name)(arguments)
    except FileError:
        return ParsedCall(request, arguments)  # The schema of an MCP server may be wrong: it checks itself.
    except ValueError as error:
        return ParsedCall(request, arguments, single_line(str(error), 300))
    return ParsedCall(request, arguments)


def _read_object(text: str) -> dict[str, Any] | None:
    if not text.strip():
        return {}
    try:
        value = load_json(text)
    except (ValueError, RecursionError):
        found = [one for one in find_json_objects(text) if one]
        return found[-1] if found else None
    if isinstance(value, str):  # Encoded twice.
        found = find_json_objects(value)
        return found[-1] if found else None
    return value if isinstance(value, dict) else None


def _convert(value: Any, schema: Any) -> Any:
    """Return a value in the type of its schema, where it says the same."""
    kind = schema.get("type") if isinstance(schema, Mapping) else None
    if isinstance(value, str):
        word = value.strip()
        if kind == "integer" and re.fullmatch(r"-?\d{1,18}", word):
            return int(word)
        if kind == "number" and re.fullmatch(r"-?\d{1,18}(?:\.\d{1,18})?", word):
            return float(word)
        if kind == "boolean" and word.lower() in _TRUE | _FALSE:
            return word.lower() in _TRUE
        if kind == "array":
            return [value]
    if kind == "integer" and isinstance(value, float) and value.is_integer():
        return int(value)
    if kind == "string" and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value


def _find_in_text(text: str, names: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield (name, arguments) of the calls in a text, of the first format that has any."""
    found = list(_tagged_calls(text, names)) or list(_named_objects(text, names))
    if not found:
        found = [call for one in find_json_objects(text) for call in _calls_in_object(one, names)]
    yield from dict.fromkeys(found)


def _calls_in_object(value: Any, names: Collection[str], depth: int = 0) -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        for one in value:
            yield from _calls_in_object(one, names, depth + 1)
    if not isinstance(value, dict) or depth > 4:
        return
    name = next((value[key] for key in _NAME_KEYS if isinstance(value.get(key), str)), None)
    arguments = next((value[key] for key in _ARGUMENT_KEYS if isinstance(value.get(key), dict | str)), None)
    if name in names and arguments is not None:
        yield (
            str(name),
            arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False),
        )
        return
    for key in (*_WRAPPERS, "function"):
        if isinstance(value.get(key), dict | list):
            yield from _calls_in_object(value[key], names, depth + 1)


def _tagged_calls(text: str, names: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield calls between tags: <function=NAME>, or <tool_call>NAME with keys and values between tags."""
    for number, match in enumerate(_FUNCTION_TAG.finditer(text)):
        if number >= _MAX_TAGS:
            return
        end = text.find("</function>", match.end())
        inner = text[match.end() : end if end >= 0 else len(text)].removeprefix(">")
        if match[1] in names and (arguments := _arguments_between_tags(inner)) is not None:
            yield match[1], arguments
    for part in text.split(_CALL_TAG)[1 : _MAX_TAGS + 1]:
        inner = part.partition("</tool_call>")[0].strip()
        name = re.match(r"[\w.-]{1,64}", inner)
        if (
            name
            and name[0] in names
            and (arguments := _arguments_between_tags(inner[name.end() :])) is not None
        ):
            yield name[0], arguments


def _arguments_between_tags(inner: str) -> str | None:
    pairs = list(_PAIRED_TAG.finditer(inner))[:_MAX_TAGS]
    if not pairs:
        found = find_json_objects(inner)
        return json.dumps(found[0], ensure_ascii=False) if found else ("{}" if not inner.strip() else None)
    ends = [match.start() for match in pairs[1:]] + [len(inner)]
    values = {}
    for match, end in zip(pairs, ends, strict=True):
        value = inner[match.end() : end]
        for closing in ("</parameter>", "</arg_value>"):
            value = value.partition(closing)[0]
        values[match[1] or match[2]] = value.strip()
    return json.dumps(values, ensure_ascii=False)


def _named_objects(text: str, names: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield calls in the form [TOOL_CALLS]NAME{...}."""
    decoder = json.JSONDecoder()
    for number, match in enumerate(_NAME_BEFORE_OBJECT.finditer(text)):
        if number < _MAX_TAGS and match[1] in names:
            try:
                _, end = decoder.raw_decode(text, match.end())
            except (ValueError, RecursionError):
                continue
            yield match[1], text[match.end() : end]
