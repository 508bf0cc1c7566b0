"""Helpers of the stress tests: a server with unique replies, runs of every mode, their invariants.

Every reply is made of words that only it has, `Bob2w0 Bob2w1 ... Bob2END`: the second reply to the seat Bob.
A word found anywhere (a record, a prompt, an answer) identifies its seat and request, and
whether the reply was complete.
"""

from __future__ import annotations

import asyncio
import gc
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from roundtable_tui import modes
from roundtable_tui.engine import events
from roundtable_tui.engine.plan import Plan, SeatAssignment
from roundtable_tui.engine.record.recorder import read_record
from roundtable_tui.engine.run import Run
from roundtable_tui.llm.client import BackoffPolicy, Client, RetryBudget
from roundtable_tui.llm.types import ChatRequest, Limits, Server
from roundtable_tui.reports.transcript import write_transcript
from roundtable_tui.resources import Persona, Task
from tests.support.fake_server import FakeServer, Reply

SEED = 7
MOST_S = 60.0
"""No run of these tests may take longer, whatever happens to it."""
CORE = {
    "model", "messages", "stream", "stream_options", "temperature", "top_p", "max_tokens",
    "max_completion_tokens", "seed", "response_format", "tools", "tool_choice",
}  # fmt: skip
"""All that a request may hold."""


# --- modes and seats -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Setup:
    """How a mode is set up for these tests. `seats` are (name, role) pairs."""

    mode: str = ""
    seats: Sequence[tuple[str, str]] = (("Ada", "sceptic"), ("Bob", "builder"), ("Eve", "historian"))
    captain: str = "Cap"
    options: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""
    """The background text that the mode works on."""
    stages: Sequence[tuple[Mapping[str, Any], Sequence[str], str]] = ()
    """Of a pipeline: each stage, who sits in it, and who leads it."""


LONG = " ".join(f"Sentence {n} of a text that is too long to be read at once." for n in range(25))
SHORT_PASSAGES = {"chunk_size": 600, "chunk_overlap": 50}
SETUPS = {
    "debate": Setup(options={"max_rounds": 2}),
    "pro": Setup(options={"agents": 3}),
    "pro, picked": Setup("pro", options={"agents": 3, "pick": True}),
    "pro, in a tree": Setup("pro", options={"agents": 3, "merge_width": 2}),
    "roundtable": Setup(options={"turns": 4, "wrap_up_turns": 1}),
    "single": Setup(seats=(("Ada", ""),), captain=""),
    "vote": Setup(options={"agents": 3, "early_stop": False}),
    "council": Setup(),
    "fanout": Setup(options={"calls": 5}, captain=""),
    "chain": Setup(options=SHORT_PASSAGES, text=LONG),
    "chain, in a tree": Setup(
        "chain", options={**SHORT_PASSAGES, "variant": "tree", "merge_width": 2}, text=LONG
    ),
    "loop": Setup(
        seats=(("Ada", "questioner"), ("Bob", "creator"), ("Eve", "mediator"), ("Dan", "scriber")),
        options={"turns": 2, "mediator_interval": 1},
    ),
    "pipeline": Setup(
        stages=(
            ({"mode": "pro", "options": {"agents": 2}}, ("Ada", "Bob"), "Cap"),
            ({"mode": "debate", "on": "disputed", "options": {"max_rounds": 1}}, ("Eve", "Dan"), "Rex"),
        )
    ),
    "auto": Setup(options={"cap": 3}),
    "auto, in waves": Setup("auto", options={"cap": 3, "wave": 2, "rounds": 2}),
}
CASES = tuple(dict.fromkeys([*SETUPS, *modes.all_modes()]))
"""Every mode there is; one that is not known above sits at the usual table."""


def nth_case(mode: str) -> int:
    """Return the number of a mode, from 0."""
    return CASES.index(mode)


@contextmanager
def setups(**more: Setup) -> Iterator[None]:
    """Register these modes within the `with`."""
    SETUPS.update(more)
    try:
        yield
    finally:
        for name in more:
            del SETUPS[name]


def seat_of(request: Mapping[str, Any]) -> str:
    """Return the seat of a request: each seat has its own model."""
    return str(request["model"]).removeprefix("m-")


def plan(
    mode: str,
    server: Server,
    *,
    limits: Limits | None = None,
    question: str = "How many bridges?",
    seed: int = SEED,
) -> Plan:
    """Return the plan of a run; the model of seat Ada is m-Ada."""
    how = SETUPS.get(mode, Setup())
    found = modes.get_mode(how.mode or mode)

    def place(name: str, role: str = "", **where: Any) -> SeatAssignment:
        return SeatAssignment(
            Persona(name=name, role=role, prompt=f"You are {name}."), server, f"m-{name}", **where
        )

    if how.stages:
        places = []
        for number, (_, names, captain) in enumerate(how.stages, 1):
            places += [place(name, stage=number) for name in names]
            places.append(place(captain, stage=number, captain=True))
        options = found.options.model_validate({"stages": [stage for stage, _, _ in how.stages]})
        return Plan(
            mode=found, question=question, options=options, seed=seed,
            assignments=tuple(places), limits=limits or Limits(retries=0),
        )  # fmt: skip
    return Plan(
        mode=found,
        question=question,
        options=found.options(**how.options),
        seed=seed,
        assignments=tuple(place(*seat) for seat in how.seats),
        captain=place(how.captain) if how.captain else None,
        task=Task(name="t", path=Path(), context=how.text) if how.text else None,
        limits=limits or Limits(retries=0),
    )


# --- a server with unique replies --------------------------------------------------------------

WORDS = 5
Change = Callable[[Reply], Reply]


class Brain:
    """A script for the fake server. `faults` changes the n-th reply to a seat, from 1."""

    def __init__(
        self,
        faults: Mapping[tuple[str, int], Change] | None = None,
        *,
        always: Change | None = None,
        **how: Any,
    ) -> None:
        self.faults = dict(faults or {})
        self.always = always
        self.how = how
        self.asked: Counter[str] = Counter()
        self.said: dict[int, str] = {}
        """Number of the request -> whose it is and the how-manieth: `Bob2`."""

    def __call__(self, request: Mapping[str, Any], nth: int) -> Reply:
        seat = seat_of(request)
        self.asked[seat] += 1
        ident = f"{seat}{self.asked[seat]}"
        self.said[nth] = ident
        reply = replace(healthy(request, ident), **self.how)
        change = self.faults.get((seat, self.asked[seat])) or self.always
        return change(reply) if change else reply


def healthy(request: Mapping[str, Any], ident: str) -> Reply:
    """Return a complete reply of unique words, in the requested format."""
    if (schema := _schema(request)) is not None:
        return Reply(decision=instance(schema, ident, request))
    said = " ".join(f"{ident}w{n}" for n in range(WORDS))
    marker = re.search(r"^\[\[ANSWER-\w+\]\]$", _system(request), re.MULTILINE)
    if marker:
        return Reply(text=f"{said}\n{marker[0]}\n{ident}w{WORDS} {ident}END")
    return Reply(text=f"{said} {ident}w{WORDS} {ident}END", reasoning=f"{ident}think")


def instance(schema: Mapping[str, Any], ident: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object for a decision schema: no agreement at first, the first choice, any order."""
    first = sum(message["role"] == "assistant" for message in request["messages"]) == 0
    made: dict[str, Any] = {}
    for name, field_ in schema.get("properties", {}).items():
        kind = field_.get("type")
        if kind == "boolean":
            made[name] = not first
        elif kind in ("integer", "number"):
            made[name] = field_.get("minimum", 1)
        elif kind == "array":
            item = field_.get("items", {})
            size = max(field_.get("minItems", 1), 1)
            made[name] = list(item["enum"])[:size] if "enum" in item else [item.get("minimum", 1)] * size
        elif "enum" in field_:
            made[name] = field_["enum"][0]
        else:
            made[name] = f"{ident}w0 {ident}END"
    # Additional text, as models send it, so that this reply is identifiable too.
    return made | {"mark": f"{ident}w1 {ident}END"}


def _schema(request: Mapping[str, Any]) -> Mapping[str, Any] | None:
    if shape := request.get("response_format"):
        return dict(shape["json_schema"]["schema"])
    if tools := request.get("tools"):
        return dict(tools[0]["function"]["parameters"])
    return None


def _system(request: Mapping[str, Any]) -> str:
    return "\n".join(str(m["content"]) for m in request["messages"] if m["role"] == "system")


# --- a run with its record and its server --------------------------------------------------------------


class Caller:
    """The client of one run, with one retry budget, as in the program."""

    def __init__(self, client: Client) -> None:
        self.allowance = RetryBudget()
        self._client = client.for_run(self.allowance)

    def stream(self, server: Server, request: ChatRequest, limits: Limits) -> Any:
        return self._client.stream(server, request, limits)


@dataclass
class Taken:
    """A run that has ended."""

    run: Run
    fake: FakeServer
    brain: Brain

    @property
    def recorded(self) -> tuple[events.Event, ...]:
        """The recorded events."""
        assert self.run.folder is not None
        recording = read_record(self.run.folder)
        assert recording.skipped_lines == 0
        return recording.events

    def told(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.recorded if isinstance(event, kind)]


@asynccontextmanager
async def house(
    brain: Any, *, waits: BackoffPolicy | None = None
) -> AsyncIterator[tuple[FakeServer, Client]]:
    """A server with this script, and a client that by default retries without delay."""
    client = Client(backoff=waits or BackoffPolicy(base_delay_s=0.0, outage_s=0.0))
    async with FakeServer(brain) as fake:
        try:
            yield fake, client
        finally:
            await client.aclose()


async def take(
    mode: str, brain: Brain, folder: Path, limits: Limits | None = None, *, concurrency: int = 32
) -> Taken:
    """Execute a run of a mode; with a concurrency of 1 turns are in the order of the requests."""
    async with house(brain) as (fake, client):
        server = Server("fake", fake.url, concurrency=concurrency)
        run = Run(
            plan(mode, server, limits=limits), Caller(client), run_dir=folder, write_files=write_transcript
        )
        async with asyncio.timeout(MOST_S):
            await run.execute()
        await client.aclose()
        for seen in fake.requests:
            async with asyncio.timeout(MOST_S):
                await seen.ended.wait()
    return Taken(run, fake, brain)


class NothingLeft:
    """`async with NothingLeft()`: fails if new tasks or descriptors are left."""

    async def __aenter__(self) -> None:
        self._tasks, self._files = asyncio.all_tasks(), descriptors()

    async def __aexit__(self, kind: object, *_: object) -> None:
        if kind is not None:
            return
        for attempt in range(200):
            if attempt:
                gc.collect()
            left = {task for task in asyncio.all_tasks() - self._tasks if not task.done()}
            if not left and descriptors() <= self._files:
                return
            await asyncio.sleep(0.01)
        assert not left, left
        assert descriptors() <= self._files, "descriptors were left open"


def descriptors() -> int:
    """Return the number of open files and sockets of this process."""
    return len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").is_dir() else 0


async def settled() -> None:
    """Let ending tasks end, and collect garbage."""
    for _ in range(5):
        await asyncio.sleep(0.01)
    for _ in range(2):
        gc.collect()
