"""One reply of the demo: what a chat request's body leads to, before any of it is sent."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from roundtable_tui.llm.demo import prose
from roundtable_tui.llm.demo.asked import ParsedPrompt, digest, parse_prompt, text_of
from roundtable_tui.llm.demo.schema import Instance

_PIECE = re.compile(r"\s*[^\s\u3040-\u30ff\u3400-\u9fff]{1,8}|\s*[\u3040-\u30ff\u3400-\u9fff]|\s+$")


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole reply, cut into tokens."""

    reasoning: tuple[str, ...] = ()
    content: tuple[str, ...] = ()
    tool: str = ""
    """The name of the function that is called, or nothing; then `arguments` is its JSON."""
    arguments: tuple[str, ...] = ()
    finish_reason: str = "stop"
    prompt_tokens: int = 0

    def usage(self) -> dict[str, Any]:
        """Return what the reply costs, in the words of the wire."""
        spent = len(self.reasoning) + len(self.content) + len(self.arguments)
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": spent,
            "total_tokens": self.prompt_tokens + spent,
            "completion_tokens_details": {"reasoning_tokens": len(self.reasoning)},
        }


def compose(body: Mapping[str, Any], model: str, seed: int, again: int = 0) -> Reply:
    """Return the reply to a valid request body; `again` counts equal requests before it."""
    messages: Sequence[Mapping[str, Any]] = body["messages"]
    asked = parse_prompt(messages, model)
    random = Random(_fingerprint(body, model, seed, again))
    cap = _cap(body)
    reasoning = tokens(prose.think(asked, random)) if _thinks(asked, model, cap) else ()
    prompt_tokens = sum(len(text_of(m.get("content")).encode("utf-8", "replace")) // 4 + 4 for m in messages)
    left = None if cap is None else cap - len(reasoning)
    if (tool := _forced_tool(body)) is not None:
        name, schema = tool
        arguments = tokens(_json(schema, asked, random, seed))
        return Reply(
            reasoning, (), name, arguments[:left], _finish("tool_calls", arguments, left), prompt_tokens
        )
    if (shape := _response_schema(body)) is not None:
        content = tokens(_json(shape, asked, random, seed))
    else:
        # A word of prose is 1.3 tokens or so: aim a little lower, so that the ending is not lost.
        content = tokens(prose.write(asked, random, seed, None if left is None else int(left / 1.6)))
    return Reply(reasoning, content[:left], "", (), _finish("stop", content, left), prompt_tokens)


def tokens(text: str) -> tuple[str, ...]:
    """Cut `text` into pieces of about a token; joined they are the text again."""
    return tuple(_PIECE.findall(text))


def _fingerprint(body: Mapping[str, Any], model: str, seed: int, again: int) -> int:
    conversation = json.dumps(body["messages"], sort_keys=True, default=str)
    return digest(seed, model, conversation, body.get("seed"), body.get("temperature"), again)


def _thinks(asked: ParsedPrompt, model: str, cap: int | None) -> bool:
    """`demo-thinker` always thinks aloud, the others in some seats; none where there is no room."""
    if cap is not None and cap < 200:
        return False
    share = {"demo-thinker": 100, "demo-large": 50}.get(model, 20)
    return digest(asked.seat, "thinks") % 100 < share


def _cap(body: Mapping[str, Any]) -> int | None:
    for key in ("max_completion_tokens", "max_tokens"):
        value = body.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            return max(1, value)
    return None


def _forced_tool(body: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]] | None:
    """Return (name, parameters) of the function the request insists on."""
    functions = [
        t["function"]
        for t in body.get("tools") or []
        if isinstance(t, Mapping) and isinstance(t.get("function"), Mapping)
    ]
    choice = body.get("tool_choice")
    if isinstance(choice, Mapping):
        wanted = (choice.get("function") or {}).get("name") or choice.get("name")
        functions = [f for f in functions if f.get("name") == wanted]
    elif choice != "required":
        return None
    return (
        (str(functions[0].get("name") or "tool"), functions[0].get("parameters") or {"type": "object"})
        if functions
        else None
    )


def _response_schema(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    wanted = body.get("response_format")
    if not isinstance(wanted, Mapping):
        return None
    if wanted.get("type") == "json_schema":
        schema = (wanted.get("json_schema") or {}).get("schema")
        return schema if isinstance(schema, Mapping) else {"type": "object"}
    if wanted.get("type") == "json_object":
        given = wanted.get("schema")
        return given if isinstance(given, Mapping) else {"type": "object", "properties": {"answer": {}}}
    return None


def _json(schema: Mapping[str, Any], asked: ParsedPrompt, random: Random, seed: int) -> str:
    return json.dumps(Instance(schema, asked, random, seed).make(), ensure_ascii=False)


def _finish(whole: str, made: Sequence[str], left: int | None) -> str:
    return whole if left is None or len(made) <= left else "length"
