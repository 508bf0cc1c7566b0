"""Scores many titles for a query at once: what `matching.match` says of each, without its positions.

A list of a router's models has thousands of titles, and all of them are scored for every key: most of them
are decided by a search in C, and only the others by `matching`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from roundtable_tui.tui.widgets.lists.matching import find_word_start, fold, match_scattered

Scored = list[tuple[float, int]]


class SearchIndex:
    """The searchable texts of a list, folded once."""

    def __init__(self, texts: Sequence[tuple[str, str]]) -> None:
        """Index pairs of a title and the other texts of an item."""
        self._titles = [fold(title) for title, _ in texts]
        self._rests = [fold(rest) for _, rest in texts]

    def score(self, query: str) -> Scored:
        """Return (score, number of the item) of each item in which every word is found, in their order."""
        words = fold(query).split()
        found: Scored = [(0.0, number) for number in range(len(self._titles))]
        for word in words:
            found = self._score_word(word, found)
        return found

    def _score_word(self, word: str, among: Scored) -> Scored:
        titles, rests, length = self._titles, self._rests, len(word)
        is_near = _scattered_pattern(word).search
        found: Scored = []
        for before, number in among:
            title = titles[number]
            at = title.find(word)
            if at == 0:
                score = 8.0 + length / len(title)
            elif at > 0:
                start = not title[at - 1].isalnum() or find_word_start(word, title) > 0
                score = (6.0 if start else 4.0) + length / len(title)
            elif word in rests[number] and find_word_start(word, rests[number]) >= 0:
                score = 1.0
            elif length > 1 and is_near(title) is not None:
                score = match_scattered(word, title)[0]
            else:
                continue
            if score:
                found.append((before + score, number))
        return found


def _scattered_pattern(word: str) -> re.Pattern[str]:
    """Return a pattern of the letters of a word in order, as close together as `matching` wants them.

    Between two letters the second one does not occur, so that there is nothing to try twice.
    """
    most = 3 * len(word)
    later = "".join(rf"[^{re.escape(letter)}]{{0,{most}}}{re.escape(letter)}" for letter in word[1:])
    return re.compile(re.escape(word[:1]) + later, re.DOTALL)
