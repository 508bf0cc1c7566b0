"""Rankings of lettered items in decisions: their type, and how models write them.

Read are lists, `B > A > C`, numbered lists with or without a heading (`FINAL RANKING: 1. Answer B ...`) and
objects of ranks. A ranking has every letter once; anything else is none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from roundtable_tui.utils.lazy_pattern import lazy_compile

_MAX_ENUM_LETTERS = 4
"""Up to here, a schema lists all rankings (24), so that a server can enforce that every letter is there."""
_MAX_CHARS = 20_000
_ITEM_NAMES = r"(?:answer|response|candidate|option|reply|text|letter|item)s?"
_LETTER = rf"(?:{_ITEM_NAMES}\s*[:#]?\s*)?\(?\b([A-Z]{{1,2}})\b\)?"
_ITEM = lazy_compile(rf"\A\W*{_LETTER}(?:\s*[-–—:(,;.].*|\W*)", re.IGNORECASE | re.DOTALL)
_CHAIN = lazy_compile(rf"{_LETTER}(?:\s*(?:>+|≻|→)\s*{_LETTER})+", re.IGNORECASE)
_CHAIN_SIGN = lazy_compile(r"(?<!\s)\s*(?:>+|≻|→)\s*")
_NUMBERED = lazy_compile(
    rf"(?:(?<=[\s,;:(])|\A)#?(\d{{1,2}})(?:st|nd|rd|th)?\s?[.):]\s*{_LETTER}", re.IGNORECASE
)
_NUMBERED_LINE = lazy_compile(rf"#?(\d{{1,2}})(?:st|nd|rd|th)?\s?[.):]\s*{_LETTER}\W*", re.IGNORECASE)
_HEADING = lazy_compile(
    r"^[^\w\n]*(?:(?:my|the|here\s+is\s+(?:my|the))\s+)?(?:final\s+|overall\s+)?ranking(?:\s+is)?(?:\s*\([^()\n]*\))?\s*(?::|$)",
    re.IGNORECASE | re.MULTILINE,
)
_SEPARATOR = lazy_compile(rf"(?:\s|[,;>/|]|\band\b|\bthen\b|\b{_ITEM_NAMES}\b)+", re.IGNORECASE)
_EMPHASIS = lazy_compile(r"[*_`]+")


@dataclass(frozen=True, slots=True)
class RankedLetters:
    """Marks the field of a form that is a ranking of these letters."""

    letters: tuple[str, ...]


def build_ranking_type(letters: Sequence[str]) -> Any:
    """Return the type of a ranking of these letters: a list with each of them once, the best first."""
    if is_written_as_text(letters):
        schema: dict[str, Any] = {
            "type": "string",
            "enum": [" > ".join(one) for one in permutations(letters)],
        }
    else:
        count = len(letters)
        items = {"type": "string", "enum": list(letters)}
        schema = {"type": "array", "items": items, "minItems": count, "maxItems": count}

    def read(value: Any) -> list[str]:
        if (ranking := read_ranking(value, letters)) is None:
            raise ValueError("not a ranking with every letter once")
        return ranking

    marker = RankedLetters(tuple(letters))
    return Annotated[list[str], BeforeValidator(read), WithJsonSchema(schema), marker]


def is_written_as_text(letters: Sequence[str]) -> bool:
    """Return True if a ranking of these letters is asked for as `B > A > C`, else as a list."""
    return len(letters) <= _MAX_ENUM_LETTERS


def read_ranking(value: Any, letters: Sequence[str]) -> list[str] | None:
    """Return the ranking that a JSON value gives, best first; None unless it has every letter once."""
    match value:
        case str():
            text = _EMPHASIS.sub("", value[:_MAX_CHARS])
            return _read_section(text, letters) or _read_separated(text, letters)
        case [str() as only] if len(letters) > 1:
            return read_ranking(only, letters)
        case [dict(), *_]:
            return _read_ranked_objects(value, letters)
        case list():
            return _check([_read_letter(item) for item in value], letters)
        case dict():
            return _read_rank_mapping(value, letters)
        case _:
            return None


def read_ranking_in_prose(text: str, letters: Sequence[str]) -> list[str] | None:
    """Return the ranking that a reply without JSON objects ends with; None if there is none, or two.

    It stands below a heading "Ranking", or is the last line, or the whole reply.
    """
    text = _EMPHASIS.sub("", text[-_MAX_CHARS:]).strip()
    if headings := list(_HEADING.finditer(text)):
        return read_ranking(text[headings[-1].end() :], letters)
    if text.startswith("["):
        try:
            return read_ranking(json.loads(text), letters)
        except (ValueError, RecursionError):
            return None
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        return None
    if found := _read_chains(lines[-1], letters) or _read_separated(text, letters):
        return found
    # A numbered list of remarks on the answers is not a ranking: the letters must stand alone.
    items = [_NUMBERED_LINE.fullmatch(line) for line in lines[-len(letters) :]]
    return _check_numbered([(int(item[1]), item[2]) for item in items if item], letters)


def _read_section(text: str, letters: Sequence[str]) -> list[str] | None:
    if found := _read_chains(text, letters):
        return found
    numbered = [(int(match[1]), match[2]) for match in _NUMBERED.finditer(text)]
    if found := _check_numbered(numbered, letters):
        return found
    lines = [line for line in text.splitlines() if line.strip()]
    return _check([_read_letter(line) for line in lines[: len(letters)]], letters)


def _read_chains(text: str, letters: Sequence[str]) -> list[str] | None:
    """Return the one complete ranking written as `B > A > C`; None if there are two that differ."""
    found = [
        ranking
        for match in _CHAIN.finditer(text)
        if (ranking := _check([_read_letter(part) for part in _CHAIN_SIGN.split(match[0])], letters))
    ]
    return found[0] if found and all(one == found[0] for one in found) else None


def _read_separated(text: str, letters: Sequence[str]) -> list[str] | None:
    """Return the ranking of a text that is nothing but letters and separators."""
    text = text.strip().strip("\"'[]().")
    return _check([part.strip("\"'()[].:") for part in _SEPARATOR.split(text) if part], letters)


def _read_ranked_objects(rows: Sequence[Any], letters: Sequence[str]) -> list[str] | None:
    """Read `[{"rank": 2, "answer": "A"}, ...]`; without ranks, the order counts."""
    found: list[tuple[Any, str | None]] = []
    for place, row in enumerate(rows, 1):
        if not isinstance(row, Mapping):
            return None
        ranks = [each for each in row.values() if type(each) is int]
        names = [name for each in row.values() if isinstance(each, str) and (name := _read_letter(each))]
        if len(ranks) > 1 or len(names) != 1:
            return None
        found.append((ranks[0] if ranks else place, names[0]))
    return _check_numbered(sorted(found, key=lambda one: one[0]), letters)


def _read_rank_mapping(value: Mapping[str, Any], letters: Sequence[str]) -> list[str] | None:
    """Read `{"1": "B", "2": "A"}` and `{"A": 2, "B": 1}`."""
    pairs: list[tuple[Any, str | None]] = []
    for key, other in value.items():
        if re.fullmatch(r"\D{0,6}\d{1,2}", key) and isinstance(other, str):
            pairs.append((int(re.sub(r"\D", "", key)), _read_letter(other)))
        elif type(other) is int:
            pairs.append((other, _read_letter(key)))
        else:
            return None
    return _check_numbered(sorted(pairs, key=lambda one: one[0]), letters)


def _read_letter(item: Any) -> str | None:
    match = _ITEM.fullmatch(item) if isinstance(item, str) else None
    return match[1].upper() if match else None


def _check_numbered(items: Sequence[tuple[int, str | None]], letters: Sequence[str]) -> list[str] | None:
    if [number for number, _ in items] != list(range(1, len(letters) + 1)):
        return None
    return _check([name for _, name in items], letters)


def _check(names: Sequence[str | None], letters: Sequence[str]) -> list[str] | None:
    """Return the names as they are in `letters` if every letter is there once."""
    upper = [name.upper() for name in names if name]
    return upper if len(upper) == len(names) and sorted(upper) == sorted(letters) else None
