"""Reads when a server accepts requests again: from headers, fields and messages of a refusal."""

from __future__ import annotations

import email.utils
import math
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from roundtable_tui.utils.lazy_pattern import lazy_compile

_MIN_EPOCH_S = 1e8
"""A number from here on is a Unix time, a smaller one a number of seconds."""
_MIN_EPOCH_MS = 1e11
_MAX_WAIT_S = 1e9
_UNIT_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_NUMBER = r"\d{1,16}(?:\.\d{1,9})?"
_UNIT = r"(?:ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)(?![a-z])"
_PART = lazy_compile(rf"({_NUMBER})\s*(ms|milli|s|m|h|d)", re.I)
_DURATION = lazy_compile(rf"(?:{_NUMBER}\s*(?:ms|[smhd])\s*){{1,5}}", re.I)
_SENTENCE = lazy_compile(
    r"(?:try again|retry|wait|resets?|available again|come back)[^.\d]{0,40}?(?:in|after|for|within)?\s*"
    rf"((?:{_NUMBER}\s*(?:{_UNIT}|(?:ms|[smhd])(?=\d))[\s,]*(?:and\s+)?){{1,5}})",
    re.I,
)
_MOMENT = lazy_compile(
    r"(?:resets?|again|until|after|available)[^\d]{0,30}?"
    r"(\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?",
    re.I,
)
_RESET_NAME = lazy_compile(r"(?:^|-)reset(?:-|$)")
_DAILY = lazy_compile(
    r"\bper[ _-]?days?\b|PerDay|\bdaily\b|\b[rt]pd\b|/ ?day\b|free-models-per-day|\ba day\b", re.I
)
_KINDS = ("requests", "tokens")
_WAIT_FIELDS = {
    "retrydelay": 1.0, "retry_after": 1.0, "retryafter": 1.0, "retry_after_seconds": 1.0,
    "resets_in_seconds": 1.0, "reset_in_seconds": 1.0, "resets_in": 1.0, "retry_after_ms": 0.001,
    "reset_at": 1.0, "resets_at": 1.0, "reset_time": 1.0, "resettime": 1.0,
}  # fmt: skip
_MAX_DEPTH = 6
_NO_ZONE = (UTC, timezone(timedelta(hours=8)))
"""Time zones in which servers state a time without naming one, besides the one of this machine."""


def find_reset(
    headers: Mapping[str, str], body: Any = None, message: str = "", now: float | None = None
) -> float | None:
    """Return the seconds until the server accepts requests again; None if it does not say so.

    Read are, in this order: `retry-after-ms` and `Retry-After` (seconds or an HTTP date, RFC 9110);
    `x-ratelimit-reset*` and its variants (Unix time in seconds or milliseconds, seconds, durations such as
    6m0s, RFC 3339 times); fields of the body, such as those headers repeated in it and `retryDelay`; the
    message ("try again in 20s", "will reset at 2026-08-17 02:56:15"). Invalid values count as missing.

    Args:
        headers: The headers of the response.
        body: The parsed JSON value of the body.
        message: The text of the error.
        now: The current Unix time.
    """
    now = time.time() if now is None else now
    for found in (
        read_headers(headers, message, now),
        *(_read_fields(body, message, now, _MAX_DEPTH)),
        read_message(message, now),
    ):
        if found is not None:
            return found
    return None


def is_daily(texts: Sequence[str]) -> bool:
    """Return whether a refusal speaks of the quota of a day."""
    return any(_DAILY.search(text[:4000]) for text in texts)


def read_headers(headers: Mapping[str, str], message: str, now: float) -> float | None:
    """Return the seconds that headers announce, or None."""
    lower = {str(name).lower(): str(value).strip() for name, value in headers.items()}
    if (milliseconds := _parse_number(lower.get("retry-after-ms", ""))) is not None:
        return milliseconds / 1000
    if (seconds := parse_wait(lower.get("retry-after", ""), now)) is not None:
        return seconds
    resets = {
        name: seconds
        for name, value in lower.items()
        if _RESET_NAME.search(name)
        and ("ratelimit" in name or "rate-limit" in name)
        and (seconds := parse_wait(value, now)) is not None
    }
    if not resets:
        return None
    used_up = [name for name in resets if _parse_number(lower.get(_remaining(name), "")) == 0]
    named = [name for name in resets if any(kind in name and kind in message.lower() for kind in _KINDS)]
    open_ones = [name for name in resets if (_parse_number(lower.get(_remaining(name), "")) or 0) <= 0]
    short = [name for name in resets if not name.endswith("-day")]
    return max(resets[name] for name in used_up or named or open_ones or short or list(resets))


def _remaining(name: str) -> str:
    return re.sub(r"(^|-)reset(-|$)", r"\1remaining\2", name)


def parse_wait(value: str, now: float) -> float | None:
    """Return the seconds meant by a value: a number of seconds, a Unix time, a duration or a date."""
    value = value.strip()
    if (number := _parse_number(value)) is not None:
        if number >= _MIN_EPOCH_MS:
            number /= 1000
        return max(0.0, number - now) if number >= _MIN_EPOCH_S else number
    if _DURATION.fullmatch(value):
        return _sum_parts(value)
    if (moment := _parse_moment(value)) is not None:
        return max(0.0, moment - now)
    if value[:1].isalpha() and len(value) < 60:
        try:
            return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - now)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
    return None


def read_message(message: str, now: float) -> float | None:
    """Return the seconds that a text announces ("try again in 20s", "resets at ..."), or None."""
    text = message[:4000]
    if len(text) <= 40 and _DURATION.fullmatch(text.strip()):
        return _sum_parts(text)
    if (match := _MOMENT.search(text)) is not None:
        zone = (match[2] or "").upper()
        return _seconds_until(
            match[1].replace(" ", "T"), "+00:00" if zone in ("Z", "UTC", "GMT") else zone, now
        )
    if (match := _SENTENCE.search(text)) is not None:
        return _sum_parts(match[1])
    return None


def _seconds_until(stated: str, zone: str, now: float) -> float | None:
    """Return the seconds until a stated time. Without a zone, it is the first that has not passed."""
    try:
        then = datetime.fromisoformat(stated + zone)
    except ValueError:
        return None
    if then.tzinfo is not None:
        return max(0.0, then.timestamp() - now)
    try:
        moments = [then.timestamp(), *(then.replace(tzinfo=one).timestamp() for one in _NO_ZONE)]
    except (OverflowError, OSError, ValueError):
        return None
    return min((moment - now for moment in moments if moment > now), default=0.0)


def _read_fields(value: Any, message: str, now: float, depth: int) -> Iterator[float | None]:
    """Yield what the fields of a body announce, outer ones first."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "[") and len(value) < 65_536 and depth:
        from roundtable_tui.utils.nesting import load_json

        try:
            value = load_json(value)
        except (ValueError, RecursionError):
            return
    if depth == 0 or not isinstance(value, dict | list):
        return
    if isinstance(value, list):
        for item in value[:8]:
            yield from _read_fields(item, message, now, depth - 1)
        return
    for name, inner in value.items():
        low = str(name).lower()
        if low == "headers" and isinstance(inner, dict):
            yield read_headers(inner, message, now)
        elif low in _WAIT_FIELDS and isinstance(inner, str | int | float) and not isinstance(inner, bool):
            seconds = parse_wait(str(inner), now)
            yield None if seconds is None else seconds * _WAIT_FIELDS[low]
    for inner in value.values():
        yield from _read_fields(inner, message, now, depth - 1)


def _parse_number(value: str) -> float | None:
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) and 0 <= number < 1e14 and _is_possible(number) else None


def _is_possible(number: float) -> bool:
    return number < 1e7 or _MIN_EPOCH_S <= number < 1e14


def _parse_moment(value: str) -> float | None:
    if not re.match(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:", value):
        return None
    try:
        then = datetime.fromisoformat(value)
    except ValueError:
        return None
    return (then if then.tzinfo is not None else then.replace(tzinfo=UTC)).timestamp()


def _sum_parts(text: str) -> float | None:
    total = 0.0
    for number, unit in _PART.findall(text):
        total += float(number) * _UNIT_SECONDS["ms" if unit.lower() == "milli" else unit.lower()]
    return total if total < _MAX_WAIT_S else None


def describe_reset(seconds: float, now: datetime | None = None) -> str:
    """Return when a limit is reset: "Its limit is reset at 02:56, in 45 min"; with a date if not today."""
    now = datetime.now().astimezone() if now is None else now
    try:
        then = now + timedelta(seconds=seconds)
    except OverflowError:
        return ""
    day = "" if then.date() == now.date() else f" on {then:%Y-%m-%d}"
    if seconds < 5400:
        left = f"{max(1, round(seconds / 60))} min"
    else:
        left = f"{seconds / 3600:.0f} h" if seconds < 172_800 else f"{seconds / 86_400:,.0f} days"
    return f"Its limit is reset at {then:%H:%M}{day}, in {left}"
