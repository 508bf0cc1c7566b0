"""Classifies the error responses of servers: a kind for the program and one line for the user.

The status, the error code and the message are all used, because servers agree on none of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from roundtable_tui.llm.errors import extract
from roundtable_tui.llm.errors.causes import LOADING, NamedCause, find_cause
from roundtable_tui.llm.errors.context_limit import read_context_refusal, read_minute_refusal
from roundtable_tui.llm.errors.extract import ErrorDetails
from roundtable_tui.llm.http.reset_time import find_reset, find_used_up_period, is_wait_header
from roundtable_tui.llm.types import CallError, FailureKind
from roundtable_tui.utils import text
from roundtable_tui.utils.lazy_pattern import lazy_compile
from roundtable_tui.utils.redact import redact

_MAX_REASON_CHARS = 200


def _any_of(*patterns: str) -> re.Pattern[str]:
    return lazy_compile("|".join(patterns), re.IGNORECASE | re.DOTALL)


_QUOTA_CODES = frozenset(
    {
        "insufficient_quota",
        "billing_not_active",
        "billing_hard_limit_reached",
        "quota_exceeded",
        "insufficient_balance",
        "insufficient_credits",
        "payment_required",
        "arrearage",
    }
)
_QUOTA = _any_of(
    r"exceeded your current quota",
    r"insufficient[ _](?:quota|credits?|balance|funds)|余额不足",
    r"doesn't have any credits|credits? (?:has |have )?expired|key limit exceeded|budget has been exceeded",
    r"out of credits|requires more credits|never purchased credits",
    r"credit balance is too low|payment required|billing",
)
_NO_MONEY = _any_of(r"insufficient[ _](?:credits?|balance|funds)|余额不足|budget has been exceeded")
"""Also sent with status 500, by MiniMax, and with 400, by LiteLLM."""
_PASSING = _any_of(
    r"\bper[ _-](?:second|minute|hour|day)|/ ?(?:s|sec|min|minute|hour|day)\b|\b[rt]p[smhd]\b",
    r"requests? per|PerMinute|PerDay|concurren|simultaneous|parallel requests|at the same time",
    r"in[ -]flight|at (?:a time|once)\b|\bburst|\bhourly\b|\bdaily\b",
    r"\brate\b|throttl|too many requests|slow down|try again (?:in|after|later)|retry (?:in|after|later)",
)
"""Limits on what is sent at once or in a time. They are often worded as a quota, but they pass."""
_RATE = _any_of(
    r"(?:request|usage) limit (?:is |was )?(?:reached|exceeded)",
    r"rate[ _-]?limit",
    r"too many requests",
    r"resource[ _]exhausted",
    r"throttl",
    r"slow down",
)
_BUSY = _any_of(
    r"overloaded|over capacity|busy|unavailable", r"queue (?:is )?full", r"try again later", r"loading model"
)
_CONTEXT_CODES = frozenset(
    {
        "context_length_exceeded",
        "exceed_context_size_error",
        "context_window_exceeded",
        "contextwindowexceedederror",
        "string_above_max_length",
        "request_too_large",
    }
)
_CONTEXT = _any_of(
    r"context[ _](?:length|window|size|limit)\b.{0,60}\b(?:exceed|only|is|of)",
    r"maximum (?:context|model|prompt|input) length",
    r"exceeds? (?:the )?(?:available |maximum |model'?s? )*(?:context|max_model_len|token limit|input)",
    r"(?:prompt|input) (?:is )?too (?:long|large)|request too large",
    r"too many (?:input )?tokens|input token count",
    r"context (?:the )?overflow",
    r"reduce the length|longer than the (?:maximum|model)|decoder prompt .{0,40}longer",
    r"max_new_tokens.{0,30}must be <=",
    r"tokens?\b.{0,40}\bexceeds?\b.{0,40}\b(?:limit|maximum|length|context)",
    r"maximum allowed (?:number of )?(?:input )?tokens",
    r"greater than the context length|n_keep.{0,20}>= n_ctx|tokens when context the overflows",
)
_MODEL_CODES = frozenset(
    {
        "model_not_found",
        "model_not_available",
        "unknown_model",
        "invalid_model",
        "model_not_supported",
        "deploymentnotfound",
    }
)
_MODEL = _any_of(
    r"model\b.{0,120}\b(?:not found|not exist|doesn't exist|not available|is not supported|unknown)",
    r"model\b.{0,120}\b(?:not a valid|isn't loaded|not loaded|no access)",
    r"(?:unknown|invalid|no such|unsupported|not a valid) model",
    r"function .{0,80}not found for account|deployment .{0,40}not exist|model identifier is invalid",
    r"no models? (?:is |are )?loaded|pull(?:ing)? it first|no endpoints found for|model_not_found",
)
_AUTH = _any_of(
    r"api[ _-]?key|unauthorized|authentication|forbidden",
    r"invalid (?:token|credentials)|not logged in|permission denied",
    r"token (?:is )?invalid|no ?auth|authfail|auth(?:entication)?[ _](?:fail|err)",
)
_WRONG_KEY = _any_of(
    r"(?:invalid|incorrect|wrong|expired|malformed) api[ _-]?key",
    r"api[ _-]?key (?:is )?(?:not valid|invalid|expired)",
)
"""Sent with status 400 by Gemini and xAI."""
_FAULT_OF_THE_SERVER = _any_of(
    r"model has crashed|model (?:was )?unloaded|channel error|engine ?core|failed to load (?:the )?model"
)
"""Sent with status 400 by LM Studio."""
_WRONG_PATH = _any_of(
    r"unexpected endpoint|page not found|cannot post|no route", r"unknown (?:path|endpoint|url)"
)
_PROXY_HINTS = {
    **dict.fromkeys(
        (502, 521, 522, 523, 530), "A proxy answered: the server behind it does not run, or is out of reach"
    ),
    **dict.fromkeys((504, 520, 524), "A proxy in front of the server probably gave up waiting"),
    **dict.fromkeys((525, 526, 527), "A proxy answered: it has no TLS connection to the server behind it"),
}
"""What these statuses mean if the body is not the JSON of an API; those above 511 are Cloudflare's."""

_LABELS: dict[FailureKind, str] = {
    "auth": "the key was refused",
    "quota": "the quota is used up",
    "rate": "too many requests",
    "model": "the server does not have this model",
    "context": "the prompt is too long for this model",
    "request": "the request was refused",
    "shape": "the server does not support this output format",
    "server": "the server failed",
    "not_api": "no chat API at this address",
}
_TOO_LARGE_LABEL = "the request is larger than a proxy in front of the server accepts"
_MINUTE_LABEL = "one request with more tokens than the server accepts in a minute"
MODEL_HINT = "Choose a model that the server offers"
CONTEXT_HINT = "Shorten the question or its documents, or choose a model with a larger context"
_HINTS: dict[FailureKind, str] = {
    "auth": "Check the key of this server",
    "quota": "Top up the account, or choose another server",
    "model": MODEL_HINT,
    "context": CONTEXT_HINT,
    "not_api": "Check the base URL: it usually ends in /v1",
}
_NO_KEY_HINT = "No key is set for this server: name its variable with api_key_env in the settings"
HTML_REASON = "the server sent a web page, not an API answer"


def classify_error(status: int | None, headers: Mapping[str, str], body: Any, *, key: str = "") -> CallError:
    """Classify an error response.

    Args:
        status: The HTTP status; None for an error within a stream.
        headers: The headers of the response; Retry-After is read.
        body: Bytes, text or a parsed JSON value.
        key: The key that was sent ("" for none), hidden wherever the server repeats it.
    """
    details = extract.extract_error(body)
    code = status if status is not None and status >= 300 else details.status
    value = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    # The headers of limits are on every response of some servers: they count for refusals alone.
    asked = {name: wait for name, wait in headers.items() if is_wait_header(name)}
    retry_after = find_reset(asked, value, details.text)
    cause = None if details.is_html else find_cause(code, details)
    kind = cause.kind if cause is not None else _failure_kind(code, details, retry_after)
    period = ""
    if kind == "rate":
        retry_after = find_reset(headers, value, details.text)
        period = find_used_up_period((details.text, *details.codes, *details.quotas))
    if status == 200 and details.is_html:
        kind = "not_api"
    masked = redact(details.text, key)
    message = text.single_line(masked, _MAX_REASON_CHARS)
    by_minute = read_minute_refusal(details.text) if kind == "context" else None
    refusal = by_minute or (read_context_refusal(details) if kind == "context" else None)
    if refusal is not None:
        with_answer = " with the answer" if by_minute else ""
        message = f"{refusal.asked:,} tokens{with_answer}, the limit is {refusal.limit:,}"
    if details.is_html:
        title = text.single_line(redact(details.title, key), 80)
        message = f"“{title}”" if title else ""
    if cause is not None and details.reasons:
        message = text.single_line(f"{message} ({', '.join(details.reasons)})", _MAX_REASON_CHARS)
    label = cause.label if cause is not None else _LABELS.get(kind, kind)
    has_no_key = kind == "auth" and not key and (cause is None or cause.is_about_key)
    if has_no_key and cause is None and code == 401:
        label = "the server wants a key"
    if by_minute is not None:
        label = _MINUTE_LABEL
    if period:
        label = f"the limit of a {period} is used up"
    if details.is_html and code == 413:
        label = _TOO_LARGE_LABEL
    elif details.is_html and kind == "not_api":
        label = HTML_REASON
    reason = f"{label} ({code})" if code else label
    return CallError(
        kind=kind,
        reason=f"{reason}: {message}" if message else reason,
        hint=_NO_KEY_HINT if has_no_key else _hint_for(kind, code, details, cause, period),
        status=code,
        retry_after=retry_after,
        is_final=bool(period),
        is_loading=cause is LOADING,
        detail=masked,
        failed_generation=details.failed_generation,
        param=redact(details.param[:200], key),
        window=refusal.limit if refusal is not None else None,
    )


def format_error(model: str, host: str, reason: str, hint: str = "", max_chars: int = 300) -> str:
    """Return one line for the user: model, host, problem, action. A long reason is cut, the hint is not."""
    ending = f". {text.single_line(hint, 140)}" if hint else ""
    head = f"{text.single_line(model, 60)} at {text.single_line(host, 60)}: "
    middle = text.single_line(reason, max(40, max_chars - len(head) - len(ending))).rstrip(".")
    return text.single_line(head + middle + ending, max_chars)


def _failure_kind(code: int | None, details: ErrorDetails, retry_after: float | None) -> FailureKind:
    message, codes = details.text, set(details.codes)
    if details.is_html:
        if code == 413:
            return "request"
        return "server" if code is not None and code >= 500 else "not_api"
    if details.failed_generation or "tool_use_failed" in codes:
        return "shape"
    if (
        code == 402
        or codes & _QUOTA_CODES
        or (code in (429, 403, None) and _QUOTA.search(message))
        or (code in (400, 500) and _NO_MONEY.search(message))
    ):
        passing = retry_after is not None or _PASSING.search(" ".join((message, *details.codes)))
        # OpenRouter sends a time to wait with a 402 that passes, for what calls in flight may cost.
        return "rate" if (retry_after if code == 402 else passing) else "quota"
    if (
        codes & _CONTEXT_CODES
        or (code in (None, 400, 413, 422, 500) and _CONTEXT.search(message))
        or code == 413
    ):
        return "context"
    if code == 429 and read_minute_refusal(message) is not None:
        return "context"
    if code == 429 or (code in (None, 400, 403, 500, 503) and _is_rate_limit(codes, message)):
        return "rate"
    if code in (401, 403) or (code == 400 and (_WRONG_KEY.search(message) or "api_key_invalid" in codes)):
        return "auth"
    if code == 400 and _FAULT_OF_THE_SERVER.search(message):
        return "server"
    if codes & _MODEL_CODES or (code in (None, 400, 404, 422, 500) and _MODEL.search(message)):
        return "model"
    if code is not None and 300 <= code < 400:
        return "not_api"
    if code in (404, 405) or _WRONG_PATH.search(message):
        return "not_api"
    if code in (408, 409, 424, 425, 499) or (code is not None and code >= 500):
        return "server"
    if code is None:
        if _AUTH.search(" ".join((message, *details.codes))) and not _BUSY.search(message):
            return "auth"
        return "server"
    return "request"


def _is_rate_limit(codes: set[str], message: str) -> bool:
    return any("rate_limit" in code or "ratelimit" in code for code in codes) or (
        _RATE.search(message) is not None and "unlimited" not in message.lower()
    )


def _hint_for(
    kind: FailureKind, code: int | None, details: ErrorDetails, cause: NamedCause | None, period: str
) -> str:
    if cause is not None and cause.hint:
        return cause.hint
    if period:
        return "Wait for its reset, or choose another model or server"
    if kind == "server" and code is not None and (hint := _PROXY_HINTS.get(code)) and not details.is_json:
        return hint
    if kind == "server" and details.provider:
        provider = text.single_line(details.provider, 40)
        return f"The provider behind it failed ({provider}): choose another model, or try again later"
    if details.is_html and kind == "not_api" and code is not None and code in (401, 403):
        return "Check the base URL and whether your network requires a login"
    if kind == "not_api" and details.is_html:
        return "Check the base URL"
    if details.is_html and code == 413:
        return (
            "Send fewer or smaller documents and pictures, or raise its limit (nginx: client_max_body_size)"
        )
    if kind == "context" and read_minute_refusal(details.text) is not None:
        return "Lower max_tokens, shorten the question, or choose another model"
    if "HTTPS server" in details.text:
        return "Write https:// in its base URL"
    return _HINTS.get(kind, "")
