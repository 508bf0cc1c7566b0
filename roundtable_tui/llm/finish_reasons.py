"""What the finish reason of a server says about an answer."""

from __future__ import annotations

from typing import Literal

_LENGTH = frozenset({"length", "max_tokens"})
_FILTER = frozenset({"content_filter", "safety", "recitation", "blocklist", "prohibited_content"})


def find_cut(finish_reason: str | None) -> Literal["", "length", "filter"]:
    """Return what cut an answer off: a token limit, a content filter, or "" for a whole answer."""
    reason = (finish_reason or "").lower()
    return "length" if reason in _LENGTH else "filter" if reason in _FILTER else ""
