"""Finds the words in a server's refusal, whatever shape they come in."""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass, field
from typing import Any

from roundtable_tui.llm.stream.chunk import parse_json_values
from roundtable_tui.utils.text import sanitize

_TITLE = re.compile(r"<(title|message)\b[^>]*>([^<]*)", re.IGNORECASE)
_PAGE = re.compile(r"\s*<(?:!doctype|!--|\?xml|html|head|body)\b", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z!][^<>]{0,200}>")
_MESSAGE = re.compile(r'"(?:message|error|detail|msg)"\s*:\s*"((?:[^"\\]|\\.)*)', re.DOTALL)
_MESSAGE_KEYS = ("message", "msg", "detail", "details", "error_description", "reason", "title", "description")
_MAX_DEPTH = 6


@dataclass(slots=True)
class ErrorDetails:
    """What a refusal says."""

    messages: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    """Codes, types and states, lower case."""
    param: str = ""
    status: int | None = None
    """An HTTP status inside the body."""
    retry_after: str = ""
    failed_generation: str = ""
    token_counts: dict[str, int] = field(default_factory=dict)
    is_html: bool = False
    title: str = ""

    @property
    def text(self) -> str:
        """All that is said, each thing once."""
        return ": ".join(dict.fromkeys(said.strip() for said in self.messages if said.strip()))

    def add_message(self, message: str) -> None:
        """Take another thing said, unless it is only a longer or shorter form of one before."""
        message = message.strip()
        if message and not any(message in known for known in self.messages):
            self.messages = [known for known in self.messages if known not in message]
            self.messages.append(message)


def extract_error(body: Any) -> ErrorDetails:
    """Return the words in `body`: bytes, text, or a JSON value that is already read."""
    words = ErrorDetails()
    if isinstance(body, bytes):
        body = body.decode("utf-8", "replace")
    if not isinstance(body, str):
        _collect(body, words, 0)
        return words
    body = body.strip().removeprefix("\ufeff")
    if body.startswith("<"):
        words.is_html = True
        title = _TITLE.search(body)
        words.title = html.unescape(title[2]).strip() if title else ""
        return words
    if body[:1] in ("{", "[", '"'):
        values, _ = parse_json_values(body)
        for value in values:
            _collect(value, words, 0)
        if not values:
            # JSON that was cut: the message usually stands before the cut.
            for match in _MESSAGE.finditer(body):
                _add_text(_unescape_json(match[1]), words, _MAX_DEPTH)
        if words.messages:
            return words
    words.add_message(strip_tags(body))
    return words


def strip_tags(text: str) -> str:
    """Return text, cleaned, without the tags of a page."""
    # Cleaned before, for what is dropped from within a tag would leave one.
    return _TAG.sub(" ", sanitize(text))


def _unescape_json(text: str) -> str:
    try:
        return str(json.loads(f'"{text}"'))
    except ValueError:
        return text


def _collect(value: Any, words: ErrorDetails, depth: int) -> None:
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, str):
        _add_text(value, words, depth)
    elif isinstance(value, list):
        for item in value[:8]:
            _collect(item, words, depth + 1)
    elif isinstance(value, dict):
        _collect_object(value, words, depth)


def _collect_object(value: dict[str, Any], words: ErrorDetails, depth: int) -> None:
    if isinstance(where := value.get("loc"), list) and "msg" in value:
        # FastAPI: {"loc": ["body", "seed"], "msg": "Extra inputs are not permitted", ...}
        name = ".".join(str(part) for part in where if part != "body")
        words.param = words.param or name
        words.add_message(f"{name}: {value['msg']}")
        words.codes.append(str(value.get("type", "")).lower())
        return
    for name in ("error", "errors"):
        if value.get(name):
            _collect(value[name], words, depth + 1)
    for name in _MESSAGE_KEYS:
        if value.get(name):
            _collect(value[name], words, depth + 1)
    for name in ("code", "type", "status", "statusCode", "status_code"):
        _add_code(value.get(name), words)
    if isinstance(param := value.get("param"), str) and param:
        words.param = words.param or param
    if isinstance(delay := value.get("retryDelay"), str):
        words.retry_after = delay
    if isinstance(failed := value.get("failed_generation"), str):
        words.failed_generation = failed
    for name in ("n_prompt_tokens", "n_ctx"):
        if isinstance(number := value.get(name), int):
            words.token_counts[name] = number
    if isinstance(metadata := value.get("metadata"), dict) and metadata.get("raw"):
        # OpenRouter: the words of the server behind it.
        _collect(metadata["raw"], words, depth + 1)


def _add_text(text: str, words: ErrorDetails, depth: int) -> None:
    if text.lstrip()[:1] in ("{", "["):
        # A gateway that quotes the server behind it as text.
        values, bad = parse_json_values(text)
        if values and not bad:
            _collect(values, words, depth + 1)
            return
    if _PAGE.match(text):
        title = _TITLE.search(text)
        text = html.unescape(title[2]) if title else "a web page"
    words.add_message(strip_tags(text))


def _add_code(code: Any, words: ErrorDetails) -> None:
    number: int | None = None
    if isinstance(code, int) and not isinstance(code, bool):
        number = code
    elif isinstance(code, str) and code:
        if code.isdigit() and len(code) < 6:
            number = int(code)
        else:
            words.codes.append(code.lower())
    if number is not None and 400 <= number < 600:
        words.status = words.status or number
