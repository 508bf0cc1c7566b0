"""Search several collections for passages for a question."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from roundtable_tui.engine.citations import Passage
from roundtable_tui.errors import RoundtableError, UsageError
from roundtable_tui.knowledge.collections import collection_key
from roundtable_tui.knowledge.ingest import Embedder
from roundtable_tui.knowledge.stores.base import Collection, SearchHit, Store, Vector
from roundtable_tui.knowledge.terms import extract_query_terms, extract_terms
from roundtable_tui.utils.text import single_line

MAX_QUERY_CHARS = 2000
"""Characters of a question that are searched for; the rest is ignored."""

EmbedderResolver = Callable[[str, str], Awaitable[Embedder]]
"""(server, model) -> what makes its vectors. Raises RoundtableError."""


@dataclass(slots=True)
class PassageSearcher:
    """Searches by words and by vectors; without embeddings it reports a warning and searches by words."""

    resolve_embedder: EmbedderResolver
    on_notice: Callable[[str], None] = lambda line: None
    _vectors: dict[tuple[str, str], Vector | None] = field(default_factory=dict)

    async def __call__(
        self, places: Sequence[tuple[Store, str]], query: str, count: int
    ) -> list[tuple[Collection, SearchHit]]:
        """Return the best passages of the collections (a store and a name each), best first."""
        query = query[:MAX_QUERY_CHARS]
        found: list[tuple[Collection, SearchHit]] = []
        for store, name in places:
            collection = await asyncio.to_thread(get_collection, store, name)
            vector = await self._embed_query(collection, query) if collection.model else None
            hits = await asyncio.to_thread(store.search, collection.name, query, count, vector)
            found += [(collection, hit) for hit in hits]
        if len(places) > 1:
            # Each collection has a first rank, be it ever so far from the question.
            wanted = set(extract_query_terms(query))
            found.sort(key=lambda pair: -pair[1].score * (1 + len(wanted.intersection(_hit_terms(pair[1])))))
        return found[:count]

    async def _embed_query(self, collection: Collection, query: str) -> Vector | None:
        at = (collection.server, collection.model)
        if at not in self._vectors:
            try:
                (self._vectors[at],) = await (await self.resolve_embedder(*at))([query])
            except RoundtableError as error:
                self._vectors[at] = None
                self.on_notice(f"{single_line(collection.name, 60)} is searched by words alone: {error}")
        return self._vectors[at]


def _hit_terms(hit: SearchHit) -> list[str]:
    return extract_terms(f"{hit.source.name}\n{hit.passage.heading}\n{hit.passage.text}")


def get_collection(store: Store, name: str) -> Collection:
    """Return the collection of this name, in any case.

    Raises UsageError with the nearest name, RoundtableError for one that cannot be used.
    """
    collections = store.collections()
    wanted = collection_key(name)
    for collection in collections:
        if collection.problem and collection.name == wanted:
            raise RoundtableError(collection.problem)
        if collection_key(collection.name) == wanted:
            return collection
    from roundtable_tui.config import did_you_mean

    hint = did_you_mean(name, [one.name for one in collections], "There is") if collections else ""
    hint = hint or "Make it: roundtable knowledge add PATH --into NAME"
    raise UsageError(f"there is no knowledge {single_line(name, 60)}", hint=hint)


def number_passages(found: Sequence[tuple[Collection, SearchHit]]) -> list[Passage]:
    """Return the hits as numbered passages that seats cite; a passage in two collections occurs once."""
    passages: dict[tuple[str, int, int, str], Passage] = {}
    for collection, hit in found:
        source, piece = hit.source, hit.passage
        at = (source.path, piece.first, piece.last, piece.text)
        if at not in passages:
            passages[at] = Passage(
                number=len(passages) + 1, source=source.name, unit=source.unit, first=piece.first,
                last=piece.last, text=piece.text, heading=piece.heading, path=source.path,
                collection=collection.name, score=round(hit.score, 6),
            )  # fmt: skip
    return list(passages.values())
