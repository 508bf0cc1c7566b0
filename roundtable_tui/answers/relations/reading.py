"""Reads inequalities, orders, and what stands in brackets."""

from __future__ import annotations

from collections.abc import Callable

from roundtable_tui.answers.brackets import parse_brackets, parse_relation
from roundtable_tui.answers.relations.chains import parse_chain
from roundtable_tui.answers.relations.unions import parse_union
from roundtable_tui.answers.relations.vectors import parse_vector
from roundtable_tui.answers.values import Value


def parse_relations(plain: str, classify: Callable[[str], Value]) -> Value | None:
    """Return the interval, union, vector, set or order that a text is, or None.

    Args:
        plain: text without markup.
        classify: reads one item in brackets.
    """
    return (
        parse_relation(plain)
        or parse_union(plain)
        or parse_vector(plain, classify)
        or parse_brackets(plain, classify)
        or parse_chain(plain)
    )
