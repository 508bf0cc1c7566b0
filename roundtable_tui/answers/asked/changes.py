"""Reads how much something changes, and in which direction: "rises by 10%" is not "rises to 10%"."""

from __future__ import annotations

import re

from roundtable_tui.answers.asked.question import Question
from roundtable_tui.answers.asked.stems import stem_of
from roundtable_tui.answers.endings.markup import strip_markup
from roundtable_tui.answers.endings.sentences import split_sentences
from roundtable_tui.answers.languages.phrases import phrase, words_of
from roundtable_tui.answers.plain import text_form, to_plain
from roundtable_tui.answers.quantities import parse_quantity
from roundtable_tui.answers.values import Items, Number, Text, Value

_CHANGE = phrase(
    r"""
    (?P<subject> .{0,80}? ) (?<!\w) (?: (?P<up> {rises} ) | (?P<down> {falls} ) ) \s+
    (?P<how> .{0,30}? (?<!\w) ) (?: (?P<by> {by_amount} ) | {to_amount} ) \s+ (?P<amount> \S.{0,40} )
    """
)
_FROM = phrase(r"{from_amount} \s+ (?P<low> \S.{0,30} ) \s")
_NO_MEANING = words_of("in_restatement") | words_of("article") | words_of("copula")


def read_change(text: str, asked: Question) -> Value | None:
    """Return what one sentence says of a change; None if it speaks of none, or only its amount was asked for.

    Args:
        text: a sentence, or its end, such as "rises by 10%".
        asked: the question. To "By how much does it rise?", "It rises by 10%" answers 10 %.
    """
    plain = strip_markup(text.strip())
    if len(split_sentences(plain)) != 1 or (match := _CHANGE.fullmatch(to_plain(plain))) is None:
        return None
    if not any(char.isdigit() for char in match["amount"]):
        return None
    direction, is_by = "rise" if match["up"] else "fall", bool(match["by"])
    is_asked = direction in asked.changes
    if (is_by and is_asked and asked.wants == "number") or (not is_by and not asked.changes):
        return None
    return _read_change(match, direction, asked) or Text(text_form(to_plain(plain)))


def _read_change(match: re.Match[str], direction: str, asked: Question) -> Value | None:
    """Return the direction, and the amounts by, to or from which something changes; None if unsure."""
    amount, how = parse_quantity(match["amount"]), match["how"].strip()
    stems = map(stem_of, match["subject"].split())
    if not isinstance(amount, Number) or not all(stem in _NO_MEANING or asked.has(stem) for stem in stems):
        return None
    if not how:
        return Items((amount,), f"{direction} {'by' if match['by'] else 'to'}")
    start = _FROM.fullmatch(f"{how} ")
    low = parse_quantity(start["low"]) if start and not match["by"] else None
    return Items((low, amount), f"{direction} from", is_ordered=True) if low else None
