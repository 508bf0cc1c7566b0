"""What the runs of a process share: servers and their client, personas, teams and tasks."""

from __future__ import annotations

from pathlib import Path

from roundtable_tui.llm.servers.directory import ServerDirectory
from roundtable_tui.llm.types import Server
from roundtable_tui.resources import PersonaLibrary, TaskLibrary
from roundtable_tui.resources.library_cache import load_personas
from roundtable_tui.setup.request import RunRequest


class ServerPool(ServerDirectory):
    """The servers of a run's request, and the libraries that it is made from."""

    has_many_runs = False
    """True leaves out the transcript beside each record, and lets no run wait for the disk."""

    async def get_requested_server(self, request: RunRequest) -> Server:
        """Return the server of a request, see `get_server`."""
        return await self.get_server(
            name=request.server,
            base_url=request.base_url,
            demo=request.demo,
            local=request.local,
            seed=request.seed or 0,
        )

    def load_personas(self, given: Path | None, participants: Path | None) -> PersonaLibrary:
        """Return the personas and teams, see `load_personas`."""
        return load_personas(given, participants)

    def load_tasks(self) -> TaskLibrary:
        """Return the tasks, see `TaskLibrary.load`."""
        return TaskLibrary.load()
