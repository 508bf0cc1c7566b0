"""A run: one question taken through one mode, from its plan to its last event."""

from __future__ import annotations

import asyncio
import secrets
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from itertools import groupby
from pathlib import Path
from typing import Any

from roundtable_tui.engine import events
from roundtable_tui.engine.calls import pricing
from roundtable_tui.engine.calls.runner import ModelClient
from roundtable_tui.engine.citations import PassageFinder, passage_to_dict, passages_from_dicts
from roundtable_tui.engine.mode import Answer, Mode, NoAnswerError, Options
from roundtable_tui.engine.record.recorder import EVENTS_FILE, Recorder, RunRecord, terminate_last_line
from roundtable_tui.engine.record.replay_cache import ReplayCache
from roundtable_tui.engine.seat import Seat, unique_names
from roundtable_tui.engine.table import Table
from roundtable_tui.errors import FileError, RoundtableError
from roundtable_tui.llm.types import Limits, Server
from roundtable_tui.resources.persona import Persona
from roundtable_tui.resources.task import Task
from roundtable_tui.utils import paths, text
from roundtable_tui.utils.files import display_path

Listener = Callable[[events.Event], None]


@dataclass(frozen=True, slots=True)
class SeatAssignment:
    """Who is to sit where: a persona, and the server and model that speak for it."""

    persona: Persona
    server: Server
    model: str
    seat_id: str = ""
    """The seat's id, where a record has one already."""
    stage: int = 0
    """The stage of a pipeline, from 1; 0 where the run is none."""
    captain: bool = False
    """True for who leads a stage; who leads a whole run is `Plan.captain`."""


@dataclass(frozen=True, slots=True)
class Plan:
    """All that is decided before a run starts."""

    mode: Mode
    question: str
    options: Options
    assignments: tuple[SeatAssignment, ...]
    captain: SeatAssignment | None = None
    task: Task | None = None
    team: str = ""
    seed: int = 0
    send_seed: bool = False
    """Send a seed with every call: the person asked for one."""
    limits: Limits = field(default_factory=Limits)
    max_tokens: int | None = None
    run_id: str = ""
    parent: str = ""
    budget: int | None = None
    """Tokens that the run may use."""
    max_cost: float | None = None
    """USD that it may cost."""
    servers: Mapping[tuple[str, str], Server] = field(default_factory=dict)
    """Servers by (name, base URL) that seats had moved to, where the run starts from a record."""
    knowledge: tuple[str, ...] = ()
    """The collections of documents that `find` looks into."""
    passage_finder: PassageFinder | None = None
    """Finds passages for the question, before the mode begins."""
    notes: tuple[str, ...] = ()
    """Lines that the run begins with."""


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """How a run ended. `status` is complete, partial, failed or cancelled."""

    status: str
    answer: Answer
    error: str = ""
    elapsed_s: float = 0.0


class Run:
    """One run. Add listeners, then `await execute()`; the person's hands are on `run.table.controls`."""

    def __init__(
        self,
        plan: Plan,
        client: ModelClient,
        *,
        run_dir: Path | None = None,
        resume: RunRecord | None = None,
        new_budget: events.BudgetChanged | None = None,
        write_files: Callable[[Path, Sequence[events.Event]], None] | None = None,
    ) -> None:
        """Prepare a run; `execute` starts it.

        Args:
            plan: what to run.
            client: makes the model calls.
            run_dir: where the record is kept; None keeps none.
            resume: the record of an earlier run to continue.
            new_budget: a new budget for a resumed run.
            write_files: called with the folder and all events once the record is closed, to write the
                files for readers; it may raise FileError.
        """
        self.plan = plan
        self.id = plan.run_id or make_run_id(plan.mode.name)
        self.events: list[events.Event] = []
        self.folder = run_dir
        self.result: RunOutcome | None = None
        self.internal_error: Exception | None = None
        """An unforeseen fault of the mode, or of somebody who listens, for the log."""
        self._listeners: list[Listener] = []
        self._write_files = write_files
        self._resume = resume
        self._start_time = time.monotonic()
        self._time_offset_s = max((e.t for e in resume.events), default=0.0) if resume else 0.0
        self._recorder: Recorder | None = None
        memory = ReplayCache([*resume.events, *([new_budget] if new_budget else [])]) if resume else None
        seats = build_seats((*plan.assignments, *_captain_assignment(plan)))
        captain = seats.pop() if plan.captain else None
        if captain:
            captain.captain = True
        self.table = Table(
            question=plan.question,
            seats=seats,
            captain=captain,
            client=client,
            emit=self._emit,
            now=self.seconds_since_start,
            task=plan.task,
            seed=plan.seed,
            send_seed=plan.send_seed,
            limits=plan.limits,
            max_tokens=plan.max_tokens,
            replay_cache=memory,
        )
        self.table.budget.max_tokens, self.table.budget.max_cost = plan.budget, plan.max_cost
        self.table.controls.servers.update(plan.servers)

    def add_listener(self, listener: Listener) -> None:
        """Call `listener` with every event, in order, on the event loop; one that raises is left out then."""
        self._listeners.append(listener)

    def seconds_since_start(self) -> float:
        """Return seconds since the run started."""
        return self._time_offset_s + time.monotonic() - self._start_time

    def _emit(self, event: events.Event) -> None:
        if not isinstance(event, events.RunStarted):
            events.stamp(event, self.seconds_since_start())
        if not isinstance(event, events.AnswerDelta | events.ReasoningDelta):
            self.events.append(event)
        if self._recorder:
            self._recorder(event)
        for listener in list(self._listeners):
            try:
                listener(event)
            except Exception as error:  # The run needs none of them; the rest must hear on.
                self.internal_error = error
                self._listeners.remove(listener)

    async def execute(self) -> RunOutcome:
        """Run the mode to its end, whatever happens; cancelling it ends the run as cancelled."""
        self._start_time = time.monotonic()
        warning = self._open_record()
        self._emit(self._resume.header if self._resume else self.build_header())
        if self._resume:
            self._emit(events.RunResumed(at=_timestamp()))
        for line in filter(None, (warning, *self.plan.notes)):
            self._emit(events.Notice(text=line))
        cancelled = False
        try:
            await pricing.load_prices(seat.server for seat in self.table.everyone)
            await self._find_passages()
            for deed in self.table.turns.replay_cache.take_actions_at_start():
                self.table.controls.reapply(deed)
            self._warn_unpriced()
            answer = await self.plan.mode.run(self.table, self.plan.options)
            if not isinstance(answer, Answer):
                raise TypeError(f"returned {type(answer).__name__}, not an Answer")
            result = self._build_result(answer)
        except NoAnswerError as error:
            result = RunOutcome("failed", Answer(""), self._failure_reason(str(error)))
        except RoundtableError as error:
            result = RunOutcome("failed", Answer(""), str(error))
        except asyncio.CancelledError:
            cancelled = True
            result = RunOutcome("cancelled", Answer(""), "stopped by you")
        except Exception as error:  # A fault in a mode must not take the record or the screen with it.
            self.internal_error = error
            result = RunOutcome(
                "failed", Answer(""), text.single_line(f"mode {self.plan.mode.name}: {error!r}")
            )
        result = self._finish(result)
        if cancelled:
            raise asyncio.CancelledError
        return result

    async def _find_passages(self) -> None:
        """Put passages of documents in front of the seats: those of the record, where it has any."""
        plan, recorded = self.plan, self.table.turns.replay_cache.passages
        if recorded is None:
            if plan.passage_finder is None:
                if self._resume and self._resume.header.knowledge:
                    what = "the run was cut off before its documents were read"
                    raise RoundtableError(what, hint="Ask anew.")
                return
            found = await plan.passage_finder(
                plan.question, lambda line: self._emit(events.Notice(text=line))
            )
            rows = tuple(passage_to_dict(passage) for passage in found)
            recorded = events.PassagesUsed(passages=rows, knowledge=plan.knowledge, query=plan.question)
        self.table.passages = passages_from_dicts(recorded.passages)
        self._emit(recorded)

    def _warn_unpriced(self) -> None:
        """Say whose calls a budget in money cannot count."""
        if self.plan.max_cost is None:
            return
        seats = [s for s in self.table.everyone if pricing.cost_of(s.server, s.model, 1, 1) is None]
        for model, server in dict.fromkeys((seat.model, seat.server.name) for seat in seats):
            what = f"no price is known of {model} at {server}: what it says costs nothing in this budget"
            self._emit(events.Notice(text=text.single_line(what)))

    def _build_result(self, answer: Answer) -> RunOutcome:
        """Return how a run ends whose mode has come to an answer."""
        story = self.table.budget.summary(self.events, self.table.failed_turns)
        own = self.table.quoter.sanitize_output
        answer = replace(
            answer, text=own(answer.text), candidates=tuple(own(said) for said in answer.candidates),
            how="; ".join(part for part in (answer.how, story) if part),
        )  # fmt: skip
        partial = answer.partial or self.table.failed_turns or story
        return RunOutcome("partial" if partial else "complete", answer)

    def _finish(self, result: RunOutcome) -> RunOutcome:
        answer = result.answer
        if result.status in ("complete", "partial") and not answer.text.strip():
            result = RunOutcome("failed", answer, self._failure_reason("the run ended without an answer"))
        self.internal_error = self.internal_error or self.table.turns.calls.internal_error
        result = self.result = RunOutcome(result.status, answer, result.error, self.seconds_since_start())
        self._emit(
            events.RunFinished(
                status=result.status,
                answer=answer.text,
                by=answer.by,
                how=answer.how,
                agreement=answer.agreement,
                candidates=answer.candidates,
                error=result.error,
                elapsed_s=round(self.seconds_since_start(), 3),
                usage=asdict(self.table.budget.totals),
            )
        )
        if self._recorder and self.folder:
            self._recorder.close()
            self._recorder = None
            if self._write_files:
                try:
                    self._write_files(self.folder, self.events)
                except FileError as error:
                    self._emit(events.Notice(text=str(error)))
        return result

    def _failure_reason(self, what: str) -> str:
        """Return the reason with the first seat's own, so that one line tells both."""
        first = self.table.failed_turns[0].error if self.table.failed_turns else ""
        return f"{what}: {first}" if first else what

    def build_header(self) -> events.RunStarted:
        """Return the run's first event."""
        plan, task = self.plan, self.plan.task
        servers = {seat.server.name: seat.server.base_url for seat in self.table.everyone}
        return events.RunStarted(
            run_id=self.id, started_at=_timestamp(), mode=plan.mode.name, question=plan.question,
            options=plan.options.model_dump(mode="json"), task=task_to_dict(task) if task else None,
            seats=tuple(seat.to_header() for seat in self.table.everyone),
            servers=tuple({"name": name, "base_url": url} for name, url in servers.items()),
            team=plan.team, seed=plan.seed, versions=read_versions(), parent=plan.parent,
            knowledge=plan.knowledge,
            calls={
                "max_tokens": plan.max_tokens, "send_seed": plan.send_seed, "budget": plan.budget,
                "max_cost": plan.max_cost, **asdict(plan.limits),
            },
        )  # fmt: skip

    def _open_record(self) -> str:
        """Make ready to write; return a line if this run cannot be recorded."""
        self.folder = self._resume.folder if self._resume else self.folder
        if self.folder is None:
            return ""
        try:
            if self._resume:
                terminate_last_line(self.folder)
            else:
                paths.make_private_dir(self.folder)
                if (self.folder / EVENTS_FILE).exists():
                    raise FileExistsError(0, "it holds another run")
        except OSError as error:
            line = f"this run is not recorded: {display_path(self.folder)}: {error.strerror}"
            self.folder = None
            return line
        self._recorder = Recorder(self.folder, warn=lambda line: self._emit(events.Notice(text=line)))
        self.table.turns.calls.on_replay = self._recorder.skip_turn
        self.table.folder = self.folder
        if self._resume:
            void = self.table.turns.replay_cache.invalidated_ranges
            self._recorder.skip_recorded(
                event for i, event in enumerate(self._resume.events) if not any(i in part for part in void)
            )
        return ""


def build_seats(assignments: Sequence[SeatAssignment]) -> list[Seat]:
    """Return a seat for each place; personas that sit there more than once are told apart by a number.

    Whoever sits in a stage has its number before the id: `2-ada`.
    """
    seats: list[Seat] = []
    for stage, group in groupby(assignments, lambda place: place.stage):
        here = list(group)
        before = f"{stage}-" if stage else ""
        ids = [before + key for key in unique_names([place.persona.slug for place in here], "-")]
        names = unique_names([place.persona.name for place in here], " ")
        for key, name, place in zip(ids, names, here, strict=True):
            persona = place.persona.model_copy(update={"name": name})
            seats.append(
                Seat(place.seat_id or key, persona, place.server, place.model, place.captain, stage=stage)
            )
    return seats


def _captain_assignment(plan: Plan) -> Sequence[SeatAssignment]:
    return (plan.captain,) if plan.captain else ()


def make_run_id(mode: str) -> str:
    """Return a name for a run: when, which mode, and a few letters of chance."""
    return f"{datetime.now():%Y%m%d-%H%M%S}-{text.safe_file_name(mode)}-{secrets.token_hex(3)}"


def task_to_dict(task: Task) -> Mapping[str, Any]:
    """Return the task's texts, as the header keeps them."""
    return {
        "name": task.name, "context": task.context, "instructions": task.instructions,
        "summarize": task.summarize, "questions": list(task.questions),
    }  # fmt: skip


def read_versions() -> dict[str, str]:
    """Return the versions a record names."""
    try:
        ours = version("roundtable-tui")
    except PackageNotFoundError:
        ours = "unknown"
    return {"roundtable": ours, "python": ".".join(map(str, sys.version_info[:3]))}


def _timestamp() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")
