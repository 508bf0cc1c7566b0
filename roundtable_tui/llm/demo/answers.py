"""What the demo's seats answer in the end: different at first, the same after a round or two."""

from __future__ import annotations

import re
from random import Random

from roundtable_tui.llm.demo.asked import ParsedPrompt, digest
from roundtable_tui.llm.demo.corpus import STANCES

_CHOICES = re.compile(r"(?:^|[\s(])\(?([A-H])[).:]\s+\S")
_EITHER = re.compile(
    r"(?:[:,]|\bbetween|\bprefer|\bchoose|\bbetter)\s+(?:an?\s+|the\s+)?([^,:?]{2,40}?)\s+(?:or|and)\s+(?:an?\s+|the\s+)?([^,:?]{2,40}?)\?"
)
_YES_NO = re.compile(
    r"^(?:is|are|was|were|am|do|does|did|can|could|should|shall|will|would|has|have|had|may|must|might)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\b(?:how (?:many|much|old|long|far)|what (?:is|number|year)\b.*\d)", re.IGNORECASE)


def candidates(question: str) -> tuple[str, ...]:
    """Return two or more short answers that fit the form of `question`; none of them is known to be true."""
    letters = sorted(set(_CHOICES.findall(question)))
    if len(letters) > 1:
        return tuple(letters)
    if either := _EITHER.search(question):
        return either[1].strip().capitalize(), either[2].strip().capitalize()
    if _NUMBER.search(question):
        random = Random(digest("numbers", question))
        return tuple(str(n) for n in random.sample(range(2, 100), 3))
    if _YES_NO.match(question):
        return "Yes, with a trial first.", "No, not yet.", "Only if it can be undone."
    random = Random(digest("stances", question))
    return tuple(random.sample(STANCES, 4))


def answer(asked: ParsedPrompt, seed: int) -> str:
    """Return this seat's answer: its own in round 1, most seats' in round 2, everybody's from round 3."""
    choices = candidates(asked.question)
    common = choices[digest(seed, "common", asked.question) % len(choices)]
    if asked.round >= 3 or (asked.round == 2 and digest(seed, asked.seat, "second") % 3):
        return common
    return choices[digest(seed, asked.seat, asked.question) % len(choices)]
