"""Reads `A → B → C` and "A, then B, then C" as items in order, where a question asks for an order."""

from __future__ import annotations

from roundtable_tui.answers.classify import classify
from roundtable_tui.answers.languages.phrases import phrase
from roundtable_tui.answers.plain import to_plain
from roundtable_tui.answers.values import Items, Text, YesNo

_ARROW = phrase(r"\s* (?: → | ⟶ | ⇒ | -+> | => ) \s*")
_THEN = phrase(r"\s* ,? \s+ (?: and \s+ )? (?: {afterwards} ) ,? \s+")
_COMMA = phrase(r"\s* , \s* (?: {and} \s+ )?")
_MAX_WORDS = 4
_MAX_ITEMS = 30
_MAX_CHARS = 240


def read_sequence(text: str) -> Items | None:
    """Return the items of a sequence, or None for every other text."""
    if len(text) > _MAX_CHARS or "\n" in text.strip():
        return None
    plain = to_plain(text)
    if len(parts := _ARROW.split(plain)) < 2:
        steps = _THEN.split(plain)
        if len(steps) < 2:
            return None
        parts = [part for step in steps for part in _COMMA.split(step)]
    if len(parts) > _MAX_ITEMS or not all(0 < len(part.split()) <= _MAX_WORDS for part in parts):
        return None
    items = tuple(classify(part) for part in parts)
    if any(isinstance(item, Items | YesNo) or (isinstance(item, Text) and item.is_open) for item in items):
        return None
    return Items(items, is_ordered=True)
