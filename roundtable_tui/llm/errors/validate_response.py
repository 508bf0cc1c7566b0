"""Judges an exchange that has ended: is the answer whole, and if not, why not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from roundtable_tui.llm.errors.classify import describe
from roundtable_tui.llm.errors.extract import without_tags
from roundtable_tui.llm.errors.network import explain
from roundtable_tui.llm.request.build import estimate_tokens
from roundtable_tui.llm.stream.reader import Exchange
from roundtable_tui.llm.types import ChatRequest, Fault, Limits, Usage
from roundtable_tui.utils.redact import mask
from roundtable_tui.utils.text import one_line

_FILTERS = frozenset({"content_filter", "safety", "recitation", "blocklist", "prohibited_content"})
_PROMPT_CUT_FROM = 1000
_PROMPT_CUT_SHARE = 0.4


def judge(exchange: Exchange, limits: Limits, *, key: str = "") -> Fault | None:
    """Return what is wrong with an exchange, or None when its answer is whole."""
    answer, body = exchange.answer, exchange.body
    if answer.stop:
        return Fault("too_long", f"the answer was stopped: {answer.stop}", final=True)
    if exchange.error is not None:
        return describe(exchange.status, exchange.headers, exchange.error, key=key)
    if exchange.exception is not None:
        return explain(exchange.exception, key=key, connect_s=limits.connect_s)
    if exchange.expired:
        return _out_of_time(exchange, limits)
    if body.kind == "page":
        return describe(exchange.status, exchange.headers, body.text(), key=key)
    said = bool(answer.text.strip() or answer.tools.arguments())
    if body.kind == "unknown":
        return Fault("empty", "the server sent an empty answer", status=exchange.status)
    if not (said or answer.reasoning or answer.finish_reason):
        if body.kind == "json" or not (body.events or body.done):
            quoted = one_line(mask(without_tags(body.start), key), 80)
            return Fault(
                "not_api", f"what the server sent is no chat answer: {quoted}", status=exchange.status
            )
        if not body.done:
            return Fault("cut", "the stream ended before the answer began", status=exchange.status)
    if not (body.done or answer.finish_reason):
        return Fault("cut", "the answer was cut off in the middle", _CUT_HINT, exchange.status)
    return None if said else _empty(exchange)


_CUT_HINT = "If this happens often, a proxy in between may cut long answers"


def _out_of_time(exchange: Exchange, limits: Limits) -> Fault:
    if exchange.expired == "turn":
        return Fault("timeout", f"not finished after {_span(limits.turn_s)}", final=True)
    if exchange.expired == "first token":
        what = "not even a first word" if exchange.status is not None else "no answer"
        return Fault(
            "timeout", f"{what} after {_span(limits.first_token_s)}", "The server may be loading the model"
        )
    return Fault("timeout", f"the answer stopped in the middle: silent for {_span(limits.idle_s)}")


def _span(seconds: float) -> str:
    return f"{seconds / 60:.3g} min" if seconds >= 120 else f"{seconds:g} s"


def _empty(exchange: Exchange) -> Fault:
    answer = exchange.answer
    reason = (answer.finish_reason or "").lower()
    if reason in _FILTERS:
        return Fault(
            "empty",
            "the server's content filter held the answer back",
            "Put the question otherwise",
            final=True,
        )
    if reason in ("length", "max_tokens"):
        spent = (
            "reasoning used up the token limit before an answer began"
            if answer.reasoning
            else "the token limit allowed no answer"
        )
        return Fault("empty", spent, "Allow more tokens (max_tokens)", final=True, out_of_tokens=True)
    if answer.reasoning:
        return Fault("empty", "it reasoned but gave no answer")
    if exchange.body.unreadable:
        return Fault(
            "empty", f"nothing in its stream could be read ({exchange.body.unreadable} broken pieces)"
        )
    return Fault("empty", "it gave no answer")


def usage_of(exchange: Exchange, prompt: int) -> Usage:
    """Return the tokens of an exchange: as told, else estimated; none for one that never began."""
    answer = exchange.answer
    texts = (answer.text, answer.reasoning, *answer.tools.arguments())
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


def warnings_of(exchange: Exchange, request: ChatRequest, prompt: int) -> list[str]:
    """Return what a person should know of a whole answer."""
    answer = exchange.answer
    reason = (answer.finish_reason or "").lower()
    found: list[str] = []
    if reason in ("length", "max_tokens"):
        found.append("cut by max_tokens" if request.max_tokens else "cut by the server's limit of tokens")
    elif reason in _FILTERS:
        found.append("cut by the server's content filter")
    elif reason == "error":
        found.append("the server ended the answer with an error")
    if answer.refused:
        found.append("the model refused")
    if exchange.body.unreadable:
        count = exchange.body.unreadable
        found.append(f"{count} broken piece{'s were' if count > 1 else ' was'} left out of the stream")
    if answer.usage is not None and answer.usage.prompt_tokens > 0:
        read = answer.usage.prompt_tokens
        if read < answer.usage.cached_tokens:
            # Some servers count only what was not in the cache.
            read += answer.usage.cached_tokens
        if prompt - read > _PROMPT_CUT_FROM and read < _PROMPT_CUT_SHARE * prompt:
            found.append(
                f"the server read only {read:,} of about {prompt:,} tokens of the prompt:"
                " its context may be set too small"
            )
    return found


def prompt_tokens(messages: Sequence[Mapping[str, str]]) -> int:
    """Return about how many tokens `messages` are."""
    return estimate_tokens(*(message["content"] for message in messages))
