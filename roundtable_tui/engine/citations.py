"""Passages of documents in prompts: numbered, quoted as data, cited by number in answers."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from roundtable_tui.engine.quoting import Quoter

INTRODUCTION = """These passages of documents may bear on the question. Where you rely on one, cite its
number in square brackets, as in [1]. Cite none that you did not use, and say so where they do not hold
the answer."""

_CITED = re.compile(r"[\[【]\s*(\d{1,3}(?:\s*(?:[,;]|-|–|and)\s*\d{1,3})*)\s*(?:†[^\]】]{0,40})?[\]】](?!\()")
_RANGE = re.compile(r"(\d{1,3})\s*[-–]\s*(\d{1,3})")
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Passage:
    """A numbered piece of a document."""

    number: int
    """The number in this run, from 1."""
    source: str
    """The file name for citations."""
    unit: str
    """The unit of `first` and `last`: line, page or paragraph."""
    first: int
    last: int
    text: str
    heading: str = ""
    """The headings above it."""
    path: str = ""
    """The path of the file."""
    collection: str = ""
    score: float = 0.0

    @property
    def location(self) -> str:
        """The position in the file: `lines 3-5`, `page 2`."""
        if self.first == self.last:
            return f"{self.unit} {self.first}"
        return f"{self.unit}s {self.first}-{self.last}"

    @property
    def label(self) -> str:
        """The full citation: `[1] handbook.md, lines 3-5 (Leave > Parental)`. Not sanitized."""
        heading = f" ({self.heading})" if self.heading else ""
        return f"[{self.number}] {self.source}, {self.location}{heading}"


PassageFinder = Callable[[str, Callable[[str], None]], Awaitable[Sequence[Passage]]]
"""Finds passages for a question; calls its second argument with progress lines. Raises RoundtableError."""


def quote_passages(passages: Sequence[Passage], quoter: Quoter) -> str:
    """Build the part of a prompt with the passages; "" for none."""
    if not passages:
        return ""
    texts = (quoter.quote(passage.label, passage.text) for passage in passages)
    return "\n\n".join([INTRODUCTION, *texts, quoter.quoting_rule()])


def cited_passages(answer: str, passages: Sequence[Passage]) -> list[Passage]:
    """Return the passages cited as `[number]` in an answer, outside code, sorted by number."""
    numbers: set[int] = set()
    for match in _CITED.finditer(_CODE.sub("", answer)):
        numbers.update(int(digits) for digits in re.findall(r"\d+", match[1]))
        for low, high in _RANGE.findall(match[1]):
            numbers.update(range(int(low), int(high)))
    return [passage for passage in passages if passage.number in numbers]


def append_sources(answer: str, passages: Sequence[Passage]) -> str:
    """Append the list of cited passages to an answer. Not sanitized."""
    lines = [" ".join(passage.label.split()) for passage in cited_passages(answer, passages)]
    return "\n".join([answer.rstrip(), "", "Sources:", *lines]) if lines else answer


def passage_to_dict(passage: Passage) -> dict[str, Any]:
    """Return a passage as a JSON object for an event, without empty fields."""
    return {name: value for name, value in asdict(passage).items() if value not in ("", 0.0)}


def passages_from_dicts(rows: Sequence[Mapping[str, Any]]) -> tuple[Passage, ...]:
    """Return the passages of an event; invalid rows are skipped."""
    known = {field.name: str(field.type) for field in fields(Passage)}
    kinds: dict[str, Any] = {"int": int, "str": str, "float": (int, float)}
    found = []
    for row in rows:
        given = {name: value for name, value in row.items() if name in known}
        if all(isinstance(value, kinds[known[name]]) for name, value in given.items()):
            try:
                found.append(Passage(**given))
            except TypeError:
                continue  # A required field is missing.
    return tuple(found)
