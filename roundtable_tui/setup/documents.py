"""The documents of a run: the task's own and the named collections, searched when the run starts."""

from __future__ import annotations

import asyncio
from functools import partial

from roundtable_tui.engine.citations import PassageFinder
from roundtable_tui.knowledge.embed import ServerEmbedder
from roundtable_tui.knowledge.run_passages import RunPassages, resolve_collections
from roundtable_tui.knowledge.search import EmbedderResolver
from roundtable_tui.llm.types import Server
from roundtable_tui.resources import Task
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.setup.server_pool import ServerPool
from roundtable_tui.utils.interface import check_count

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
    names: list[str] = []
    if request.knowledge:
        names = await asyncio.to_thread(resolve_collections, request.knowledge, request.store, pool.environ)
    own = [f"documents of {task.name}"] if task and task.documents else []
    embed = partial(create_embedder, request, server, pool) if request.embedding_model else None
    resolver = embedder_resolver(pool)
    return (*own, *names), RunPassages(task, names, request.store, pool.environ, count, resolver, embed)


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
