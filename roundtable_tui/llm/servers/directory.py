"""Servers by name or URL (configured, discovered, built-in model, demo), their models and one client."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Self

from roundtable_tui.config import (
    ServerSettings,
    Settings,
    missing_key,
    resolve_model,
    resolve_server,
)
from roundtable_tui.config.urls import is_local_url
from roundtable_tui.errors import NoServerError, UsageError
from roundtable_tui.llm.client import Client
from roundtable_tui.llm.http.secrets import fetch_secret
from roundtable_tui.llm.servers.configured import create_server
from roundtable_tui.llm.servers.model_kinds import default_chat_model, is_chat
from roundtable_tui.llm.servers.model_list import NoModelListError
from roundtable_tui.llm.types import ModelInfo, Server
from roundtable_tui.utils.interface import by_interface, parameter_name
from roundtable_tui.utils.text import single_line

if TYPE_CHECKING:
    from roundtable_tui.llm.local.server import LocalServer
    from roundtable_tui.llm.servers.discovery import FoundServer


PACE_VARIABLE = "ROUNDTABLE_DEMO_PACE"
"""Environment variable with the demo's tokens per second; 0 for no delay."""


class ServerDirectory:
    """Owns the client and the process of the built-in model: an async context manager.

    Use one per event loop. The same server is always the same object, so that its limits are shared.
    """

    def __init__(self, settings: Settings, environ: Mapping[str, str]) -> None:
        self.settings = settings
        self.environ = environ
        self._client: Client | None = None
        self._servers: dict[tuple[str, str], Server] = {}
        self._models: dict[tuple[str, str], list[ModelInfo]] = {}
        self._default_models: dict[tuple[str, str], str] = {}
        self._discovered: dict[str, FoundServer] = {}
        """By base URL, as last seen."""
        self._local: LocalServer | None = None
        self._starting = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.aclose()

    @property
    def client(self) -> Client:
        """The client, created at first use."""
        if self._client is None:
            self._client = Client()
        return self._client

    async def get_server(
        self, *, name: str = "", base_url: str = "", demo: bool = False, local: bool = False, seed: int = 0
    ) -> Server:
        """Return the requested server, else the default one, else one found on this machine.

        Its key is read here, in a thread, because `api_key_cmd` may take time.

        Args:
            name: name of a configured or discovered server, "demo" or "local".
            base_url: its base URL.
            demo: use the demo.
            local: use the built-in model.
            seed: seed of the demo.

        Raises:
            UsageError: more than one is requested, or there is no such server.
            NoServerError: none is requested and none was found.
        """
        if sum((bool(name), bool(base_url), demo, local)) > 1:
            names = ", ".join(map(parameter_name, ("server", "base_url", "demo", "local")))
            raise UsageError("more than one server is asked for", hint=f"Give one of {names}.")
        if demo or (name == "demo" and name not in self.settings.servers):
            return self.get_demo(seed)
        if local or (name == "local" and name not in self.settings.servers):
            return await self.start_local()
        chosen = name or base_url or self.environ.get("OPENAI_BASE_URL", "").strip()
        if self.settings.demo and not chosen:
            return self.get_demo(seed)
        found = await self._find_discovered(name, base_url)
        found = found or resolve_server(self.settings, name=name, base_url=base_url, environ=self.environ)
        if found is None and self.settings.discovery:
            found = next(iter(await self.discover()), None)
        if found is None:
            hint = by_interface(
                command_line="Give --base-url URL, set OPENAI_BASE_URL, start Ollama, "
                "or use --local or --demo.",
                python="Give base_url=URL, set OPENAI_BASE_URL, start Ollama, "
                "or use local=True or demo=True.",
                app="Choose one with F4, add one with shift+F4, or start Ollama.",
            )
            raise NoServerError(f"there is no server to ask{self.silent_ollama()}", hint=hint)
        return await self.connect(found)

    async def find_server(self, reference: str) -> Server:
        """Return the server with this name or base URL, see `get_server`."""
        is_url = "/" in reference and reference not in self.settings.servers
        return await self.get_server(name="" if is_url else reference, base_url=reference if is_url else "")

    async def _find_discovered(self, name: str, base_url: str) -> ServerSettings | None:
        """Return the requested server (such as Ollama) if it was found here and is not configured."""
        configured, wanted = self.settings.servers, name.casefold()
        if base_url in self._discovered and base_url not in {one.base_url for one in configured.values()}:
            return to_server_settings(self._discovered[base_url])
        if not wanted or not self.settings.discovery or wanted in map(str.casefold, configured):
            return None
        known = list(map(to_server_settings, self._discovered.values()))
        if wanted not in {one.name.casefold() for one in known}:
            known = await self.discover()
        return next((one for one in reversed(known) if one.name.casefold() == wanted), None)

    async def connect(self, found: ServerSettings) -> Server:
        """Return a server of the settings or of `discover`, with its key read.

        Raises UsageError if its key cannot be read, or if it needs one and none is configured.
        """
        server = self.from_settings(found)
        if server.headers is not None:
            await fetch_secret(server.headers)
        if server.key is not None:
            await fetch_secret(server.key)
        elif (seen := self._discovered.get(found.base_url)) and seen.wants_key:
            raise missing_key(found)
        return server

    def from_settings(self, found: ServerSettings) -> Server:
        """Return a server of the settings for the client; its key is read when first needed."""
        at = (found.name, found.base_url)
        if at not in self._servers:
            self._servers[at], self._default_models[at] = create_server(found, self.environ)
        return self._servers[at]

    async def discover(self) -> list[ServerSettings]:
        """Return the servers found on this machine within half a second, those with models first."""
        from roundtable_tui.llm.servers.discovery import discover

        found = await discover(self.environ)
        around = sorted(found, key=lambda server: not server.models)
        self._discovered |= {server.base_url: server for server in around}
        return [to_server_settings(server) for server in around]

    def discovered_models(self, base_url: str) -> tuple[str, ...]:
        """Return the models that a server listed when it was discovered."""
        return self._discovered[base_url].models if base_url in self._discovered else ()

    def update_settings(self, settings: Settings) -> None:
        """Use other settings; if servers changed, all that is cached about them is dropped."""
        if settings.servers != self.settings.servers:
            kept = [at for at in self._servers if at[0] in ("demo", "local")]
            self._servers = {at: self._servers[at] for at in kept}
            self._models.clear()
            self._default_models.clear()
        self.settings = settings

    def get_demo(self, seed: int = 0) -> Server:
        """Return the demo server with this seed."""
        from roundtable_tui.llm.demo.responder import DEFAULT_PACE, DemoApi, create_demo_server

        at = ("demo", str(seed))
        if at not in self._servers:
            pace = self.environ.get(PACE_VARIABLE, "").strip()
            try:
                api = DemoApi(seed, float(pace or DEFAULT_PACE))
            except ValueError:
                raise UsageError(f"{PACE_VARIABLE} should be a number, not {single_line(pace, 40)}") from None
            self._servers[at] = create_demo_server(api)
        return self._servers[at]

    async def start_local(self) -> Server:
        """Return the server of the built-in model, started if it is not running. Raises RoundtableError."""
        from roundtable_tui.llm.local.server import LocalServer

        async with self._starting:
            if self._local is None or not self._local.is_running:
                self._local = LocalServer()
                self._servers["local", ""] = await self._local.start()
            return self._servers["local", ""]

    async def list_model_names(self, server: Server) -> list[str]:
        """Return the names of the server's models, queried once. Raises RoundtableError."""
        return [model.id for model in await self.list_models(server)]

    async def list_models(self, server: Server, *, refresh: bool = False) -> list[ModelInfo]:
        """Return the models of the server, queried once unless `refresh`. Raises RoundtableError."""
        at = (server.name, server.base_url)
        if refresh or at not in self._models:
            if server.name == "demo":
                from roundtable_tui.llm.demo.responder import DEMO_MODELS

                self._models[at] = [ModelInfo(name) for name in DEMO_MODELS]
            else:
                self._models[at] = list(await self.client.list_models(server))
        return self._models[at]

    async def choose_model(self, server: Server, wanted: str = "", number: int = 0) -> str:
        """Return the model to use on `server`: `wanted`, else the configured one, else `default_chat_model`.

        Args:
            server: the server.
            wanted: the requested model, "" for none.
            number: position of the seat; on the demo, seats use its models in turn.

        Raises:
            RoundtableError: there is no model, or no clear choice.
        """
        if server.name == "demo":
            names = await self.list_model_names(server)
            return wanted or names[number % len(names)]
        if server.name == "local" and self._local is not None:
            if wanted and wanted != self._local.model:
                hint = by_interface(
                    command_line="Leave out --model.", python="Leave out model.", app="Choose it with F4."
                )
                raise UsageError(f"the embedded model is {self._local.model}", hint=hint)
            return self._local.model
        if name := wanted or self._find_configured_model(server):
            return name
        try:
            listed = await self.list_models(server)
        except NoModelListError as error:
            raise UsageError(
                error.what, where=error.where, hint=f"If the base URL is right, {_name_one()}."
            ) from error
        if model := default_chat_model(listed, is_local=is_local_url(server.base_url)):
            return model
        chat = [model.id for model in listed if is_chat(model)]
        if listed and not chat:
            others = single_line(", ".join(model.id for model in listed[:3]), 120)
            what = f"{single_line(server.name, 60)} lists no chat model, but {others}"
            raise UsageError(what, hint=f"Load one there, or {_name_one()}.")
        if not chat:
            what = f"{single_line(server.name, 60)} at {single_line(server.base_url, 120)} lists no model"
            raise UsageError(what, hint=f"Load a model there (`ollama pull MODEL`), or {_name_one()}.")
        what = f"{single_line(server.name, 60)} offers {len(chat)} models"
        advice = _name_one()
        hint = f"{advice[0].upper()}{advice[1:]}, such as {single_line(', '.join(chat[:3]), 120)}."
        raise UsageError(what, hint=hint)

    def silent_ollama(self) -> str:
        """Return what to add where no server was found and OLLAMA_HOST names one, which has not answered."""
        from roundtable_tui.llm.servers.discovery import read_ollama_host

        host = single_line(read_ollama_host(self.environ), 60) if self.settings.discovery else ""
        return f": Ollama at {host} (OLLAMA_HOST) does not answer" if host else ""

    def _find_configured_model(self, server: Server) -> str:
        default = self._default_models.get((server.name, server.base_url), "")
        configured = ServerSettings(name=server.name, base_url=server.base_url, model=default)
        return resolve_model(self.settings, configured, environ=self.environ)

    async def list_second_choices(self, server: Server) -> list[str]:
        """Return the first two chat models of a local server for which no model is configured; else none.

        For a run that gains from two models, where these cost nothing.
        """
        if server.name in ("demo", "local") or not is_local_url(server.base_url):
            return []
        if self._find_configured_model(server):
            return []
        chat = [model.id for model in await self.list_models(server) if is_chat(model)]
        return chat[:2] if len(chat) > 1 else []

    async def aclose(self) -> None:
        """Close the client and stop the built-in model."""
        if self._client is not None:
            await self._client.aclose()
        if self._local is not None:
            await self._local.stop()


def _name_one() -> str:
    return by_interface(
        command_line="name a model with --model",
        python="name a model with model=",
        app="choose a model with F4",
    )


def to_server_settings(found: FoundServer) -> ServerSettings:
    """Return a discovered server as one of the settings, without a key."""
    return ServerSettings(name=single_line(found.label, 60), base_url=found.base_url)
