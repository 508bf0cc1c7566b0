"""A normal form of mathematical expressions: sums of products over exact coefficients.

`x + 1` equals `1 + x`, `2*x` equals `2x`, `(x-1)(x+1)` equals `x^2 - 1`. What is not read completely
(code, several capital letters, functions of several arguments) keeps its symbols in order.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias

from roundtable_tui.utils.lazy_pattern import lazy_compile

Monomial: TypeAlias = tuple[tuple[str, int], ...]
Coefficient: TypeAlias = int | Fraction
"""An exact number; integers are faster."""
Polynomial: TypeAlias = dict[Monomial, Coefficient]

_MAX_CHOSEN = 5
"""The largest lower number of a binomial coefficient that is multiplied out."""
_MAX_TERMS, _MAX_EXPONENT, _MAX_CHARS, _MAX_DEPTH = 40, 12, 120, 12
_FUNCTIONS = "arcsin arccos arctan binom sqrt sin cos tan log exp ln"
_FUNCTION = lazy_compile(_FUNCTIONS.replace(" ", "|"))
_APPLIED = frozenset("OΘΩfghPEF")
"""Letters that are functions where a bracket follows."""
_TOKEN = lazy_compile(rf"\s*(\d+\.\d+|\d+|(?:{_FUNCTION.pattern})|pi|[^\W\d_](?:_?\d+|_[^\W\d_])?'*|\S)")
_LONG_WORD = lazy_compile(r"[^\W\d_]{4,}")
_COMPARISON = lazy_compile("[<>!:]=|=[<>]")
_CROSS = lazy_compile(r"(?<=[\d)])\s*×|×\s*(?=[\d(])")
_PIECE = lazy_compile(r"\d+(?:\.\d+)*|[^\W\d_]+|[^\w\s]|_|\s+")
_ROOT = "√"
_ENGLISH = lazy_compile(
    r"\b(?:or|and|if|is|to|in|of|at|by|as|on|no|not|the|for|st|nd|rd|th)\b|\d(?:st|nd|rd|th)\b"
)


class _UnreadableError(ValueError):
    """The expression has a form that is not read."""


@lru_cache(maxsize=4096)
def normalize_expression(plain: str) -> str:
    """Return a normal form of an expression; equal forms mean equal expressions."""
    if (
        len(plain) <= _MAX_CHARS
        and not _LONG_WORD.search(_FUNCTION.sub("", plain))
        and not _ENGLISH.search(plain)
    ):
        try:
            if plain.count("=") == 1 and not _COMPARISON.search(plain):
                return _normalize_equation(*plain.split("="))
            return _spell(_Parser(plain).parse_all())
        except (_UnreadableError, ZeroDivisionError, OverflowError):
            pass
    return join_symbols(plain)


def join_symbols(plain: str) -> str:
    """Return a text without the spaces that separate no words; nothing else is dropped."""
    pieces = _PIECE.findall(plain)
    kept = []
    for i, piece in enumerate(pieces):
        if not piece.isspace():
            kept.append(piece)
        elif 0 < i < len(pieces) - 1 and pieces[i - 1][-1].isalnum() and pieces[i + 1][0].isalnum():
            kept.append(" ")
    return "".join(kept)


def _normalize_equation(left: str, right: str) -> str:
    """Return the form of an equation: all terms on one side, the first with the coefficient 1."""
    terms = _add(_Parser(left).parse_all(), _scale(_Parser(right).parse_all(), -1))
    if not any(terms):
        raise _UnreadableError
    first = terms[max(terms)]
    return _spell({monomial: Fraction(factor) / first for monomial, factor in terms.items()}) + " = 0"


class _Parser:
    """Reads an expression by recursive descent."""

    def __init__(self, plain: str) -> None:
        # The cross of two letters may be that of vectors: a × b is not a · b.
        if "×" in plain:
            plain = _CROSS.sub("*", plain)
        self.tokens = _TOKEN.findall(plain)
        self.place = 0
        self.next = self.tokens[0] if self.tokens else ""
        self.depth = 0

    def parse_all(self) -> Polynomial:
        """Return the whole expression."""
        result = self._sum()
        if self.place != len(self.tokens):
            raise _UnreadableError
        atoms = {atom for monomial in result for atom, _ in monomial}
        capitals = {atom[0] for atom in atoms if atom[0].isupper() and "(" not in atom}
        if len(capitals) > 1:  # AB is not BA for matrices.
            raise _UnreadableError
        if all(not monomial for monomial in result) and any(token in "+-*/" for token in self.tokens[1:]):
            raise _UnreadableError  # 5-3 may be a score, 3*4 a size: not their value.
        return result

    def _take(self) -> str:
        token = self.next
        self.place += 1
        self.next = self.tokens[self.place] if self.place < len(self.tokens) else ""
        return token

    def _sum(self) -> Polynomial:
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise _UnreadableError
        sign = -1 if self.next == "-" else 1
        if self.next in ("+", "-") and self.next:
            self._take()
        result = self._product() if sign > 0 else _scale(self._product(), -1)
        while self.next and self.next in "+-":
            sign = -1 if self._take() == "-" else 1
            term = self._product()
            result = _add(result, term if sign > 0 else _scale(term, -1))
        self.depth -= 1
        return result

    def _product(self) -> Polynomial:
        result = self._power()
        while token := self.next:
            if token == "*":
                self._take()
                result = _multiply(result, self._power())
            elif token == "/":
                self._take()
                result = _multiply(result, _raise(self._power(), -1))
                if self.next and self.next not in "+-*/)":  # 1/2x is read in two ways.
                    raise _UnreadableError
            elif token[0].isalnum() or token in ("(", _ROOT):
                if token[0].isdecimal():
                    raise _UnreadableError
                result = _multiply(result, self._power())
            else:
                break
        return result

    def _power(self) -> Polynomial:
        base = self._atom()
        while self.next == "!":
            self._take()
            base = _factorial(base)
        if self.next == "^":
            self._take()
            negative = self.next == "-"
            if negative:
                self._take()
            exponent = _scale(self._power(), -1 if negative else 1)
            return _raise_by(base, exponent)
        return base

    def _atom(self) -> Polynomial:
        token = self._take()
        if not token:
            raise _UnreadableError
        if token == "(":
            inner = self._sum()
            if self._take() != ")":
                raise _UnreadableError
            return inner
        if token[0].isdecimal():
            return {(): int(token) if token.isdecimal() else Fraction(token)}
        if token in (_ROOT, "sqrt"):
            return _root(self._argument())
        if token == "binom":
            return self._binomial()
        if _FUNCTION.fullmatch(token) or (token in _APPLIED and self.next == "("):
            return {((f"{token}({_spell(self._argument())})", 1),): 1}
        if token[0].isalpha():
            token = "π" if token == "pi" else token
            return {((token.replace("_", ""), 1),): 1}
        raise _UnreadableError

    def _binomial(self) -> Polynomial:
        """Return a binomial coefficient, as a product where its lower number is small."""
        if self._take() != "(":
            raise _UnreadableError
        upper = self._sum()
        if self._take() != ",":
            raise _UnreadableError
        lower = self._sum()
        if self._take() != ")":
            raise _UnreadableError
        return _choose(upper, lower)

    def _argument(self) -> Polynomial:
        argument = self._atom()
        if self.next == "^" or (
            self.tokens[self.place - 1] != ")" and self.next and self.next not in "+-*/)"
        ):
            raise _UnreadableError  # sin 2x and sin x^2 are read in two ways.
        return argument


def _add(a: Polynomial, b: Polynomial) -> Polynomial:
    total = dict(a)
    for monomial, factor in b.items():
        total[monomial] = total.get(monomial, 0) + factor
    return {monomial: factor for monomial, factor in total.items() if factor}


def _scale(a: Polynomial, factor: int) -> Polynomial:
    return {monomial: value * factor for monomial, value in a.items()}


def _multiply(a: Polynomial, b: Polynomial) -> Polynomial:
    for number, other in ((a, b), (b, a)):
        if len(number) == 1 and () in number:
            return {monomial: factor * number[()] for monomial, factor in other.items() if number[()]}
    if len(a) * len(b) > _MAX_TERMS:
        raise _UnreadableError
    result: Polynomial = {}
    for left, x in a.items():
        for right, y in b.items():
            powers = dict(left)
            for atom, power in right:
                powers[atom] = powers.get(atom, 0) + power
            factor = x * y
            for atom in [name for name in powers if name[0] == _ROOT and name[1:].isdigit()]:
                factor *= Fraction(int(atom[1:])) ** (powers[atom] // 2)
                powers[atom] %= 2
            monomial = tuple(sorted((atom, power) for atom, power in powers.items() if power))
            result = _add(result, {monomial: factor})
    return result


def _raise(base: Polynomial, exponent: int) -> Polynomial:
    if abs(exponent) > _MAX_EXPONENT and any(base):
        raise _UnreadableError
    if len(base) == 1:
        ((monomial, factor),) = base.items()
        if abs(exponent) * len(str(factor)) > 400:
            raise _UnreadableError
        powers: Polynomial = {(): Fraction(factor) ** exponent if exponent < 0 else factor**exponent}
        return _multiply(powers, {tuple((atom, power * exponent) for atom, power in monomial): 1})
    if exponent < 0:
        if not base:
            raise ZeroDivisionError
        return {((f"({_spell(base)})", exponent),): 1}
    result: Polynomial = {(): 1}
    for _ in range(exponent):
        result = _multiply(result, base)
    return result


def _raise_by(base: Polynomial, exponent: Polynomial) -> Polynomial:
    value = _constant(exponent)
    if value is not None and value.denominator == 1:
        return _raise(base, int(value))
    root = _constant(base)
    if value is not None and value.numerator == 1 and 2 < value.denominator < 10 and root is not None:
        for whole in range(101):
            if whole**value.denominator == root:
                return {(): whole} if whole else {}
    return {((f"({_spell(base)})^({_spell(exponent)})", 1),): 1}


def _root(argument: Polynomial) -> Polynomial:
    value = _constant(argument)
    if value is None:
        return {((f"{_ROOT}({_spell(argument)})", 1),): 1}
    number = value.numerator * value.denominator
    if not 0 <= number < 10**6:
        raise _UnreadableError
    outside = max((n for n in range(1, math.isqrt(number) + 1) if number % (n * n) == 0), default=0)
    inside = number // outside**2 if outside else 0
    factor = Fraction(outside, value.denominator)
    if inside <= 1:
        return {(): factor} if factor else {}
    return {((f"{_ROOT}{inside}", 1),): factor}


def _factorial(base: Polynomial) -> Polynomial:
    value = _constant(base)
    if value is None:
        return {((f"({_spell(base)})!", 1),): 1}
    if value.denominator != 1 or not 0 <= value <= 50:
        raise _UnreadableError
    return {(): math.factorial(int(value))}


def _choose(upper: Polynomial, lower: Polynomial) -> Polynomial:
    count, total = _constant(lower), _constant(upper)
    if count is None:
        return {((f"binom({_spell(upper)},{_spell(lower)})", 1),): 1}
    if count.denominator != 1 or not 0 <= count <= (_MAX_CHOSEN if total is None else 50):
        raise _UnreadableError
    if total is not None:
        if total.denominator != 1 or not 0 <= total <= 200:
            raise _UnreadableError
        ways = math.comb(int(total), int(count))
        return {(): ways} if ways else {}
    result: Polynomial = {(): Fraction(1, math.factorial(int(count)))}
    for step in range(int(count)):
        result = _multiply(result, _add(upper, {(): -step}))
    return result


def _constant(polynomial: Polynomial) -> Fraction | None:
    if not polynomial:
        return Fraction(0)
    return Fraction(polynomial[()]) if list(polynomial) == [()] else None


def _spell(polynomial: Polynomial) -> str:
    def spell(monomial: Monomial, factor: Coefficient) -> str:
        return "*".join(
            [str(factor), *(f"{atom}^{power}" if power != 1 else atom for atom, power in monomial)]
        )

    return " + ".join(spell(*term) for term in sorted(polynomial.items())) or "0"
