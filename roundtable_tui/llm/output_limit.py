"""How long an answer may become, reasoning included, before it is stopped on our side.

Tokens can only be estimated while an answer arrives. A token of ordinary text has about four bytes; where a
limit must not be enforced too early (the server enforces it too), as many bytes are allowed as tokens rarely
have.
"""

from __future__ import annotations

from dataclasses import dataclass

from roundtable_tui.utils.interface import parameter_name

_BYTES_PER_TOKEN = 4
_MAX_BYTES_PER_TOKEN = 12
_SLACK_BYTES = 1024


@dataclass(frozen=True, slots=True)
class OutputLimit:
    """The bytes of an answer with its reasoning at which it is stopped, and the reason to state."""

    max_bytes: int
    reason: str
    tokens: int


def choose_output_limit(answer_tokens: int, max_tokens: int | None, window: int | None) -> OutputLimit:
    """Return the limit of one answer.

    Args:
        answer_tokens: the limit of the run, for requests without a token limit.
        max_tokens: the token limit that is sent; a server that ignores it is stopped in proportion to it.
        window: the tokens that the model can hold, prompt included; None if unknown.
    """
    if max_tokens is not None:
        reason = f"it is far longer than max_tokens ({max_tokens:,}), which the server ignores"
        limit = OutputLimit(_generous(max_tokens), reason, max_tokens)
    else:
        name = parameter_name("answer_tokens")
        reason = f"it is longer than about {answer_tokens:,} tokens, the limit of an answer ({name})"
        limit = OutputLimit(answer_tokens * _BYTES_PER_TOKEN, reason, answer_tokens)
    if window is None or _generous(window) >= limit.max_bytes:
        return limit
    reason = f"it is longer than the context of the model ({window:,} tokens)"
    return OutputLimit(_generous(window), reason, window)


def _generous(tokens: int) -> int:
    return tokens * _MAX_BYTES_PER_TOKEN + _SLACK_BYTES


class OutputMeter:
    """Counts the bytes of one answer with its reasoning."""

    def __init__(self, limit: OutputLimit | None) -> None:
        self._limit = limit
        self._bytes = 0

    def add(self, text: str) -> str:
        """Count a piece; return a reason to stop the answer, or ""."""
        if self._limit is None:
            return ""
        self._bytes += len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
        return self._limit.reason if self._bytes > self._limit.max_bytes else ""
