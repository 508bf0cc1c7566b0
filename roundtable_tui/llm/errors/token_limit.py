"""Reads from a refusal how many tokens of an answer a request may ask for."""

from __future__ import annotations

import re

_ABOUT_LIMIT = re.compile(
    r"max_(?:completion_|new_|output_)?tokens|completion tokens|output tokens|in the (?:completion|output)"
    r"|maxOutputTokens",
    re.IGNORECASE,
)
_TOO_HIGH = re.compile(
    r"too (?:large|high|big|many)|at most|(?:less|smaller|lower|greater|larger) than|must be (?:<|between|in)"
    r"|> ?\d|exceed|above|maximum|range|supports? (?:only|up to)|up to|fewer|<=|reduce the length",
    re.IGNORECASE,
)
_NUMBER = r"`?(?<!\d)(\d{1,3}(?:,\d{3}){1,5}|\d{1,15})`?"
"""Bounded, so that a text of digits alone is searched in linear time."""
_PROMPT = re.compile(
    rf"{_NUMBER} (?:tokens? )?(?:in the messages|of text input|(?:prompt|`?inputs?`?|input) tokens"
    r"|from the input|in (?:your|the) prompt|`inputs`)",
    re.IGNORECASE,
)
_WINDOW = re.compile(
    rf"(?:maximum context (?:length|window)|context (?:length|window|size))[^\d]{{0,30}}{_NUMBER}"
    rf"|`?max_new_tokens`? must be <= {_NUMBER}|\(\d+ > {_NUMBER} - \d+\)",
    re.IGNORECASE,
)
_ALLOWED = re.compile(
    rf"(?:at most|(?:less|smaller) than or equal to|no more than|up to|<=|only afford)\s*{_NUMBER}"
    rf"|>\s*{_NUMBER}|\[\s*\d+\s*,\s*{_NUMBER}\s*[\])]|between \d+ and {_NUMBER}|from \d+ to {_NUMBER}"
    rf"|maximum[^.\d]{{0,60}}{_NUMBER}",
    re.IGNORECASE,
)
_MARGIN_TOKENS = 16
"""Left free for what chat templates add to a prompt."""


def allowed_answer_tokens(message: str, sent: int) -> int | None:
    """Return the token limit to send after a refusal of `sent`, 0 to send none; None if that was not refused.

    Args:
        message: The error message of the server.
        sent: The token limit that was sent.
    """
    numbers = {
        int(digits.replace(",", "")) for digits in re.findall(r"\d{1,3}(?:,\d{3})+|\d+", message[:4000])
    }
    if not (_ABOUT_LIMIT.search(message) and _TOO_HIGH.search(message)):
        return None
    window, prompt = _first(_WINDOW, message), _first(_PROMPT, message)
    if window is not None:
        if prompt is None:
            total = max((number for number in numbers if number > sent), default=0)
            prompt = total - sent if total else None
        if prompt is None or (sent not in numbers and prompt >= window):
            return 0 if sent in numbers else None
        left = window - prompt - min(_MARGIN_TOKENS, max(0, (window - prompt) // 10))
        return left if 0 < left < sent else None
    allowed = _first(_ALLOWED, message)
    if allowed is not None and 0 < allowed < sent:
        return allowed
    return 0 if sent in numbers or allowed is None else None


def stated_prompt_tokens(message: str) -> int | None:
    """Return the tokens of the prompt alone that a message names, or None."""
    return _first(_PROMPT, message)


def stated_window(message: str) -> int | None:
    """Return the context of the model, in tokens, that a message names, or None."""
    return _first(_WINDOW, message)


def _first(pattern: re.Pattern[str], message: str) -> int | None:
    found = pattern.search(message[:4000])
    digits = next((group for group in found.groups() if group), None) if found is not None else None
    return int(digits.replace(",", "")) if digits else None
