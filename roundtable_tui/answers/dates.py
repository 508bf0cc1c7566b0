"""Dates and times of day that can be read in only one way."""

from __future__ import annotations

import re

from roundtable_tui.answers.values import Date, Time
from roundtable_tui.utils.lazy_pattern import lazy_compile

_MONTH_NAMES = (
    "january jan januar janvier enero gennaio janeiro januari января январь",
    "february feb februar février febrero febbraio fevereiro februari февраля февраль",
    "march mar märz mars marzo março maart марта март",
    "april apr avril abril aprile апреля апрель",
    "may mai mayo maggio maio mei мая май",
    "june jun juni juin junio giugno junho июня июнь",
    "july jul juli juillet julio luglio julho июля июль",
    "august aug août agosto augustus августа август",
    "september sep sept septembre septiembre settembre setembro сентября сентябрь",
    "october oct oktober octobre octubre ottobre outubro октября октябрь",
    "november nov novembre noviembre novembro ноября ноябрь",
    "december dec dezember décembre diciembre dicembre dezembro декабря декабрь",
)
MONTHS = {name: n for n, line in enumerate(_MONTH_NAMES, 1) for name in line.split()}
_ANY_DIGIT = lazy_compile("[0-9]")
_WEEKDAY = lazy_compile(
    r"(?:on\s+)?(?:mon|tues|wednes|thurs|fri|satur|sun)day,?\s+|(?:am|den|der|le|el|il|on)\s+(?=\d)",
    re.IGNORECASE,
)
_DAY = r"(\d{1,2})(?:st|nd|rd|th|er|º|\.)?"
_DAY_FIRST = lazy_compile(
    rf"(?:the\s+)?{_DAY}\s+(?:of\s+|de\s+)?([^\W\d_]+)\.?,?(?:\s+(?:de\s+)?(\d{{4}}))?(?:\s*г\.?)?"
)
_MONTH_FIRST = lazy_compile(rf"([^\W\d_]+)\.?\s+(?:the\s+)?{_DAY}(?:,?\s+(\d{{4}}))?")
_MONTH_YEAR = lazy_compile(r"([^\W\d_]+)\.?,?\s+(?:of\s+|de\s+)?(\d{4})")
_YEAR_MONTH = lazy_compile(r"(\d{2})(\d{2})-(0\d|1[0-2])")
_ISO = lazy_compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_DIGITS = lazy_compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})")
_CJK = lazy_compile(r"(?:(\d{4})\s*[年년]\s*)?(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日号일]")
_TIME = lazy_compile(
    r"(\d{1,2})(?:[:.h](\d{2})(?::(\d{2}))?)?\s*([ap]\.?\s?m\.?|o'?clock|uhr)?", re.IGNORECASE
)
_TIME_IN_WORDS = lazy_compile(
    r"(half|(?:a\s+)?quarter|[\w-]+(?:\s+minutes)?)\s+(past|to)\s+([a-z]+|\d{1,2})(?:\s+([ap])\.?m\.?)?",
    re.IGNORECASE,
)
BEFORE_CHRIST = (
    r"B\.?\s?C\.?(?:\s?E\.?)?|v\.?\s?Chr\.?|v\.\s?u\.\s?Z\.?|av\.?\s?J\.?-?\s?C\.?|a\.\s?(?:de\s)?C\.?|"
    r"до\s+н\.?\s?э\.?|p\.\s?n\.\s?e\.?"
)
AFTER_CHRIST = (
    r"A\.?\s?D\.?|C\.?\s?E\.?|n\.?\s?Chr\.?|n\.\s?u\.\s?Z\.?|apr?\.?\s?J\.?-?\s?C\.?|d\.\s?(?:de\s)?C\.?|"
    r"н\.?\s?э\.?|n\.\s?e\.?"
)
ERA = rf"(?:{BEFORE_CHRIST}|{AFTER_CHRIST})(?!\w)"
"""A pattern for an era after a year."""
_YEAR_OF_ERA = lazy_compile(
    rf"(?:(?P<day>.*\w)[,.]?\s+)?(?P<year>\d{{1,5}}|\d{{1,2}},\d{{3}})\s*"
    rf"(?:(?P<before>{BEFORE_CHRIST})|{AFTER_CHRIST})",
    re.IGNORECASE,
)
_ERA_FIRST = lazy_compile(r"A\.?D\.?\s*(\d{1,4})|公元(前?)(\d{1,4})年?|(?:西元|紀元)(前?)(\d{1,4})年?")
_LAST_OF_ERA = frozenset("CDEcderzZэ.年")
"""The characters with which a year with its era ends."""
ZONES = {
    "UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "CET": 1, "MEZ": 1, "CEST": 2, "MESZ": 2, "EET": 2, "EEST": 3,
    "MSK": 3, "JST": 9, "KST": 9, "EST": -5, "EDT": -4, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
    "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
}  # fmt: skip
"""Hours from UTC. `IST`, `CST` and `BST` are the names of several zones, which are compared as text."""
_BASES = (None, "UTC", "GMT")
"""What an offset may follow."""
_ZONED = lazy_compile(
    rf"(?P<time>\d[\d:.h]*(?:\s?[AaPp]\.?\s?[Mm]\.?)?|noon|midnight)\s*\(?"
    rf"(?P<zone>{'|'.join(sorted(ZONES, key=len, reverse=True))})?"
    r"\s*(?:(?P<sign>[-+±])\s?(?P<hours>\d{1,2}):?(?P<minutes>\d\d)?)?\)?"
)
_HOUR_NAMES = "one two three four five six seven eight nine ten eleven twelve".split()  # noqa: SIM905
_HOURS = {name: n for n, name in enumerate(_HOUR_NAMES, 1)}
_MINUTES = {**_HOURS, "half": 30, "quarter": 15, "a quarter": 15, "twenty": 20, "twenty five": 25}
_NAMED_TIMES = {"noon": 43200, "midday": 43200, "midnight": 0}


def parse_date(plain: str) -> Date | None:
    """Return the date that a text is, or None; `03/04/2024` could be two dates and is none."""
    if not _ANY_DIGIT.search(plain):
        return None
    if (plain[-1] in _LAST_OF_ERA or plain[0] in "A公西紀") and (date := _parse_era(plain)):
        return date
    plain = _WEEKDAY.sub("", plain, count=1) if _WEEKDAY.match(plain) else plain
    if match := _DAY_FIRST.fullmatch(plain):
        return _date(match[3], match[2], match[1])
    if match := _MONTH_FIRST.fullmatch(plain):
        return _date(match[3], match[1], match[2])
    if match := _MONTH_YEAR.fullmatch(plain):
        return _date(match[2], match[1], "0")
    if match := _ISO.fullmatch(plain) or _CJK.fullmatch(plain):
        return _date(match[1], match[2], match[3])
    if (match := _YEAR_MONTH.fullmatch(plain)) and int(match[2]) >= int(match[3]):
        return _date(match[1] + match[2], match[3], "0")  # 2010-12 may be three years.
    if match := _DIGITS.fullmatch(plain):
        first, second = int(match[1]), int(match[3])
        if match[2] == "." or first > 12 or first == second:
            return _date(match[4], match[3], match[1])
        if second > 12:
            return _date(match[4], match[1], match[3])
    return None


def _parse_era(plain: str) -> Date | None:
    """Return the year, or the day, of a text that names its era: -44 is 44 BC."""
    if match := _ERA_FIRST.fullmatch(plain):
        year = int(match[1] or match[3] or match[5])
        return Date(-year if match[2] or match[4] else year, 0, 0) if year else None
    if (match := _YEAR_OF_ERA.fullmatch(plain)) is None or not int(match["year"].replace(",", "")):
        return None
    day = parse_date(match["day"]) if match["day"] else Date(0, 0, 0)
    if day is None or day.year:
        return None
    year = int(match["year"].replace(",", ""))
    return Date(-year if match["before"] else year, day.month, day.day)


def _date(year: str | None, month: str, day: str) -> Date | None:
    number = int(month) if month.isdecimal() else MONTHS.get(month.lower(), 0)
    if 1 <= number <= 12 and 0 <= int(day) <= 31:
        return Date(int(year or 0), number, int(day))
    return None


def parse_time(plain: str) -> Time | None:
    """Return the time of day that a text is, or None; `12.30` and `7` alone are numbers."""
    if plain.lower().removeprefix("12 ") in _NAMED_TIMES:
        return Time(_NAMED_TIMES[plain.lower().removeprefix("12 ")])
    if (" past " in plain or " to " in plain) and (match := _TIME_IN_WORDS.fullmatch(plain)):
        return _parse_time_in_words(*match.groups())
    if not plain[0].isdigit() and not plain.startswith(("noon", "midnight")):
        return None
    if (plain[-1] in "ZTCK)" or "+" in plain or "-" in plain) and (match := _ZONED.fullmatch(plain)):
        return _parse_zoned(match)
    match = _TIME.fullmatch(plain)
    if match is None:
        return None
    half = (match[4] or "").lower().replace(".", "").replace(" ", "")
    if not half and (match[2] is None or plain[len(match[1])] not in ":h"):
        return None
    hour, minute, second = int(match[1]), int(match[2] or 0), int(match[3] or 0)
    if half in ("am", "pm"):
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    return Time(hour * 3600 + minute * 60 + second) if hour < 24 and minute < 60 and second < 60 else None


def _parse_zoned(match: re.Match[str]) -> Time | None:
    """Return a time with its zone: `15:30 UTC`, `17:30+02:00`, `9 am EST`; `12-5` is none."""
    said, zone, hours, minutes = match["time"], match["zone"], match["hours"], match["minutes"]
    at = parse_time(f"{said}:00" if zone and said.isdecimal() else said)
    if at is None or not (zone or hours) or (hours and zone not in _BASES):
        return None
    if hours and not zone and (":" not in said or len(hours) + len(minutes or "") < 4):
        return None  # "9:00-10" is a span.
    shift_s = int(hours or 0) * 3600 + int(minutes or 0) * 60
    return Time(at.seconds, ZONES[zone or "UTC"] * 3600 + (-shift_s if match["sign"] == "-" else shift_s))


def _parse_time_in_words(minutes: str, side: str, hour_name: str, half: str | None) -> Time | None:
    """Return the time that "half past three" is; without am or pm the hours after noon are not meant."""
    words = " ".join(minutes.lower().replace("-", " ").split()).removesuffix(" minutes")
    minute = int(words) if words.isdecimal() else _MINUTES.get(words, 0)
    hour = int(hour_name) if hour_name.isdecimal() else _HOURS.get(hour_name.lower(), 0)
    if side.lower() == "to" and not (half or words.endswith("quarter") or "minute" in minutes):
        return None  # "Five to ten" is a range.
    if not 0 < minute < 60 or not 0 < hour <= 12 or (minutes.lower() == "half" and side.lower() == "to"):
        return None
    at = (hour % 12 if half else hour) * 60 + (minute if side.lower() == "past" else -minute)
    at += 12 * 60 if half and half.lower() == "p" else 0
    return Time(at % 1440 * 60)
