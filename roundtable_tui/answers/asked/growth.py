"""Reads "constant time" as `O(1)`, and "linear" as `O(n)`, where a question asks for a running time."""

from __future__ import annotations

from roundtable_tui.answers.classify import classify
from roundtable_tui.answers.languages.phrases import phrase
from roundtable_tui.answers.plain import text_form
from roundtable_tui.answers.values import Value
from roundtable_tui.utils.lazy_pattern import lazy_compile

_ASKS = phrase(r"\b {asks_complexity} \b | {asks_complexity:cjk}")
_SPACE = phrase(r"\b {memory_space} \b")
_GROWTH = phrase(
    r"""
    (?: (?: it | this | that | the \s (?: algorithm | operation | function | method | code ) ) \s+
        (?: is | runs | takes | has | needs | uses ) \s+ )?
    (?: in \s+ )? (?: an? \s+ )? (?: {running_time} \s+ | {memory_space} \s+ )? (?:
        (?P<constant> {constant} ) | (?P<logarithmic> {logarithmic} ) | (?P<loglinear> {loglinear} )
        | (?P<linear> {linear} ) | (?P<quadratic> {quadratic} ) | (?P<cubic> {cubic} )
    )
    (?: \s+ (?: (?P<time> {running_time} ) | (?P<space> {memory_space} ) ) (?: \s+ complexity )? )?
    """
)
_ORDERS = {
    "constant": "O(1)", "logarithmic": "O(log n)", "linear": "O(n)", "loglinear": "O(n log n)",
    "quadratic": "O(n^2)", "cubic": "O(n^3)",
}  # fmt: skip
_MEASURED = lazy_compile(r"(?P<order>[OΘΩ]\s?\([^()]*(?:\([^()]*\)[^()]*)*\))\s+(?P<of>time|space)")
_MAX_CHARS = 80


def find_asked_cost(question: str) -> str:
    """Return "time" or "space" if a question asks how that grows with the size of the input, else ""."""
    if not _ASKS.search(question):
        return ""
    is_space, is_time = _SPACE.search(question), " time" in question.lower()
    if is_space and is_time:
        return ""
    return "space" if is_space else "time"


def read_growth(plain: str, cost: str) -> Value | None:
    """Return the order of growth that words name: `O(n)` for "linear time"; None for other costs and texts.

    Args:
        plain: an answer without markup.
        cost: what was asked for, "time" or "space".
    """
    if len(plain) > _MAX_CHARS:
        return None
    if match := _MEASURED.fullmatch(plain):
        return classify(match["order"]) if match["of"] == cost else None
    match = _GROWTH.fullmatch(text_form(plain))
    if match is None or match["time" if cost == "space" else "space"]:
        return None
    return next(classify(order) for name, order in _ORDERS.items() if match[name])
