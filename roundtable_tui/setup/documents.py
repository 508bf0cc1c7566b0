"""The documents of a run: the task's own and the named collections, searched when the run starts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from roundtable_tui.engine.citations import Passage, PassageFinder
from roundtable_tui.errors import RoundtableError
from roundtable_tui.knowledge.collections import collection_key
from roundtable_tui.knowledge.embed import ServerEmbedder
from roundtable_tui.knowledge.ingest import ingest_documents, ingest_summary
from roundtable_tui.knowledge.locations import open_store, open_task_store, task_collection_name
from roundtable_tui.knowledge.search import EmbedderResolver, PassageSearcher, get_collection, number_passages
from roundtable_tui.knowledge.stores.base import Store
from roundtable_tui.llm.types import Server
from roundtable_tui.resources import Task
from roundtable_tui.setup.request import RunRequest, check_count
from roundtable_tui.setup.server_pool import ServerPool

DEFAULT_PASSAGES = 6
MAX_PASSAGES = 50
DEFAULT_LOCAL_PASSAGES = 2
"""The built-in model has a short context."""


async def plan_documents(
    request: RunRequest, task: Task | None, server: Server, pool: ServerPool
) -> tuple[tuple[str, ...], PassageFinder | None]:
    """Return the names of what the run searches, and the search; (), None for nothing.

    Embeddings come from `server` unless the request names another. Raises RoundtableError.
    """
    count = request.passages
    if count is None:
        count = DEFAULT_LOCAL_PASSAGES if server.name == "local" else DEFAULT_PASSAGES
    check_count("passages", count, low=0, high=MAX_PASSAGES)
    if not count:
        return (), None
    names = await asyncio.to_thread(_resolve_collections, request, pool) if request.knowledge else []
    own = [f"documents of {task.name}"] if task and task.documents else []
    return (*own, *names), _PassageSearch(request, task, server, pool, names, count)


def _resolve_collections(request: RunRequest, pool: ServerPool) -> list[str]:
    """Return the full names of the requested collections."""
    store = open_store(request.store, pool.environ)
    try:
        return list(dict.fromkeys(get_collection(store, name).name for name in request.knowledge))
    finally:
        store.close()


@dataclass(frozen=True, slots=True)
class _PassageSearch:
    """Ingests the task's documents, and searches them and the named collections."""

    request: RunRequest
    task: Task | None
    server: Server
    pool: ServerPool
    names: Sequence[str]
    count: int

    async def __call__(self, question: str, tell: Callable[[str], None]) -> list[Passage]:
        """Return the passages for a question."""
        reach = embedder_resolver(self.pool)
        places: list[tuple[Store, str]] = []
        with ExitStack() as stores:
            if self.task is not None and self.task.documents is not None:
                store = open_task_store()
                stores.callback(store.close)
                name = task_collection_name(self.task.name, self.task.documents)
                await self._ingest(store, name, tell)
                if await asyncio.to_thread(store.sources, name):
                    places.append((store, name))
            if self.names:
                store = open_store(self.request.store, self.pool.environ)
                stores.callback(store.close)
                places += [(store, name) for name in self.names]
            return number_passages(await PassageSearcher(reach, tell)(places, question, self.count))

    async def _ingest(self, store: Store, name: str, tell: Callable[[str], None]) -> None:
        assert self.task is not None and self.task.documents is not None
        folder = [self.task.documents]
        try:
            embed = await create_embedder(self.request, self.server, self.pool)
            every = await asyncio.to_thread(store.collections)
            before = next((one for one in every if collection_key(one.name) == collection_key(name)), None)
            if embed and before and before.model not in ("", embed.model):
                # It has vectors of another model. A task's collection can be built again from its documents.
                await asyncio.to_thread(store.delete, name)
            taken = await ingest_documents(store, name, folder, embed)
        except RoundtableError as error:
            if not self.request.embedding_model:
                raise
            tell(f"the task's documents have no vectors: {error}")
            taken = await ingest_documents(store, name, folder)
        for line in ingest_summary(taken, self.task.name):
            tell(line)


async def create_embedder(request: RunRequest, server: Server, pool: ServerPool) -> ServerEmbedder | None:
    """Return the embedder of the request, None if it names no model. Raises RoundtableError."""
    if not request.embedding_model:
        return None
    if request.embedding_server:
        server = await connect_server(request.embedding_server, pool)
    name = server_reference(server, pool)
    return ServerEmbedder(request.embedding_model, name, server, pool.client.embed)


def embedder_resolver(pool: ServerPool) -> EmbedderResolver:
    """Return a function that returns the embedder of a stored server and model."""

    async def reach(name: str, model: str) -> ServerEmbedder:
        return ServerEmbedder(model, name, await connect_server(name, pool), pool.client.embed)

    return reach


async def connect_server(name: str, pool: ServerPool) -> Server:
    """Return the server with this name or base URL. Raises RoundtableError."""
    is_named = name in ("demo", "local") or name in pool.settings.servers
    return await (pool.get_server(name=name) if is_named else pool.get_server(base_url=name))


def server_reference(server: Server, pool: ServerPool) -> str:
    """Return the name by which `connect_server` finds a server, else its base URL without password."""
    is_named = server.name in ("demo", "local") or server.name in pool.settings.servers
    return server.name if is_named else server.base_url
