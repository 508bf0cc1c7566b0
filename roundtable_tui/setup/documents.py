"""The documents of a run: the task's own and the collections a person names, looked into as it begins."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from roundtable_tui.engine.citations import Find, Passage
from roundtable_tui.errors import RoundtableError, UsageError
from roundtable_tui.knowledge.collections import key_of
from roundtable_tui.knowledge.embed import ServerEmbedder
from roundtable_tui.knowledge.ingest import Taken, take_in
from roundtable_tui.knowledge.locations import open_store, task_collection, task_store
from roundtable_tui.knowledge.search import Reach, Searching, known, numbered
from roundtable_tui.knowledge.stores.base import Store
from roundtable_tui.llm.types import Server
from roundtable_tui.resources import Task
from roundtable_tui.setup.request import Wish
from roundtable_tui.setup.server_pool import Backends
from roundtable_tui.utils.text import one_line

PASSAGES = 6
MOST_PASSAGES = 50
LOCAL_PASSAGES = 2
"""The embedded model has room for few."""
_TOLD = 5


async def documents_of(
    wish: Wish, task: Task | None, server: Server, backends: Backends
) -> tuple[tuple[str, ...], Find | None]:
    """Return what the run looks into, and how; (), None for nothing. Raises RoundtableError.

    `server` answers for the vectors where no other is named.
    """
    count = wish.passages
    if count is None:
        count = LOCAL_PASSAGES if server.name == "local" else PASSAGES
    if not 0 <= count <= MOST_PASSAGES:
        raise UsageError(f"--passages should be a whole number from 0 to {MOST_PASSAGES}, not {count}")
    own = task if task is not None and task.documents is not None else None
    if not count or not (wish.knowledge or own):
        return (), None
    names = await asyncio.to_thread(_named, wish, backends) if wish.knowledge else []
    looking = _Looking(wish, own, server, backends, names, count)
    return (*([f"documents of {own.name}"] if own else []), *names), looking


def _named(wish: Wish, backends: Backends) -> list[str]:
    """Return the collections that are asked for, as they are called."""
    store = open_store(wish.store, backends.environ)
    try:
        return list(dict.fromkeys(known(store, name).name for name in wish.knowledge))
    finally:
        store.close()


class _Looking:
    """Takes in the task's documents, and finds passages in them and in the named collections."""

    def __init__(
        self,
        wish: Wish,
        task: Task | None,
        server: Server,
        backends: Backends,
        names: Sequence[str],
        count: int,
    ) -> None:
        self._wish, self._task, self._server, self._backends = wish, task, server, backends
        self._names, self._count = names, count

    async def __call__(self, question: str, tell: Callable[[str], None]) -> list[Passage]:
        """Return the passages for a question."""
        reach = reaching(self._backends)
        places: list[tuple[Store, str]] = []
        with ExitStack() as stores:
            if self._task is not None and self._task.documents is not None:
                store = task_store()
                stores.callback(store.close)
                name = task_collection(self._task.name, self._task.documents)
                await self._take_in(store, name, tell)
                if await asyncio.to_thread(store.sources, name):
                    places.append((store, name))
            if self._names:
                store = open_store(self._wish.store, self._backends.environ)
                stores.callback(store.close)
                places += [(store, name) for name in self._names]
            return numbered(await Searching(reach, tell)(places, question, self._count))

    async def _take_in(self, store: Store, name: str, tell: Callable[[str], None]) -> None:
        assert self._task is not None and self._task.documents is not None
        folder = [self._task.documents]
        try:
            embed = await embedder(self._wish, self._server, self._backends)
            every = await asyncio.to_thread(store.collections)
            before = next((one for one in every if key_of(one.name) == key_of(name)), None)
            if embed and before and before.model not in ("", embed.model):
                # It has vectors of another model. What is kept for a task can be made again.
                await asyncio.to_thread(store.delete, name)
            taken = await take_in(store, name, folder, embed)
        except RoundtableError as error:
            if not self._wish.embedding_model:
                raise
            tell(f"the task's documents have no vectors: {error}")
            taken = await take_in(store, name, folder)
        for line in story(taken, self._task.name):
            tell(line)


def story(taken: Taken, name: str) -> list[str]:
    """Return what became of documents in lines; none where nothing has changed and nothing is wrong."""
    counts = ((taken.new, "new"), (taken.changed, "changed"), (taken.gone, "gone"))
    news = ", ".join(f"{len(what)} {word}" for what, word in counts if what)
    lines = [f"documents of {one_line(name, 60)}: {news}; {taken.passages:,} passages"] if news else []
    lines += [str(problem) for problem in taken.problems[:_TOLD]]
    more = len(taken.problems) - _TOLD
    return [*lines, f"and {more} more that cannot be read"] if more > 0 else lines


async def embedder(wish: Wish, server: Server, backends: Backends) -> ServerEmbedder | None:
    """Return what makes vectors; None where the person names no model. Raises RoundtableError."""
    if not wish.embedding_model:
        return None
    if wish.embedding_server:
        server = await reach_server(wish.embedding_server, backends)
    name = address_of(server, backends)
    return ServerEmbedder(wish.embedding_model, name, server, backends.client.embed)


def reaching(backends: Backends) -> Reach:
    """Return how a remembered server and model are reached again."""

    async def reach(name: str, model: str) -> ServerEmbedder:
        return ServerEmbedder(model, name, await reach_server(name, backends), backends.client.embed)

    return reach


async def reach_server(name: str, backends: Backends) -> Server:
    """Return the server of this name, or at this base URL. Raises RoundtableError."""
    is_named = name in ("demo", "local") or name in backends.settings.servers
    return await (backends.server(name=name) if is_named else backends.server(base_url=name))


def address_of(server: Server, backends: Backends) -> str:
    """Return what a server is reached by again: its name, or its base URL, which holds no password."""
    is_named = server.name in ("demo", "local") or server.name in backends.settings.servers
    return server.name if is_named else server.base_url
