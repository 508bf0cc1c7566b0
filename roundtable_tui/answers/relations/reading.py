"""Reads inequalities, orders, and what stands in brackets."""

from __future__ import annotations

from collections.abc import Callable

from roundtable_tui.answers.brackets import parse_brackets, parse_relation
from roundtable_tui.answers.relations.chains import parse_chain
from roundtable_tui.answers.relations.unions import parse_union
from roundtable_tui.answers.relations.vectors import parse_vector
from roundtable_tui.answers.values import Value

_MARKS = frozenset("<>≤≥≠∪∨|∖ℝ∞()[]{}⟨⟩")


def parse_relations(plain: str, classify: Callable[[str], Value]) -> Value | None:
    """Return the interval, union, vector, set or order that a text is, or None.

    Args:
        plain: text without markup.
        classify: reads one item in brackets.
    """
    if (value := parse_relation(plain)) is not None:
        return value
    if _MARKS.isdisjoint(plain):
        return parse_union(plain) if "eal" in plain else None  # "Real numbers"
    return (
        parse_union(plain)
        or parse_vector(plain, classify)
        or parse_brackets(plain, classify)
        or parse_chain(plain)
    )
