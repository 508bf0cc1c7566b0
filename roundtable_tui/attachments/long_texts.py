"""Attached texts that are too long for a prompt: passages that bear on the question take their place."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from roundtable_tui.engine.calls.context_window import CHARS_PER_TOKEN
from roundtable_tui.engine.citations import Passage, PassageFinder
from roundtable_tui.engine.material.attachments import Attachment
from roundtable_tui.knowledge.passages import DocumentText, TextPassage, split_passages
from roundtable_tui.knowledge.search import MAX_QUERY_CHARS
from roundtable_tui.knowledge.split import DEFAULT_SIZE_BYTES
from roundtable_tui.knowledge.stores.base import DocumentSource
from roundtable_tui.knowledge.stores.sqlite import SqliteStore
from roundtable_tui.utils.interface import by_interface

MAX_PROMPT_CHARS = 48_000
"""Characters of attached texts that stand in prompts in full, about 12,000 tokens."""
PROMPT_SHARE = 0.35
"""Share of the smallest known context of a model that they may fill."""
DEFAULT_PASSAGES = 12
_COLLECTION = "attached"
_SHORT_CHARS = 4000
"""Texts that are shorter together fit into the context of any model."""


def may_be_too_long(attachments: Iterable[Attachment]) -> bool:
    """Return whether it depends on the context of the models how the attached texts stand in prompts."""
    return sum(len(one.text) for one in attachments) > _SHORT_CHARS


def max_prompt_chars(windows: Iterable[int | None]) -> int:
    """Return the characters of attached texts for the prompts of models with these contexts in tokens."""
    known = [window * CHARS_PER_TOKEN for window in windows if window]
    return min(MAX_PROMPT_CHARS, int(min(known, default=MAX_PROMPT_CHARS / PROMPT_SHARE) * PROMPT_SHARE))


def place_long_texts(
    attachments: Sequence[Attachment],
    windows: Iterable[int | None],
    finder: PassageFinder | None,
    count: int | None,
    default_count: int = DEFAULT_PASSAGES,
) -> tuple[tuple[Attachment, ...], PassageFinder | None, list[str]]:
    """Return the attachments, the long ones `in_passages`, the search for passages, and notices.

    Args:
        attachments: all that is attached.
        windows: the contexts of the models in tokens, None for unknown ones.
        finder: finds further passages; None for none.
        count: the number of passages; None for `default_count`, or as many as fit into the smallest context.
        default_count: see `count`.
    """
    max_chars = max_prompt_chars(windows)
    placed = choose_long_texts(attachments, max_chars)
    count = count or max(1, min(default_count, max_chars // DEFAULT_SIZE_BYTES))
    return placed, find_in_long_texts(placed, count, finder), _describe_long_texts(placed)


def choose_long_texts(attachments: Iterable[Attachment], max_chars: int) -> tuple[Attachment, ...]:
    """Return the attachments with the longest texts `in_passages`, until the others have `max_chars`."""
    found = list(attachments)
    total = sum(len(one.text) for one in found)
    for at in sorted(range(len(found)), key=lambda at: -len(found[at].text)):
        if total <= max_chars:
            break
        total -= len(found[at].text)
        found[at] = replace(found[at], in_passages=True)
    return tuple(found)


def _describe_long_texts(attachments: Iterable[Attachment]) -> list[str]:
    """Return a notice for each text that is in passages, with the way to have it read in full."""
    way = by_interface(command_line="--mode chain", python='mode="chain"', app="mode chain (F2)")
    return [
        f"{one.label} is too long for the prompts: they have passages of it. To have all of it read: {way}"
        for one in attachments
        if one.in_passages
    ]


def find_in_long_texts(
    attachments: Sequence[Attachment], count: int, other: PassageFinder | None = None
) -> PassageFinder | None:
    """Return the search in attached texts, and in what `other` searches; None if there is nothing to search.

    Args:
        attachments: those with `in_passages` are searched.
        count: the number of passages.
        other: finds further passages, which come after these.
    """
    long = [one for one in attachments if one.in_passages]
    if not long:
        return other

    async def find(question: str, tell: Callable[[str], None]) -> list[Passage]:
        own = await asyncio.to_thread(select_passages, long, question, count)
        more = await other(question, tell) if other else []
        return [replace(one, number=number) for number, one in enumerate([*own, *more], 1)]

    return find


def select_passages(attachments: Sequence[Attachment], question: str, count: int) -> list[Passage]:
    """Return `count` passages of the texts: those with words of the question, else evenly spaced ones.

    They are in the order of the texts.
    """
    split: list[tuple[Attachment, list[TextPassage]]] = [
        (one, list(split_passages(_document(one)))) for one in attachments
    ]
    chosen = _search(split, question, count)
    everywhere = [(at, number) for at, (_, pieces) in enumerate(split) for number in range(len(pieces))]
    missing = min(count, len(everywhere)) - len(chosen)
    if missing > 0:
        rest = [place for place in everywhere if place not in chosen]
        chosen |= {rest[at * len(rest) // missing] for at in range(missing)}
    found = []
    for number, (at, position) in enumerate(sorted(chosen), 1):
        one, piece = split[at][0], split[at][1][position]
        found.append(
            Passage(
                number, one.name, one.unit, piece.first, piece.last, piece.text, piece.heading,
                collection=_COLLECTION,
            )
        )  # fmt: skip
    return found


def _search(
    split: Sequence[tuple[Attachment, Sequence[TextPassage]]], question: str, count: int
) -> set[tuple[int, int]]:
    """Return the places (text, passage) that match the question best."""
    with tempfile.TemporaryDirectory(prefix="roundtable-") as folder:
        with closing(SqliteStore(Path(folder))) as store:
            for at, (one, pieces) in enumerate(split):
                store.add(_COLLECTION, DocumentSource(str(at), one.name, "", one.unit), pieces)
            hits = store.search(_COLLECTION, question[:MAX_QUERY_CHARS], count)
        places = {
            (at, piece.first, piece.last, piece.text): (at, number)
            for at, (_, pieces) in enumerate(split)
            for number, piece in enumerate(pieces)
        }
        keys = ((int(h.source.path), h.passage.first, h.passage.last, h.passage.text) for h in hits)
        return {places[key] for key in keys if key in places}


def _document(one: Attachment) -> DocumentText:
    headed = one.name.lower().endswith((".md", ".markdown")) or one.numbers is not None
    return DocumentText(one.text, one.unit, one.numbers, headed=headed)
