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
_MICRO = str.maketrans("µμ", "uu")
_UNIT_SECONDS = {"ns": 1e-9, "us": 1e-6, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_NUMBER = r"\d{1,16}(?:\.\d{1,9})?"
_UNIT = r"(?:ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)(?![a-z])"
_PART = lazy_compile(rf"({_NUMBER})\s*(ms|milli|[nuµμ]s|s|m|h|d)", re.I)
_DURATION = lazy_compile(rf"(?:{_NUMBER}\s*(?:[nuµμm]s|[smhd])\s*){{1,5}}", re.I)
_WORDED = rf"(?:{_NUMBER}\s*(?:{_UNIT}|(?:ms|[smhd])(?=\d))[\s,]*(?:and\s+)?){{1,5}}"
_WORDED_DURATION = lazy_compile(_WORDED, re.I)
_ANNOUNCED = r"(?:try again|retry|wait|resets?|available again|come back)"
_SENTENCE = lazy_compile(
    rf"{_ANNOUNCED}[^.\d]{{0,40}}?(?:in|after|for|within)?\s*({_WORDED})",
    re.I,
)
_ONE_UNIT = lazy_compile(
    rf"{_ANNOUNCED}[^.\d]{{0,40}}?\b(?:in|after|for|within) (?:an?|one) (second|minute|hour|day)\b", re.I
)
_CHINESE = lazy_compile(rf"({_NUMBER})\s*(毫秒|秒|分|小时|天)钟?\s*(?:之|以)?后")
_CHINESE_UNITS = {"毫秒": "ms", "秒": "s", "分": "m", "小时": "h", "天": "d"}
_BEFORE_MOMENT = r"(?:resets?|again|until|after|available|将在|将于)[^\d]{0,30}?"
_MOMENT = lazy_compile(
    rf"{_BEFORE_MOMENT}"
    r"(\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?",
    re.I,
)
_HTTP_DATE = lazy_compile(
    rf"{_BEFORE_MOMENT}(\d{{1,2}} [a-z]{{3}} \d{{4}} \d{{2}}:\d{{2}}:\d{{2}} (?:GMT|UTC|[+-]\d{{4}}))", re.I
)
_EPOCH = lazy_compile(r"(?:resets?|until|after|\|)[^\d]{0,30}?(1\d{9}(?:\d{3})?)(?!\d|[.-]\d)", re.I)
_RESET_NAME = lazy_compile(r"(?:^|-)reset(?:-|$)")
_LIMIT_ITEM = lazy_compile(r"(?:^|[;,\s])(t|reset|r|remaining)\s*=\s*(\d{1,9})\b", re.I)
_WHAT = r"(?:limit|quota|usage|allowance|cap|budget|requests?|tokens?|credits?)"
_PERIODS = {
    "day": lazy_compile(
        r"\bper[ _-]?days?\b|PerDay|\bdaily\b|\b[rt]pd\b|/ ?day\b|free-models-per-day|\ba day\b", re.I
    ),
    # Prices are per week and month too: the limit has to be named.
    **{
        period: lazy_compile(
            rf"\b{period}ly (?:\w+ ){{0,2}}{_WHAT}|{_WHAT}[^.$€]{{0,30}}\bper[ _-]?{period}\b|Per{period}"
            rf"|{_WHAT} (?:of|for|in) (?:the|this|a) {period}\b",
            re.I,
        )
        for period in ("week", "month")
    },
}
_KINDS = ("requests", "tokens")
_WAIT_FIELDS = {
    **dict.fromkeys(
        (
            "retrydelay", "retryafter", "retryafterseconds", "retryafters", "retryin", "retryinseconds",
            "resetsin", "resetin", "resetsinseconds", "resetinseconds", "resetafter", "resetafterseconds",
            "resetat", "resetsat", "resettime", "waitseconds", "waittime",
        ),
        1.0,
    ),
    **dict.fromkeys(("retryafterms", "retryinms", "resetafterms", "resetinms", "waitms"), 0.001),
}  # fmt: skip
"""Fields of a body, in lower case and without underscores and hyphens, with the seconds of their unit."""
_MAX_DEPTH = 10
_NO_ZONE = (UTC, timezone(timedelta(hours=8)))
"""Time zones in which servers state a time without naming one, besides the one of this machine."""


def find_reset(
    headers: Mapping[str, str], body: Any = None, message: str = "", now: float | None = None
) -> float | None:
    """Return the seconds until the server accepts requests again; None if it does not say so.

    Read are, in this order: `retry-after-ms`, `Retry-After` (seconds or an HTTP date, RFC 9110) and their
    variants; `x-ratelimit-reset*` and its variants (Unix time in seconds or milliseconds, seconds, durations
    such as 6m0s, RFC 3339 times) and `RateLimit` (draft-ietf-httpapi-ratelimit-headers); fields of the body,
    such as those headers repeated in it and `retryDelay`; the message ("try again in 20s", "will reset at
    2026-08-17 02:56:15"). Invalid values count as missing.

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


def find_used_up_period(texts: Sequence[str]) -> str:
    """Return "day", "week" or "month" if a refusal speaks of the quota of one; "" if of none."""
    found = (name for name, words in _PERIODS.items() if any(words.search(text[:4000]) for text in texts))
    return next(found, "")


def is_wait_header(name: str) -> bool:
    """Return whether a header says how long to wait, on responses of every status."""
    return "retry-after" in name.lower()


def read_headers(headers: Mapping[str, str], message: str, now: float) -> float | None:
    """Return the seconds that headers announce, or None."""
    lower = {str(name).lower(): str(value).strip() for name, value in headers.items()}
    waits = {name: value for name, value in lower.items() if is_wait_header(name)}
    for name in sorted(waits, key=lambda name: (not name.endswith("-ms"), len(name))):
        if not name.endswith("-ms"):
            if (seconds := parse_wait(waits[name], now)) is not None:
                return seconds
        elif (milliseconds := _parse_number(waits[name])) is not None:
            return milliseconds / 1000
    resets = {
        name: seconds
        for name, value in lower.items()
        if _RESET_NAME.search(name)
        and ("ratelimit" in name or "rate-limit" in name)
        and (seconds := parse_wait(value, now)) is not None
    }
    if not resets:
        return _read_limit_items(lower.get("ratelimit", ""))
    used_up = [name for name in resets if _parse_number(lower.get(_remaining(name), "")) == 0]
    named = [name for name in resets if any(kind in name and kind in message.lower() for kind in _KINDS)]
    open_ones = [name for name in resets if (_parse_number(lower.get(_remaining(name), "")) or 0) <= 0]
    short = [name for name in resets if not name.endswith("-day")]
    return max(resets[name] for name in used_up or named or open_ones or short or list(resets))


def _read_limit_items(value: str) -> float | None:
    """Return the seconds of a structured header: `"free";r=0;t=15`, or `limit=9, remaining=0, reset=15`.

    With several policies, those that are used up count.
    """
    policies = [dict(_LIMIT_ITEM.findall(policy.lower())) for policy in re.split(r',\s*(?=")', value[:1000])]
    resets = [(one.get("t") or one.get("reset"), one.get("r") or one.get("remaining")) for one in policies]
    used_up = [float(reset) for reset, left in resets if reset and left in ("0", None)]
    return max(used_up or [float(reset) for reset, _ in resets if reset], default=None)


def _remaining(name: str) -> str:
    return re.sub(r"(^|-)reset(-|$)", r"\1remaining\2", name)


def parse_wait(value: str, now: float) -> float | None:
    """Return the seconds meant by a value: a number of seconds, a Unix time, a duration or a date."""
    value = value.strip()
    if (number := _parse_number(value)) is not None:
        if number >= _MIN_EPOCH_MS:
            number /= 1000
        return max(0.0, number - now) if number >= _MIN_EPOCH_S else number
    if _DURATION.fullmatch(value) or _WORDED_DURATION.fullmatch(value):
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
    if (match := _HTTP_DATE.search(text) or _EPOCH.search(text)) is not None:
        return parse_wait(match[1] if match[1].isdigit() else f"on, {match[1]}", now)
    if (match := _SENTENCE.search(text)) is not None:
        return _sum_parts(match[1])
    if (match := _ONE_UNIT.search(text)) is not None:
        return _UNIT_SECONDS[match[1][0].lower()]
    if (match := _CHINESE.search(text)) is not None:
        return float(match[1]) * _UNIT_SECONDS[_CHINESE_UNITS[match[2]]]
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
        low = re.sub(r"[_-]", "", str(name)[:40].lower())
        if low == "headers" and isinstance(inner, dict):
            yield read_headers(inner, message, now)
        elif low in _WAIT_FIELDS and isinstance(inner, dict):
            yield _read_protobuf_duration(inner)
        elif low in _WAIT_FIELDS and isinstance(inner, str | int | float) and not isinstance(inner, bool):
            seconds = parse_wait(str(inner), now)
            yield None if seconds is None else seconds * _WAIT_FIELDS[low]
    for inner in value.values():
        yield from _read_fields(inner, message, now, depth - 1)


def _read_protobuf_duration(value: Mapping[str, Any]) -> float | None:
    """Return the seconds of a `google.protobuf.Duration` that is written as an object."""
    seconds, nanos = value.get("seconds", 0), value.get("nanos", 0)
    try:
        total = float(seconds) + float(nanos) / 1e9
    except (TypeError, ValueError, OverflowError):
        return None
    return total if 0 < total < _MAX_WAIT_S else None


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
        unit = unit.lower().translate(_MICRO)
        total += float(number) * _UNIT_SECONDS["ms" if unit == "milli" else unit]
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
