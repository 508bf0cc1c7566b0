"""Finds the line of each value in a JSON text, for error messages."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

Loc = tuple[str | int, ...]
"""The way to a value: names of fields, numbers of items from 0."""

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


@dataclass(slots=True)
class JsonPositions:
    """Lines (from 1) of the fields and items of a JSON text, and the fields given more than once."""

    lines: dict[Loc, int] = field(default_factory=dict)
    duplicates: list[tuple[Loc, int]] = field(default_factory=list)

    def line_of(self, loc: Loc) -> int | None:
        """Return the line of the value at `loc`, or of the nearest one around it."""
        while loc and loc not in self.lines:
            loc = loc[:-1]
        return self.lines.get(loc)


def find_positions(text: str) -> JsonPositions:
    """Return the position of every value in `text`, which must be valid JSON."""
    found = JsonPositions()
    stack: list[str | int] = []  # the way to where we are: the last part is the current field or item
    kinds: list[str] = []
    line, seen = 1, 0
    key: str | None = None
    for token in _TOKEN.finditer(text):
        line += text.count("\n", seen, token.start())
        seen = token.start()
        sign = token[0]
        if sign == ":":
            assert key is not None
            stack[-1] = key
            loc = tuple(stack)
            if loc in found.lines:
                found.duplicates.append((loc, line))
            found.lines[loc] = line
        elif sign == ",":
            if kinds[-1] == "[":
                stack[-1] = int(stack[-1]) + 1
        elif sign in "}]":
            stack.pop()
            kinds.pop()
        else:
            if kinds and kinds[-1] == "[":
                found.lines[tuple(stack)] = line
            if sign in "{[":
                kinds.append(sign)
                stack.append(0 if sign == "[" else "")
            elif sign[0] == '"':
                key = json.loads(sign, strict=False)
    found.lines.setdefault((), 1)
    return found
