"""The servers of the proxy: every call carries the depth header, and the proxy itself is not among them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from roundtable_tui.config import ServerSettings, Settings
from roundtable_tui.config.urls import get_origin, is_local_host
from roundtable_tui.engine.events import Event
from roundtable_tui.errors import FileError, UsageError
from roundtable_tui.llm.types import Server
from roundtable_tui.proxy import DEPTH_HEADER
from roundtable_tui.proxy.running.start_queue import StartQueue
from roundtable_tui.reports.transcript import write_transcript
from roundtable_tui.resources import PersonaLibrary
from roundtable_tui.setup.server_pool import ServerPool
from roundtable_tui.utils.text import single_line

_DEPTH = "1"
KEPT_S = 2.0
"""Seconds for which personas and teams are kept: a run reads them all."""


class ProxyServerPool(ServerPool):
    """The servers that the runs of the proxy may use."""

    has_many_runs = True
    """No run waits for the disk: the others would wait with it."""

    def __init__(
        self, settings: Settings, environ: Mapping[str, str], is_own_name: Callable[[str], bool], port: int
    ) -> None:
        """Create a pool.

        Args:
            settings: the user's settings.
            environ: the environment.
            is_own_name: whether a host name is one of the proxy.
            port: the port of the proxy.
        """
        super().__init__(settings, environ)
        self._is_own_name, self._port = is_own_name, port
        self._personas: tuple[float, PersonaLibrary] | None = None
        self._writes: set[asyncio.Task[None]] = set()
        self.starts = StartQueue()

    def write_transcript(self, folder: Path, recorded: Sequence[Event]) -> None:
        """Write the transcript of a run that has ended beside its record, in a thread."""
        task = asyncio.create_task(asyncio.to_thread(_write_transcript, folder, recorded))
        self._writes.add(task)
        task.add_done_callback(self._writes.discard)

    async def aclose(self) -> None:
        """Close the client, once all transcripts are written."""
        if self._writes:
            await asyncio.wait(self._writes)
        await super().aclose()

    def load_personas(self, given: Path | None, participants: Path | None) -> PersonaLibrary:
        """Return the personas and teams; those of no folder of their own are kept for a moment."""
        if given is not None or participants is not None:
            return super().load_personas(given, participants)
        now = time.monotonic()
        if self._personas is None or now - self._personas[0] > KEPT_S:
            self._personas = (now, super().load_personas(None, None))
        return self._personas[1]

    def from_settings(self, found: ServerSettings) -> Server:
        """Return the server, with the depth header. Raises UsageError if it is the proxy itself."""
        at = (found.name, found.base_url)
        if at in self._servers:
            return self._servers[at]
        if self._is_itself(found.base_url):
            what = f"the server {single_line(found.name, 60)} is this proxy itself"
            raise UsageError(what, hint="Choose the server of the models as default server.")
        server = super().from_settings(found)
        self._servers[at] = add_depth_header(server)
        return self._servers[at]

    def _is_itself(self, base_url: str) -> bool:
        origin = get_origin(base_url)
        return (
            origin is not None
            and origin[2] == self._port
            and (is_local_host(origin[1]) or self._is_own_name(origin[1]))
        )


def _write_transcript(folder: Path, recorded: Sequence[Event]) -> None:
    try:
        write_transcript(folder, recorded)
    except FileError:
        return  # The record has all of it: `runs export` writes the same.


def add_depth_header(server: Server) -> Server:
    """Return the server with a header that says that its calls come from the proxy."""
    given = server.headers

    @cache
    def headers() -> Mapping[str, str]:
        return {**(given() if given is not None else {}), DEPTH_HEADER: _DEPTH}

    return replace(server, headers=headers, header_names=(*server.header_names, DEPTH_HEADER))
