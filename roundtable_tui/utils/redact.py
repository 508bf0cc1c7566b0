"""Takes keys out of what servers say: many echo the key they refuse, whole or in part."""

from __future__ import annotations

import re
from urllib.parse import quote

HIDDEN = "[key]"

_PATTERNS = (
    # Who says "Bearer" says the key next.
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
_KEPT_GROUP = {0: " ", 3: ""}
_LONG_ENOUGH = 8
_CUT = 12
"""So much of a key's beginning is the key."""
_sent: set[str] = set()


def remember(key: str) -> None:
    """Hide this key wherever it may turn up from now on: it is about to be sent."""
    if len(key) >= _LONG_ENOUGH:  # A shorter one may be a word: some servers take any.
        _sent.add(key)


def mask(text: str, key: str = "") -> str:
    """Return `text` without anything that is or looks like a key; `key` is the one that was sent."""
    for known in sorted({key, *_sent} if len(key) >= 4 else _sent, key=len, reverse=True):
        for form in {known, quote(known, safe="")}:
            text = _without_beginnings(text.replace(form, HIDDEN), form)
    for number, pattern in enumerate(_PATTERNS):
        if number in _KEPT_GROUP:
            text = pattern.sub(lambda match, gap=_KEPT_GROUP[number]: f"{match[1]}{gap}{HIDDEN}", text)  # type: ignore[misc]
        else:
            text = pattern.sub(HIDDEN, text)
    return text


def _without_beginnings(text: str, key: str) -> str:
    """Return `text` without what a server has cut in the middle of the key."""
    while len(key) > _CUT and (at := text.find(key[:_CUT])) >= 0:
        end = at + _CUT
        while end < len(text) and text[end] == key[end - at]:
            end += 1
        text = text[:at] + HIDDEN + text[end:]
    return text
