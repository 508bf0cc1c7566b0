"""A body of `/v1/responses` as one of chat completions. Stateless: earlier responses are not kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from roundtable_tui.proxy.errors import ProxyError

_SAME = (
    "model", "temperature", "top_p", "stream", "roundtable", "user", "metadata", "seed", "stop",
    "parallel_tool_calls",
)  # fmt: skip
_REFUSED = {
    "previous_response_id": "responses are not kept: send the whole conversation as input",
    "conversation": "conversations are not kept: send the whole conversation as input",
    "background": "background responses are not available",
    "prompt": "stored prompts are not available",
}
_TEXT_TYPES = ("input_text", "output_text", "text", "summary_text")


def read_responses_body(body: Any) -> dict[str, Any]:
    """Return the body of the chat completion. Raises ProxyError."""
    if not isinstance(body, Mapping):
        raise ProxyError(400, "the body should be a JSON object")
    for name, why in _REFUSED.items():
        if body.get(name):
            raise ProxyError(400, why, code="unsupported_parameter", param=name)
    out: dict[str, Any] = {name: body[name] for name in _SAME if body.get(name) is not None}
    instructions = body.get("instructions")
    messages = [{"role": "system", "content": instructions}] if isinstance(instructions, str) else []
    out["messages"] = [*messages, *_read_input(body.get("input"))]
    if body.get("max_output_tokens") is not None:
        out["max_completion_tokens"] = body["max_output_tokens"]
    if isinstance(reasoning := body.get("reasoning"), Mapping) and reasoning.get("effort"):
        out["reasoning_effort"] = reasoning["effort"]
    if tools := _read_tools(body.get("tools")):
        out["tools"] = tools
        out["tool_choice"] = _read_tool_choice(body.get("tool_choice"))
    text = body.get("text")
    if isinstance(text, Mapping) and isinstance(form := text.get("format"), Mapping):
        out["response_format"] = _read_format(form)
    return out


def _read_input(given: Any) -> Iterable[dict[str, Any]]:
    if isinstance(given, str):
        return [{"role": "user", "content": given}]
    if not isinstance(given, list):
        raise ProxyError(400, "input should be text or a list of items", param="input")
    return [message for item in given if (message := _read_item(item)) is not None]


def _read_item(item: Any) -> dict[str, Any] | None:
    """Return the message of an item; None for one without, such as reasoning."""
    kind = item.get("type", "message") if isinstance(item, Mapping) else None
    match kind:
        case "message":
            return {"role": item.get("role"), "content": _read_content(item.get("content"))}
        case "function_call":
            function = {"name": item.get("name"), "arguments": item.get("arguments")}
            call = {"id": item.get("call_id"), "type": "function", "function": function}
            return {"role": "assistant", "content": None, "tool_calls": [call]}
        case "function_call_output":
            output = item.get("output")
            text = output if isinstance(output, str) else _read_content(output)
            return {"role": "tool", "tool_call_id": item.get("call_id"), "content": text}
        case "reasoning":
            return None
    raise ProxyError(400, f"input items of type {kind} are not available", param="input")


def _read_content(content: Any) -> Any:
    if not isinstance(content, list):
        return content
    parts = [_read_part(part) for part in content]
    if all(part["type"] == "text" for part in parts):
        return "\n".join(str(part["text"]) for part in parts)
    return parts


def _read_part(part: Any) -> dict[str, Any]:
    kind = part.get("type") if isinstance(part, Mapping) else None
    if kind in _TEXT_TYPES and isinstance(part.get("text"), str):
        return {"type": "text", "text": part["text"]}
    if kind == "refusal":
        return {"type": "text", "text": str(part.get("refusal", ""))}
    if kind == "input_image" and isinstance(part.get("image_url"), str):
        return {"type": "image_url", "image_url": {"url": part["image_url"]}}
    raise ProxyError(400, f"content of type {kind} is not available", param="input")


def _read_tools(given: Any) -> list[dict[str, Any]]:
    """Return the tools that are functions; others belong to the servers of OpenAI."""
    out = []
    for tool in given if isinstance(given, list) else []:
        if isinstance(tool, Mapping) and tool.get("type") == "function":
            names = ("name", "description", "parameters", "strict")
            function = {name: tool[name] for name in names if tool.get(name) is not None}
            out.append({"type": "function", "function": function})
    return out


def _read_tool_choice(given: Any) -> Any:
    if isinstance(given, Mapping) and given.get("type") == "function":
        return {"type": "function", "function": {"name": given.get("name")}}
    return given if isinstance(given, str) else "auto"


def _read_format(form: Mapping[str, Any]) -> dict[str, Any]:
    if form.get("type") != "json_schema":
        return dict(form)
    described = {name: form[name] for name in ("name", "schema", "strict", "description") if name in form}
    return {"type": "json_schema", "json_schema": described}
