"""Reads from a refusal how many tokens of an answer a request may ask for."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from roundtable_tui.utils.lazy_pattern import lazy_compile

_ABOUT_LIMIT = lazy_compile(
    r"max_(?:completion_|new_|output_)?tokens|completion tokens|output tokens"
    r"|(?:in|for|messages or) the (?:completion|output)|messages or completion|maxOutputTokens"
    r"|maximum tokens you requested|request too large.{0,200}tokens per min",
    re.IGNORECASE,
)
_TOO_HIGH = lazy_compile(
    r"too (?:large|high|big|many)|at most|(?:less|smaller|lower|greater|larger) than|> ?\d|exceed|above"
    r"|(?:must|should) be (?:<|between|in)|maximum|range|supports? (?:only|up to)|up to|fewer|<="
    r"|reduce the length|范围|超过|大于|过大|参数非法",
    re.IGNORECASE,
)
_NUMBER = r"`?(?<!\d)(\d{1,3}(?:,\d{3}){1,5}|\d{1,15})`?"
"""Bounded, so that a text of digits alone is searched in linear time."""
_PROMPT = lazy_compile(
    rf"{_NUMBER} (?:tokens? )?(?:in the messages|of text input|(?:prompt|`?inputs?`?|input) tokens"
    r"|from the input|in (?:your|the) prompt|`inputs`|\+ \d+ > \d)",
    re.IGNORECASE,
)
_WINDOW = lazy_compile(
    rf"(?:maximum context (?:length|window)|context (?:length|window|size))[^\d]{{0,30}}{_NUMBER}"
    rf"|(?<!\d)\d{{1,15}} \+ \d{{1,15}} > {_NUMBER}|tokens per min(?:ute)?[^:]{{0,20}}: Limit:? {_NUMBER}"
    rf"|current length is \d+ while limit is {_NUMBER}"
    rf"|`?max_new_tokens`? must be <= {_NUMBER}|\(\d+ > {_NUMBER} - \d+\)",
    re.IGNORECASE,
)
_ALLOWED = lazy_compile(
    rf"(?:at most|(?:less|smaller) than or equal to|no more than|up to|<=|only afford)\s*{_NUMBER}"
    rf"|>\s*{_NUMBER}|\[\s*\d+\s*,\s*{_NUMBER}\s*[\])]|between \d+ and {_NUMBER}|from \d+ to {_NUMBER}"
    rf"|maximum[^.\d]{{0,60}}{_NUMBER}|model limit of {_NUMBER}",
    re.IGNORECASE,
)
_AFFORDABLE = lazy_compile(rf"can only afford {_NUMBER}", re.IGNORECASE)
_MIN_AFFORDABLE = 64
"""Fewer tokens than this are not worth a request."""
_MARGIN_TOKENS = 16
"""Left free for what chat templates add to a prompt."""


_ESTIMATE_FACTOR = 1.3
"""By how much the tokens of a prompt may exceed their estimate."""


@dataclass(frozen=True, slots=True)
class LearnedTokenLimit:
    """What a refusal said about the token limits that one model accepts."""

    refused: int | None
    """The limit that was refused; None for a request without one."""
    allowed: int
    """The limit to send instead; 0 to send none."""
    window: int | None = None
    """The context of the model, if the limit was too high for what the prompt left of it."""
    hidden: int = 0
    """Tokens of that prompt beyond its estimate: what a chat template adds."""

    def lower(self, wanted: int | None, prompt: int) -> int | None:
        """Return the limit to send where `wanted` was asked for; `prompt`: its estimated tokens."""
        if wanted is None:
            return self.allowed if self.refused is None else None
        if self.window is not None:
            left = self.window - math.ceil(prompt * _ESTIMATE_FACTOR) - self.hidden - _MARGIN_TOKENS
            return min(wanted, left) if left > 0 else wanted
        if self.allowed:
            return min(wanted, self.allowed)
        return None if self.refused is not None and wanted >= self.refused else wanted


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


def affordable_answer_tokens(message: str) -> int | None:
    """Return how many tokens of an answer the credit of the account still pays for, if a refusal says so.

    OpenRouter reserves the whole output of the model where a request sets no limit, and then refuses with
    status 402: https://github.com/can1357/oh-my-pi/issues/9569, 2026-08-24.
    """
    tokens = _first(_AFFORDABLE, message)
    return tokens if tokens is not None and tokens >= _MIN_AFFORDABLE else None


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
