"""Reads "It diverges" as a no to "Does the series converge?", and "It converges" as a yes."""

from __future__ import annotations

import re

from roundtable_tui.answers.asked.stems import are_forms, stem_of
from roundtable_tui.answers.plain import COMPLEMENTS

_QUESTION = re.compile(
    r"(?:^|[.!?:]\s)(?:is|are|was|were|does|do|did|will)\s(?P<subject>[^?.!]{1,120}?)\s(?P<predicate>[^\W\d_]{3,})\?\s*$",
    re.IGNORECASE,
)
_ANSWER = re.compile(
    r"(?:(?P<subject>[^.,;:!?]{1,80}?)\s)??(?:(?:is|are|was|were|does|do|did|will)\s)?(?P<denied>not\s)?(?P<predicate>[^\W\d_]{3,})"
)
_OPEN = re.compile(
    r"\b(?:or|not|if|when|always|ever|either|all|every|any|only|both|never)\b|n't\b", re.IGNORECASE
)
_PRONOUNS = frozenset("it they this that these those he she the a an".split())  # noqa: SIM905
_PAIRS = tuple(
    pair.split()
    for pair in (
        "converge diverge", "convergent divergent", "even odd", "prime composite", "alive dead",
        "present absent", "exothermic endothermic", "increase decrease", "increasing decreasing", "rise fall",
        "float sink", "guilty innocent", "positive negative", "occupied vacant", "expand contract",
    )
)  # fmt: skip
_CONTRARY_OF = {
    one: other
    for first, second in (*_PAIRS, *COMPLEMENTS.items())
    for one, other in ((first, second), (second, first))
}


def find_predicate(question: str) -> str:
    """Return `converge` of "Does the series converge?"; "" for a question of another form."""
    match = _QUESTION.search(question.strip())
    if match is None or _OPEN.search(match["subject"]):
        return ""
    return match["predicate"].lower()


def read_polar(form: str, predicate: str, words: tuple[str, ...]) -> bool | None:
    """Return True or False for a statement that says yes or no to a question; None if it is unsure.

    Args:
        form: the words of the statement.
        predicate: the last word of the question.
        words: the stems of the question, of which the subject of the statement must consist.
    """
    match = _ANSWER.fullmatch(form)
    if match is None:
        return None
    subject = (match["subject"] or "").split()
    if any(word not in _PRONOUNS and stem_of(word) not in words for word in subject):
        return None
    said, denied = match["predicate"], bool(match["denied"])
    if are_forms(said, predicate):
        return not denied
    contrary = _CONTRARY_OF.get(predicate)
    return False if contrary and not denied and are_forms(said, contrary) else None
