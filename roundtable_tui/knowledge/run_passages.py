"""The passages of a run: the task's documents are ingested, then these and named collections searched."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass

from roundtable_tui.engine.citations import Passage
from roundtable_tui.errors import RoundtableError
from roundtable_tui.knowledge.collections import collection_key
from roundtable_tui.knowledge.ingest import Embedder, ingest_documents, ingest_summary
from roundtable_tui.knowledge.locations import open_store, open_task_store, task_collection_name
from roundtable_tui.knowledge.search import EmbedderResolver, PassageSearcher, get_collection, number_passages
from roundtable_tui.knowledge.stores.base import Store
from roundtable_tui.resources import Task


def resolve_collections(names: Iterable[str], store_name: str, environ: Mapping[str, str]) -> list[str]:
    """Return the full names of collections of a store. Raises RoundtableError for one that is not there."""
    with closing(open_store(store_name, environ)) as store:
        return list(dict.fromkeys(get_collection(store, name).name for name in names))


@dataclass(frozen=True, slots=True)
class RunPassages:
    """Ingests a task's documents, and searches them and named collections."""

    task: Task | None
    names: Sequence[str]
    """The collections."""
    store: str
    """Where they are; "" for the default store."""
    environ: Mapping[str, str]
    count: int
    """The number of passages."""
    resolve_embedder: EmbedderResolver
    make_embedder: Callable[[], Awaitable[Embedder]] | None = None
    """Makes the embedder of the task's documents; None for no vectors."""

    async def __call__(self, question: str, tell: Callable[[str], None]) -> list[Passage]:
        """Return the passages for a question."""
        places: list[tuple[Store, str]] = []
        with ExitStack() as stores:
            if self.task is not None and self.task.documents is not None:
                store = stores.enter_context(closing(open_task_store()))
                name = task_collection_name(self.task.name, self.task.documents)
                await self._ingest(store, name, self.task, tell)
                if await asyncio.to_thread(store.sources, name):
                    places.append((store, name))
            if self.names:
                store = stores.enter_context(closing(open_store(self.store, self.environ)))
                places += [(store, name) for name in self.names]
            search = PassageSearcher(self.resolve_embedder, tell)
            return number_passages(await search(places, question, self.count))

    async def _ingest(self, store: Store, name: str, task: Task, tell: Callable[[str], None]) -> None:
        assert task.documents is not None
        folder = [task.documents]
        try:
            embed = await self.make_embedder() if self.make_embedder else None
            every = await asyncio.to_thread(store.collections)
            before = next((one for one in every if collection_key(one.name) == collection_key(name)), None)
            if embed and before and before.model not in ("", embed.model):
                # It has vectors of another model. A task's collection can be built again from its documents.
                await asyncio.to_thread(store.delete, name)
            taken = await ingest_documents(store, name, folder, embed)
        except RoundtableError as error:
            if self.make_embedder is None:
                raise
            tell(f"the task's documents have no vectors: {error}")
            taken = await ingest_documents(store, name, folder)
        for line in ingest_summary(taken, task.name):
            tell(line)
