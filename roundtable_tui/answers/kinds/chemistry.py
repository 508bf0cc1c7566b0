"""Chemical equations, electron configurations and isotopes, in one spelling."""

from __future__ import annotations

from roundtable_tui.answers.formulas import normalize_compound
from roundtable_tui.answers.values import Expression
from roundtable_tui.utils.lazy_pattern import lazy_compile

_ARROW = lazy_compile(r"\s*(?:(?P<both>⇌|⇄|↔|<=>|<->|<-->)|→|⟶|-->|->|=>|⇒|(?P<equals>=))\s*")
_ARROWS = ("→", "->", "⇌", "⇄", "↔", "⟶", "=>", "⇒", " = ")
_TERM = lazy_compile(
    r"(?P<count>\d{1,3}(?:/\d{1,2})?)?\s*(?P<formula>[A-Z(][\w()^+*-]*?|e\^?\(?-\)?)\s*(?P<state>\((?:s|l|g|aq)\))?"
)
_MAX_CHARS = 160
_CONFIGURATION = lazy_compile(
    r"(?P<core>\[(?:He|Ne|Ar|Kr|Xe|Rn)\])?\s*(?P<shells>(?:[1-7][spdf]\^?\(?\d{1,2}\)?[\s,]*)+)"
)
_SHELL = lazy_compile(r"(?P<n>[1-7])(?P<l>[spdf])\^?\(?(?P<count>\d{1,2}?)\)?[\s,]*(?=[1-7][spdf]|$)")
_MOST_ELECTRONS = {"s": 2, "p": 6, "d": 10, "f": 14}
_SHELLS = ("s", "p", "d", "f")
_ISOTOPE = lazy_compile(r"\^\(?(\d{1,3})\)?(?:\s*_\(?\d{1,3}\)?)?\s*([A-Z][a-z]?)")


def parse_chemistry(plain: str) -> Expression | None:
    """Return a chemical equation, an electron configuration or an isotope, or None for every other text."""
    if (plain[0] == "[" or plain[1:2] in _SHELLS) and (found := _parse_configuration(plain)):
        return found
    if plain[0] == "^" and (match := _ISOTOPE.fullmatch(plain)) and normalize_compound(match[2]):
        return Expression(f"isotope {match[2]}-{match[1]}")
    has_arrow = ">" in plain or " = " in plain or not plain.isascii()
    if has_arrow and len(plain) <= _MAX_CHARS and any(arrow in plain for arrow in _ARROWS):
        return _parse_reaction(plain)
    return None


def _parse_reaction(plain: str) -> Expression | None:
    """Return an equation with the terms of each side in one order: the order in which they stand is free."""
    arrows = list(_ARROW.finditer(plain))
    if len(arrows) != 1:
        return None
    arrow = arrows[0]
    sides = [_read_side(plain[: arrow.start()]), _read_side(plain[arrow.end() :])]
    if not (sides[0] and sides[1]):
        return None
    formulas = [formula for side in sides if side for _, formula in side]
    symbols = "".join(formula for formula in formulas if formula[0] != "e")
    has_compound = any(char.isdigit() or char.islower() for char in symbols)
    if not has_compound or (arrow["equals"] and not any(char.isdigit() for char in symbols)):
        return None  # `H = U + PV` is an equation of physics.
    sign = "⇌" if arrow["both"] else "→"
    return Expression(f" {sign} ".join(" + ".join(sorted(term for term, _ in side or [])) for side in sides))


def _read_side(text: str) -> list[tuple[str, str]] | None:
    """Return the terms of a side, each with its formula, or None."""
    for separator in (" + ", "+"):
        terms = [_read_term(part.strip()) for part in text.strip().split(separator)]
        found = [term for term in terms if term]
        if len(found) == len(terms):
            return found
    return None


def _read_term(text: str) -> tuple[str, str] | None:
    match = _TERM.fullmatch(text)
    if match is None:
        return None
    if match["formula"].startswith("e"):
        formula = "e^-"
    else:
        parts = [normalize_compound(part) for part in match["formula"].split("*")]
        found = [part for part in parts if part]
        if len(found) < len(parts):
            return None
        formula = "*".join(found)
    count = match["count"] if match["count"] not in (None, "1") else ""
    return f"{count} {formula}{match['state'] or ''}".strip(), formula


def _parse_configuration(plain: str) -> Expression | None:
    match = _CONFIGURATION.fullmatch(plain)
    if match is None:
        return None
    shells = [(m["n"], m["l"], int(m["count"])) for m in _SHELL.finditer(match["shells"])]
    if len(shells) < (1 if match["core"] else 2) or any(n > _MOST_ELECTRONS[kind] for _, kind, n in shells):
        return None
    if len({shell[:2] for shell in shells}) < len(shells):
        return None
    shells.sort(key=lambda shell: (shell[0], "spdf".index(shell[1])))
    return Expression(f"{match['core'] or ''} {' '.join(f'{n}{kind}{count}' for n, kind, count in shells)}")
