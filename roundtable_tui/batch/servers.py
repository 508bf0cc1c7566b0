"""The servers of a batch: several with one model are shared by the fewest outstanding runs."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roundtable_tui.errors import RoundtableError
from roundtable_tui.llm.types import Server
from roundtable_tui.resources.library import PersonaLibrary, TaskLibrary
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.setup.server_pool import ServerPool
from roundtable_tui.utils.text import single_line

if TYPE_CHECKING:
    from roundtable_tui.llm.client import Client

REST_S = 30.0
"""Seconds for which a server that is out of reach gets no new runs, if there is another one."""
_CALLS_PER_RUN_AHEAD = 4
_RECHECK_S = 0.5
"""Seconds until limits are looked at again while all servers are busy: they change without a run's end."""


class BatchServerPool(ServerPool):
    """The servers of a batch, and its personas and tasks: read once, so that all runs have the same."""

    has_many_runs = True

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._personas: dict[tuple[Path | None, Path | None], PersonaLibrary] = {}
        self._tasks: TaskLibrary | None = None

    @property
    def client(self) -> Client:
        """The client; its streams are read without pauses, because they are not shown."""
        if self._client is None:
            from roundtable_tui.llm.client import Client

            self._client = Client(spaces_reads=False)
        return self._client

    def get_demo(self, seed: int = 0) -> Server:
        """Return one demo server for all seeds: its replies depend on the seed of the call."""
        return super().get_demo(0)

    def load_personas(self, given: Path | None, participants: Path | None) -> PersonaLibrary:
        """Return the personas and teams, read once."""
        if (given, participants) not in self._personas:
            self._personas[given, participants] = super().load_personas(given, participants)
        return self._personas[given, participants]

    def load_tasks(self) -> TaskLibrary:
        """Return the tasks, read once."""
        if self._tasks is None:
            self._tasks = super().load_tasks()
        return self._tasks


@dataclass(slots=True, eq=False)
class ServerShare:
    """One server and the runs that it has."""

    name: str
    """Its name for rows and progress."""
    fields: Mapping[str, Any]
    """Fields of a request that select it; none for the server of the request itself."""
    server: Server
    running: int = 0
    started: int = 0
    rests_until: float = 0.0
    """Time of the loop."""

    def apply(self, request: RunRequest) -> RunRequest:
        """Return the request on this server."""
        if not self.fields:
            return request
        return replace(
            request, **{"server": "", "base_url": "", "demo": False, "local": False, **self.fields}
        )


@dataclass(frozen=True, slots=True)
class ShareState:
    """A server in the progress of a batch."""

    name: str
    running: int
    """Runs."""
    calls: int | None
    """Calls of this process; None if workers make them."""
    limit: int
    """Calls at once; less than `slots` after the server reported overload."""
    slots: int
    is_out_of_reach: bool = False


@dataclass(slots=True)
class ServerBalancer:
    """Gives each run a server. A run stays there, so that its calls find their prefixes in the cache."""

    pool: ServerPool
    request: RunRequest
    """The request of every run."""
    references: Sequence[str] = ()
    """Names of servers, or base URLs; none for the one of the request."""
    shares: list[ServerShare] = field(default_factory=list)
    _named: dict[str, ServerShare] = field(default_factory=dict)
    _freed: asyncio.Event = field(default_factory=asyncio.Event)

    async def prepare(self) -> list[str]:
        """Look up the servers and return notes for the user. Raises RoundtableError if none can be used."""
        if not self.references:
            server = await self.pool.get_requested_server(self.request)
            self.shares = [ServerShare(server.name, {}, server)]
            return []
        notes, last_error = [], None
        for reference in self.references:
            chosen = {"base_url": reference} if "://" in reference else {"server": reference}
            server = await self.pool.find_server(reference)
            try:
                listed = await self.pool.list_model_names(server) if len(self.references) > 1 else []
            except RoundtableError as error:
                last_error = error
                notes.append(f"left out: {single_line(str(error), 200)}")
                continue
            name = reference if "://" in reference else server.name
            self.shares.append(ServerShare(name, chosen, server))
            if self.request.model and listed and self.request.model not in listed:
                shown = single_line(self.request.model, 60)
                notes.append(f"{single_line(name, 80)} does not list {shown}")
        if not self.shares and last_error is not None:
            raise last_error
        if not self.request.model and len(self.shares) > 1:
            # All have to ask the same model: the one that the first server would take.
            self.request = replace(self.request, model=await self.pool.choose_model(self.shares[0].server))
        return notes

    @property
    def first_request(self) -> RunRequest:
        """The request on the first server: what is not about the servers is the same on all of them."""
        return self.shares[0].apply(self.request)

    @property
    def max_runs(self) -> int:
        """The runs that all servers take at once."""
        return sum(_count_runs(share.server.concurrency) for share in self.shares)

    def describe(self, *, on_workers: bool = False) -> list[ShareState]:
        """Return the state of every server; `on_workers` if calls are made by other processes."""
        out = []
        for share in (*self.shares, *self._named.values()):
            load = self.pool.client.get_load(share.server)
            calls = None if on_workers else load.in_use
            slots = share.server.concurrency
            state = ShareState(
                share.name, share.running, calls, load.limit, slots, is_out_of_reach=load.is_out_of_reach
            )
            out.append(state)
        return out

    async def acquire(self, own: str = "", *, avoid: ServerShare | None = None) -> ServerShare:
        """Wait until a server can take a run, and return it.

        Args:
            own: the server that the task names; "" for any of the batch.
            avoid: a server to leave out if there is another one.

        Raises RoundtableError if the named server does not exist.
        """
        shares = [await self._get_named(own)] if own else self.shares
        others = [share for share in shares if share is not avoid] or shares
        while (share := self._pick(others)) is None:
            self._freed.clear()
            try:
                async with asyncio.timeout(_RECHECK_S):
                    await self._freed.wait()
            except TimeoutError:
                continue
        share.running += 1
        share.started += 1
        return share

    def release(self, share: ServerShare) -> None:
        """Count the end of a run."""
        share.running -= 1
        self._freed.set()

    def rest_if_out_of_reach(self, share: ServerShare) -> bool:
        """Give a server that is out of reach no runs for a while; return whether another one is in reach."""
        if not self.pool.client.get_load(share.server).is_out_of_reach:
            return False
        now = asyncio.get_running_loop().time()
        share.rests_until = now + REST_S
        return share in self.shares and any(other.rests_until <= now for other in self.shares)

    def _pick(self, shares: Sequence[ServerShare]) -> ServerShare | None:
        """Return the server with the fewest runs for its limit; None if all are busy."""
        now = asyncio.get_running_loop().time()
        awake = [share for share in shares if share.rests_until <= now] or shares
        best, lowest = None, (1.0, 0)
        for share in awake:
            limit = _count_runs(self.pool.client.get_load(share.server).limit)
            load = (share.running / limit, share.started)
            if share.running < limit and load < lowest:
                best, lowest = share, load
        return best

    async def _get_named(self, name: str) -> ServerShare:
        known = next((share for share in self.shares if share.fields.get("server") == name), None)
        if known is None and name not in self._named:
            server = await self.pool.get_server(name=name)
            self._named[name] = ServerShare(server.name, {"server": name}, server)
        return known or self._named[name]


def _count_runs(limit: int) -> int:
    """Return the runs at once for a number of calls at once: a few more, which prepare meanwhile.

    A server with few calls at once has no more runs than these: they would evict each other from its cache.
    """
    return limit + limit // _CALLS_PER_RUN_AHEAD
