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
    function: str = ""
    """The name of the function that is called with `content` as its arguments, or ""."""
    finish_reason: str = "stop"

    def build_message(self, reasoning: str, content: str, *, is_start: bool) -> dict[str, Any]:
        """Return a part of the message of a chat completion; the start has what occurs once."""
        message: dict[str, Any] = {"role": "assistant"} if is_start else {}
        if reasoning:
            message["reasoning_content"] = reasoning
        if self.function:
            head = {"id": "call_demo", "type": "function"} if is_start else {}
            function = {"name": self.function} if is_start else {}
            message["tool_calls"] = [{"index": 0, **head, "function": {**function, "arguments": content}}]
        else:
            message["content"] = content
        return message

    def build_choice(self, index: int) -> dict[str, Any]:
        """Return the choice of a chat completion with this number."""
        message = self.build_message("".join(self.reasoning), "".join(self.content), is_start=True)
        return {"index": index, "message": message, "finish_reason": self.finish_reason}

    def split_deltas(self) -> Iterator[dict[str, Any]]:
        """Yield what each chunk of a stream adds, in order."""
        yield self.build_message("", "", is_start=True)
        yield from (self.build_message(piece, "", is_start=False) for piece in self.reasoning)
        yield from (self.build_message("", piece, is_start=False) for piece in self.content)


def split_tokens(text: str) -> tuple[str, ...]:
    """Split `text` into pieces of about a token; joined, they are the text."""
    return tuple(_PIECE.findall(text))


def cut_at_stop(text: str, stop: str | Sequence[str] | None) -> str:
    """Return the text before the first of the stop sequences."""
    for sequence in [stop] if isinstance(stop, str) else stop or ():
        text = text.split(sequence, 1)[0] if sequence else text
    return text


def count_usage(prompt_tokens: int, replies: Sequence[Reply]) -> dict[str, Any]:
    """Return the usage of a response in the form of the API: the prompt counts once."""
    reasoning = sum(len(reply.reasoning) for reply in replies)
    completion = reasoning + sum(len(reply.content) for reply in replies)
    return {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion,
        "total_tokens": prompt_tokens + completion,
        "completion_tokens_details": {"reasoning_tokens": reasoning},
    }


def interleave_choices(replies: Sequence[Reply]) -> list[dict[str, Any]]:
    """Return the choices of the chunks of a stream: a piece of each reply in turn, then the ends."""
    pieces = [
        {"index": index, "delta": delta, "finish_reason": None}
        for deltas in zip_longest(*(reply.split_deltas() for reply in replies))
        for index, delta in enumerate(deltas)
        if delta is not None
    ]
    ends = enumerate(reply.finish_reason for reply in replies)
    return pieces + [{"index": index, "delta": {}, "finish_reason": reason} for index, reason in ends]
