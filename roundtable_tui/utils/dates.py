"""Parse and format dates and durations for users."""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta
from math import isfinite

from roundtable_tui.errors import UsageError
from roundtable_tui.utils.text import single_line

_RELATIVE = re.compile(r"(\d{1,4})\s*(m|h|d|w)")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def parse_time(typed: str) -> float:
    """Return the time that the user typed, in seconds since the epoch.

    Args:
        typed: `2026-11-20`, `2026-11-20 16:30`, `today`, `yesterday`, or an age: `90m`, `12h`, `7d`, `2w`.

    Raises:
        UsageError: It is none of these.
    """
    words = typed.strip().lower()
    today = datetime.now().replace(hour=0, minute=0, second=0, microsecond=0)
    if words in ("today", "yesterday"):
        return (today - timedelta(days=words == "yesterday")).timestamp()
    if match := _RELATIVE.fullmatch(words):
        return (datetime.now() - timedelta(**{_UNITS[match[2]]: int(match[1])})).timestamp()
    try:
        return datetime.fromisoformat(typed.strip()).timestamp()
    except (ValueError, OverflowError, OSError):
        hint = "Write it as 2026-11-20, 2026-11-20 16:30, today, yesterday, 12h, 7d or 2w."
        raise UsageError(f"{single_line(typed, 40)} is no time", hint=hint) from None


def format_date(at: float) -> str:
    """Return a time as `2026-11-20 16:30`, in local time; "" for one that is not known."""
    when = _local_time(at)
    return when.strftime("%Y-%m-%d %H:%M") if when else ""


def format_relative(at: float, now: float | None = None) -> str:
    """Return a time as a list shows it: short, the nearer the finer. At most eleven characters."""
    when = _local_time(at)
    if when is None:
        return ""
    seconds = (time.time() if now is None else now) - at
    if 0 <= seconds < 60:
        return "just now"
    if 0 <= seconds < 3600:
        return f"{seconds // 60:.0f} min ago"
    present = _local_time(time.time() if now is None else now) or when
    if when.date() == present.date():
        return when.strftime("today %H:%M")
    if (present.date() - when.date()).days == 1:
        return when.strftime("yest. %H:%M")
    if when.year == present.year:
        return f"{when.day} {when.strftime('%b %H:%M')}"
    return f"{when.day} {when.strftime('%b %Y')}"


def format_duration(seconds: float) -> str:
    """Return a length of time as `42 s`, `3:05` or `1:02:03`."""
    if not isfinite(seconds):
        return "?"
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    return format_clock(seconds)


def format_clock(seconds: float) -> str:
    """Return a place on the clock as `0:07`, `3:05` or `1:02:03`."""
    whole = max(0, int(seconds)) if isfinite(seconds) else 0
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _local_time(at: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(at) if at > 0 else None
    except (ValueError, OverflowError, OSError):
        return None
