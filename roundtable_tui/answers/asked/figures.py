"""Finds the one figure of a sentence that a question asks for: how many, which year, or in which clause."""

from __future__ import annotations

import re

from roundtable_tui.answers.asked.question import Question
from roundtable_tui.answers.asked.stems import are_forms, stem_of
from roundtable_tui.answers.dates import ERA
from roundtable_tui.answers.endings.clauses import is_denied
from roundtable_tui.answers.languages.phrases import phrase, words_of

_YEAR = re.compile(rf"(?<![\w$€£.,])[12]\d{{3}}(?![\w.,]?\d|\w|\s*{ERA})")
_NUMBER = re.compile(r"[\d.,]*\d")
_EDGES = "*_`.,;:!?\"'“”()"
_QUALIFIERS = words_of("qualifier")
_CLAUSE_END = phrase(r",? \s+ {and_clause} \s+ | , \s+ {which} \s+ | ; \s+")
_FIGURE = re.compile(r"\d")


def find_counted(clause: str, asked: Question) -> str | None:
    """Return `eleven players` of "A team has eleven players at a time", and the year that was asked for.

    Only a clause with one such figure is read, and none with a qualifier before it, such as "at least".
    """
    if is_denied(clause):
        return None
    if asked.is_year:
        years = [year for year in _YEAR.findall(clause) if not asked.has(year)]
        return str(years[0]) if len(years) == 1 else None
    if not asked.counted:
        return None
    words = clause.split()
    found = []
    for place, word in enumerate(words):
        stem = stem_of(word)
        if _NUMBER.fullmatch(stem) and _is_counted(words[place + 1 : place + 3], asked.counted):
            found.append(place)
    if len(found) != 1 or (found[0] and stem_of(words[found[0] - 1]) in _QUALIFIERS):
        return None
    return f"{words[found[0]].strip(_EDGES)} {asked.counted}"


def _is_counted(words: list[str], counted: str) -> bool:
    """Return True if the next word, or the one after it, is what was to be counted."""
    return any(are_forms(stem_of(word), counted) for word in words)


def select_clause(sentence: str, asked: Question) -> str:
    """Return the clause of "The bat costs $1.05 and the ball costs $0.05" that speaks of what was asked.

    Returns:
        The clause with most words of the question; "" if two have the same; the sentence if it has figures
        in one clause only, or calculates.
    """
    if "=" in sentence:
        return sentence
    clauses = [clause for clause in _CLAUSE_END.split(sentence) if clause]
    if sum(bool(_FIGURE.search(clause)) for clause in clauses) < 2:
        return sentence
    counts = [sum(stem_of(word) in asked.focus for word in clause.split()) for clause in clauses]
    most = max(counts)
    return clauses[counts.index(most)] if counts.count(most) == 1 else ""
