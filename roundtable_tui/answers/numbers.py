"""Numbers as people write them: `1.234,50`, `1 000 000`, `1 1/2`, `6.02 * 10^23`, `twelve`, `XIV`."""

from __future__ import annotations

import re
from fractions import Fraction

from roundtable_tui.answers.languages.numerals import (
    ARTICLES,
    CJK_PARTS,
    CJK_SCALES,
    FRACTION_SIGNS,
    NAMED_NUMBERS,
    SCALES,
    SUFFIXES,
)
from roundtable_tui.answers.number_words import (
    ordinal_suffix,
    ordinals,
    other_languages,
    parse_roman,
    parse_worded_fraction,
)
from roundtable_tui.utils.lazy_pattern import lazy_compile

MAX_DIGITS = 400
"""The maximum number of digits, and the maximum exponent, of a number that is compared by its value."""

_GROUPED = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,2}(?:,\d{2})+,\d{3}(?:\.\d+)?"
_DOT_GROUPED = r"\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,}"
_SPACE_GROUPED = r"\d{1,3}(?:[ _'’]\d{3})+(?:[.,]\d+)?"
OVERLINE = "\u0305"
"""The mark above each digit of the period of a repeating decimal."""
_REPEATING = rf"\d+[.,]\d*(?:\d{OVERLINE})+"
DECIMAL = rf"(?:{_REPEATING}|{_DOT_GROUPED}|{_GROUPED}|{_SPACE_GROUPED}|\d+[.,]\d+|\d+|[.]\d+)"
"""A number without sign and exponent."""
_POWER_OF_TEN = r"(?:[eE]([-+]?\d{1,4})|\s*[*×x]\s*10\s*\^\s*[({]?\s*([-+]?\s?\d{1,4})\s*[)}]?)"
_NUMBER = lazy_compile(rf"([-+]?)\s*({DECIMAL}){_POWER_OF_TEN}?")
_FRACTION = lazy_compile(r"([-+]?)\s*(?:(\d+)[ -])?\s*\(?(-?\d+)\)?\s*/\s*\(?(-?\d+)\)?")
_RADIX = lazy_compile(r"0(?:x[0-9a-f]+|b[01]+|o[0-7]+)", re.IGNORECASE)
_TEN = lazy_compile(r"([-+]?)\s*(\d+)\s*\^\s*[({]?\s*(-?\d{1,3})\s*[)}]?")

_ORDINAL_IN_WORDS = lazy_compile(
    r"the\s+(?:[a-z]+dth|[a-z]+(?:[\s-][a-z]+){1,6})|(?:[a-z]+\s)?(?:hundred|thousand)\s(?:[a-z]+[\s-])*[a-z]+",
    re.IGNORECASE,
)
_GAP = lazy_compile("[ _'’]")

_UNITS = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen
    """.split()  # noqa: SIM905
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()  # noqa: SIM905
_SMALL = {word: n for n, word in enumerate(_UNITS)} | {word: 10 * n for n, word in enumerate(_TENS, 2)}
_INDIAN = ("lakh", "lakhs", "crore", "crores")
_LARGE = {word: SCALES[word] for word in ("thousand", "million", "billion", "trillion")}
_PHRASES = {
    "a dozen": Fraction(12), "one dozen": Fraction(12), "dozen": Fraction(12), "half a dozen": Fraction(6),
    "two dozen": Fraction(24), "three dozen": Fraction(36), "four dozen": Fraction(48),
    "a half": Fraction(1, 2), "one half": Fraction(1, 2), "half": Fraction(1, 2),
    "a third": Fraction(1, 3), "one third": Fraction(1, 3), "two thirds": Fraction(2, 3),
    "a quarter": Fraction(1, 4), "one quarter": Fraction(1, 4), "three quarters": Fraction(3, 4),
    "one fourth": Fraction(1, 4), "three fourths": Fraction(3, 4), "one fifth": Fraction(1, 5),
    "a tenth": Fraction(1, 10), "one tenth": Fraction(1, 10), "a hundred": Fraction(100),
    "a thousand": Fraction(1000), "a million": Fraction(10**6), "a billion": Fraction(10**9),
    "one and a half": Fraction(3, 2), "two and a half": Fraction(5, 2), "minus one": Fraction(-1),
}  # fmt: skip
_FIRST_WORDS = {"minus", "negative", "an", *_SMALL, *(phrase.split()[0] for phrase in _PHRASES)}
_CJK_DIGITS = {char: n for n, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "兩": 2}
_CJK_POWERS = {"十": 10, "百": 100, "千": 1000}
_SUFFIXES = tuple(SUFFIXES)
_CJK_LARGE = {"万": 10**4, "萬": 10**4, "億": 10**8, "亿": 10**8}
_CJK_AMOUNT = lazy_compile(
    rf"(\d[\d,]*(?:\.\d+)?)\s?([{''.join(CJK_PARTS)}]?)([{''.join(CJK_SCALES)}]?)\s?", re.ASCII
)


def parse_number(plain: str, *, dot_groups: bool = False) -> Fraction | None:
    """Return the exact value of a text that is a number and nothing else, or None.

    Args:
        plain: text without markup, with ASCII digits and `-` as minus.
        dot_groups: read `1.200` as 1200, as beside a currency that is written so.
    """
    if len(plain) > MAX_DIGITS or not plain:
        return None
    if _RADIX.fullmatch(plain):
        return Fraction(int(plain, 0))
    last = plain[-1]
    if last.isdigit() or last in ")}" or last == OVERLINE:
        return _parse_digits(plain, dot_groups)
    if plain[0].isdigit():
        number, _, scale = plain.rpartition(" ")
        if not plain.isascii() and (amount := parse_cjk_amount(plain)) and not amount[1]:
            return amount[0]
        if scale.lower() in ("dozen", *SCALES) and (value := _parse_digits(number, dot_groups)) is not None:
            return value * SCALES.get(scale.lower(), 12)
        return None
    return parse_words(plain)


def _parse_digits(plain: str, dot_groups: bool) -> Fraction | None:
    if match := _NUMBER.fullmatch(plain):
        sign, digits, exponent, power = match.groups()
        shift = int((exponent or power or "0").replace(" ", ""))
        if abs(shift) > MAX_DIGITS:
            return None
        if shift and re.fullmatch(r"\d,\d+", digits):
            digits = digits.replace(",", ".")  # 6,022e23
        value = _parse_decimal(digits, dot_groups) * Fraction(10) ** shift
        return -value if sign == "-" else value
    if match := _FRACTION.fullmatch(plain):
        sign, whole, over, under = match.groups()
        if int(under) == 0 or (whole and (int(over) < 0 or int(under) < 0)):
            return None
        value = Fraction(int(over), int(under)) + int(whole or 0)
        return -value if sign == "-" else value
    if match := _TEN.fullmatch(plain):
        base, exponent_value = int(match[2]), int(match[3])
        if base and abs(exponent_value) * len(match[2]) <= MAX_DIGITS:
            power_value = Fraction(base) ** exponent_value
            return -power_value if match[1] == "-" else power_value
    return None


def _parse_decimal(digits: str, dot_groups: bool) -> Fraction:
    if digits.isdecimal():
        return Fraction(int(digits))
    if OVERLINE in digits:
        return _parse_repeating(digits.replace(",", "."))
    digits = _GAP.sub("", digits)
    if re.fullmatch(_DOT_GROUPED, digits) or (dot_groups and re.fullmatch(r"\d{1,3}\.\d{3}", digits)):
        return Fraction(digits.replace(".", "").replace(",", "."))
    if re.fullmatch(_GROUPED, digits) and not digits.startswith("0"):
        return Fraction(digits.replace(",", ""))
    return Fraction(digits.replace(",", "."))


def _parse_repeating(digits: str) -> Fraction:
    """Return the value of a decimal whose last digits repeat without end."""
    period = digits.count(OVERLINE)
    bare = digits.replace(OVERLINE, "")
    fixed, repeated = bare[:-period], bare[-period:]
    places = len(fixed.partition(".")[2])
    return Fraction(fixed.rstrip(".")) + Fraction(int(repeated), (10**period - 1) * 10**places)


def parse_words(plain: str) -> Fraction | None:
    """Return the value of a spelled number, or of a Roman or Chinese numeral, or None."""
    if len(plain) > 1 and plain[0] in "IVXLCDM" and (roman := parse_roman(plain)) is not None:
        return Fraction(roman)
    if not plain.isascii() and (parts := parse_cjk_fraction(plain)):
        return parts
    if plain[0] in _CJK_DIGITS or plain[0] in _CJK_POWERS:
        return _parse_cjk(plain)
    lower = plain.lower().replace("-", " ")
    if lower.split(" ", 1)[0] not in _FIRST_WORDS:
        return _parse_other_language(lower)
    if lower in _PHRASES:
        return _PHRASES[lower]
    if lower.startswith("half a ") and lower[7:] in SCALES:
        return Fraction(SCALES[lower[7:]], 2)
    if lower not in _SMALL and (named := _parse_other_language(lower)) is not None:
        return named
    if (fraction := parse_worded_fraction(lower)) is not None:
        return fraction
    if lower.endswith(" dozen") and (count := parse_number(lower.removesuffix(" dozen"))) is not None:
        return count * 12
    all_words = lower.split()
    words = [word for word in all_words if word != "and"]
    if not words or "and" in (all_words[0], all_words[-1]):
        return None
    sign = -1 if words[0] in ("minus", "negative") else 1
    words = words[1:] if sign < 0 else words
    return _parse_english(words, sign) if words else None


def parse_ordinal(words: str) -> Fraction | None:
    """Return the number of `twenty-first`, `hundredth` or `one hundred and first`, or None."""
    lower = words.lower().replace("-", " ")
    if known := ordinals().get(lower):
        return Fraction(known.split()[0])
    *before, last = lower.split()
    if cardinal := {"hundredth": "hundred", "thousandth": "thousand", "millionth": "million"}.get(last):
        return parse_words(" ".join(before or ["one"]) + f" {cardinal}")
    if not before or last not in ordinals() or before[-1] not in ("and", "hundred", "thousand", *_TENS):
        return None
    number = ordinals()[last].split()[0]
    rest = Fraction(number)
    if before[-1] in _TENS:
        rest, before = rest + 10 * (2 + _TENS.index(before[-1])), before[:-1]
    base = parse_words(" ".join(before).removesuffix(" and"))
    return None if base is None or rest >= 100 or base % 100 else base + rest


def spell_ordinal(plain: str) -> str | None:
    """Return "101st" for "the one hundred and first", or None; "one hundredth" may be a fraction."""
    if _ORDINAL_IN_WORDS.fullmatch(plain) is None:
        return None
    number = parse_ordinal(plain[4:] if plain[:4].lower() == "the " else plain)
    return None if number is None else f"{number}{ordinal_suffix(int(number))}"


def _parse_other_language(lower: str) -> Fraction | None:
    """Read `quarante-deux`, `eine Milliarde`, `zwei Millionen`, `duemila` or `trzy czwarte`."""
    if lower in NAMED_NUMBERS:
        return NAMED_NUMBERS[lower]
    words = other_languages()
    if lower in words:
        return Fraction(words[lower])
    count, _, scale = lower.rpartition(" ")
    if scale in SCALES and count not in _SMALL:
        head = 1 if count in ARTICLES else words.get(count)
        return None if head is None else Fraction(head * SCALES[scale])
    if scale in _INDIAN and count in _SMALL:
        return Fraction(_SMALL[count] * SCALES[scale])
    if " " in lower or not lower.endswith(_SUFFIXES):
        return None
    for suffix, factor in SUFFIXES.items():
        if lower.endswith(suffix) and 1 < (first := words.get(lower[: -len(suffix)], 0)) < 100:
            return Fraction(first * factor)
    return None


def parse_cjk_fraction(plain: str) -> Fraction | None:
    """Return the value of `4分の3`, `四分之三` or `4분의 3`, or None."""
    for sign in FRACTION_SIGNS:
        under, found, over = plain.partition(sign)
        if found:
            parts = [parse_number(part.strip()) for part in (over, under)] if over and under else []
            is_fraction = len(parts) == 2 and parts[0] is not None and parts[1]
            return parts[0] / parts[1] if is_fraction and parts[0] and parts[1] else None
    return None


def parse_cjk_amount(plain: str) -> tuple[Fraction, str] | None:
    """Return the number with which `3億5000万円` begins, and the rest; None without such a scale."""
    total, last, place = Fraction(0), 10**16, 0
    while (match := _CJK_AMOUNT.match(plain, place)) and (match[2] or match[3] or place):
        scale = CJK_PARTS.get(match[2], 1) * CJK_SCALES.get(match[3], 1)
        value = _parse_decimal(match[1], dot_groups=False)
        if scale >= last:
            return None
        total, last, place = total + value * scale, scale, match.end()
    return (total, plain[place:].strip()) if place else None


def _parse_english(words: list[str], sign: int) -> Fraction | None:
    """Read `two hundred five thousand`; None unless each word may follow the one before it."""
    total, part, last = 0, 0, 10**15
    smallest = 10**15
    for word in words:
        if word in _SMALL:
            value = _SMALL[word]
            if value >= last or last < 20 or (value >= 10 and last < 100):
                return None
            part, last = part + value, value or 1
        elif word == "hundred" and 0 < part < 100 and part % 10 and (part < 10 or not total):
            part, last = part * 100, 100
        elif word in _LARGE and part and _LARGE[word] < smallest:
            smallest = _LARGE[word]
            total, part, last = total + part * smallest, 0, 1000
        else:
            return None
    return Fraction(sign * (total + part))


def _parse_cjk(plain: str) -> Fraction | None:
    total, section, digit, last = 0, 0, -1, 10**12
    for char in plain:
        if char in _CJK_DIGITS:
            if digit > 0:
                return None
            digit = _CJK_DIGITS[char]
        elif char in _CJK_POWERS:
            section, digit = section + (1 if digit < 0 else digit) * _CJK_POWERS[char], -1
        elif char in _CJK_LARGE:
            section += max(digit, 0)
            if _CJK_LARGE[char] >= last or not section:
                return None
            last = _CJK_LARGE[char]
            total, section, digit = total + section * last, 0, -1
        else:
            return None
    return Fraction(total + section + max(digit, 0))
