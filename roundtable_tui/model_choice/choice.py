"""The choice of a server and model: for a run, for a persona before a run, or for a seat in a run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from roundtable_tui.engine import Seat
from roundtable_tui.engine.calls import pricing
from roundtable_tui.llm.types import Server
from roundtable_tui.resources import Persona
from roundtable_tui.setup.participants import assign_model, to_participant
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.setup.server_pool import ServerPool


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A server and a model on it.

    `kind` says which fields count: "demo" and "local" none, "server" `server` and `model`, "url" `base_url`
    and `model`, "model" `model` only (the server is unchanged; "" means that nothing is chosen).
    """

    kind: Literal["demo", "local", "server", "url", "model"]
    server: str = ""
    """Name of a configured server."""
    base_url: str = ""
    model: str = ""
    """"" for the default model of the server."""

    @classmethod
    def parse(cls, key: str) -> ModelChoice:
        """Return the choice with this key; any other text is the name of a model."""
        kind, _, rest = key.partition("\n")
        where, _, model = rest.partition("\n")
        if kind == "server" and where:
            return cls("server", server=where, model=model)
        if kind == "url" and where:
            return cls("url", base_url=where, model=model)
        if kind == "demo" and not rest:
            return cls("demo")
        if kind == "local" and not rest:
            return cls("local")
        return cls("model", model=key.strip())

    @property
    def reference(self) -> str:
        """The name or base URL of the server; "" if none is chosen."""
        return self.kind if self.kind in ("demo", "local") else self.server or self.base_url

    @property
    def key(self) -> str:
        """The choice as one string, for the id of a list item."""
        if self.kind in ("demo", "local"):
            return self.kind
        return self.model if self.kind == "model" else f"{self.kind}\n{self.reference}\n{self.model}"

    @property
    def run_fields(self) -> dict[str, Any]:
        """The fields of a `RunRequest` that make this the choice of the whole run."""
        if self.kind == "model":
            return {"model": self.model}
        return {
            "demo": self.kind == "demo",
            "local": self.kind == "local",
            "server": self.server,
            "base_url": self.base_url,
            "model": self.model,
        }

    def apply_to(self, request: RunRequest, persona: str) -> RunRequest:
        """Return the request with this choice for one persona, in place of an earlier one."""
        models = {name: model for name, model in request.models.items() if name != persona}
        servers = {name: server for name, server in request.servers.items() if name != persona}
        if self.reference:
            servers[persona] = self.reference
        if self.model:
            models[persona] = self.model
        return replace(request, models=models, servers=servers)

    async def resolve(self, seat: Seat, pool: ServerPool) -> tuple[Server, str]:
        """Return the server and model for a seat of a running run. Raises RoundtableError."""
        server = await pool.find_server(self.reference) if self.reference else seat.server
        await pricing.load_prices([server])  # So that a budget in money counts it.
        wanted = self.model or (seat.model if server is seat.server else "")
        return server, await pool.choose_model(server, wanted)


async def resolve_persona_model(
    persona: Persona, seat: Seat, request: RunRequest, pool: ServerPool
) -> tuple[Server, str]:
    """Return the server and model for `persona` on a seat: those of its file, else those of the seat now.

    Raises RoundtableError.
    """
    if request.demo or request.local or not (persona.server or persona.model):
        return seat.server, seat.model
    of_seat = RunRequest(model=seat.model)
    found = await assign_model(to_participant(persona), 0, of_seat, seat.server, pool)
    await pricing.load_prices([found.server])
    return found.server, found.model
