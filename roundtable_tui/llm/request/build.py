"""The JSON body of one call, as this model on this server takes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from roundtable_tui.llm.request.capabilities import Traits
from roundtable_tui.llm.types import ChatRequest, Message, Shape
from roundtable_tui.utils import text


def build(request: ChatRequest, traits: Traits) -> dict[str, Any]:
    """Return the body to send: the core fields, and of these only what was asked for."""
    body: dict[str, Any] = {
        "model": request.model,
        "messages": messages(request.messages, system=traits.system),
        "stream": traits.stream,
    }
    if traits.stream and traits.stream_options:
        body["stream_options"] = {"include_usage": True}
    if request.temperature is not None and traits.temperature:
        body["temperature"] = request.temperature
    if request.top_p is not None and traits.top_p:
        body["top_p"] = request.top_p
    if request.max_tokens is not None and traits.limit_name:
        body[traits.limit_name] = request.max_tokens
    if request.seed is not None and traits.seed:
        body["seed"] = request.seed
    if request.shape is not None:
        _add_shape(body, request.shape, traits)
    return body


def can_shape(shape: Shape | None, traits: Traits) -> bool:
    """Tell whether the server, as far as is known, takes this way of asking for a shape."""
    if shape is None:
        return True
    return traits.schema != "none" if shape.how == "json_schema" else traits.tool_choice != "none"


def messages(given: Sequence[Message], *, system: bool = True) -> list[dict[str, str]]:
    """Return messages that every chat template takes.

    One system message, first, or none; neighbours of one role merged; nothing empty; nothing that
    cannot be written as UTF-8. Without `system`, its text goes before the first message of the user.
    """
    instructions: list[str] = []
    talk: list[dict[str, str]] = []
    for message in given:
        content = text.repair(message["content"])
        if not content.strip():
            continue
        if message["role"] == "system":
            instructions.append(content)
        elif talk and talk[-1]["role"] == message["role"]:
            talk[-1]["content"] += "\n\n" + content
        else:
            talk.append({"role": message["role"], "content": content})
    if not instructions:
        return talk
    first = "\n\n".join(instructions)
    if system:
        return [{"role": "system", "content": first}, *talk]
    if talk and talk[0]["role"] == "user":
        talk[0]["content"] = first + "\n\n" + talk[0]["content"]
        return talk
    return [{"role": "user", "content": first}, *talk]


def estimate_tokens(*texts: str) -> int:
    """Return about how many tokens the texts are: UTF-8 bytes / 4."""
    return sum(len(said.encode("utf-8", "replace")) for said in texts) // 4


def _add_shape(body: dict[str, Any], shape: Shape, traits: Traits) -> None:
    if shape.how == "json_schema":
        described: dict[str, Any] = {"name": shape.name, "schema": dict(shape.schema)}
        if traits.schema == "strict":
            described = {"name": shape.name, "strict": True, "schema": strict(shape.schema)}
        body["response_format"] = {"type": "json_schema", "json_schema": described}
        return
    function: dict[str, Any] = {"name": shape.name, "parameters": dict(shape.schema)}
    if description := shape.schema.get("description"):
        function["description"] = description
    body["tools"] = [{"type": "function", "function": function}]
    if traits.tool_choice == "named":
        body["tool_choice"] = {"type": "function", "function": {"name": shape.name}}
    else:
        body["tool_choice"] = traits.tool_choice


def strict(schema: Any) -> Any:
    """Return `schema` with objects closed and all properties required where it does not say otherwise."""
    if isinstance(schema, Mapping):
        closed = {name: strict(value) for name, value in schema.items()}
        properties = schema.get("properties")
        if schema.get("type") == "object" and isinstance(properties, Mapping):
            closed.setdefault("additionalProperties", False)
            closed.setdefault("required", list(properties))
        return closed
    if isinstance(schema, list):
        return [strict(item) for item in schema]
    return schema
