"""Builds the JSON body of a chat request from what a model on a server supports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from roundtable_tui.llm.request.capabilities import ServerCapabilities
from roundtable_tui.llm.request.tools import describe_tools, native_messages, prose_messages
from roundtable_tui.llm.types import ChatRequest, Message, OutputSchema
from roundtable_tui.utils import text
from roundtable_tui.utils.json_schema import make_strict

_OWN_FIELDS = frozenset(
    {"model", "messages", "stream", "stream_options", "response_format", "tools", "tool_choice"}
)
"""Fields of a body besides the generation parameters."""


def build_body(request: ChatRequest, capabilities: ServerCapabilities) -> dict[str, Any]:
    """Return the JSON body. It has only the parameters that the request sets and the server supports."""
    is_native = bool(request.tools) and capabilities.offers_tools
    messages = request.messages if is_native else prose_messages(request)
    body: dict[str, Any] = {
        "model": request.model,
        "messages": _build_messages(messages, request, capabilities),
        "stream": capabilities.stream and request.stream,
    }
    if body["stream"] and capabilities.stream_options:
        body["stream_options"] = {"include_usage": True}
    if request.temperature is not None and capabilities.temperature:
        body["temperature"] = request.temperature
    if request.top_p is not None and capabilities.top_p:
        body["top_p"] = request.top_p
    if request.max_tokens is not None and capabilities.limit_name:
        body[capabilities.limit_name] = request.max_tokens
    if request.seed is not None and capabilities.seed:
        body["seed"] = request.seed
    for name, value in request.params.items():
        if name not in body and name not in _OWN_FIELDS and not capabilities.refuses(name, value):
            body[name] = value
    if is_native:
        body["messages"] += native_messages(request.exchanges)
        body["tools"] = describe_tools(request.tools)
    if request.shape is not None:
        _add_output_schema(body, request.shape, capabilities)
    return body


def _build_messages(
    said: Sequence[Message], request: ChatRequest, capabilities: ServerCapabilities
) -> list[dict[str, Any]]:
    """Return the messages; the first one of the user has the pictures before its text."""
    messages: list[dict[str, Any]] = [*normalize_messages(said, system=capabilities.system)]
    first = next((message for message in messages if message["role"] == "user"), None)
    if request.pictures and capabilities.pictures and first is not None:
        parts: list[dict[str, Any]] = [
            {"type": "image_url", "image_url": {"url": address}} for address in request.pictures
        ]
        first["content"] = [*parts, {"type": "text", "text": first["content"]}]
    return messages


def sent_params(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the generation parameters in a body."""
    return {name: value for name, value in body.items() if name not in _OWN_FIELDS}


def unsent_params(request: ChatRequest, body: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of the parameters of a request that its body leaves out, the token limit excepted."""
    own = {"temperature": request.temperature, "top_p": request.top_p, "seed": request.seed}
    wanted = [*(name for name, value in own.items() if value is not None), *request.params]
    return tuple(name for name in wanted if name not in body and name not in _OWN_FIELDS)


def is_schema_supported(output_schema: OutputSchema | None, capabilities: ServerCapabilities) -> bool:
    """Return whether the server, as far as known, supports the method of this output schema."""
    if output_schema is None:
        return True
    return (
        capabilities.schema != "none"
        if output_schema.method == "json_schema"
        else capabilities.tool_choice != "none"
    )


def normalize_messages(messages: Sequence[Message], *, system: bool = True) -> list[dict[str, str]]:
    """Return messages that every chat template accepts.

    At most one system message, and it is the first; consecutive messages of one role are merged (some
    templates require alternating roles); empty ones are dropped; all text can be encoded as UTF-8. If
    `system` is False, the system text is put before the first user message.
    """
    instructions: list[str] = []
    turns: list[dict[str, str]] = []
    for message in messages:
        content = text.fix_surrogates(message["content"])
        if not content.strip():
            continue
        if message["role"] == "system":
            instructions.append(content)
        elif turns and turns[-1]["role"] == message["role"]:
            turns[-1]["content"] += "\n\n" + content
        else:
            turns.append({"role": message["role"], "content": content})
    if not instructions:
        return turns
    first = "\n\n".join(instructions)
    if system:
        return [{"role": "system", "content": first}, *turns]
    if turns and turns[0]["role"] == "user":
        turns[0]["content"] = first + "\n\n" + turns[0]["content"]
        return turns
    return [{"role": "user", "content": first}, *turns]


def estimate_tokens(*texts: str) -> int:
    """Return an estimate of the tokens of the texts together: UTF-8 bytes / 4."""
    return sum(len(part.encode("utf-8", "replace")) for part in texts) // 4


def _add_output_schema(body: dict[str, Any], shape: OutputSchema, capabilities: ServerCapabilities) -> None:
    if shape.method == "json_schema":
        described: dict[str, Any] = {"name": shape.name, "schema": dict(shape.schema)}
        if capabilities.schema == "strict":
            described = {"name": shape.name, "strict": True, "schema": make_strict(shape.schema)}
        body["response_format"] = {"type": "json_schema", "json_schema": described}
        return
    function: dict[str, Any] = {"name": shape.name, "parameters": dict(shape.schema)}
    if description := shape.schema.get("description"):
        function["description"] = description
    body["tools"] = [{"type": "function", "function": function}]
    if capabilities.tool_choice == "named":
        body["tool_choice"] = {"type": "function", "function": {"name": shape.name}}
    else:
        body["tool_choice"] = capabilities.tool_choice
