"""What the torture tests share: a server that says nothing twice, runs of every mode, and what must hold of them.

Every reply is made of words that only it has, `Bob2w0 Bob2w1 ... Bob2END`: the second reply to the seat Bob.
So wherever a word turns up (a record, a prompt, an answer), it is known whose it is, of which request, and
whether that was whole.
"""

from __future__ import annotations

import asyncio
import gc
import os
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from fake.server import FakeServer, Reply, Seen

from roundtable_tui import modes
from roundtable_tui.files import Persona, Task
from roundtable_tui.llm.client import Allowance, Client, Waits
from roundtable_tui.llm.types import ChatRequest, Limits, Server
from roundtable_tui.table import events
from roundtable_tui.table.record import read_record
from roundtable_tui.table.run import Place, Plan, Run

FULL = os.environ.get("ROUNDTABLE_TORTURE") == "full"
"""True under `make torture`: every case there is. Else a share of them, spread evenly."""

T = TypeVar("T")
MOST_S = 60.0
"""No run of these tests may take longer, whatever happens to it."""
CORE = {
    "model", "messages", "stream", "stream_options", "temperature", "top_p", "max_tokens",
    "max_completion_tokens", "seed", "response_format", "tools", "tool_choice",
}  # fmt: skip
"""All that a request may hold."""


def share(cases: Sequence[T], one_in: int) -> list[T]:
    """Return every case under `make torture`, else one in so many, the first among them."""
    return list(cases) if FULL else list(cases)[::one_in]


# --- who sits where -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Setup:
    """How a mode is set up for these tests. `seats` are (name, role) pairs."""

    mode: str = ""
    seats: Sequence[tuple[str, str]] = (("Ada", "sceptic"), ("Bob", "builder"), ("Eve", "historian"))
    captain: str = "Cap"
    options: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""
    """The background text that the mode works on."""


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
    "fanout": Setup(options={"calls": 5}, captain=""),
    "chain": Setup(options=SHORT_PASSAGES, text=LONG),
    "chain, in a tree": Setup(
        "chain", options={**SHORT_PASSAGES, "variant": "tree", "merge_width": 2}, text=LONG
    ),
}
CASES = tuple(dict.fromkeys([*SETUPS, *modes.all_modes()]))
"""Every mode there is; one that is not known above sits at the usual table."""


def seat_of(request: Mapping[str, Any]) -> str:
    """Return whose request this is: each seat has a model of its own."""
    return str(request["model"]).removeprefix("m-")


def plan(
    mode: str,
    server: Server,
    *,
    limits: Limits | None = None,
    question: str = "How many bridges?",
    seed: int = 7,
) -> Plan:
    """Return the plan of a run; the model of seat Ada is m-Ada."""
    how = SETUPS.get(mode, Setup())
    found = modes.get(how.mode or mode)

    def place(name: str, role: str = "") -> Place:
        return Place(Persona(name=name, role=role, prompt=f"You are {name}."), server, f"m-{name}")

    return Plan(
        mode=found, question=question, options=found.options(**how.options), seed=seed,
        places=tuple(place(*seat) for seat in how.seats), captain=place(how.captain) if how.captain else None,
        task=Task(name="t", path=Path(), context=how.text) if how.text else None,
        limits=limits or Limits(retries=0),
    )  # fmt: skip


# --- a server that says nothing twice --------------------------------------------------------------

WORDS = 5
Change = Callable[[Reply], Reply]


class Brain:
    """A script for the fake server. `faults` says what becomes of the n-th reply to a seat, from 1."""

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
    """Return a whole reply of words that no other has, in the shape that is asked for."""
    if (schema := _schema(request)) is not None:
        return Reply(decision=instance(schema, ident, request))
    said = " ".join(f"{ident}w{n}" for n in range(WORDS))
    marker = re.search(r"^\[\[ANSWER-\w+\]\]$", _system(request), re.MULTILINE)
    if marker:
        return Reply(text=f"{said}\n{marker[0]}\n{ident}w{WORDS} {ident}END")
    return Reply(text=f"{said} {ident}w{WORDS} {ident}END", reasoning=f"{ident}think")


def instance(schema: Mapping[str, Any], ident: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object that fits a form of the modes: no agreement at first, the first choice, any order."""
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
    # Beside what is asked for, as models do: so that this reply too is known by its words.
    return made | {"mark": f"{ident}w1 {ident}END"}


def _schema(request: Mapping[str, Any]) -> Mapping[str, Any] | None:
    if shape := request.get("response_format"):
        return dict(shape["json_schema"]["schema"])
    if tools := request.get("tools"):
        return dict(tools[0]["function"]["parameters"])
    return None


def _system(request: Mapping[str, Any]) -> str:
    return "\n".join(str(m["content"]) for m in request["messages"] if m["role"] == "system")


# --- a run and all that is known of it --------------------------------------------------------------


class Caller:
    """The client as one run uses it: one allowance for trying again, as in the program."""

    def __init__(self, client: Client) -> None:
        self._client, self.allowance = client, Allowance()

    def stream(self, server: Server, request: ChatRequest, limits: Limits) -> Any:
        return self._client.stream(server, request, limits, self.allowance)


@dataclass
class Taken:
    """A run that has ended."""

    run: Run
    fake: FakeServer
    brain: Brain

    @property
    def recorded(self) -> tuple[events.Event, ...]:
        """The events that are on disk."""
        assert self.run.folder is not None
        recording = read_record(self.run.folder)
        assert recording.skipped == 0
        return recording.events

    def told(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.recorded if isinstance(event, kind)]


@asynccontextmanager
async def house(brain: Any, **how: Any) -> AsyncIterator[tuple[FakeServer, Client]]:
    """A server with this script, and a client that does not wait between attempts."""
    client = Client(waits=Waits(base_s=0.0))
    async with FakeServer(brain, **how) as fake:
        try:
            yield fake, client
        finally:
            await client.aclose()


async def take(mode: str, brain: Brain, folder: Path, limits: Limits | None = None, **how: Any) -> Taken:
    """Take a run of a mode to its end, and look whether anything is left over."""
    async with house(brain) as (fake, client):
        run = Run(plan(mode, Server("fake", fake.url), limits=limits, **how), Caller(client), folder=folder)
        async with asyncio.timeout(MOST_S):
            await run.execute()
        await client.aclose()
        for seen in fake.requests:
            async with asyncio.timeout(MOST_S):
                await seen.ended.wait()
    return Taken(run, fake, brain)


# --- what must hold --------------------------------------------------------------------------------

_WORD = re.compile(r"\b([A-Z][a-z]+\d+)(w\d+|END|think)\b")


def idents(text: str) -> list[str]:
    """Return whose words stand in a text, in order, each once."""
    return list(dict.fromkeys(ident for ident, _ in _WORD.findall(text)))


def hold(taken: Taken, limits: Limits) -> None:
    """Check what is true of every run, whatever its server did."""
    run, result = taken.run, taken.run.result
    assert result is not None and run.fault is None, run.fault
    recorded = taken.recorded
    queued = {event.turn: event for event in recorded if isinstance(event, events.TurnQueued)}
    ends = [e for e in recorded if isinstance(e, events.TurnFinished | events.TurnFailed)]
    assert [end.turn for end in ends] == list(dict.fromkeys(end.turn for end in ends)), "a turn ends once"
    assert set(queued) == {end.turn for end in ends}, "every turn that was asked has ended"
    assert isinstance(recorded[-1], events.RunFinished), "the record says how it ended"
    _hold_status(result, ends, queued)
    _hold_texts(taken, ends)
    _hold_requests(taken, ends, limits)
    _hold_files(run)


def _hold_status(result: Any, ends: Sequence[Any], queued: Mapping[str, Any]) -> None:
    """The status says what happened, and no word of a failed turn is part of an answer."""
    lost = [
        end for end in ends if isinstance(end, events.TurnFailed) and end.kind not in ("shape", "unneeded")
    ]
    assert (result.status == "failed") == (not result.answer.text)
    if result.status == "complete":
        # Another way of asking for the same decision has made it good.
        good = {(end.seat, queued[end.turn].label) for end in ends if isinstance(end, events.TurnFinished)}
        assert all((end.seat, queued[end.turn].label) in good for end in lost), lost
    elif result.status == "partial":
        assert lost
    else:
        assert result.status == "failed" and result.error
        assert "\n" not in result.error and "Traceback" not in result.error
    for end in lost:
        assert end.error and "\n" not in end.error and "<" not in end.error, end.error


def _hold_texts(taken: Taken, ends: Sequence[Any]) -> None:
    """Whole streams are whole in the record, in order, once; cut ones are marked and are nobody's answer."""
    result, brain, run = taken.run.result, taken.brain, taken.run
    assert result is not None
    whole = {brain.said[seen.nth] for seen in taken.fake.requests if _was_whole(seen)}
    finished = {end.turn: end for end in ends if isinstance(end, events.TurnFinished)}
    by_ident: dict[str, str] = {}
    for turn, end in finished.items():
        mine = idents(end.text) or idents(end.tool_arguments)
        assert len(mine) == 1, f"{turn} holds the words of {mine}"
        assert mine[0] not in by_ident, "no reply is two turns"
        by_ident[mine[0]] = turn
        assert f"{mine[0]}END" in end.text + end.tool_arguments, f"{turn} is not whole"
        assert mine[0] in whole
    for seat in {end.seat for end in ends}:
        order = [int(re.sub(r"\D", "", idents(finished[e.turn].text + finished[e.turn].tool_arguments)[0]))
                 for e in ends if e.seat == seat and e.turn in finished]  # fmt: skip
        assert order == sorted(order), f"the turns of {seat} are in order"
    broken = {ident for ident in brain.said.values() if ident not in by_ident}
    # What came of a reply that did not count is in the record, and nowhere else.
    answers = [result.answer.text, *result.answer.candidates, *(entry.content for entry in run.table.board)]
    for text in answers:
        assert broken.isdisjoint(idents(text)), "what is not whole is no answer"
    for seen in taken.fake.requests:
        quoted = idents("\n".join(m["content"] for m in seen.body["messages"]))
        assert broken.isdisjoint(quoted), "what is not whole is shown to nobody"
        assert "think" not in {kind for _, kind in _WORD.findall(str(seen.body["messages"]))}, (
            "nor is reasoning"
        )
    for end in ends:
        if isinstance(end, events.TurnFailed):
            assert len(idents(end.text)) <= 1, "what came of it is kept, once"
    _hold_streams(taken, finished)


def _hold_streams(taken: Taken, finished: Mapping[str, events.TurnFinished]) -> None:
    """What streamed, from the last attempt on, is what the turn holds in the end."""
    answer: dict[str, str] = {}
    for event in taken.recorded:
        if isinstance(event, events.TurnStarted):
            answer[event.turn] = ""
        elif isinstance(event, events.AnswerDelta):
            answer[event.turn] += event.text
        elif isinstance(event, events.TurnRestated):
            answer[event.turn] = event.text
        elif isinstance(event, events.TurnFailed) and event.kind not in ("unneeded", "stopped"):
            assert event.text == "" or answer[event.turn] in ("", event.text) or event.attempts > 1
    for turn, end in finished.items():
        assert answer[turn] == end.text


def _was_whole(seen: Seen) -> bool:
    return seen.ended_at is not None and not seen.left_early


def _hold_requests(taken: Taken, ends: Sequence[Any], limits: Limits) -> None:
    """Requests are bounded, none comes after the end, and each has a form that every server takes."""
    asked = [end for end in ends if end.attempts]
    most = sum(min(end.attempts, 1 + limits.retries) for end in asked)
    assert all(end.attempts <= 1 + limits.retries for end in asked)
    assert len(taken.fake.requests) <= most
    assert len(taken.fake.requests) >= sum(isinstance(end, events.TurnFinished) for end in ends)
    for seen in taken.fake.requests:
        assert set(seen.body) <= CORE
        roles = [message["role"] for message in seen.body["messages"]]
        assert roles[-1] == "user" and all(m["content"].strip() for m in seen.body["messages"])
        talk = roles[1:] if roles[0] == "system" else roles
        assert talk == ["user", "assistant"] * (len(talk) // 2) + ["user"]


def _hold_files(run: Run) -> None:
    assert run.folder is not None and run.result is not None
    assert (run.folder / "transcript.md").is_file()
    assert (run.folder / "answer.md").exists() == bool(run.result.answer.text)


class NothingLeft:
    """`async with NothingLeft()`: no task and no descriptor may be left that was not there before."""

    async def __aenter__(self) -> None:
        gc.collect()
        self._tasks, self._files = asyncio.all_tasks(), descriptors()

    async def __aexit__(self, kind: object, *_: object) -> None:
        if kind is not None:
            return
        for _ in range(200):
            gc.collect()
            left = {task for task in asyncio.all_tasks() - self._tasks if not task.done()}
            if not left and descriptors() <= self._files:
                return
            await asyncio.sleep(0.01)
        assert not left, left
        assert descriptors() <= self._files, "descriptors were left open"


def descriptors() -> int:
    """Return how many files and sockets this process has open."""
    return len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").is_dir() else 0
