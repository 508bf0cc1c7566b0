"""Chemical formulas, version numbers and names of running times, in one spelling."""

from __future__ import annotations

import re

from roundtable_tui.utils.lazy_pattern import lazy_compile

_ELEMENTS = frozenset(
    """
    H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br
    Kr Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Nd Gd W Pt Au Hg Tl Pb Bi Po
    Rn Ra Th U Pu D
    """.split()  # noqa: SIM905
)
_SYMBOL = lazy_compile("[A-Z][a-z]?")
_FORMULA = lazy_compile(
    r"(\(?(?:[A-Z][a-z]?_?\d*|\)_?\d*|\()+)\s*"
    r"(?:\^?\s*\(?\s*(\d?\s?[+-]|[+-]\d?)\s*\)?)?"
)
_VERSION = lazy_compile(
    r"(?:version|ver\.?|v\.?)\s*(\d+(?:\.\d+)+(?:[-.]?(?:alpha|beta|rc|a|b)\.?\d*)?)", re.IGNORECASE
)
_GROWTH = {
    "constant": "O(1)", "logarithmic": "O(log n)", "linear": "O(n)", "linearithmic": "O(n log n)",
    "quadratic": "O(n^2)", "cubic": "O(n^3)",
}  # fmt: skip
_RUNNING_TIME = lazy_compile(r"(?:in\s+)?([a-z]+|O\(.+\))(\s+time(?:\s+complexity)?)?", re.IGNORECASE)


def parse_running_time(plain: str, *, is_asked: bool = False) -> str | None:
    """Return `O(n)` for "linear time", and `O(1)` for "in O(1) time", or None.

    Args:
        plain: text without markup.
        is_asked: a running time was asked for, so that "linear" alone is one.
    """
    match = _RUNNING_TIME.fullmatch(plain)
    if match is None or not (match[2] or is_asked):
        return None
    return match[1] if "(" in match[1] else _GROWTH.get(match[1].lower())


def normalize_formula(plain: str) -> str | None:
    """Return a chemical formula with a number or a charge in one spelling: `H_2O` as `H2O`.

    None for everything else, also for `CO`, which is one only by its context.
    """
    match = _FORMULA.fullmatch(plain)
    if match is None or not (match[2] or any(char.isdigit() for char in match[1])):
        return None
    return normalize_compound(plain)


def normalize_compound(plain: str) -> str | None:
    """Return a chemical formula in one spelling, also one without a number, such as `NaCl`."""
    match = _FORMULA.fullmatch(plain)
    if match is None:
        return None
    symbols = _SYMBOL.findall(match[1])
    if not all(symbol in _ELEMENTS for symbol in symbols) or match[1].count("(") != match[1].count(")"):
        return None
    charge = (match[2] or "").replace(" ", "")
    if charge[:1] in ("+", "-") and len(charge) > 1:
        charge = charge[1:] + charge[0]
    if charge and charge[0].isdigit() and "^" not in plain and "(" not in plain:
        return None  # `Fe2+` has the charge 2, `SO42-` may have 4 or 42 atoms.
    return match[1].replace("_", "") + (f"^{charge}" if charge else "")


def parse_version(plain: str) -> str | None:
    """Return the number of `v1.4` or `version 1.4`, as text, or None."""
    match = _VERSION.fullmatch(plain)
    return match[1].lower() if match else None
