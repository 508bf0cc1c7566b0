"""Judges an exchange that has ended: is the answer whole, and if not, why not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from roundtable_tui.llm.errors.classify import classify_error
from roundtable_tui.llm.errors.extract import strip_tags
from roundtable_tui.llm.errors.network import explain_exception
from roundtable_tui.llm.request.build import estimate_tokens
from roundtable_tui.llm.stream.reader import ResponseReader
from roundtable_tui.llm.types import CallError, ChatRequest, Limits, Usage
from roundtable_tui.utils.redact import redact
from roundtable_tui.utils.text import single_line

_FILTER_REASONS = frozenset({"content_filter", "safety", "recitation", "blocklist", "prohibited_content"})
_MIN_TRUNCATED_PROMPT_TOKENS = 1000
_MAX_TRUNCATED_SHARE = 0.4


def check_response(exchange: ResponseReader, limits: Limits, *, key: str = "") -> CallError | None:
    """Return what is wrong with an exchange, or None when its answer is whole."""
    answer, body = exchange.answer, exchange.body
    if answer.stop_reason:
        return CallError("too_long", f"the answer was stopped: {answer.stop_reason}", is_final=True)
    if exchange.error is not None:
        return classify_error(exchange.status, exchange.headers, exchange.error, key=key)
    if exchange.exception is not None:
        return explain_exception(exchange.exception, key=key, connect_s=limits.connect_s)
    if exchange.expired_clock:
        return _timeout_error(exchange, limits)
    if body.kind == "html":
        return classify_error(exchange.status, exchange.headers, body.text(), key=key)
    said = bool(answer.text.strip() or answer.tool_calls.arguments())
    if body.kind == "unknown":
        return CallError("empty", "the server sent an empty answer", status=exchange.status)
    if not (said or answer.reasoning or answer.finish_reason):
        if body.kind == "json" or not (body.event_count or body.is_done):
            quoted = single_line(redact(strip_tags(body.head), key), 80)
            return CallError(
                "not_api", f"the response is not a chat completion: {quoted}", status=exchange.status
            )
        if not body.is_done:
            return CallError("cut", "the stream ended before the answer began", status=exchange.status)
    if not (body.is_done or answer.finish_reason):
        return CallError("cut", "the answer was cut off", _CUT_HINT, exchange.status)
    return None if said else _empty_error(exchange)


_CUT_HINT = "If this happens often, a proxy in between may cut long answers"


def _timeout_error(exchange: ResponseReader, limits: Limits) -> CallError:
    if exchange.expired_clock == "turn":
        return CallError("timeout", f"not finished after {_format_seconds(limits.turn_s)}", is_final=True)
    if exchange.expired_clock == "first token":
        what = "no first token" if exchange.status is not None else "no response"
        return CallError(
            "timeout",
            f"{what} after {_format_seconds(limits.first_token_s)}",
            "The server may be loading the model",
        )
    return CallError(
        "timeout", f"the answer stopped in the middle: silent for {_format_seconds(limits.idle_s)}"
    )


def _format_seconds(seconds: float) -> str:
    return f"{seconds / 60:.3g} min" if seconds >= 120 else f"{seconds:g} s"


def _empty_error(exchange: ResponseReader) -> CallError:
    answer = exchange.answer
    reason = (answer.finish_reason or "").lower()
    if reason in _FILTER_REASONS:
        return CallError(
            "empty",
            "the server's content filter blocked the answer",
            "Rephrase the question",
            is_final=True,
        )
    if reason in ("length", "max_tokens"):
        spent = (
            "reasoning used up the token limit before an answer began"
            if answer.reasoning
            else "the token limit was reached before an answer began"
        )
        return CallError(
            "empty", spent, "Allow more tokens (max_tokens)", is_final=True, is_out_of_tokens=True
        )
    if answer.reasoning:
        return CallError("empty", "the model reasoned but gave no answer")
    if exchange.body.unreadable_events:
        return CallError(
            "empty", f"no event of the stream could be parsed ({exchange.body.unreadable_events} invalid)"
        )
    return CallError("empty", "the model gave no answer")


def get_usage(exchange: ResponseReader, prompt: int) -> Usage:
    """Return the tokens of an exchange: as told, else estimated; none for one that never began."""
    answer = exchange.answer
    texts = (answer.text, answer.reasoning, *answer.tool_calls.arguments())
    said = max(1, estimate_tokens(*texts)) if any(texts) else 0
    told = answer.usage
    if told is None:
        return Usage(prompt, said, estimated=True) if said else Usage()
    if not told.completion_tokens and said:
        return Usage(
            told.prompt_tokens or prompt, said, told.cached_tokens, told.reasoning_tokens, estimated=True
        )
    if not told.prompt_tokens:
        return Usage(
            prompt, told.completion_tokens, told.cached_tokens, told.reasoning_tokens, estimated=True
        )
    return told


def collect_warnings(exchange: ResponseReader, request: ChatRequest, prompt: int) -> list[str]:
    """Return what a person should know of a whole answer."""
    answer = exchange.answer
    reason = (answer.finish_reason or "").lower()
    found: list[str] = []
    if reason in ("length", "max_tokens"):
        found.append("cut by max_tokens" if request.max_tokens else "cut by the server's token limit")
    elif reason in _FILTER_REASONS:
        found.append("cut by the server's content filter")
    elif reason == "error":
        found.append("the server ended the answer with an error")
    if answer.is_refused:
        found.append("the model refused")
    if exchange.body.unreadable_events:
        count = exchange.body.unreadable_events
        found.append(f"{count} invalid event{'s were' if count > 1 else ' was'} skipped")
    if answer.usage is not None and answer.usage.prompt_tokens > 0:
        read = answer.usage.prompt_tokens
        if read < answer.usage.cached_tokens:
            # Some servers count only what was not in the cache.
            read += answer.usage.cached_tokens
        if prompt - read > _MIN_TRUNCATED_PROMPT_TOKENS and read < _MAX_TRUNCATED_SHARE * prompt:
            found.append(
                f"the server read only {read:,} of about {prompt:,} tokens of the prompt:"
                " its context size may be set too small"
            )
    return found


def estimate_prompt_tokens(messages: Sequence[Mapping[str, str]]) -> int:
    """Return about how many tokens `messages` are."""
    return estimate_tokens(*(message["content"] for message in messages))
