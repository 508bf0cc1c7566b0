"""The JSON body of one call, as this model on this server takes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from roundtable_tui.llm.request.capabilities import ServerCapabilities
from roundtable_tui.llm.types import ChatRequest, Message, OutputSchema
from roundtable_tui.utils import text
from roundtable_tui.utils.json_schema import make_strict


def build_body(request: ChatRequest, capabilities: ServerCapabilities) -> dict[str, Any]:
    """Return the body to send: the core fields, and of these only what was asked for."""
    body: dict[str, Any] = {
        "model": request.model,
        "messages": normalize_messages(request.messages, system=capabilities.system),
        "stream": capabilities.stream,
    }
    if capabilities.stream and capabilities.stream_options:
        body["stream_options"] = {"include_usage": True}
    if request.temperature is not None and capabilities.temperature:
        body["temperature"] = request.temperature
    if request.top_p is not None and capabilities.top_p:
        body["top_p"] = request.top_p
    if request.max_tokens is not None and capabilities.limit_name:
        body[capabilities.limit_name] = request.max_tokens
    if request.seed is not None and capabilities.seed:
        body["seed"] = request.seed
    if request.shape is not None:
        _add_output_schema(body, request.shape, capabilities)
    return body


def is_schema_supported(output_schema: OutputSchema | None, capabilities: ServerCapabilities) -> bool:
    """Tell whether the server, as far as is known, takes this way of asking for a shape."""
    if output_schema is None:
        return True
    return (
        capabilities.schema != "none"
        if output_schema.method == "json_schema"
        else capabilities.tool_choice != "none"
    )


def normalize_messages(given: Sequence[Message], *, system: bool = True) -> list[dict[str, str]]:
    """Return messages that every chat template takes.

    One system message, first, or none; neighbours of one role merged; nothing empty; nothing that
    cannot be written as UTF-8. Without `system`, its text goes before the first message of the user.
    """
    instructions: list[str] = []
    talk: list[dict[str, str]] = []
    for message in given:
        content = text.fix_surrogates(message["content"])
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


def _add_output_schema(body: dict[str, Any], shape: OutputSchema, traits: ServerCapabilities) -> None:
    if shape.method == "json_schema":
        described: dict[str, Any] = {"name": shape.name, "schema": dict(shape.schema)}
        if traits.schema == "strict":
            described = {"name": shape.name, "strict": True, "schema": make_strict(shape.schema)}
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
