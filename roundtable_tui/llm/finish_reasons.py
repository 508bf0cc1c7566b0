"""What the finish reason of a server says about an answer: one table for all servers.

Sources: the API references of OpenAI, Anthropic, Gemini, Mistral, DeepSeek, Zhipu and OpenRouter, and the
sources of vLLM, SGLang and llama.cpp.
"""

from __future__ import annotations

from typing import Literal

Cut = Literal["", "length", "context", "filter", "fault"]
"""What cut an answer off: a token limit, the end of the context, a filter, or a fault of the server.

The limits of our own (length, repetition) count as a token limit, a lost connection as a fault."""

_REASONS: dict[Cut, tuple[str, ...]] = {
    "": (
        "stop", "stop_sequence", "stop_token", "stopped", "eos", "eos_token", "end", "end_turn",
        "endofsequence", "complete", "completed", "done", "finish", "finished", "success", "normal",
        "tool_calls", "tool_call", "tool_use", "function_call",
        "null", "none", "unknown", "unspecified", "edited",
    ),
    "length": (
        "length", "max_tokens", "max_output_tokens", "max_completion_tokens", "max_new_tokens",
        "token_limit",
    ),
    "context": (
        "model_length", "model_context_window_exceeded", "context_length", "context_length_exceeded",
    ),
    "filter": (
        "content_filter", "content_filtered", "sensitive", "refusal", "refused", "safety", "recitation",
        "blocklist", "prohibited_content", "spii", "language", "image_safety", "guardrail_intervened",
        "moderation", "blocked",
    ),
    "fault": (
        "error", "abort", "aborted", "network_error", "insufficient_system_resource", "timeout",
        "cancelled", "canceled", "malformed_function_call", "unexpected_tool_call", "server_error",
        "engine_overloaded",
    ),
}  # fmt: skip
_CUT_BY_REASON = {reason.replace("_", ""): cut for cut, reasons in _REASONS.items() for reason in reasons}
_FORMER_CUTS: dict[str, Cut] = {
    **dict.fromkeys(("length", "max_tokens"), "length"),
    **dict.fromkeys(("content_filter", "safety", "recitation", "blocklist", "prohibited_content"), "filter"),
}
_CUT_BY_KIND: dict[str, Cut] = {"too_long": "length", "context": "context", "refused": "", "shape": ""}
"""Kinds of failure with another cause than a fault of the server. A refusal is not part of an answer."""
_FORMER_KINDS = frozenset({"cut", "too_long"})


def find_cut(finish_reason: str | None) -> Cut:
    """Return what cut an answer off; "" for a whole answer and for an unknown reason."""
    return _CUT_BY_REASON.get(_normalize(finish_reason), "")


def is_known(finish_reason: str | None) -> bool:
    """Return whether the reason is in the table; no reason is known."""
    return not (finish_reason or "").strip() or _normalize(finish_reason) in _CUT_BY_REASON


def find_fault_cut(kind: str) -> Cut:
    """Return what cut off an answer that had begun when its call failed with this kind of failure."""
    return _CUT_BY_KIND.get(kind, "fault")


def find_former_fault_cut(kind: str) -> Cut:
    """Return what cut off the answer of a failed turn in a record without this information."""
    return find_fault_cut(kind) if kind in _FORMER_KINDS else ""


def find_former_cut(finish_reason: str | None) -> Cut:
    """Return what cut off an answer in a record without this information.

    These runs continued as if every other reason meant a whole answer, and must continue so when resumed.
    """
    return _FORMER_CUTS.get((finish_reason or "").lower(), "")


def _normalize(finish_reason: str | None) -> str:
    """Return a reason as small letters alone: `maxTokens`, `FinishReason.MAX_TOKENS`, `max-tokens`."""
    letters = "".join(filter(str.isalnum, finish_reason or "")).lower()
    return letters.removeprefix("finishreason") or letters
