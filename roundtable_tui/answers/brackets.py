"""What stands in brackets, in order; intervals and inequalities."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction

from roundtable_tui.answers.numbers import parse_number
from roundtable_tui.answers.values import Interval, Items, Number, Value
from roundtable_tui.utils.lazy_pattern import lazy_compile

_CLOSING = {"(": ")", "[": "]", "{": "}", "⟨": "⟩"}
_MAX_ITEMS = 60
_MEMBER = lazy_compile(r"([^\W\d_])\s*∈\s*([\[(].*[\])])")
_VARIABLE = r"([^\W\d_](?:_?\w)?)"
_BOUND = r"([-+]?\s?[\d./]+|[-+]?∞)"
_CHAIN = lazy_compile(rf"{_BOUND}\s*([<≤>≥]=?)\s*{_VARIABLE}\s*([<≤>≥]=?)\s*{_BOUND}")
_ONE_SIDED = lazy_compile(rf"{_VARIABLE}\s*([<≤>≥]=?)\s*{_BOUND}")
_REVERSED = lazy_compile(rf"{_BOUND}\s*([<≤>≥]=?)\s*{_VARIABLE}")
_HINT = lazy_compile(
    r"[<>≤≥]|(?:imum of|at|no|not|more|greater|over|less|fewer|under|or|and)\s", re.IGNORECASE
)
_AFTER = lazy_compile(
    rf"{_BOUND}\s+(?:or|and)\s+(more|older|above|over|greater|higher|up|later|"
    r"fewer|less|younger|below|under|lower|earlier)",
    re.IGNORECASE,
)
_UP = frozenset("more older above over greater higher up later".split())  # noqa: SIM905
_FLIP = {"<": ">", "≤": "≥", ">": "<", "≥": "≤"}
_WORDED = lazy_compile(
    r"(at\s+least|(?:a\s+)?m(?:in|ax)imum\s+of|no\s+less\s+than|not\s+less\s+than|≥|>=|"
    r"at\s+most|no\s+more\s+than|not\s+more\s+than|≤|<=|more\s+than|"
    rf"greater\s+than|over|>|less\s+than|fewer\s+than|under|<)\s*{_BOUND}",
    re.IGNORECASE,
)
_WORDS = {
    "at least": "≥", "minimum of": "≥", "maximum of": "≤",
    "no less than": "≥", "not less than": "≥", "at most": "≤", "no more than": "≤",
    "not more than": "≤", "more than": ">", "greater than": ">", "over": ">", "less than": "<",
    "fewer than": "<",
    "under": "<", ">=": "≥", "<=": "≤",
}  # fmt: skip


def parse_brackets(plain: str, classify: Callable[[str], Value]) -> Value | None:
    """Return the items of a tuple, vector, list, set or interval that encloses a whole text, or None."""
    if plain[-1] not in ")]}⟩":
        return None
    if match := _MEMBER.fullmatch(plain):
        value = parse_brackets(match[2], classify)
        return _name_variable(value, match[1])
    if plain[0] not in _CLOSING or not _encloses(plain):
        return None
    brackets = plain[0] + plain[-1]
    parts = split_top_level(plain[1:-1])
    if parts is None or (len(parts) < 2 and plain[0] == "("):
        return None
    if plain[0] != "{" and len(parts) == 2 and (interval := _parse_interval(brackets, parts)):
        return interval
    items = [classify(part) for part in parts if part.strip()]
    if len(items) != len(parts) and parts != [""]:
        return None
    if brackets == "{}":
        unique = {item.key: item for item in items}
        return Items(tuple(unique.values()), "{}")
    return Items(tuple(items), brackets, is_ordered=True)


def _encloses(plain: str) -> bool:
    """Return True if the first bracket is closed by the last; `[0, 1)` is closed too."""
    depth = 0
    for i, char in enumerate(plain):
        depth += (char in "([{⟨") - (char in ")]}⟩")
        if depth == 0 and i < len(plain) - 1:
            return False
    return depth == 0


def split_top_level(text: str) -> list[str] | None:
    """Split at the commas, or semicolons, outside brackets; None for too many parts."""
    separator = ";" if ";" in text else ","
    parts, depth, start = [], 0, 0
    for i, char in enumerate(text):
        depth += (char in "([{⟨") - (char in ")]}⟩")
        if char == separator and depth == 0:
            parts.append(text[start:i].strip())
            start = i + 1
    parts.append(text[start:].strip())
    return parts if len(parts) <= _MAX_ITEMS else None


def _parse_bound(text: str) -> tuple[bool, Fraction | None]:
    text = text.replace(" ", "")
    if text in ("∞", "+∞", "-∞"):
        return True, None
    value = parse_number(text)
    return value is not None, value


def _parse_interval(brackets: str, parts: list[str]) -> Interval | None:
    """Return an interval where only an interval can be meant: half open, or unbounded."""
    is_unbounded = "∞" in parts[0] + parts[1]
    if brackets[0] == "⟨" or (brackets in ("[]", "()", "{}") and not is_unbounded):
        return None
    (low_ok, low), (high_ok, high) = _parse_bound(parts[0]), _parse_bound(parts[1])
    if (
        not low_ok
        or not high_ok
        or (low is None and "-" not in parts[0])
        or (high is None and "-" in parts[1])
    ):
        return None
    if low is not None and high is not None and low >= high:
        return None
    return Interval(
        low, high, brackets[0] == "[" and low is not None, brackets[1] == "]" and high is not None
    )


def _name_variable(value: Value | None, variable: str) -> Value | None:
    if isinstance(value, Items) and (interval := as_interval(value)):
        value = interval
    if isinstance(value, Interval):
        return Interval(value.low, value.high, value.has_low, value.has_high, variable)
    return None


def as_interval(value: Items) -> Interval | None:
    """Return the interval that `(0, 1)` or `[0, 1]` may mean, or None."""
    if value.brackets not in ("[]", "()") or len(value.items) != 2:
        return None
    low, high = value.items
    if (
        not isinstance(low, Number)
        or not isinstance(high, Number)
        or low.unit
        or high.unit
        or low.value >= high.value
    ):
        return None
    return Interval(low.value, high.value, value.brackets == "[]", value.brackets == "[]")


def parse_relation(plain: str) -> Value | None:
    """Return the interval that `0 ≤ x < 1`, `x < 5`, `5 > x` or "at least 5" describes, or None."""
    if not _HINT.search(plain):
        return None
    if match := _CHAIN.fullmatch(plain):
        low, first, variable, second, high = match.groups()
        first, second = _sign(first), _sign(second)
        if first in ">≥" and second in ">≥":
            low, first, second, high = high, _FLIP[second], _FLIP[first], low
        if first in "<≤" and second in "<≤":
            (low_ok, bottom), (high_ok, top) = _parse_bound(low), _parse_bound(high)
            if low_ok and high_ok:
                has_low, has_high = first == "≤" and bottom is not None, second == "≤" and top is not None
                return Interval(bottom, top, has_low, has_high, variable)
        return None
    if match := _ONE_SIDED.fullmatch(plain):
        return _half_line(_sign(match[2]), match[3], match[1])
    if match := _REVERSED.fullmatch(plain):
        return _half_line(_FLIP[_sign(match[2])], match[1], match[3])
    if match := _WORDED.fullmatch(plain):
        word = " ".join(match[1].lower().split()).removeprefix("a ")
        return _half_line(_WORDS.get(word, word), match[2], "")
    if match := _AFTER.fullmatch(plain):
        return _half_line("≥" if match[2].lower() in _UP else "≤", match[1], "")
    return None


def _sign(text: str) -> str:
    return {"<=": "≤", ">=": "≥"}.get(text, text[0])


def _half_line(sign: str, bound: str, variable: str) -> Interval | None:
    is_bound, value = _parse_bound(bound)
    if not is_bound or value is None:
        return None
    if sign in ">≥":
        return Interval(value, None, sign == "≥", False, variable)
    return Interval(None, value, False, sign == "≤", variable)
