"""Which runs are wanted: words, and what else they are filtered by, as one question to the index."""

from __future__ import annotations

from dataclasses import dataclass

from roundtable_tui.runs.terms import Term, fold, parse


@dataclass(frozen=True, slots=True)
class Wanted:
    """Empty values leave everything in."""

    words: str = ""
    mode: str = ""
    status: str = ""
    model: str = ""
    """A part of its name."""
    since: float = 0.0
    """Seconds since the epoch."""
    until: float = 0.0
    limit: int = -1

    @property
    def terms(self) -> list[Term]:
        """What the words look for."""
        return parse(self.words)


def where(wanted: Wanted, status: str) -> tuple[str, list[object]]:
    """Return the condition on `runs`, and its values; `status` as the index has it."""
    parts: list[str] = ["1"]
    values: list[object] = []
    for term in wanted.terms:
        ways, given = _found(term)
        parts.append(f"({' OR '.join(ways)})")
        values += given
    if wanted.mode:
        parts.append("mode = ?")
        values.append(wanted.mode)
    if status:
        parts.append("status = ?")
        values.append(status)
    if wanted.model:
        parts.append("id IN (SELECT run FROM models WHERE instr(model, ?))")
        values.append(fold(wanted.model))
    if wanted.since:
        parts.append("started >= ?")
        values.append(wanted.since)
    if wanted.until:
        parts.append("started < ?")
        values.append(wanted.until)
    return " AND ".join(parts), values


def order(wanted: Wanted) -> tuple[str, list[object]]:
    """Return the order: runs that were asked for the words first, then newest first."""
    terms = wanted.terms
    if not terms:
        return "started DESC, name DESC", []
    asked = " AND ".join("instr(asked, ?)" for _ in terms)
    return f"({asked}) DESC, started DESC, name DESC", [fold(term.text) for term in terms]


def _found(term: Term) -> tuple[list[str], list[object]]:
    """Return the ways in which a term may be found, and their values."""
    ways: list[str] = []
    values: list[object] = []
    for table, match in (("words", term.words), ("grams", term.grams)):
        if match:
            ways.append(f"id IN (SELECT rowid FROM {table} WHERE {table} MATCH ?)")
            values.append(match)
    if not ways or term.is_letter:  # Signs that are no words, or the first letter of what is being typed.
        ways.append("instr(asked, ?)")
        values.append(fold(term.text))
    return ways, values
