"""Parse and format dates and times for users."""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta

from roundtable_tui.errors import UsageError
from roundtable_tui.utils.text import single_line

_RELATIVE = re.compile(r"(\d{1,4})\s*(m|h|d|w)")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}|\d{8}|\d{4}-?w\d{2}(?:-?\d)?")
_FRACTION = re.compile(r"(?<=:\d\d)\.\d+")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def parse_end(typed: str) -> float:
    """Parse the end of a period: a day without a time is meant with all of its hours.

    Returns seconds since the epoch, like `parse_time`. Raises UsageError.
    """
    at = parse_time(typed)
    words = typed.strip().lower()
    if words not in ("today", "yesterday") and not _DAY.fullmatch(words):
        return at
    # A day may have 23 or 25 hours.
    return (datetime.fromtimestamp(at).replace(hour=0) + timedelta(days=1)).timestamp()


def parse_time(typed: str) -> float:
    """Parse a date, a time or an age as a user types it.

    Args:
        typed: `2026-11-20`, `2026-11-20 16:30`, `today`, `yesterday`, or an age: `90m`, `12h`, `7d`, `2w`.

    Returns:
        Seconds since the epoch.

    Raises:
        UsageError: The text is not a time.
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
        raise UsageError(f"not a valid time: {single_line(typed, 40)}", hint=hint) from None


def drop_fraction(timestamp: str) -> str:
    """Return an ISO 8601 time as recorded, without the fraction of its second."""
    return _FRACTION.sub("", timestamp, count=1)


def format_date(at: float) -> str:
    """Format a time as `2026-11-20 16:30`, in local time; "" if it is unknown (0)."""
    when = _local_time(at)
    return when.strftime("%Y-%m-%d %H:%M") if when else ""


def format_relative(at: float, now: float | None = None) -> str:
    """Format a time for a list, more precisely the more recent it is, in at most 11 characters."""
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


def _local_time(at: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(at) if at > 0 else None
    except (ValueError, OverflowError, OSError):
        return None
