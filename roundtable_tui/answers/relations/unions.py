"""Unions of intervals: `x < 1 or x > 3`, `(-∞, 1) ∪ (3, ∞)`, `|x| > 5`, "all real numbers except 1"."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import pairwise

from roundtable_tui.answers.brackets import as_interval, parse_brackets, parse_relation
from roundtable_tui.answers.numbers import parse_number
from roundtable_tui.answers.quantities import parse_quantity
from roundtable_tui.answers.values import Interval, Items, Number, Text, Value
from roundtable_tui.utils.lazy_pattern import lazy_compile

UNION = "∪"
"""The brackets of the items of a union."""
_MAX_PARTS = 12
_HINT = lazy_compile(r"[∪∨|∖ℝ≠<>≤≥∞]|\breals?\b", re.IGNORECASE)
_OR = lazy_compile(r"\s*[∪∨]\s*|\s*,?\s+or\s+|(?<=[)\]}])\s*U\s*(?=[(\[{])")
_AND = lazy_compile(r"\s*∧\s*|\s+and\s+")
_MEMBER = lazy_compile(r"([^\W\d_])\s*∈\s*(?=[(\[{])")
_EITHER = lazy_compile(r"^either\s+", re.IGNORECASE)
_ABSOLUTE = lazy_compile(
    r"\|\s*(?P<variable>[^\W\d_])\s*(?:(?P<sign>[-+])\s*(?P<shift>\d[\d./]*))?\s*\|"
    r"\s*(?P<relation>[<≤>≥]=?)\s*(?P<bound>\d[\d./]*)"
)
_ABSOLUTE_LAST = lazy_compile(r"(\d[\d./]*)\s*([<≤>≥]=?)\s*(\|[^|]+\|)")
_FLIP = {"<": ">", ">": "<", "≤": "≥", "≥": "≤", "<=": ">=", ">=": "<="}
_REALS = lazy_compile(
    r"(?:the\s+set\s+of\s+)?(?:all\s+)?(?:(?P<sign>positive|negative|non-?negative|non-?positive)\s+)?"
    r"(?:ℝ|reals?(?:\s+numbers?)?)(?:\s+values)?(?:\s+(?:of\s+)?(?P<variable>[a-z]))?"
    r"(?:,?\s*(?:except|but|other\s+than|excluding|besides|apart\s+from|without|minus|not\s+equal\s+to|∖|-\s*(?=\{)"
    r"|(?:(?:with|where|such\s+that|and)\s+)?(?P<named>[a-z])?\s*≠)\s*(?:for\s+)?(?P<without>.+))?",
    re.IGNORECASE,
)
_ELEMENT = lazy_compile(
    r"(?:\{\s*)?(?P<variable>[a-z])\s*(?:∈\s*ℝ)?\s*[|:,]\s*(?P=variable)\s*≠\s*(?P<without>[^{}]+)\}?"
)
_UNEQUAL = lazy_compile(r"(?P<variable>[^\W\d_])\s*≠\s*(?P<without>[^=<>≤≥]+)")
_SEPARATOR = lazy_compile(r"\s*,\s*(?:and\s+|or\s+)?|\s+(?:and|or)\s+|;\s*")
_NAMED = lazy_compile(r"(?:[^\W\d_]\s*[=≠]\s*)?(±?)\s*(-?\s?\d[\d./]*)")
_SIGNS = {
    "positive": (Fraction(0), None, False), "nonnegative": (Fraction(0), None, True),
    "negative": (None, Fraction(0), False), "nonpositive": (None, Fraction(0), True),
}  # fmt: skip


def parse_union(plain: str) -> Value | None:
    """Return the intervals that a text describes together, or None; one interval if they join."""
    if not _HINT.search(plain):
        return None
    if match := _ABSOLUTE.fullmatch(plain):
        return _read_absolute(match)
    if match := _ABSOLUTE_LAST.fullmatch(plain):
        match = _ABSOLUTE.fullmatch(f"{match[3]} {_FLIP[match[2]]} {match[1]}")
        return _read_absolute(match) if match else None
    if plain[-1] in ")]}" or not plain[0].isalpha() or "ℝ" in plain or "real" in plain:
        if (match := _REALS.fullmatch(plain)) and (
            plain[0] == "ℝ" or "all" in plain.lower() or match["without"]
        ):
            return _read_reals(match)
        if match := _ELEMENT.fullmatch(plain):
            return _exclude(match["without"], match["variable"])
    return _read_alternatives(plain) or _read_conjunction(plain)


def parse_unequal(plain: str) -> Value | None:
    """Return all numbers but those that `x ≠ 1` excludes: as an answer to a question for real numbers."""
    match = _UNEQUAL.fullmatch(plain)
    return _exclude(match["without"], match["variable"]) if match else None


def unions_agree(a: Items, b: Items) -> bool:
    """Return True if two unions hold the same numbers, and at most one of them names a variable."""
    first, second = a.items[0], b.items[0]
    is_unnamed = isinstance(first, Interval) and isinstance(second, Interval) and not first.variable
    return is_unnamed and [item.key[1:5] for item in a.items] == [item.key[1:5] for item in b.items]  # type: ignore[index]


def _read_absolute(match: re.Match[str]) -> Value | None:
    bound, shift = parse_number(match["bound"]), parse_number(match["shift"] or "0")
    if not bound or shift is None:
        return None
    middle, variable = shift * (1 if match["sign"] == "-" else -1), match["variable"]
    is_closed = match["relation"] not in ("<", ">")
    low, high = middle - bound, middle + bound
    if match["relation"][0] in "<≤":
        return Interval(low, high, is_closed, is_closed, variable)
    return _join(
        [Interval(None, low, False, is_closed, variable), Interval(high, None, is_closed, False, variable)]
    )


def _read_reals(match: re.Match[str]) -> Value | None:
    variable = match["variable"] or match["named"] or ""
    if match["sign"]:
        low, high, is_closed = _SIGNS[match["sign"].lower().replace("-", "")]
        if match["without"]:
            return None
        return Interval(low, high, is_closed and low is not None, is_closed and high is not None, variable)
    return (
        _exclude(match["without"], variable)
        if match["without"]
        else Interval(None, None, False, False, variable)
    )


def _exclude(without: str, variable: str) -> Value | None:
    """Return all real numbers but those that are listed."""
    listed = without.strip()
    listed = listed[1:-1] if listed[:1] == "{" and listed[-1:] == "}" else listed
    points: set[Fraction] = set()
    for part in _SEPARATOR.split(listed.strip()):
        match = _NAMED.fullmatch(part.strip())
        value = parse_number(match[2].replace(" ", "")) if match else _read_word(part)
        if value is None:
            return None
        points |= {value, -value} if match and match[1] else {value}
    edges = [None, *sorted(points), None]
    pieces = [Interval(low, high, False, False, variable) for low, high in pairwise(edges)]
    return _join(pieces)


def _read_word(part: str) -> Fraction | None:
    value = parse_quantity(part.strip()) if part.strip() else None
    return value.value if isinstance(value, Number) and value.unit is None else None


def _read_alternatives(plain: str) -> Value | None:
    """Return the union of what stands between "or" or `∪`."""
    variable = ""
    if match := _MEMBER.match(plain):
        variable, plain = match[1], plain[match.end() :]
    parts = _OR.split(_EITHER.sub("", plain))
    if not 1 < len(parts) <= _MAX_PARTS:
        return None
    is_union = "or" not in plain
    intervals = [_read_part(part.strip(), variable, is_union=is_union) for part in parts]
    found = [one for one in intervals if one is not None]
    names = {one.variable for one in found}
    return _join(found) if len(found) == len(parts) and len(names) == 1 else None


def _read_part(part: str, variable: str, *, is_union: bool) -> Interval | None:
    if not part:
        return None
    value = parse_relation(part) if not variable else None
    if value is None and part[0] in "([{":
        value = parse_brackets(part, _classify_number)
        if isinstance(value, Items) and is_union:
            points = value.items
            is_point = value.brackets == "{}" and len(points) == 1 and isinstance(points[0], Number)
            value = _point(points[0]) if is_point else as_interval(value)
    if not isinstance(value, Interval):
        return None
    return Interval(value.low, value.high, value.has_low, value.has_high, value.variable or variable)


def _point(value: Value) -> Interval | None:
    return (
        Interval(value.value, value.value, True, True)
        if isinstance(value, Number) and not value.unit
        else None
    )


def _classify_number(part: str) -> Value:
    return parse_quantity(part) or Text(part)


def _read_conjunction(plain: str) -> Value | None:
    """Return the interval of `x > 1 and x < 3`."""
    parts = _AND.split(plain)
    if len(parts) != 2:
        return None
    low, high = (_read_part(part.strip(), "", is_union=False) for part in parts)
    if low is None or high is None or low.variable != high.variable or not low.variable:
        return None
    if low.low is None:
        low, high = high, low
    if (
        low.low is None
        or high.high is None
        or low.high is not None
        or high.low is not None
        or low.low >= high.high
    ):
        return None
    return Interval(low.low, high.high, low.has_low, high.has_high, low.variable)


def _join(intervals: list[Interval]) -> Value:
    """Return the union of intervals, in order; those that touch become one."""
    ordered = sorted(intervals, key=lambda one: (one.low is not None, one.low or 0, not one.has_low))
    joined = ordered[:1]
    for after in ordered[1:]:
        last = joined[-1]
        touches = last.high is None or after.low is None or after.low < last.high
        touches = touches or (after.low == last.high and (after.has_low or last.has_high))
        if touches:
            joined[-1] = _merge(last, after)
        else:
            joined.append(after)
    return joined[0] if len(joined) == 1 else Items(tuple(joined), UNION, is_ordered=True)


def _merge(a: Interval, b: Interval) -> Interval:
    if a.high is None or b.high is None:
        high, has_high = None, False
    elif a.high == b.high:
        high, has_high = a.high, a.has_high or b.has_high
    else:
        high, has_high = (a.high, a.has_high) if a.high > b.high else (b.high, b.has_high)
    has_low = a.has_low or (b.has_low and a.low == b.low)
    return Interval(a.low, high, has_low, has_high, a.variable)
