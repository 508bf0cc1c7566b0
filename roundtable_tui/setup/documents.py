"""The documents of a run: the task's own and the named collections, searched when the run starts."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from roundtable_tui.engine.citations import PassageFinder
from roundtable_tui.llm.types import Server
from roundtable_tui.resources import Task
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.setup.server_pool import ServerPool
from roundtable_tui.utils.interface import check_count

if TYPE_CHECKING:
    from roundtable_tui.knowledge.embed import ServerEmbedder

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
    if not (request.knowledge or (task and task.documents)):
        return (), None
    from roundtable_tui.knowledge.embed import connect_embedder, make_embedder  # Slow, and rarely needed.
    from roundtable_tui.knowledge.run_passages import RunPassages, resolve_collections

    count = request.passages
    if count is None:
        count = DEFAULT_LOCAL_PASSAGES if server.name == "local" else DEFAULT_PASSAGES
    check_count("passages", count, low=0, high=MAX_PASSAGES)
    if not count:
        return (), None

    async def embedder() -> ServerEmbedder:
        named = request.embedding_server
        return make_embedder(
            request.embedding_model, await pool.find_server(named) if named else server, pool
        )

    given = request.knowledge
    names = await asyncio.to_thread(resolve_collections, given, request.store, pool.environ) if given else []
    own = [f"documents of {task.name}"] if task and task.documents else []
    embed = embedder if request.embedding_model else None
    resolver = partial(connect_embedder, pool)
    return (*own, *names), RunPassages(task, names, request.store, pool.environ, count, resolver, embed)
