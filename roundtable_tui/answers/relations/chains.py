"""Orders of several things: `A < B < C` is `C > B > A`."""

from __future__ import annotations

from roundtable_tui.answers.expressions import join_symbols, normalize_expression
from roundtable_tui.answers.numbers import parse_number
from roundtable_tui.answers.plain import text_form
from roundtable_tui.answers.values import Expression
from roundtable_tui.utils.lazy_pattern import lazy_compile

_SIGN = lazy_compile(r"\s*(<=|>=|=<|[<>≤≥=])\s*")
_SPELLED = {"<=": "≤", "=<": "≤", ">=": "≥"}
_FLIP = {"<": ">", ">": "<", "≤": "≥", "≥": "≤", "=": "="}
_UNREADABLE = lazy_compile(
    r"[-=~]>|<-|==|!=|<<|>>|[,;]|\b(?:and|or|if|then|but|not|than|for|when|where|with)\b"
)
_SYMBOL = lazy_compile(r"[^\W\d_]{1,2}|\W*\w?\W*|.*[-+*/^_\d()√π|'].*")
_MAX_OPERANDS = 12
_MAX_OPERAND_CHARS = 30


def parse_chain(plain: str) -> Expression | None:
    """Return things in their order, from the smallest to the largest, in one form, or None."""
    if not any(sign in plain for sign in "<>≤≥") or _UNREADABLE.search(plain):
        return None
    pieces = _SIGN.split(plain)
    operands, signs = pieces[::2], [_SPELLED.get(sign, sign) for sign in pieces[1::2]]
    if len(operands) > _MAX_OPERANDS or any(not 0 < len(one) <= _MAX_OPERAND_CHARS for one in operands):
        return None
    if any(
        one.count(opening) != one.count(closing)
        for one in operands
        for opening, closing in ("()", "[]", "{}")
    ):
        return None
    if not set(signs) <= set("<≤="):
        signs, operands = [_FLIP[sign] for sign in reversed(signs)], operands[::-1]
    if not set(signs) <= set("<≤="):
        return None  # A < B > C
    forms = [_spell(one) for one in operands]
    spelled = forms[0] + "".join(f" {sign} {form}" for sign, form in zip(signs, forms[1:], strict=True))
    return Expression(spelled, plain)


def _spell(operand: str) -> str:
    if (number := parse_number(operand)) is not None:
        return str(number)
    if not _SYMBOL.fullmatch(operand):
        return text_form(operand)
    return normalize_expression(operand) or join_symbols(operand)
