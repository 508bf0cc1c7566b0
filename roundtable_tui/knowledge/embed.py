"""Embeddings from a server, for ingestion and search."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from roundtable_tui.knowledge.stores.base import Vector
from roundtable_tui.llm.servers.directory import ServerDirectory
from roundtable_tui.llm.types import Server


@dataclass(frozen=True, slots=True)
class ServerEmbedder:
    """An embedding model of a server. `server` is the name or base URL stored with the vectors."""

    model: str
    server: str
    target_server: Server
    request_vectors: Callable[[Server, str, Sequence[str]], Awaitable[list[list[float]]]]
    """`Client.embed`"""

    async def __call__(self, texts: Sequence[str]) -> list[Vector]:
        """Return a vector for each text. Raises RoundtableError."""
        return [*await self.request_vectors(self.target_server, self.model, texts)]


def make_embedder(model: str, server: Server, servers: ServerDirectory) -> ServerEmbedder:
    """Return the embedder of a model; its server is stored by name, or by URL if it is not configured."""
    is_named = server.name in ("demo", "local") or server.name in servers.settings.servers
    name = server.name if is_named else server.base_url
    return ServerEmbedder(model, name, server, servers.client.embed)


async def connect_embedder(servers: ServerDirectory, name: str, model: str) -> ServerEmbedder:
    """Return the embedder of a stored server and model. Raises RoundtableError."""
    return ServerEmbedder(model, name, await servers.find_server(name), servers.client.embed)
