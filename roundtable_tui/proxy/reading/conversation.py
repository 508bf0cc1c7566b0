"""The conversation of a client as one question: earlier turns before it, quoted as data.

The system message comes first. Of the earlier turns the newest are kept, up to `MAX_HISTORY_TOKENS`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import SystemRandom
from typing import Any

from roundtable_tui.engine.quoting import Quoter, make_boundary_token
from roundtable_tui.llm.request.build import estimate_tokens
from roundtable_tui.proxy.errors import ProxyError
from roundtable_tui.utils.text import truncate

MAX_HISTORY_TOKENS = 8_000
"""Tokens (estimated) of the earlier turns that are quoted, the newest first."""
SYSTEM_HEADING = "Instructions of the program that asks, for the style and form of the answer:"
HISTORY_HEADING = "The conversation so far, oldest first:"
LEFT_OUT = "(Earlier turns are left out.)"
_CHARS_PER_TOKEN = 4
_MIN_QUOTED_TOKENS = 50
_SYSTEM_ROLES = ("system", "developer")


def read_conversation(messages: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """Return the question, which is the last message, and the background: system message and earlier turns.

    Raises ProxyError for messages that are not text, and if the last one is not the user's.
    """
    system = [read_text(one) for one in messages if one["role"] in _SYSTEM_ROLES]
    turns = [(str(one["role"]), read_text(one)) for one in messages if one["role"] not in _SYSTEM_ROLES]
    turns = [(role, text) for role, text in turns if text.strip()]
    last = len(turns)
    while last and turns[last - 1][0] == "user":  # Some clients send the question in several messages.
        last -= 1
    question = "\n\n".join(text for _, text in turns[last:])
    if not question:
        raise ProxyError(400, "messages should end with one of the user", param="messages")
    parts = [f"{SYSTEM_HEADING}\n\n" + "\n\n".join(system)] if any(map(str.strip, system)) else []
    return question, "\n\n".join([*parts, *_quote_history(turns[:last])])


def _quote_history(turns: Sequence[tuple[str, str]]) -> list[str]:
    if not turns:
        return []
    quoter = Quoter(make_boundary_token(SystemRandom()))
    left, quoted = MAX_HISTORY_TOKENS, list[str]()
    for role, text in reversed(turns):
        if left < _MIN_QUOTED_TOKENS:
            break
        kept = text if estimate_tokens(text) <= left else truncate(text, left * _CHARS_PER_TOKEN)
        quoted.append(quoter.quote("you" if role == "assistant" else role, kept))
        left -= estimate_tokens(text)
    is_cut = len(quoted) < len(turns)
    return [HISTORY_HEADING, quoter.quoting_rule(), *([LEFT_OUT] if is_cut else []), *reversed(quoted)]


def read_text(message: Mapping[str, Any]) -> str:
    """Return the text of a message; reasoning of earlier answers is dropped. Raises ProxyError."""
    content = message.get("content")
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise ProxyError(400, "the content of a message should be text or a list of parts", param="messages")
    found = []
    for part in content:
        kind = part.get("type") if isinstance(part, Mapping) else None
        text = part.get("text") if isinstance(part, Mapping) else None
        if kind not in ("text", "input_text", "output_text") or not isinstance(text, str):
            what = f"a panel reads text and pictures, not {kind or 'this part'}: use roundtable/single for it"
            raise ProxyError(400, what, code="unsupported_content", param="messages")
        found.append(text)
    return "\n".join(found)


def is_plain(messages: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether all messages are texts without tool calls."""
    return all(
        one["role"] in (*_SYSTEM_ROLES, "user", "assistant")
        and not one.get("tool_calls")
        and (one.get("content") is None or isinstance(one["content"], str) or _is_text_parts(one["content"]))
        for one in messages
    )


def _is_text_parts(content: Any) -> bool:
    return isinstance(content, list) and all(
        isinstance(part, Mapping) and part.get("type") == "text" and isinstance(part.get("text"), str)
        for part in content
    )
