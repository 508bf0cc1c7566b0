"""Compares two answers by their meaning."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import combinations

from roundtable_tui.answers import maths
from roundtable_tui.answers.brackets import as_interval
from roundtable_tui.answers.expressions import normalize_expression
from roundtable_tui.answers.reading import read_answer
from roundtable_tui.answers.relations.unions import UNION, unions_agree
from roundtable_tui.answers.relations.vectors import ANGLE
from roundtable_tui.answers.units import HALF_TURN, is_one_of
from roundtable_tui.answers.values import (
    Choice,
    Expression,
    Interval,
    Items,
    Labelled,
    Number,
    Text,
    Unit,
    Value,
    YesNo,
)


def answers_agree(a: str, b: str, question: str | None = None) -> bool:
    """Return True if two answers say the same: `0.5` and `1/2`, `5 km` and `5000 m`, `B` and `B) Paris`.

    Where it is not certain that they do, they differ. No model is asked. Expressions that differ in their
    normal form are compared by the extra `maths`, if it is installed, which takes up to some seconds; in a
    thread with a running event loop it is not waited for: there, use `asyncio.to_thread`.

    Args:
        a: an answer, without the reasoning before it; `final_answer` finds it in a reply.
        b: the other answer.
        question: the question, if known. Its options give the meaning of a letter; its wording decides if
            the order of items counts, and if `NO` is a no; a sentence that repeats it is read as what it
            adds: "The capital of France is Paris" as `Paris`.

    Returns:
        True if both have the same meaning; the order of `a` and `b` does not matter.
    """
    return values_agree(read_answer(a, question), read_answer(b, question))


def values_agree(a: Value, b: Value) -> bool:
    """Return True if two values are the same, or one is the other with less detail (`5` and `5 km`)."""
    return _agree(a, b) or _agree(b, a) or _agree_by_maths(a, b)


def _agree(a: Value, b: Value) -> bool:
    if a.key == b.key:
        return True
    match a, b:
        case Number(), Number():
            if a.unit is None:
                return a.value == b.value and b.unit != HALF_TURN
            return a.value == b.value and _is_same_sign(a.unit, b.unit)
        case Text(), Number() if b.unit is not None:
            return is_one_of(a.form, b.key)
        case Labelled(), Labelled():
            if a.label == b.label:
                return values_agree(a.value, b.value)
            return isinstance(a.value, Labelled) and values_agree(a.value, b)
        case Labelled(), Expression() if isinstance(a.value, Expression) and "=" in b.form:
            return normalize_expression(f"{a.label} = {a.value.source}") == b.form
        case Labelled(), _:
            return values_agree(a.value, b)
        case YesNo(), YesNo():
            return a.is_yes == b.is_yes and not a.claim  # "Yes" agrees with "Yes, it sank".
        case Choice(), _:
            return _is_chosen(a, b)
        case Text(), Text():
            return b.form in a.others
        case Items(), _:
            return _agree_in_items(a, b)
        case Interval(), Interval():
            return not a.variable and a.key[1:5] == b.key[1:5]  # type: ignore[index]
        case Interval(), Items() if a.variable:
            interval = as_interval(b)
            return interval is not None and interval.key[1:5] == a.key[1:5]  # type: ignore[index]
        case _:
            return False


def _is_chosen(a: Choice, b: Value) -> bool:
    """Return True if a value is the option with the letter, or its text."""
    if isinstance(b, Choice):
        has_option = b.option is not None and a.option is not None and values_agree(a.option, b.option)
        return a.letter == b.letter and (a.option is None or has_option)
    if a.initial and isinstance(b, Text):
        return a.initial == b.form
    return a.option is not None and not a.initial and values_agree(a.option, b)


def _agree_in_items(a: Items, b: Value) -> bool:
    """Return True if enumerations whose keys differ may hold the same: in another spelling, order or name."""
    if isinstance(b, Text):
        return bool(a.name) and (a.name == b.form or a.name in b.others)
    if not isinstance(b, Items):
        return False
    if a.brackets == b.brackets == UNION:
        return unions_agree(a, b)
    if {a.brackets, b.brackets} == {"()", ANGLE} and all(isinstance(item, Number) for item in a.items):
        return [item.key for item in a.items] == [item.key for item in b.items]
    if (other := _respell(a, b)) is not None:
        return other.key == b.key
    if a.brackets or b.brackets or a.is_ordered == b.is_ordered:
        return False
    return [item.key for item in a.items] == [item.key for item in b.items]


def _respell(a: Items, b: Items) -> Items | None:
    """Return names of an enumeration in those of their spellings that another has; None if there are none."""
    if len(a.items) != len(b.items) or not any(isinstance(item, Text) and item.others for item in a.items):
        return None
    forms = {item.form for item in b.items if isinstance(item, Text)}
    items = tuple(_find_spelling(item, forms) for item in a.items)
    return None if items == a.items else replace(a, items=items)


def _find_spelling(item: Value, forms: set[str]) -> Value:
    if not isinstance(item, Text) or item.form in forms:
        return item
    return next((Text(other) for other in item.others if other in forms), item)


def _is_same_sign(a: Unit, b: Unit | None) -> bool:
    """Return True if `a` is the sign ¥ alone, and `b` one of its currencies."""
    return a.dimension == "currency ¥" and b is not None and b.dimension in ("currency JPY", "currency CNY")


def _agree_by_maths(a: Value, b: Value) -> bool:
    """Return True if two expressions, or an expression and a number, are equal by the extra `maths`."""
    left, right = _maths_source(a), _maths_source(b)
    return bool(left and right) and maths.is_equal(left, right)


def may_ask_maths(values: Iterable[Value]) -> bool:
    """Return True if comparing some of the values may ask the extra `maths`, which takes time."""
    asked = [(value.key, source) for value in values if (source := _maths_source(_inner(value)))]
    if len(asked) < 2 or not maths.is_installed():
        return False
    return any(
        key != other_key and maths.can_compare(source, other)
        for (key, source), (other_key, other) in combinations(asked, 2)
    )


def _inner(value: Value) -> Value:
    """Return the text of an option, or the value under a name."""
    if isinstance(value, Choice) and value.option is not None:
        return value.option
    return value.value if isinstance(value, Labelled) else value


def _maths_source(value: Value) -> str:
    """Return the plain text of an expression, an equation or a number without a unit; else ""."""
    match value:
        case Expression():
            return value.source
        case Number(unit=None):
            return str(value.value)
        case Labelled(value=Expression() as expression):
            return f"{value.label} = {expression.source}" if expression.source else ""
        case _:
            return ""
