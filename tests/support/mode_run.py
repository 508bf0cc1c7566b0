"""Runs for tests: seats on a scripted server, a recorded run, and its resumption."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from roundtable_tui import modes
from roundtable_tui.engine import Mode, events
from roundtable_tui.engine.plan import Plan, SeatAssignment
from roundtable_tui.engine.record.recorder import read_record
from roundtable_tui.engine.run import Run, RunOutcome
from roundtable_tui.llm.client import BackoffPolicy, Client
from roundtable_tui.llm.types import Limits, Server
from roundtable_tui.reports.transcript import write_transcript
from roundtable_tui.resources import Persona, Task
from tests.support.fake_server import FakeServer, Seen


@dataclass
class Room:
    """A scripted server and the runs on it. `names` are the seats; "Captain" is the captain if `captain`."""

    fake: FakeServer
    folder: Path
    client: Client
    runs: list[Run] = field(default_factory=list)

    def plan(
        self,
        mode: str | Mode,
        names: Sequence[str],
        *,
        captain: bool = True,
        question: str = "How many?",
        task: Task | None = None,
        **options: Any,
    ) -> Plan:
        found = modes.get_mode(mode) if isinstance(mode, str) else mode
        server = Server("fake", self.fake.url)

        def place(name: str) -> SeatAssignment:
            return SeatAssignment(Persona(name=name, prompt=f"You are {name}."), server, "fake")

        return Plan(
            mode=found,
            question=question,
            options=found.options(**options),
            assignments=tuple(map(place, names)),
            captain=place("Captain") if captain else None,
            task=task,
            seed=7,
            limits=Limits(retries=0),
        )

    def run(self, plan: Plan) -> Run:
        """Return a run that is recorded in the folder."""
        self.runs.append(Run(plan, self.client, run_dir=self.folder, write_files=write_transcript))
        return self.runs[-1]

    async def done(self, mode: str | Mode, names: Sequence[str], **how: Any) -> RunOutcome:
        """Run a mode to its end."""
        return await self.run(self.plan(mode, names, **how)).execute()

    async def again(self) -> RunOutcome:
        """Resume the last run from its record."""
        last = self.runs[-1]
        self.runs.append(
            Run(
                last.plan,
                self.client,
                run_dir=self.folder,
                resume=read_record(self.folder),
                write_files=write_transcript,
            )
        )
        return await self.runs[-1].execute()

    def told(self, kind: type[events.Event]) -> list[Any]:
        """Return the events of a kind of the last run."""
        return [event for event in self.runs[-1].events if isinstance(event, kind)]

    def asked_of(self, name: str) -> list[Seen]:
        """Return the requests whose system prompt is that of a seat."""
        return [seen for seen in self.fake.requests if f"You are {name}." in seen.system]


@asynccontextmanager
async def room(script: Any, tmp_path: Path) -> AsyncIterator[Room]:
    """Start a scripted server for runs recorded in a folder."""
    async with FakeServer(script) as fake:
        client = Client(backoff=BackoffPolicy(base_delay_s=0.0, outage_s=0.0))
        try:
            yield Room(fake, tmp_path / "run", client)
        finally:
            await client.aclose()


async def cut_off(run: Run, when: Awaitable[Any]) -> RunOutcome:
    """Start a run, stop it like the user once `when` holds, and return its outcome."""
    task = asyncio.ensure_future(run.execute())
    await when
    task.cancel()
    await asyncio.wait({task})
    assert run.result is not None
    return run.result
