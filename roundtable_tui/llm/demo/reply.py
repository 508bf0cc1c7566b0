"""A reply of the demo, and replies as the choices of one response."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

_PIECE = re.compile(r"\s*[^\s\u3040-\u30ff\u3400-\u9fff]{1,8}|\s*[\u3040-\u30ff\u3400-\u9fff]|\s+$")


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole reply, cut into tokens."""

    reasoning: tuple[str, ...] = ()
    content: tuple[str, ...] = ()
    tool: str = ""
    """The name of the function that is called, with `arguments` as its JSON, or ""."""
    arguments: tuple[str, ...] = ()
    finish_reason: str = "stop"
    prompt_tokens: int = 0

    def count_usage(self) -> dict[str, Any]:
        """Return the usage in the form of the API."""
        spent = len(self.reasoning) + len(self.content) + len(self.arguments)
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": spent,
            "total_tokens": self.prompt_tokens + spent,
            "completion_tokens_details": {"reasoning_tokens": len(self.reasoning)},
        }

    def build_message(self, ident: str) -> dict[str, Any]:
        """Return the message of a chat completion."""
        message: dict[str, Any] = {"role": "assistant", "content": "".join(self.content) or None}
        if self.reasoning:
            message["reasoning_content"] = "".join(self.reasoning)
        if self.tool:
            function = {"name": self.tool, "arguments": "".join(self.arguments)}
            message["tool_calls"] = [{"id": f"call_{ident}", "type": "function", "function": function}]
        return message

    def split_deltas(self) -> Iterator[dict[str, Any]]:
        """Yield what each chunk of a stream adds, in order."""
        yield {"role": "assistant", "content": ""}
        yield from ({"reasoning_content": piece} for piece in self.reasoning)
        yield from ({"content": piece} for piece in self.content)
        head: dict[str, Any] = {"id": "call_demo", "type": "function"}
        function = {"name": self.tool}
        for piece in self.arguments:
            yield {"tool_calls": [{"index": 0, **head, "function": {**function, "arguments": piece}}]}
            head, function = {}, {}


def split_tokens(text: str) -> tuple[str, ...]:
    """Split `text` into pieces of about a token; joined, they are the text."""
    return tuple(_PIECE.findall(text))


def cut_at_stop(text: str, stop: Any) -> str:
    """Return the text before the first of the stop sequences."""
    sequences = [stop] if isinstance(stop, str) else stop if isinstance(stop, list) else []
    ends = [text.find(one) for one in sequences if isinstance(one, str) and one]
    return text[: min((end for end in ends if end >= 0), default=len(text))]


def sum_usage(replies: Sequence[Reply]) -> dict[str, Any]:
    """Return the usage of a response: the prompt counts once."""
    usage = replies[0].count_usage()
    for reply in replies[1:]:
        more = reply.count_usage()
        usage["completion_tokens"] += more["completion_tokens"]
        usage["total_tokens"] += more["completion_tokens"]
        details = usage["completion_tokens_details"]
        details["reasoning_tokens"] += more["completion_tokens_details"]["reasoning_tokens"]
    return usage


def interleave_choices(replies: Sequence[Reply]) -> list[dict[str, Any]]:
    """Return the choices of the chunks of a stream: a piece of each reply in turn, then the ends."""
    pieces = [
        [{"index": index, "delta": delta, "finish_reason": None} for delta in reply.split_deltas()]
        for index, reply in enumerate(replies)
    ]
    choices = [choice for row in zip_longest(*pieces) for choice in row if choice is not None]
    ends = enumerate(reply.finish_reason for reply in replies)
    return choices + [{"index": index, "delta": {}, "finish_reason": reason} for index, reason in ends]
