"""Tools in a request: offered and answered in the tool-call protocol, or as JSON in prose.

Many models and servers have no tools, or refuse them in one of many ways. They get the same by prose: the
tools are described in the system message, a call is a JSON object in the reply, and the results come as the
next message of the user. So does the last request of a turn, which offers no tools: servers disagree on
whether earlier calls may be sent without the tools.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from roundtable_tui.llm.types import ChatRequest, Message, ToolExchange, ToolSpec
from roundtable_tui.utils.text import fix_surrogates

_PROSE_TOOLS = """To use a tool, reply with one JSON object and nothing else, in this form:
{{"tool": "NAME", "arguments": {{...}}}}
The result comes with the next message. The tools, each with the JSON schema of its arguments:

{tools}"""
_RESULTS = "Results of the tools:"
_CONTINUE = "Use another tool in the same way, or write your answer now."
_CLOSING = "No more tools can be used. Write your answer now."


def describe_tools(tools: Sequence[ToolSpec]) -> list[dict[str, Any]]:
    """Return the field `tools` of a body."""
    return [
        {
            "type": "function",
            "function": {
                "name": tool.name, "description": tool.description, "parameters": dict(tool.parameters)
            },
        }
        for tool in tools
    ]  # fmt: skip


def native_messages(exchanges: Iterable[ToolExchange]) -> list[dict[str, Any]]:
    """Return the messages of calls and results in the tool-call protocol; every call has its result."""
    messages: list[dict[str, Any]] = []
    for exchange in exchanges:
        calls = [
            {
                "id": call.id, "type": "function",
                "function": {"name": call.name, "arguments": call.arguments or "{}"},
            }
            for call in exchange.calls
        ]  # fmt: skip
        # Servers refuse an empty text; null is what the protocol has beside calls.
        messages.append({"role": "assistant", "content": exchange.text or None, "tool_calls": calls})
        messages += [
            {"role": "tool", "tool_call_id": call.id, "content": fix_surrogates(result) or "(empty)"}
            for call, result in zip(exchange.calls, exchange.results, strict=True)
        ]
    return messages


def prose_messages(request: ChatRequest) -> list[Message]:
    """Return the messages of a request with tools, calls and results as text."""
    messages = [*request.messages]
    if request.tools:
        described = "\n".join(map(_describe_in_prose, request.tools))
        messages.append({"role": "system", "content": _PROSE_TOOLS.format(tools=described)})
    for at, exchange in enumerate(request.exchanges):
        is_last = at == len(request.exchanges) - 1
        end = _CONTINUE if request.tools or not is_last else _CLOSING
        results = "\n\n".join([_RESULTS, *exchange.results, end])
        said = exchange.text or "\n".join(_call_as_text(exchange))
        messages += [{"role": "assistant", "content": said}, {"role": "user", "content": results}]
    return messages


def prompt_texts(request: ChatRequest) -> Iterator[str]:
    """Yield all texts of a request that a model reads, for estimates of tokens."""
    for message in request.messages:
        yield message["content"]
    for exchange in request.exchanges:
        yield exchange.text
        yield from (call.arguments for call in exchange.calls)
        yield from exchange.results
    if request.tools:
        yield json.dumps(describe_tools(request.tools), ensure_ascii=False)


def _describe_in_prose(tool: ToolSpec) -> str:
    schema = json.dumps(tool.parameters, ensure_ascii=False)
    return f"- {tool.name}: {tool.description} Arguments: {schema}"


def _call_as_text(exchange: ToolExchange) -> Iterator[str]:
    for call in exchange.calls:
        yield f'{{"tool": {json.dumps(call.name)}, "arguments": {call.arguments or "{}"}}}'
