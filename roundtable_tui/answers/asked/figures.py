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
_MAX_BESIDE_CHARS = 40
_OPPOSITE_BEFORE = phrase(
    r"(?<!\w) (?P<word> {opposite_before} ) \s+"
    r"(?: (?: of | by | at | in | von | de | des | di ) \s+ )? [$€£¥]? $"
)
_OPPOSITE_AFTER = phrase(r"\s+ (?: in \s+ | of \s+ )? (?P<word> {opposite_after} ) (?!\w)")


def keep_opposite(found: str, sentence: str, asked: Question) -> str:
    """Return a figure with a word beside it that has an opposite: "5 km north", "a loss of $50".

    A word of the question is not needed: to "How many years older is she?", "5 years older" answers 5 years.
    """
    before, place, after = sentence.partition(found)
    if not place:
        return found
    start, end = len(before), len(before) + len(found)
    if (match := _OPPOSITE_BEFORE.search(before[-_MAX_BESIDE_CHARS:])) and not asked.has(
        stem_of(match["word"])
    ):
        start -= len(before[-_MAX_BESIDE_CHARS:]) - match.start()
    if (match := _OPPOSITE_AFTER.match(after)) and not asked.has(stem_of(match["word"])):
        end += match.end()
    return sentence[start:end]


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
