"""Neutral labels for seats, so that neither names nor order influence the reader.

Each reader sees the others as Agent A, B, C ... in an order that is shuffled per reader and stays the
same for the whole run. Labels are also found in disguise: see `utils/disguises/lookalikes.py`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from random import Random
from typing import Any

from roundtable_tui.engine import former_names
from roundtable_tui.engine.signatures import strip_signature
from roundtable_tui.utils.disguises.lookalikes import fold, replace_folded

__all__ = ["AnonymousLabels", "letter_label", "strip_signature"]

_LABEL = re.compile(r"\bAgent[ \t]+([A-Z]{1,2})\b")


class AnonymousLabels:
    """Labels of the seats for each reader, derived from the seed of the run."""

    def __init__(self, seat_ids: Sequence[str], seed: int) -> None:
        self._ids = list(seat_ids)
        self._seed = seed
        self._labels: dict[str, dict[str, str]] = {}

    def order(self, reader: str) -> list[str]:
        """Return the ids of all seats except `reader`, in the order of their labels for that reader."""
        return list(self._labels_for(reader))

    def label(self, reader: str, seat: str) -> str:
        """Return the label of `seat` for `reader`; `seat` itself if it has none."""
        return self._labels_for(reader).get(seat, seat)

    def relabel(self, text: str, author: str, reader: str) -> str:
        """Replace the labels that `author` used in `text` by those that `reader` knows."""
        if not _has_label(text):
            return text

        def relabelled(match: re.Match[str]) -> str | None:
            labels = self._labels_for(author)
            seat = next((seat for seat, label in labels.items() if label == f"Agent {match[1]}"), None)
            return None if seat is None else "you" if seat == reader else self.label(reader, seat)

        return replace_folded(_LABEL, relabelled, text)

    def _labels_for(self, reader: str) -> dict[str, str]:
        if reader not in self._labels:
            others = [i for i in self._ids if i != reader]
            # A separate generator per reader: labels do not depend on the order of first use.
            Random(f"{self._seed}/{reader}").shuffle(others)
            self._labels[reader] = {seat: f"Agent {letter_label(n)}" for n, seat in enumerate(others)}
        return self._labels[reader]

    def __getattr__(self, name: str) -> Any:
        """Resolve former names of the API."""
        return former_names.get_former_attribute(self, former_names.MASKS, name)


@lru_cache(maxsize=128)  # The same text is quoted for every reader.
def _has_label(text: str) -> bool:
    return _LABEL.search(fold(text)) is not None


def letter_label(number: int) -> str:
    """Return A, B, ... Z, AA, AB, ... for 0, 1, ..."""
    out = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        out = chr(ord("A") + rest) + out
    return out
