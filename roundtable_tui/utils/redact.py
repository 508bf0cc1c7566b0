"""Removes API keys from texts of servers: many repeat the key that they reject, whole or in part."""

from __future__ import annotations

import re
from urllib.parse import quote

PLACEHOLDER = "[key]"

_PATTERNS = (
    # The key follows after "Bearer".
    re.compile(r"(?i)\b(bearer|basic)\s+[^\s\"',;<>]{6,}"),
    # Known beginnings, also where the server has starred out the middle.
    re.compile(
        r"\b(?:sk|pk|rk|gsk|xai|hf|nvapi|pplx|csk|fw|ghp|gho|AIza|AKIA|r8|key|tok)[-_]?"
        r"(?=[A-Za-z0-9_\-*.•…]*[0-9*•…])[A-Za-z0-9_\-*.•…]{8,}[A-Za-z0-9*•…]"
    ),
    re.compile(r"\beyJ[A-Za-z0-9_\-]{8,}(?:\.[A-Za-z0-9_\-]+)*"),
    re.compile(r"(?i)((?:api[_-]?key|access[_-]?token|token|secret|password|[?&]key)[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,;<>]{8,}"),
    re.compile(r"\b[0-9a-fA-F]{24,}\b"),
    # Base64: long, and of all three kinds of characters, so that no word or model name looks like it.
    re.compile(
        r"(?<![A-Za-z0-9+_])(?=[A-Za-z0-9+_]*[0-9])(?=[A-Za-z0-9+_]*[a-z])(?=[A-Za-z0-9+_]*[A-Z])[A-Za-z0-9+_]{32,}={0,2}"
    ),
)  # fmt: skip
_GROUP_SEPARATOR = {0: " ", 3: ""}
_MIN_SECRET_CHARS = 8
_MIN_PREFIX_CHARS = 12
"""So much of a key's beginning is the key."""
_secrets: set[str] = set()


def register_secret(key: str) -> None:
    """Register a key before it is sent, so that `redact` removes it from every text."""
    if len(key) >= _MIN_SECRET_CHARS:  # A shorter one may be a word: some servers take any.
        _secrets.add(key)


def redact(text: str, key: str = "") -> str:
    """Return `text` without anything that is or looks like a key; `key` is the one that was sent."""
    for known in sorted({key, *_secrets} if len(key) >= 4 else _secrets, key=len, reverse=True):
        for form in {known, quote(known, safe="")}:
            text = _redact_prefixes(text.replace(form, PLACEHOLDER), form)
    for number, pattern in enumerate(_PATTERNS):
        if number in _GROUP_SEPARATOR:
            text = pattern.sub(rf"\1{_GROUP_SEPARATOR[number]}{PLACEHOLDER}", text)
        else:
            text = pattern.sub(PLACEHOLDER, text)
    return text


def _redact_prefixes(text: str, key: str) -> str:
    """Return `text` without prefixes of the key, which a server may have truncated."""
    while len(key) > _MIN_PREFIX_CHARS and (at := text.find(key[:_MIN_PREFIX_CHARS])) >= 0:
        end = at + _MIN_PREFIX_CHARS
        while end < len(text) and text[end] == key[end - at]:
            end += 1
        text = text[:at] + PLACEHOLDER + text[end:]
    return text
