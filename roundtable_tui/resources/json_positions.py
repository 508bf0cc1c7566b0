"""Finds the line of each value in a JSON text, for error messages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

Loc = tuple[str | int, ...]
"""The way to a value: names of fields, numbers of items from 0."""

MAX_DUPLICATES = 20
"""Fields given more than once that are reported."""
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


@dataclass(slots=True)
class JsonPositions:
    """Lines (from 1) of some fields and items of a JSON text, and the first fields given more than once."""

    lines: dict[Loc, int] = field(default_factory=dict)
    duplicates: list[tuple[Loc, int]] = field(default_factory=list)

    def line_of(self, loc: Loc) -> int | None:
        """Return the line of the value at `loc`, or of the nearest one around it."""
        while loc and loc not in self.lines:
            loc = loc[:-1]
        return self.lines.get(loc)


def find_positions(text: str, wanted: Iterable[Loc] = ()) -> JsonPositions:
    """Return the positions of the values at `wanted`, and of those around them, in a valid JSON text.

    A path is made only for these: paths of all values would take memory by size times depth.
    """
    found = JsonPositions()
    around = {loc[:length] for loc in wanted for length in range(len(loc) + 1)}
    deepest = max(map(len, around), default=0)
    stack: list[str | int] = []  # the way to where we are: the last part is the current field or item
    kinds: list[str] = []
    names: list[set[str]] = []  # of each open object or list, the fields seen so far
    line, seen = 1, 0
    key: str | None = None
    for token in _TOKEN.finditer(text):
        line += text.count("\n", seen, token.start())
        seen = token.start()
        sign = token[0]
        if sign == ":":
            assert key is not None
            stack[-1] = key
            if key in names[-1] and len(found.duplicates) < MAX_DUPLICATES:
                found.duplicates.append((tuple(stack), line))
            names[-1].add(key)
            if len(stack) <= deepest and (loc := tuple(stack)) in around:
                found.lines[loc] = line
        elif sign == ",":
            if kinds[-1] == "[":
                stack[-1] = int(stack[-1]) + 1
        elif sign in "}]":
            stack.pop()
            kinds.pop()
            names.pop()
        else:
            if kinds and kinds[-1] == "[" and len(stack) <= deepest and (loc := tuple(stack)) in around:
                found.lines[loc] = line
            if sign in "{[":
                kinds.append(sign)
                names.append(set())
                stack.append(0 if sign == "[" else "")
            elif sign[0] == '"':
                key = json.loads(sign, strict=False)
    found.lines.setdefault((), 1)
    return found
