"""Enumerations of Roman numerals, and what an answer limits by "only"."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from roundtable_tui.answers.languages.phrases import phrase, words_of
from roundtable_tui.answers.values import Choice, Items, Number, Text, Value
from roundtable_tui.utils.lazy_pattern import lazy_compile

_NUMERALS = {
    numeral: n
    for n, numeral in enumerate("I II III IV V VI VII VIII IX X XI XII".split(), 1)  # noqa: SIM905
}
_ROMAN_LIST = phrase(
    r"""
    (?: both \s+ )? (?: (?: items? | aussagen? | {option_word} s? ) \s+ )?
    (?P<list>
        \(?[IVX]{1,4}\)?
        (?: \s* (?: , (?: \s* {and} \b )? | & | \b (?: {and} | {short_and} ) \b ) \s* \(?[IVX]{1,4}\)? )+
    )
    """
)
_WORD = lazy_compile("[IVX]+")
_ONLY = phrase(
    r"""
    {only} \s+ (?: the \s+ | statements? \s+ )? (?P<after> .+ )
    | (?: statements? \s+ )? (?P<before> .+? ) ,? \s+ {only}
    """
)
_ONLY_WORDS = words_of("only")
_LAST_CHARS = "IVXivx)"
_MAX_NAME_WORDS = 3


def parse_roman_list(plain: str) -> Items | None:
    """Return the numbers of `I and III`, `(i), (iii)` or "statements I and III", or None."""
    match = _ROMAN_LIST.fullmatch(plain) if plain[-1] in _LAST_CHARS else None
    if match is None:
        return None
    found = [_NUMERALS.get(word) for word in _WORD.findall(match["list"].upper())]
    if None in found or len(set(found)) < len(found) or not any(n and n not in (1, 5, 10) for n in found):
        return None  # `V, I` may be variables.
    return Items(tuple(Number(Fraction(n)) for n in found if n))


def parse_only(plain: str, classify: Callable[[str], Value]) -> Items | None:
    """Return what "only" limits, before or after it: `II only`, "only A and C"; None for a sentence."""
    words = plain.lower().split()
    match = _ONLY.fullmatch(plain) if words[0] in _ONLY_WORDS or words[-1] in _ONLY_WORDS else None
    if match is None:
        return None
    rest = match["after"] or match["before"]
    if rest in _NUMERALS:
        return Items((Number(Fraction(_NUMERALS[rest])),), "only")
    value = classify(rest)
    if isinstance(value, Items):
        is_plain = not value.brackets and not any(isinstance(item, Text) for item in value.items)
        return Items(value.items, "only") if is_plain else None
    is_name = isinstance(value, Text) and all(
        word[0].isupper() for word in rest.split()[: _MAX_NAME_WORDS + 1]
    )
    is_short = len(rest.split()) <= _MAX_NAME_WORDS
    if isinstance(value, Choice | Number) or (is_name and is_short):
        return Items((value,), "only")
    return None
