"""Extracts message, codes and limits from an error body: JSON of any shape, text, or an HTML page."""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from roundtable_tui.llm.stream.chunk import parse_json_values
from roundtable_tui.utils.lazy_pattern import lazy_compile
from roundtable_tui.utils.text import sanitize

_TITLE = lazy_compile(r"<(title|message)\b[^<>]*>([^<]*)", re.IGNORECASE)
_PAGE = lazy_compile(r"<(?:!doctype|!--|\?xml|html|head|body)\b", re.IGNORECASE)
_TAG = lazy_compile(r"</?[a-zA-Z!][^<>]{0,200}>")
_MESSAGE = lazy_compile(r'"(?:message|error|detail|msg)"\s*:\s*"((?:[^"\\]|\\.)*)', re.DOTALL)
_MESSAGE_KEYS = ("message", "msg", "detail", "details", "error_description", "reason", "title", "description")
_MAX_DEPTH = 6
_MAX_REASONS = 6
_BASE_RESP_STATUS = {
    1000: 500, 1001: 504, 1002: 429, 1004: 401, 1008: 402, 1013: 500, 1024: 500, 1026: 403, 1027: 403,
    1033: 500, 1039: 429, 1041: 429, 1042: 400, 2013: 400, 2049: 401, 2056: 429,
}  # fmt: skip
"""The codes of MiniMax as HTTP statuses: https://platform.minimax.io/docs/api-reference/errorcode.md"""
_MAX_MESSAGES = 20
_MAX_TEXT_CHARS = 16_384
_MAX_NESTED_CHARS = 65_536
_MAX_CODES = 20
_MAX_MESSAGE_CHARS = 8192


@dataclass(slots=True)
class ErrorDetails:
    """The content of an error response."""

    messages: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    """Error codes, types and states, in lower case."""
    param: str = ""
    status: int | None = None
    """An HTTP status that the body contains."""
    retry_after: str = ""
    quotas: list[str] = field(default_factory=list)
    """Names of the quotas that were exceeded (Gemini's `quotaId`)."""
    failed_generation: str = ""
    reasons: list[str] = field(default_factory=list)
    """Categories for which moderation flagged the prompt, and the provider that did."""
    token_counts: dict[str, int] = field(default_factory=dict)
    provider: str = ""
    """The provider behind a router that failed."""
    is_json: bool = False
    is_html: bool = False
    title: str = ""

    @property
    def text(self) -> str:
        """All messages, without duplicates, as far as a reader would read them."""
        whole = ": ".join(dict.fromkeys(message.strip() for message in self.messages if message.strip()))
        return whole[:_MAX_MESSAGE_CHARS]

    def add_message(self, message: str) -> None:
        """Add a message, unless an earlier one contains it; earlier ones that it contains are dropped."""
        message = message[:_MAX_MESSAGE_CHARS].strip()
        if (
            message
            and len(self.messages) < _MAX_MESSAGES
            and not any(message in known for known in self.messages)
        ):
            self.messages = [known for known in self.messages if known not in message]
            self.messages.append(message)


def extract_error(body: Any) -> ErrorDetails:
    """Extract the details from `body`: bytes, text, or a parsed JSON value."""
    details = ErrorDetails()
    if isinstance(body, bytes):
        body = body.decode("utf-8", "replace")
    if not isinstance(body, str):
        details.is_json = True
        _collect(body, details, 0)
        return details
    body = body.strip().removeprefix("\ufeff")
    if body.startswith("<"):
        details.is_html = True
        title = _TITLE.search(body)
        details.title = html.unescape(title[2]).strip() if title else ""
        return details
    if body[:1] in ("{", "[", '"'):
        values, _ = parse_json_values(body)
        for value in values:
            _collect(value, details, 0)
        if not values:
            # Truncated JSON: the message usually comes before the cut.
            for match in islice(_MESSAGE.finditer(body), _MAX_MESSAGES):
                _add_text(_unescape_json(match[1]), details, _MAX_DEPTH)
        if details.messages:
            details.is_json = True
            return details
    details.add_message(strip_tags(body))
    return details


def strip_tags(text: str) -> str:
    """Return the sanitized text without HTML tags."""
    # Sanitize first: a character removed from within a tag would otherwise leave a tag.
    return _TAG.sub(" ", sanitize(text[:_MAX_TEXT_CHARS]))


def _unescape_json(text: str) -> str:
    try:
        return str(json.loads(f'"{text}"'))
    except ValueError:
        return text


def _collect(value: Any, details: ErrorDetails, depth: int) -> None:
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, str):
        _add_text(value, details, depth)
    elif isinstance(value, list):
        for item in value[:8]:
            _collect(item, details, depth + 1)
    elif isinstance(value, dict):
        _collect_object(value, details, depth)


def _collect_object(value: dict[str, Any], details: ErrorDetails, depth: int) -> None:
    if isinstance(where := value.get("loc"), list) and "msg" in value:
        # FastAPI: {"loc": ["body", "seed"], "msg": "Extra inputs are not permitted", ...}
        name = ".".join(str(part) for part in where if part != "body")
        details.param = details.param or name
        details.add_message(f"{name}: {value['msg']}")
        details.codes = [*details.codes, str(value.get("type", ""))[:200].lower()][:_MAX_CODES]
        return
    for name in ("error", "errors"):
        if value.get(name):
            _collect(value[name], details, depth + 1)
    for name in _MESSAGE_KEYS:
        if value.get(name):
            _collect(value[name], details, depth + 1)
    for name in ("code", "type", "status", "statusCode", "status_code"):
        _add_code(value.get(name), details)
    if isinstance(param := value.get("param"), str) and param:
        details.param = details.param or param
    if isinstance(delay := value.get("retryDelay"), str):
        details.retry_after = delay
    if isinstance(failed := value.get("failed_generation"), str):
        details.failed_generation = failed
    if isinstance(violations := value.get("violations"), list):
        names = [str(one.get("quotaId", ""))[:200] for one in violations[:20] if isinstance(one, dict)]
        details.quotas = [*details.quotas, *names][:_MAX_CODES]
    for name in ("n_prompt_tokens", "n_ctx"):
        if isinstance(number := value.get(name), int):
            details.token_counts[name] = number
    _collect_dialects(value, details, depth)


def _collect_dialects(value: dict[str, Any], details: ErrorDetails, depth: int) -> None:
    """Collect what only some servers send: OpenRouter, Azure, MiniMax, Baidu, Tencent."""
    if isinstance(metadata := value.get("metadata"), dict):
        # OpenRouter: the response of the provider behind it, and why its moderation refused a prompt.
        if metadata.get("raw"):
            _collect(metadata["raw"], details, depth + 1)
        if isinstance(name := metadata.get("provider_name"), str):
            details.provider = name[:80]
        if isinstance(reasons := metadata.get("reasons"), list):
            details.reasons += [str(reason)[:80] for reason in reasons[:_MAX_REASONS]]
    if isinstance(inner := value.get("innererror"), dict):
        _add_filter_results(inner, details)
    if isinstance(base := value.get("base_resp"), dict) and (code := str(base.get("status_code") or "")):
        if code.isdigit() and len(code) < 6:
            details.status = details.status or _BASE_RESP_STATUS.get(int(code))
        said = base.get("status_msg")
        _add_text(said if isinstance(said, str) and said else f"error {code[:20]}", details, depth)
        details.codes = [*details.codes, f"base_resp_{code[:20]}"][:_MAX_CODES]
    if isinstance(value.get("error_msg"), str):
        _add_text(value["error_msg"], details, depth)
        details.codes = [*details.codes, str(value.get("error_code", ""))[:200]][:_MAX_CODES]
    if isinstance(response := value.get("Response"), dict) and isinstance(response.get("Error"), dict):
        fault = response["Error"]
        _add_text(str(fault.get("Message", "")), details, depth)
        _add_code(fault.get("Code"), details)


def _add_filter_results(inner: dict[str, Any], details: ErrorDetails) -> None:
    """Azure: `{"code": ..., "content_filter_result": {"violence": {"filtered": true}}}`."""
    _add_code(inner.get("code"), details)
    results = inner.get("content_filter_result") or inner.get("content_filter_results")
    if isinstance(results, dict):
        flagged = [name for name, one in results.items() if isinstance(one, dict) and one.get("filtered")]
        details.reasons += [str(name)[:80] for name in flagged[:_MAX_REASONS]]


def _add_text(text: str, details: ErrorDetails, depth: int) -> None:
    if len(text) <= _MAX_NESTED_CHARS and text.lstrip()[:1] in ("{", "["):
        # A gateway that quotes the JSON of the server behind it as text.
        values, bad = parse_json_values(text)
        if values and not bad:
            _collect(values, details, depth + 1)
            return
    if _PAGE.match(text.lstrip()):
        title = _TITLE.search(text)
        text = html.unescape(title[2]) if title else "a web page"
    details.add_message(strip_tags(text))


def _add_code(code: Any, details: ErrorDetails) -> None:
    number: int | None = None
    if isinstance(code, int) and not isinstance(code, bool):
        number = code
    elif isinstance(code, str) and code:
        if code.isdigit() and len(code) < 6:
            number = int(code)
        else:
            details.codes = [*details.codes, code[:200].lower()][:_MAX_CODES]
    if number is not None and 400 <= number < 600:
        details.status = details.status or number
