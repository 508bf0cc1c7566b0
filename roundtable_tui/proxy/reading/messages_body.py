"""A body of `/v1/messages` (the format of Anthropic) as one of chat completions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from roundtable_tui.llm.request.build import estimate_tokens
from roundtable_tui.proxy.errors import ProxyError

_SAME = ("model", "temperature", "top_p", "top_k", "stream", "roundtable", "metadata")
_CHOICES = {"auto": "auto", "any": "required", "none": "none"}


def read_messages_body(body: Any) -> dict[str, Any]:
    """Return the body of the chat completion. Raises ProxyError."""
    if not isinstance(body, Mapping):
        raise ProxyError(400, "the body should be a JSON object")
    out: dict[str, Any] = {name: body[name] for name in _SAME if body.get(name) is not None}
    system = _join_texts(body.get("system"))
    messages = [{"role": "system", "content": system}] if system else []
    given = body.get("messages")
    if not isinstance(given, list):
        raise ProxyError(400, "messages should be a list", param="messages")
    out["messages"] = [*messages, *(row for message in given for row in _read_message(message))]
    if body.get("max_tokens") is not None:
        out["max_tokens"] = body["max_tokens"]
    if body.get("stop_sequences"):
        out["stop"] = body["stop_sequences"]
    given = body.get("tools")
    tools = (
        [_read_tool(tool) for tool in given if isinstance(tool, Mapping)] if isinstance(given, list) else []
    )
    if tools := [tool for tool in tools if tool is not None]:
        out["tools"] = tools
        choice = body.get("tool_choice")
        if isinstance(choice, Mapping):
            named = {"type": "function", "function": {"name": choice.get("name")}}
            out["tool_choice"] = _CHOICES.get(str(choice.get("type")), named)
    return out


def count_tokens(body: Mapping[str, Any]) -> int:
    """Return the estimated tokens of a body: UTF-8 bytes / 4."""
    counted = {name: body.get(name) for name in ("messages", "tools")}
    return estimate_tokens(json.dumps(counted, ensure_ascii=False))


def _read_message(message: Any) -> Iterable[dict[str, Any]]:
    """Return the messages of one: results of tools are messages of their own."""
    if not isinstance(message, Mapping) or message.get("role") not in ("user", "assistant", "system"):
        raise ProxyError(400, "each message needs the role user or assistant", param="messages")
    role, content = message["role"], message.get("content")
    if isinstance(content, str):
        return [{"role": role, "content": content}]
    if not isinstance(content, list):
        raise ProxyError(400, "content should be text or a list of blocks", param="messages")
    results, parts, calls = list[dict[str, Any]](), list[dict[str, Any]](), list[dict[str, Any]]()
    for block in content:
        kind = block.get("type") if isinstance(block, Mapping) else None
        match kind:
            case "text":
                parts.append({"type": "text", "text": str(block.get("text", ""))})
            case "image":
                parts.append(_read_image(block.get("source")))
            case "tool_use":
                arguments = json.dumps(block.get("input") or {}, ensure_ascii=False)
                function = {"name": block.get("name"), "arguments": arguments}
                calls.append({"id": block.get("id"), "type": "function", "function": function})
            case "tool_result":
                text = _join_texts(block.get("content"))
                results.append({"role": "tool", "tool_call_id": block.get("tool_use_id"), "content": text})
            case "thinking" | "redacted_thinking":
                continue
            case _:
                raise ProxyError(400, f"blocks of type {kind} are not available", param="messages")
    is_text = all(part["type"] == "text" for part in parts)
    said: Any = "\n".join(part["text"] for part in parts) if is_text else parts
    out = [*results]
    if said or calls or not results:
        out.append({"role": role, "content": said or None, **({"tool_calls": calls} if calls else {})})
    return out


def _read_image(source: Any) -> dict[str, Any]:
    if isinstance(source, Mapping) and source.get("type") == "base64":
        url = f"data:{source.get('media_type')};base64,{source.get('data')}"
        return {"type": "image_url", "image_url": {"url": url}}
    raise ProxyError(400, "an image should have a source of type base64", param="messages")


def _read_tool(tool: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the tool as a function; None for one of Anthropic's servers, which has no schema."""
    if not isinstance(schema := tool.get("input_schema"), Mapping):
        return None
    function = {"name": tool.get("name"), "parameters": schema}
    if description := tool.get("description"):
        function["description"] = description
    return {"type": "function", "function": function}


def _join_texts(content: Any) -> str:
    if isinstance(content, str):
        return content
    blocks = content if isinstance(content, list) else []
    return "\n".join(str(one.get("text", "")) for one in blocks if isinstance(one, Mapping) and "text" in one)
