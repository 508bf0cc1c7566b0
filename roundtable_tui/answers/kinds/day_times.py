"""Times on another day than the one that was spoken of: "06:15 the next day"."""

from __future__ import annotations

import re
from fractions import Fraction

from roundtable_tui.answers.dates import parse_time
from roundtable_tui.answers.languages.phrases import expand
from roundtable_tui.answers.values import Items, Number, Unit
from roundtable_tui.utils.lazy_pattern import lazy_compile

_DAYS = expand(
    r"""(?x:
    (?P<next> {next_day} | {next_day:cjk} | \+ \s? 1 (?: \s? d (?:ay)? )? ) | (?P<previous> {previous_day} )
    )"""
)
_TIME_ON_DAY = lazy_compile(rf"(?P<time>.{{1,24}}?)\s*[,(]?\s*{_DAYS}\)?[.!]?", re.IGNORECASE)
_DAY_AFTER = lazy_compile(rf"[*_]{{0,3}}\s*[,(]?\s*{_DAYS}(?!\w)\)?", re.IGNORECASE)
_TIME_START = lazy_compile(r"\d{1,2}(?:[:.h]\d|\s?[ap]\.?\s?m)", re.IGNORECASE)
_OFFSET = Unit("days later")
_MAX_CHARS = 60


def parse_day_time(plain: str) -> Items | None:
    """Return a time and the days by which it is later, or None."""
    if len(plain) > _MAX_CHARS or not _TIME_START.match(plain):
        return None
    if (whole := parse_time(plain)) and whole.offset_s is not None:
        return None  # "15:30 GMT+1"
    match = _TIME_ON_DAY.fullmatch(plain)
    if match is None:
        return None
    time = parse_time(match["time"].strip(" ,("))
    if time is None:
        return None
    days = Fraction(1 if match["next"] else -1)
    return Items((time, Number(days, _OFFSET)), "on", is_ordered=True)


def extend_by_day(found: str, text: str) -> str:
    """Return a time with the day that a text gives after it: "06:15" of "lands at 06:15 the next day"."""
    label, colon, bare = found.strip(" .*").rpartition(": ")
    if len(bare) > _MAX_CHARS or not bare[:1].isdigit() or parse_time(bare) is None:
        return found
    place = text.rfind(bare)
    if place < 0:
        return found
    end = place + len(bare)
    if match := _DAY_AFTER.match(text, end):
        return label + colon + bare + match[0].lstrip("*_")
    return found
