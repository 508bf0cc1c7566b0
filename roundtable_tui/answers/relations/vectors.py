"""Vectors and matrices in their notations: columns, transposes, `⟨2, 3⟩`, `2i - j`, `[1 2; 3 4]`."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from fractions import Fraction

from roundtable_tui.answers.brackets import parse_brackets
from roundtable_tui.answers.numbers import parse_number
from roundtable_tui.answers.values import Items, Labelled, Number, Value
from roundtable_tui.utils.lazy_pattern import lazy_compile

ANGLE = "⟨⟩"
_TRANSPOSED = lazy_compile(r"(?P<inner>[(\[⟨].*[)\]⟩])\s*\^\s*\(?\s*[T⊤]\s*\)?")
_ASCII_ANGLE = lazy_compile(r"<([^<>=]*,[^<>=]*)>")
_ROWS = lazy_compile(r"\[([^\[\](){}]*;[^\[\](){}]*)\]")
_CELLS = lazy_compile(r"\s*,\s*|\s+")
_UNIT_VECTORS = lazy_compile(r"([-+]?)\s*(\d+(?:\.\d+|/\d+)?|\(\d+/\d+\))?\s*\*?\s*([ijk])\s*(?=[-+]|$)")
_HAT = lazy_compile(r"\\(?:hat|vec|widehat|boldsymbol)\s*\{?\s*\\?([ijk])(?:math)?\s*\}?")
_COMBINING_HAT = "\u0302"
_MAX_CELLS = 60


def parse_vector(plain: str, classify: Callable[[str], Value]) -> Value | None:
    """Return a transposed vector or matrix, one in angle brackets, or one in rows; None for all else."""
    if match := _TRANSPOSED.fullmatch(plain):
        inner = parse_vector(match["inner"], classify) or parse_brackets(match["inner"], classify)
        return _transpose(inner) if isinstance(inner, Items) else None
    if plain[0] == "<" and (match := _ASCII_ANGLE.fullmatch(plain)):
        return parse_brackets(f"⟨{match[1]}⟩", classify)
    if plain[0] == "[" and (match := _ROWS.fullmatch(plain)):
        return _read_rows(match[1])
    return None


def _read_rows(text: str) -> Value | None:
    """Return the matrix of `1 2; 3 4`, and the column of `4; 0`."""
    rows = [[parse_number(cell) for cell in _CELLS.split(row.strip())] for row in text.split(";")]
    if len({len(row) for row in rows}) != 1 or len(rows) * len(rows[0]) > _MAX_CELLS:
        return None
    found = [[Number(cell) for cell in row if cell is not None] for row in rows]
    if any(len(row) != len(rows[0]) for row in found):
        return None
    return _make_matrix([tuple(row) for row in found])


def _make_matrix(rows: list[tuple[Value, ...]]) -> Items:
    """Return a matrix as a list of rows, and a column as a list of its entries."""
    if all(len(row) == 1 for row in rows):
        return Items(tuple(row[0] for row in rows), "[]", is_ordered=True)
    return Items(tuple(Items(row, "[]", is_ordered=True) for row in rows), "[]", is_ordered=True)


def _transpose(value: Items) -> Value | None:
    """Return the transpose: of entries in a row, the column."""
    if value.brackets not in ("()", "[]", ANGLE):
        return None
    rows = [item.items for item in value.items if isinstance(item, Items)]
    if not rows:
        return Items(value.items, "[]", is_ordered=True)
    if len(rows) < len(value.items) or len({len(row) for row in rows}) != 1:
        return None
    return _make_matrix(list(zip(*rows, strict=True)))


def read_as_vector(value: Value) -> Value | None:
    """Return a tuple, list or column as the one vector that a question asks for; None for other values."""
    if isinstance(value, Labelled):
        return read_as_vector(value.value)
    if isinstance(value, Items) and value.brackets in ("()", "[]", ANGLE):
        return Items(value.items, "()", is_ordered=True)
    return None


def parse_unit_vectors(plain: str) -> Value | None:
    """Return the vector of `2i - j + 5k`, or None; without `k` it has two entries."""
    bare = _HAT.sub(r"\1", plain)
    if not bare.isascii():
        decomposed = unicodedata.normalize("NFD", bare).replace(_COMBINING_HAT, "")
        bare = decomposed.replace("ı", "i").replace("ȷ", "j")
    entries: dict[str, Fraction] = {}
    place = 0
    while place < len(bare):
        match = _UNIT_VECTORS.match(bare, place)
        factor = parse_number((match[2] or "1").strip("()")) if match else None
        if match is None or factor is None or match[3] in entries or (place and not match[1]):
            return None
        entries[match[3]] = -factor if match[1] == "-" else factor
        place = match.end()
    if len(entries) < 2:
        return None
    letters = "ijk" if "k" in entries else "ij"
    return Items(tuple(Number(entries.get(letter, Fraction(0))) for letter in letters), "()", is_ordered=True)
