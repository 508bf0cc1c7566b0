"""Numbers with units, currencies and percent signs; ranges of numbers."""

from __future__ import annotations

import re
from fractions import Fraction

from roundtable_tui.answers.languages.numerals import SCALES
from roundtable_tui.answers.number_words import denominator_of
from roundtable_tui.answers.numbers import (
    DECIMAL,
    parse_cjk_amount,
    parse_cjk_fraction,
    parse_number,
    parse_words,
)
from roundtable_tui.answers.units import CURRENCY_SYMBOLS, HALF_TURN, find_unit, has_dot_groups
from roundtable_tui.answers.values import Items, Number, Unit, Value
from roundtable_tui.utils.lazy_pattern import lazy_compile

_NUMERAL = (
    rf"(?:\d+[ -]\d+\s*/\s*\d+|\(?\d+\)?\s*/\s*\(?\d+\)?(?!\w)|0[xXbBoO][0-9a-fA-F]+|"
    rf"{DECIMAL}(?:\s*[*×x]\s*10\s*\^\s*\(?\s*-?\d+\s*\)?|[eE][-+]?\d+(?!\w))?(?:\s*\^\s*\(?-?\d+\)?)?)"
)
_QUANTITY = lazy_compile(
    rf"([-+]?)\s*((?:US|C|A|R)?[{CURRENCY_SYMBOLS}]|[A-Z]{{3}}\s)?\s*([-+]?)({_NUMERAL})\s*([^\d].*)?"
)
_SHARES = (
    (100, lazy_compile(
        r"%|per\s?cent|pct|prozent|pour\s?cent|por\s?ciento|por\s?cento|per\s?cento|procent|процент\w*",
        re.IGNORECASE,
    )),
    (1000, lazy_compile(r"‰|per\s?mil(?:le)?|promille?|pour\s?mille|por\s?mil|промилле", re.IGNORECASE)),
    (10_000, lazy_compile(r"‱|basis\s+points?", re.IGNORECASE)),
)  # fmt: skip
"""What divides the number before it, and by how much."""
_FIRST_OF_SHARE = "%‰‱pPbBпП"
"""The characters with which such a word begins."""
_PI_ANGLE = lazy_compile(
    rf"([-+]?)\s*\(?\s*({DECIMAL}|\(?\d+/\d+\)?)?\s*\*?\s*π\s*\)?\s*(?:/\s*\(?(\d+)\)?)?\s*(?:rad(?:ians?)?)?"
)
_DURATION = lazy_compile(
    r"(?:(?P<part>half|(?:(?:a|one)\s+)?(?:quarter|third)|three[\s-]quarters|two[\s-]thirds)(?:\s+of)?\s+)?"
    r"(?:an?|one)\s+(?P<unit>[a-z]+)(?:\s+and\s+(?:an?|one)\s+(?P<more>half|quarter))?",
    re.IGNORECASE,
)
"""`a fortnight`, "half an hour", "a day and a half"."""
_SHORT_SCALE = lazy_compile(r"(k|K|M|m|mn|bn|B|b|T|tn)(?:\s+|$)(.*)")
_SHORT_SCALES = {
    "k": 10**3, "m": 10**6, "mn": 10**6, "b": 10**9, "bn": 10**9, "t": 10**12, "tn": 10**12,
}  # fmt: skip
"""Letters after an amount of money that multiply it."""
_DECADE = lazy_compile(r"(?:1[0-9]|20)\d0'?s")
_PART = lazy_compile(rf"({DECIMAL})\s*([^\W\d_]+)\.?(?:\s*,?\s*(?:and\s+|und\s+|et\s+|y\s+)?|$)")
_RANGE_SIGN = lazy_compile(r"\d\s*-\s*\d|\d\s(?:to|and|bis|à|a)\s", re.IGNORECASE)
_RANGE = lazy_compile(
    rf"(?:between\s+|from\s+)?({_NUMERAL})\s*(?:-|to|and|bis|à|a)\s*({_NUMERAL})\s*([^\d\s].*)?",
    re.IGNORECASE,
)


def parse_quantity(plain: str) -> Value | None:
    """Return the number that a text is, with its unit, or None."""
    if "π" in plain:
        return parse_angle(plain) if plain.endswith(("rad", "radian", "radians")) else None
    if plain[0].isdigit() and not plain.isascii() and (found := _parse_cjk(plain)):
        return found
    match = None if _DECADE.fullmatch(plain) else _QUANTITY.fullmatch(plain)
    if match is None:
        return _parse_in_words(plain)
    outer, symbol, inner, numeral, tail = match.groups()
    if outer and inner:
        return None
    tail = (tail or "").strip()
    if "+" in tail or "=" in tail or tail[:1] == ")":
        return None
    scale = 1
    first, _, rest = tail.partition(" ")
    if first.lower() in SCALES or first.lower() == "dozen":
        scale, tail = SCALES.get(first.lower(), 12), re.sub(r"^(?:of|de|d')\s*", "", rest.strip())
    elif match_scale := _SHORT_SCALE.match(tail):
        if symbol or (find_unit(match_scale[2]) or Unit("")).dimension.startswith("currency"):
            scale, tail = _SHORT_SCALES[match_scale[1].lower()], match_scale[2]
    elif (denominator := denominator_of(tail.lower())) and numeral.isdecimal():
        return Number(Fraction(int(numeral) * (-1 if "-" in (outer, inner) else 1), denominator))
    unit: Unit | None = None
    if symbol and (unit := find_unit(symbol.strip())) is None:
        return None
    if symbol and not (unit and unit.dimension.startswith("currency")):
        return None
    share = _find_share(tail) if tail and tail[0] in _FIRST_OF_SHARE else 0
    if tail and not share:
        after = find_unit(tail)
        if after is None or (unit is not None and after != unit and symbol != "$"):
            return _parse_compound(plain)
        unit = after
    value = parse_number(numeral.strip(), dot_groups=has_dot_groups(unit))
    if value is None:
        return None
    value *= scale * (-1 if "-" in (outer, inner) else 1)
    return Number(value / share if share else value, unit)


def _find_share(tail: str) -> int:
    """Return the divisor of what follows a number, 100 for a percent sign; 0 if it is none."""
    if tail == "%":
        return 100
    for divisor, pattern in _SHARES:
        if pattern.fullmatch(tail):
            return divisor
    return 0


def parse_angle(plain: str) -> Value | None:
    """Return an angle that is a multiple of π, such as `3π/4` or `3π/4 rad`."""
    match = _PI_ANGLE.fullmatch(plain)
    factor = parse_number((match[2] or "1").strip("()")) if match else None
    if match is None or factor is None or match[3] == "0":
        return None
    value = factor * (-1 if match[1] == "-" else 1) / int(match[3] or 1)
    return Number(value, HALF_TURN)


def _parse_duration(plain: str) -> Value | None:
    """Return one of a unit of time, or a part of one of any unit: "an hour", "half a mile"."""
    match = _DURATION.fullmatch(plain)
    unit = find_unit(match["unit"]) if match else None
    if match is None or unit is None:
        return None
    is_time = unit.dimension in ("time", "months") and match["unit"].lower() != "second"
    if unit.dimension.startswith("of ") or not (is_time or match["part"]):
        return None
    part = parse_words(match["part"].lower()) if match["part"] else Fraction(1)
    more = parse_words(f"a {match['more'].lower()}") if match["more"] else Fraction(0)
    return (
        None
        if part is None or more is None or (match["part"] and match["more"])
        else Number(part + more, unit)
    )


def _parse_cjk(plain: str) -> Number | None:
    """Return the number of `3億円` or `4分の3`."""
    if (fraction := parse_cjk_fraction(plain)) is not None:
        return Number(fraction)
    amount, rest = parse_cjk_amount(plain) or (None, "")
    unit = find_unit(rest) if rest else None
    return Number(amount, unit) if amount is not None and (unit or not rest) else None


def _parse_in_words(plain: str) -> Value | None:
    if not plain[0].isalpha():
        return None
    if (value := parse_words(plain)) is not None:
        return Number(value)
    if plain[0] in "aohtAOHT" and (duration := _parse_duration(plain)):
        return duration
    words = plain.split()
    for length in (1, 2):
        if len(words) > length and (value := parse_words(" ".join(words[:-length]))) is not None:
            tail = " ".join(words[-length:])
            if share := _find_share(tail):
                return Number(value / share)
            if words[0].isupper() and len(words[0]) > 1:  # "XV legion" is a name.
                return None
            if (unit := find_unit(tail)) is not None:
                return Number(value, unit)
    return None


def _parse_compound(plain: str) -> Value | None:
    """Return the sum of `1 h 30 min` or `5 ft 3 in`; each unit must be smaller than the one before."""
    parts = []
    place = 0
    while place < len(plain):
        match = _PART.match(plain, place)
        if match is None:
            return None
        parts.append((parse_number(match[1]), find_unit(match[2])))
        place = match.end()
    total, last = Fraction(0), None
    for value, unit in parts:
        if value is None or unit is None or unit.dimension.startswith("of "):
            return None
        if last is not None and (unit.dimension != last.dimension or unit.factor >= last.factor):
            return None
        total, last = total + value * unit.factor, unit
    return Number(total / parts[0][1].factor, parts[0][1]) if len(parts) > 1 and parts[0][1] else None


def parse_range(plain: str) -> Value | None:
    """Return the range that a text is: `5-10`, `5 to 10 km`, `between 5 and 10`; None if it is none."""
    match = _RANGE.fullmatch(plain) if _RANGE_SIGN.search(plain) else None
    if match is None or (" and " in plain and not plain.lower().startswith("between")):
        return None
    low, high = parse_number(match[1].strip()), parse_number(match[2].strip())
    if low is None or high is None or low >= high:
        return None
    tail = (match[3] or "").strip()
    if tail and (share := _find_share(tail)):
        return Items((Number(low / share), Number(high / share)), "range", is_ordered=True)
    unit = find_unit(tail) if tail else None
    if tail and unit is None:
        return None
    return Items((Number(low, unit), Number(high, unit)), "range", is_ordered=True)
