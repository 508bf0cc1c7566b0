"""Builders for tests of engine and modes: personas, scripted clients, runs on the fake server."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from roundtable_tui.engine import events
from roundtable_tui.engine.plan import Plan, SeatAssignment
from roundtable_tui.engine.record.recorder import RunRecord
from roundtable_tui.engine.record.replay_cache import ReplayCache
from roundtable_tui.engine.run import Run
from roundtable_tui.engine.seat import Seat
from roundtable_tui.engine.table import Table
from roundtable_tui.engine.turn import Turn
from roundtable_tui.llm.client import BackoffPolicy, Client
from roundtable_tui.llm.types import (
    AttemptStarted,
    ChatRequest,
    Failed,
    Finished,
    Limits,
    Server,
    StreamEvent,
    TextDelta,
)
from roundtable_tui.modes import get_mode
from roundtable_tui.reports.transcript import write_transcript
from roundtable_tui.resources import Persona, Task
from tests.support.fake_server import FakeServer, Reply, error

QUESTION = "How many bridges are there?"
NO_RETRIES = Limits(retries=0)
REFUSED = error(403, "not for you")
"""A failure that no client tries again."""
SERVER = Server("nowhere", "http://nowhere.test/v1")


def persona(name: str, **fields: Any) -> Persona:
    fields.setdefault("role", f"{name.lower()} matters")
    return Persona(name=name, prompt=f"You are {name}.", **fields)


def seat(name: str, **fields: Any) -> Seat:
    return Seat(name.lower(), persona(name, **fields), SERVER, "model")


def task(**texts: Any) -> Task:
    return Task(name="t", path=Path(), **texts)


def turn(text: str = "", **fields: Any) -> Turn:
    return Turn(id="ada.1", seat="ada", label="answer", text=text, **fields)


# --- a table without a server --------------------------------------------------------------------


class Voices:
    """A model client that streams what `script(request, nth)` returns: a text, an ending or pieces."""

    def __init__(self, script: Callable[[ChatRequest, int], Any] | Sequence[Any] | str = "Hello.") -> None:
        self.script = script
        self.requests: list[ChatRequest] = []

    async def stream(
        self, server: Server, request: ChatRequest, limits: Limits
    ) -> AsyncIterator[StreamEvent]:
        self.requests.append(request)
        yield AttemptStarted(1)
        for piece in await self._reply(request, len(self.requests)):
            if isinstance(piece, asyncio.Event):
                await piece.wait()
            elif isinstance(piece, Exception):
                raise piece
            else:
                yield piece

    async def _reply(self, request: ChatRequest, nth: int) -> Sequence[Any]:
        reply: Any = self.script
        if callable(reply):
            reply = reply(request, nth)
            if inspect.isawaitable(reply):
                reply = await reply
        elif not isinstance(reply, str):
            reply = reply[min(nth, len(reply)) - 1]
        if isinstance(reply, str):
            return [TextDelta(reply), Finished(reply, finish_reason="stop")]
        return reply if isinstance(reply, list) else [reply]


def failed(kind: Any = "server", message: str = "model at nowhere: no") -> Failed:
    return Failed(kind, message)


class Told(list[events.Event]):
    """The events of a table, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = 0.0

    def __call__(self, event: events.Event) -> None:
        self.clock += 0.01
        self.append(events.stamp(event, self.clock))

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self if isinstance(event, kind)]


def table(
    voices: Voices | None = None,
    *,
    names: str = "Ada Bob Eve",
    captain: str = "Cap",
    told: Told | None = None,
    **how: Any,
) -> Table:
    told = Told() if told is None else told
    seats = [seat(name) for name in names.split()]
    chief = replace(seat(captain), captain=True) if captain else None
    how.setdefault("question", QUESTION)
    return Table(
        seats=seats, captain=chief, client=voices or Voices(), emit=told, now=lambda: told.clock, **how
    )


def remembering(recorded: Sequence[events.Event]) -> ReplayCache:
    return ReplayCache(recorded)


# --- a run against the fake server ---------------------------------------------------------------


@asynccontextmanager
async def house(script: Any) -> AsyncIterator[tuple[FakeServer, Client]]:
    """A fake server, and a client that retries without delay."""
    client = Client(backoff=BackoffPolicy(base_delay_s=0.0, outage_s=0.0))
    async with FakeServer(script) as fake:
        try:
            yield fake, client
        finally:
            await client.aclose()


def plan(
    fake: FakeServer, mode: str, *, names: str = "Ada Bob Eve", captain: str = "Cap", **how: Any
) -> Plan:
    server = Server("fake", fake.url)
    the_mode = how.pop("the_mode", None) or get_mode(mode)
    options = the_mode.options(**how.pop("options", {}))
    models = how.pop("models", {})
    places = [
        SeatAssignment(how.get("personas", {}).get(name) or persona(name), server, models.get(name, "fake"))
        for name in names.split()
    ]
    how.pop("personas", None)
    how.setdefault("question", QUESTION)
    how.setdefault("limits", NO_RETRIES)
    return Plan(
        mode=the_mode, options=options, assignments=tuple(places), run_id=f"test-{mode}",
        captain=SeatAssignment(persona(captain), server, "fake") if captain else None, **{"seed": 7, **how},
    )  # fmt: skip


async def taken(script: Any, mode: str, *, folder: Path | None = None, **how: Any) -> tuple[Run, FakeServer]:
    """Execute a run and return it with its server."""
    async with house(script) as (fake, client):
        run = Run(plan(fake, mode, **how), client, run_dir=folder, write_files=write_transcript)
        await run.execute()
    return run, fake


async def resumed(recording: RunRecord, script: Any, mode: str, **how: Any) -> tuple[Run, FakeServer]:
    async with house(script) as (fake, client):
        run = Run(plan(fake, mode, **how), client, resume=recording, write_files=write_transcript)
        await run.execute()
    return run, fake


def told(run: Run, kind: type[Any]) -> list[Any]:
    return [event for event in run.events if isinstance(event, kind)]


def who(request: Mapping[str, Any], names: str = "Ada Bob Eve Cap Dan Fay Gus") -> str:
    """Return the seat of a request, by its system prompt."""
    system = str(request["messages"][0]["content"])
    return next(name for name in names.split() if f"You are {name}." in system)


def nth_of_seat(request: Mapping[str, Any]) -> int:
    """Return the number of a request in its conversation, from 1, so that scripts are stateless."""
    return 1 + sum(message["role"] == "assistant" for message in request["messages"])


def asked(request: Mapping[str, Any]) -> str:
    return str(request["messages"][-1]["content"])


def marked(answer: str, request: Mapping[str, Any], reasons: str = "Because.") -> str:
    """Return a specialist's reply with the marker that the prompt asks for."""
    system = str(request["messages"][0]["content"])
    marker = next(line for line in system.splitlines() if line.startswith("[[ANSWER-"))
    return f"{reasons}\n{marker}\n{answer}"


def shape_of(request: Mapping[str, Any]) -> str:
    """Return the method of deciding that a request uses."""
    if request.get("response_format"):
        return "json_schema"
    if request.get("tools"):
        return "tool"
    return "word" if "exactly one word" in asked(request) else "prose"


def decides(**decision: Any) -> Reply:
    return Reply(decision=decision)
