"""The difference of two texts, word by word."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Literal

WordDiff = list[tuple[Literal["same", "removed", "added"], str]]
MAX_WORDS = 3_000
"""Words of each text that are compared; what follows is shown as removed and added."""
_WORD = re.compile(r"\s+|[^\s]+")


def diff_words(before: str, after: str) -> WordDiff:
    """Return the parts of both texts in order: `same`, `removed` from `before`, `added` in `after`.

    The parts that are not removed make up `after`, those that are not added make up `before`. White
    space counts as a word. The matching is that of Ratcliff and Obershelp (`difflib`).
    """
    old, new = _WORD.findall(before), _WORD.findall(after)
    rest = old[MAX_WORDS:], new[MAX_WORDS:]
    old, new = old[:MAX_WORDS], new[:MAX_WORDS]
    found: WordDiff = []
    removed: list[str] = []
    added: list[str] = []
    for kind, start, end, first, last in SequenceMatcher(None, old, new, autojunk=True).get_opcodes():
        if kind == "equal" and not ((removed or added) and "".join(new[first:last]) == " "):
            _add(found, "removed", removed)
            _add(found, "added", added)
            _add(found, "same", new[first:last])
            removed, added = [], []
            continue
        removed += old[start:end]  # A space between two changes belongs to them: words stay apart.
        added += new[first:last]
    _add(found, "removed", [*removed, *rest[0]])
    _add(found, "added", [*added, *rest[1]])
    return found


def _add(found: WordDiff, kind: Literal["same", "removed", "added"], words: Sequence[str]) -> None:
    if words:
        found.append((kind, "".join(words)))
