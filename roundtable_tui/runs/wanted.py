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


def stretches(wanted: Wanted, status: str) -> list[tuple[str, list[object]]]:
    """Return the conditions on `runs`, each with its values, of the stretches that the list is made of: runs
    that were asked for the words, then those in which they are only said. `status` is as the index has it.

    Each stretch stands in the order of time, in which the index goes through the runs: nothing is sorted, and
    where only the first runs are wanted no others are looked at.
    """
    terms = wanted.terms
    base, given = _filters(wanted, status)
    asked, in_question = _all(terms, "{question} : ")
    if not terms:
        return [(base, given)]
    said, anywhere = _all(terms)
    return [
        (f"{asked} AND {base}", [*in_question, *given]),
        (f"{said} AND NOT ({asked}) AND {base}", [*anywhere, *in_question, *given]),
    ]


def _filters(wanted: Wanted, status: str) -> tuple[str, list[object]]:
    parts: list[str] = ["1"]
    values: list[object] = []
    if wanted.mode:
        parts.append("mode = ?")
        values.append(wanted.mode)
    if status:
        parts.append("status = ?")
        values.append(status)
    if wanted.model:
        parts.append("+id IN (SELECT run FROM models WHERE instr(model, ?))")
        values.append(fold(wanted.model))
    if wanted.since:
        parts.append("started >= ?")
        values.append(wanted.since)
    if wanted.until:
        parts.append("started < ?")
        values.append(wanted.until)
    return " AND ".join(parts), values


def _all(terms: list[Term], column: str = "") -> tuple[str, list[object]]:
    """Return the condition that all terms are found, in one column or in any, and its values."""
    found = [_found(term, column) for term in terms]
    return " AND ".join(f"({' OR '.join(ways)})" for ways, _ in found), [v for _, some in found for v in some]


def _found(term: Term, column: str) -> tuple[list[str], list[object]]:
    """Return the ways in which a term may be found, and their values."""
    ways: list[str] = []
    values: list[object] = []
    for table, match in (("words", term.words), ("grams", term.grams)):
        if match:
            # The plus keeps SQLite going through the runs by time: it would begin with what was found.
            ways.append(f"+id IN (SELECT rowid FROM {table} WHERE {table} MATCH ?)")
            values.append(column + match)
    if not ways or term.is_letter:  # Signs that are no words, or the first letter of what is being typed.
        ways.append("instr(asked, ?)")
        values.append(fold(term.text))
    return ways, values
