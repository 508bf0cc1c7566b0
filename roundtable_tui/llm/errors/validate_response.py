"""Checks whether a response that has ended is a complete answer, and why not; warnings about it."""

from __future__ import annotations

from dataclasses import replace

from roundtable_tui.llm.errors.causes import MODERATION, find_cause
from roundtable_tui.llm.errors.classify import classify_error
from roundtable_tui.llm.errors.extract import extract_error, strip_tags
from roundtable_tui.llm.errors.network import explain_exception
from roundtable_tui.llm.errors.response_cut import ResponseCut, describe_cut, describe_empty_cut, get_usage
from roundtable_tui.llm.finish_reasons import find_cut, is_known
from roundtable_tui.llm.http.transport import is_readable_coding
from roundtable_tui.llm.request.build import estimate_tokens
from roundtable_tui.llm.request.tools import prompt_texts
from roundtable_tui.llm.stream.reader import ResponseReader
from roundtable_tui.llm.types import CallError, ChatRequest, Limits
from roundtable_tui.utils.redact import redact
from roundtable_tui.utils.text import single_line

_MIN_TRUNCATED_PROMPT_TOKENS = 1000
_MAX_TRUNCATED_SHARE = 0.4
_MAX_IGNORED_SHARE = 0.3
"""Share of the tokens of the tools, by estimate, below which they cannot have been read."""
_MAX_OTHER_PARTS = 3
"""Estimates of longer prompts, relative to the tools, are too inexact for that."""


def take_moderation_as_end(reader: ResponseReader) -> None:
    """Take an error that says that moderation ended an answer for its finish reason, if there is none."""
    if reader.error is None or not reader.answer.text.strip() or reader.answer.is_ended:
        return
    details = extract_error(reader.error)
    if find_cause(details.status, details) is MODERATION:
        reader.error, reader.answer.finish_reason = None, "content_filter"


def check_response(
    reader: ResponseReader,
    limits: Limits,
    *,
    cut: ResponseCut | None = None,
    key: str = "",
    has_shape: bool = False,
    has_tools: bool = False,
) -> CallError | None:
    """Return the error of a response that has ended, or None if its answer is complete.

    `cut` is the result of `find_response_cut`; None to take the finish reason as it is. `has_shape`: an
    output schema was sent, so that the text of a refusal is not an answer. `has_tools`: tools were offered:
    a call without arguments is an answer.
    """
    cut = ResponseCut(find_cut(reader.answer.finish_reason)) if cut is None else cut
    answer, body = reader.answer, reader.body
    if answer.stop_reason:
        return CallError("too_long", f"the answer was stopped: {answer.stop_reason}", is_final=True)
    said = bool(answer.text.strip() or answer.tool_calls.arguments())
    said = said or (has_tools and bool(answer.tool_calls.requested()))
    if not (said and answer.is_ended and cut.kind != "fault"):
        # What fails after the end of an answer takes nothing from it.
        if reader.error is not None:
            return classify_error(reader.status, reader.headers, reader.error, key=key)
        if reader.exception is not None:
            return explain_exception(
                reader.exception, key=key, connect_s=limits.connect_s, has_response=reader.status is not None
            )
        if reader.expired_clock:
            return _timeout_error(reader, limits)
    if (coding := _unreadable_coding(reader)) and not answer.text:
        what = f"the server compressed its answer ({coding}), which was not asked for"
        return CallError("not_api", what, "Turn this off in the server, or in a proxy in front of it")
    if body.kind == "html":
        return classify_error(reader.status, reader.headers, body.text(), key=key)
    if body.kind == "unknown":
        return CallError("empty", "the server sent an empty answer", status=reader.status)
    if not (said or answer.reasoning or answer.finish_reason):
        if body.kind == "json" or not (body.event_count or body.is_done):
            quoted = single_line(redact(strip_tags(body.head), key), 80)
            return CallError(
                "not_api", f"the response is not a chat completion: {quoted}", status=reader.status
            )
        if not body.is_done:
            return CallError("cut", "the stream ended before the answer began", status=reader.status)
    if not (body.is_done or answer.finish_reason):
        return CallError("cut", "the answer was cut off", _CUT_HINT, reader.status)
    if said and body.is_broken:
        what = "an event of the stream was broken: a part of the answer may be missing"
        return CallError("cut", what, _CUT_HINT, reader.status)
    if cut.kind == "fault":
        named = single_line(redact(answer.finish_reason or "", key), 40)
        return CallError("cut", f"the server ended the answer with a fault ({named})", status=reader.status)
    if answer.is_refused and has_shape and not answer.tool_calls.arguments():
        quoted = single_line(redact(answer.text, key), 160)
        return CallError(
            "refused", f"the model refused to answer: “{quoted}”", "Rephrase the question", is_final=True
        )
    return None if said else _empty_error(reader, cut)


def _unreadable_coding(reader: ResponseReader) -> str:
    """Return the content encoding of a response that could not be undone, such as br; "" for none."""
    coding = next((value for name, value in reader.headers.items() if name.lower() == "content-encoding"), "")
    return "" if not coding or is_readable_coding(coding.split(",")) else single_line(coding, 20)


_CUT_HINT = "If this happens often, a proxy in between may cut long answers"


def _timeout_error(reader: ResponseReader, limits: Limits) -> CallError:
    if reader.expired_clock == "turn":
        return CallError("timeout", f"not finished after {_format_seconds(limits.turn_s)}", is_final=True)
    if reader.expired_clock == "first token":
        what = "no first token" if reader.status is not None else "no response"
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


def _empty_error(reader: ResponseReader, cut: ResponseCut) -> CallError:
    answer = reader.answer
    if cut.kind == "filter":
        return CallError(
            "empty",
            "the server's content filter blocked the answer",
            "Rephrase the question",
            is_final=True,
        )
    if cut.kind in ("length", "context"):
        return describe_empty_cut(cut, has_reasoning=bool(answer.reasoning))
    if answer.media:
        article = "a picture" if answer.media == "picture" else "audio"
        what = f"the model answered with {article}, without text"
        return CallError("empty", what, "Choose a model that writes text", is_final=True)
    if answer.reasoning:
        return CallError("empty", "the model reasoned but gave no answer")
    if reader.body.unreadable_events:
        return CallError(
            "empty", f"no event of the stream could be parsed ({reader.body.unreadable_events} invalid)"
        )
    return CallError("empty", "the model gave no answer")


def has_ignored_tools(reader: ResponseReader, request: ChatRequest) -> bool:
    """Return whether the server has left the tools out of the prompt, as its count of tokens shows.

    Chat templates without tools drop them in silence. Said only of prompts of which tools are a large part,
    and of replies that call none.
    """
    usage = reader.answer.usage
    if not request.tools or request.exchanges or reader.answer.tool_calls.requested() or usage is None:
        return False
    whole = estimate_prompt_tokens(request)
    without = estimate_prompt_tokens(replace(request, tools=()))
    tools = whole - without
    read = usage.prompt_tokens + (usage.cached_tokens if usage.prompt_tokens < usage.cached_tokens else 0)
    return 0 < read < without + _MAX_IGNORED_SHARE * tools and without < _MAX_OTHER_PARTS * tools


def collect_warnings(
    reader: ResponseReader, request: ChatRequest, prompt: int, cut: ResponseCut | None = None
) -> list[str]:
    """Return warnings about a complete answer, for the user; `cut` as in `check_response`."""
    answer = reader.answer
    cut = ResponseCut(find_cut(answer.finish_reason)) if cut is None else cut
    found: list[str] = []
    if cut.kind in ("length", "context"):
        found.append(describe_cut(cut, get_usage(reader, prompt)))
    elif cut.kind == "filter":
        found.append("cut by the server's content filter")
    elif not is_known(answer.finish_reason):
        named = single_line(answer.finish_reason or "", 40)
        found.append(f"unknown finish reason “{named}”: the answer is taken as a whole one")
    if answer.has_other_choices:
        found.append("the server sent several answers: the first is used")
    if answer.media == "picture":
        found.append("a picture in the answer is not shown")
    if answer.is_refused:
        found.append("the model refused")
    if reader.error is not None:
        late = classify_error(reader.status, reader.headers, reader.error)
        found.append(f"the server reported an error after the answer: {late.reason}")
    if reader.body.unreadable_events:
        count = reader.body.unreadable_events
        found.append(f"{count} invalid event{'s were' if count > 1 else ' was'} skipped after the answer")
    if answer.usage is not None and answer.usage.prompt_tokens > 0:
        read = answer.usage.prompt_tokens
        if read < answer.usage.cached_tokens:
            # Some servers do not count the tokens that were in their cache.
            read += answer.usage.cached_tokens
        if prompt - read > _MIN_TRUNCATED_PROMPT_TOKENS and read < _MAX_TRUNCATED_SHARE * prompt:
            found.append(
                f"the server read only {read:,} of about {prompt:,} tokens of the prompt:"
                " its context size may be set too small"
            )
    return found


def estimate_prompt_tokens(request: ChatRequest) -> int:
    """Return an estimate of the tokens of a prompt: messages, tools and their results."""
    return estimate_tokens(*prompt_texts(request))
