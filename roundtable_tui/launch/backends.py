"""The servers of this program: named, given, local or the demo, and the one client that reaches them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from roundtable_tui.errors import RoundtableError, UsageError
from roundtable_tui.llm.types import Server
from roundtable_tui.settings import ServerSettings, Settings, read_key, resolve_model, resolve_server

if TYPE_CHECKING:
    from roundtable_tui.llm.client import Client
    from roundtable_tui.llm.local.server import LocalServer

DEFAULT_CONCURRENCY = 32
_NOT_CHAT = ("embed", "rerank", "whisper", "tts", "moderation", "dall-e", "image")
NO_SERVER = UsageError(
    "no server to ask",
    hint="Give --base-url URL, set OPENAI_BASE_URL, start Ollama or LM Studio, or use --local or --demo",
)


class Backends:
    """Owns the client and the local model's process; closed once, at the end of the program."""

    def __init__(self, settings: Settings, environ: Mapping[str, str]) -> None:
        self.settings = settings
        self.environ = environ
        self._client: Client | None = None
        self._servers: dict[tuple[str, str], Server] = {}
        self._models: dict[str, list[str]] = {}
        self._local: LocalServer | None = None

    @property
    def client(self) -> Client:
        """The client; made at first use, since it is slow to import."""
        if self._client is None:
            from roundtable_tui.llm.client import Client

            self._client = Client()
        return self._client

    async def server(
        self, *, name: str = "", base_url: str = "", demo: bool = False, local: bool = False, discover: bool = True
    ) -> Server:
        """Return the server asked for, else the usual one, else one found on this machine. Raises UsageError."""
        if demo or name == "demo":
            return self.demo()
        if local or name == "local":
            return await self.local()
        found = resolve_server(self.settings, name=name, base_url=base_url, environ=self.environ)
        if found is None and self.settings.demo:
            return self.demo()
        if found is None and discover and self.settings.discovery:
            found = await self._discovered()
        if found is None:
            raise NO_SERVER
        return self.known(found)

    def known(self, found: ServerSettings) -> Server:
        """Return a server of the settings as the client wants it; the same one each time."""
        key = (found.name, found.base_url)
        if key not in self._servers:
            self._servers[key] = Server(
                name=found.name, base_url=found.base_url, key=_key_of(found),
                concurrency=found.concurrency or DEFAULT_CONCURRENCY,
            )  # fmt: skip
        return self._servers[key]

    def demo(self, seed: int = 0) -> Server:
        """Return the built-in demo."""
        from roundtable_tui.llm.demo import demo_server

        return self._servers.setdefault(("demo", ""), demo_server(seed))

    async def local(self, tell: Callable[[str], None] = lambda line: None) -> Server:
        """Return the embedded model's server, started if it is not running. Raises RoundtableError."""
        from roundtable_tui.llm.local.server import LocalServer

        if self._local is None:
            local = LocalServer()
            self._servers["local", ""] = await local.start()
            self._local = local
        return self._servers["local", ""]

    async def _discovered(self) -> ServerSettings | None:
        from roundtable_tui.llm.discovery import discover

        found = await discover(self.environ)
        usable = [server for server in found if server.models] or found
        if not usable:
            return None
        first = usable[0]
        return ServerSettings(name=first.label, base_url=first.base_url, model=first.models[0] if first.models else "")

    async def models(self, server: Server) -> list[str]:
        """Return the names of the server's models, asked once. Raises RoundtableError."""
        if server.name not in self._models:
            listed = await self.client.models(server)
            self._models[server.name] = [model.id for model in listed]
        return self._models[server.name]

    async def model(self, server: Server, wanted: str = "") -> str:
        """Return the model to ask for on `server`: as wanted, as configured, else the first that can chat."""
        settings = self.settings.servers.get(server.name)
        own = server.name in ("demo", "local")
        if name := wanted or ("" if own else resolve_model(self.settings, settings, environ=self.environ)):
            return name
        listed = await self.models(server)
        chat = [name for name in listed if not any(word in name.lower() for word in _NOT_CHAT)]
        if not chat:
            raise RoundtableError(f"{server.name} at {server.base_url} lists no model", hint="Name one with --model")
        return chat[0]

    async def aclose(self) -> None:
        """Close the client and end the local model."""
        if self._client is not None:
            await self._client.aclose()
        if self._local is not None:
            await self._local.stop()


def _key_of(server: ServerSettings) -> Callable[[], str] | None:
    if not (server.api_key_env or server.api_key_cmd):
        return None
    return lambda: read_key(server)
