"""A run: one question taken through one mode, from its plan to its last event."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from roundtable_tui.engine import events
from roundtable_tui.engine.calls import pricing
from roundtable_tui.engine.calls.runner import ModelClient
from roundtable_tui.engine.citations import passage_to_dict, passages_from_dicts
from roundtable_tui.engine.material.attachments import attachments_to_rows
from roundtable_tui.engine.material.earlier import earlier_to_rows
from roundtable_tui.engine.material.material import Material
from roundtable_tui.engine.material.picture_files import save_pictures
from roundtable_tui.engine.mode import Answer, NoAnswerError
from roundtable_tui.engine.plan import Plan, build_seats, make_run_id
from roundtable_tui.engine.record.recorder import EVENTS_FILE, Recorder, RunRecord, terminate_last_line
from roundtable_tui.engine.record.replay_cache import ReplayCache
from roundtable_tui.engine.record.superseded import without_superseded, write_wasted
from roundtable_tui.engine.results.baseline import run_baseline
from roundtable_tui.engine.results.known_answer import KnownAnswer, compare_with_known
from roundtable_tui.engine.results.unequal_params import UnequalParamsNotice
from roundtable_tui.engine.seat import server_to_dict, task_to_dict
from roundtable_tui.engine.table import Table
from roundtable_tui.engine.tools.permission import Asker
from roundtable_tui.engine.tools.toolbox import Toolbox
from roundtable_tui.errors import FileError, RoundtableError
from roundtable_tui.utils import paths, text
from roundtable_tui.utils.files import display_path, path_exists

Listener = Callable[[events.Event], None]
ANSWER_LABELS = ("answer", "vote", "speech", "summary")
"""Labels of turns whose text may be the answer of a run that has no whole one."""


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """How a run ended. `status`: complete, partial, failed or cancelled.

    `incomplete`: every answer was cut off, and `answer` is the longest of them.
    """

    status: str
    answer: Answer
    error: str = ""
    elapsed_s: float = 0.0
    incomplete: bool = False


class Run:
    """One run. Add listeners, then `await execute()`. The controls of the user are `run.table.controls`."""

    def __init__(
        self,
        plan: Plan,
        client: ModelClient,
        *,
        run_dir: Path | None = None,
        resume: RunRecord | None = None,
        new_budget: events.BudgetChanged | None = None,
        retry_cut: bool = False,
        write_files: Callable[[Path, Sequence[events.Event]], None] | None = None,
        waits_for_disk: bool = True,
    ) -> None:
        """Prepare a run; `execute` starts it.

        Args:
            plan: what to run.
            client: makes the model calls.
            run_dir: the folder of the record; None for no record.
            resume: the record of an earlier run to continue.
            new_budget: a new budget for a resumed run.
            retry_cut: ask again for answers at the end of a resumed run that were cut off.
            write_files: called with the folder and all events once the record is closed, to write further
                files; may raise FileError.
            waits_for_disk: False for one of many runs, see `Recorder`.
        """
        self.plan = plan
        self.id = plan.run_id or make_run_id(plan.mode.name)
        self.events: list[events.Event] = []
        self.folder = run_dir
        self.keeps_prompts = True
        """Whether `events` has the prompts, which the record has too; they can be longer than all answers."""
        self.result: RunOutcome | None = None
        self.internal_error: Exception | None = None
        """An unexpected exception of the mode or of a listener, for the log."""
        self.stop_reason = "stopped by you"
        """Why the run was stopped, for the record; set it before its task is cancelled for another reason."""
        self._listeners: list[Listener] = []
        self._write_files, self._waits_for_disk = write_files, waits_for_disk
        self._resume = resume
        self._start_time = time.monotonic()
        self._time_offset_s = max((e.t for e in resume.events), default=0.0) if resume else 0.0
        self._recorder: Recorder | None = None
        self._recorded: list[events.Event] = []
        """What counts of the record of a resumed run."""
        recorded = [*resume.events, *([new_budget] if new_budget else [])] if resume else []
        replay_cache = ReplayCache(recorded, retry_cut=retry_cut)
        seats = build_seats((*plan.assignments, *([plan.captain] if plan.captain else [])))
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
            params=plan.params,
            replay_cache=replay_cache,
        )
        self.table.follow(UnequalParamsNotice(self.table.seat, self.table.emit).follow)
        self.table.budget.max_tokens, self.table.budget.max_cost = plan.budget, plan.max_cost
        self.table.controls.servers.update(plan.servers)
        self.table.material = Material(plan.attachments, plan.earlier)
        self.table.turns.pictures.set_pictures(plan.attachments)
        if plan.tools:
            self.table.turns.toolbox = Toolbox(
                plan.tools, self.table.quoter, self.table.emit, self.seconds_since_start,
                resume.events if resume else (),
            )  # fmt: skip

    def add_listener(self, listener: Listener) -> None:
        """Call `listener` with every event, on the event loop; a listener that raises is removed."""
        self._listeners.append(listener)

    def change_plan(self, plan: Plan, client: ModelClient | None = None) -> None:
        """Replace mode and notes of the plan, and perhaps who makes the calls, before `execute`.

        Seats, task, seed and limits stay those of the plan that the run was made with.
        """
        self.plan = plan
        if client is not None:
            self.table.turns.calls.client = client

    def set_permission_asker(self, asker: Asker) -> None:
        """Have the user asked about calls of tools that need permission; without, they are refused."""
        if self.table.turns.toolbox:
            self.table.turns.toolbox.gate.asker = asker

    async def close_tools(self) -> None:
        """End what the tools have started; for a run that is not executed."""
        if self.table.turns.toolbox:
            await self.table.turns.toolbox.close()

    def seconds_since_start(self) -> float:
        """Return seconds since the run started, earlier parts of a resumed run included."""
        return self._time_offset_s + time.monotonic() - self._start_time

    def _emit(self, event: events.Event) -> None:
        if not isinstance(event, events.RunStarted):
            events.stamp(event, self.seconds_since_start())
        if self._recorder:
            self._recorder(event)
        self._deliver(event)

    def _deliver(self, event: events.Event) -> None:
        """Keep an event and pass it on to the listeners."""
        if isinstance(event, events.TurnQueued) and not self.keeps_prompts:
            self.events.append(replace(event, prompt=""))
        elif not _is_piece(event):
            self.events.append(event)
        for listener in list(self._listeners):
            try:
                listener(event)
            except Exception as error:  # A broken listener must not stop the run or the other listeners.
                self.internal_error = error
                self._listeners.remove(listener)

    async def execute(self) -> RunOutcome:
        """Run the mode and return how it ended; cancelling the task ends the run as cancelled.

        Errors of the mode become a failed outcome. Raises only CancelledError.
        """
        self._start_time = time.monotonic()
        resumed = self._build_resumed() if self._resume else None
        warning = self._open_record(resumed)
        self._emit(self._resume.header if self._resume else self.build_header())
        if resumed:
            self._emit(resumed)
        for line in filter(None, (warning, *self.plan.notes)):
            self._emit(events.Notice(text=line, is_warning=line == warning))
        cancelled = False
        try:
            await pricing.load_prices(seat.server for seat in self.table.everyone)
            await self._find_passages()
            await self._show_who_sees()
            for action in self.table.turns.replay_cache.take_actions_at_start():
                self.table.controls.reapply(action)
            self._warn_unpriced()
            answer = await self.plan.mode.run(self.table, self.plan.options)
            if not isinstance(answer, Answer):
                raise TypeError(f"returned {type(answer).__name__}, not an Answer")
            result = self._build_result(answer)
            cancelled = self.plan.baseline and await run_baseline(
                self.table, answer.text, self.events, self._resume
            )
        except NoAnswerError as error:
            result = self._build_cut_result(str(error))
        except RoundtableError as error:
            result = RunOutcome("failed", Answer(""), str(error))
        except asyncio.CancelledError:
            cancelled = True
            result = RunOutcome("cancelled", Answer(""), self.stop_reason)
        except Exception as error:  # A bug in a mode must not lose the record or end the app.
            self.internal_error = error
            result = RunOutcome(
                "failed", Answer(""), text.single_line(f"mode {self.plan.mode.name}: {error!r}")
            )
        await self.close_tools()
        result = self._finish(result)
        if cancelled:
            raise asyncio.CancelledError
        return result

    async def _find_passages(self) -> None:
        """Find passages of documents for the prompts, or take the recorded ones."""
        plan, recorded = self.plan, self.table.turns.replay_cache.passages
        if recorded is None:
            if plan.passage_finder is None:
                if self._resume and self._resume.header.knowledge:
                    what = "the run was interrupted before its documents were searched"
                    raise RoundtableError(what, hint="Ask the question again.")
                return
            found = await plan.passage_finder(
                plan.question, lambda line: self._emit(events.Notice(text=line))
            )
            rows = tuple(passage_to_dict(passage) for passage in found)
            recorded = events.PassagesUsed(passages=rows, knowledge=plan.knowledge, query=plan.question)
        self.table.passages = passages_from_dicts(recorded.passages)
        self._emit(recorded)

    async def _show_who_sees(self) -> None:
        """Find out which seats see the attached pictures, and say so."""
        pictures = self.table.turns.pictures
        await pictures.learn(self.table.everyone)
        if line := pictures.describe(self.table.everyone):
            self._emit(events.Notice(text=line))

    def _warn_unpriced(self) -> None:
        """Warn about models whose cost a budget in USD cannot count."""
        if self.plan.max_cost is None:
            return
        seats = [s for s in self.table.everyone if pricing.cost_of(s.server, s.model, 1, 1) is None]
        for model, server in dict.fromkeys((seat.model, seat.server.name) for seat in seats):
            what = f"no known price for {model} at {server}"
            what += ": its calls count in the budget only where it reports their cost"
            self._emit(events.Notice(text=text.single_line(what)))

    def _build_result(self, answer: Answer) -> RunOutcome:
        """Return the outcome for the answer of the mode."""
        budget_summary = self.table.budget.summary(self.events, self.table.failed_turns)
        sanitize = self.table.quoter.sanitize_output
        answer = replace(
            answer, text=sanitize(answer.text), candidates=tuple(map(sanitize, answer.candidates)),
            how="; ".join(part for part in (answer.how, budget_summary) if part),
        )  # fmt: skip
        partial = answer.partial or self.table.failed_turns or budget_summary
        return RunOutcome("partial" if partial else "complete", answer)

    def _build_cut_result(self, what: str) -> RunOutcome:
        """Return the outcome of a run without a whole answer: the longest one that was cut off, if any."""
        cut = [turn for turn in self.table.turns.unfinished_turns if not turn.decides]
        has_whole = any(isinstance(e, events.TurnFinished) and not e.is_truncated for e in self.events)
        cut = [turn for turn in cut if turn.label in ANSWER_LABELS] or ([] if has_whole else cut)
        if not cut:
            return RunOutcome("failed", Answer(""), self._failure_reason(what))
        longest = max(cut, key=lambda turn: len(turn.text))
        how = f"{self._failure_reason(what)}; this is the longest of those that were cut off"
        result = self._build_result(Answer(longest.text, longest.seat, how, partial=True))
        return replace(result, incomplete=True)

    def _finish(self, result: RunOutcome) -> RunOutcome:
        if result.status == "cancelled":
            self._pass_on_unrepeated()
        answer = result.answer
        if result.status in ("complete", "partial") and not answer.text.strip():
            result = RunOutcome("failed", answer, self._failure_reason("the run ended without an answer"))
        self.internal_error = self.internal_error or self.table.turns.calls.internal_error
        known = None if result.incomplete else self._compare_with_known(answer)
        if known:
            answer = replace(answer, how="; ".join(filter(None, (answer.how, known.describe()))))
        result = self.result = replace(result, answer=answer, elapsed_s=self.seconds_since_start())
        recorded = self._resume.run_finished if self._resume else None
        recorded = recorded if recorded and recorded.answer == answer.text else None
        final_group, first_group = self.table.answer_grouper.place_answer(
            answer.final or answer.text, recorded
        )
        self._emit(
            events.RunFinished(
                status=result.status, answer=answer.text, by=answer.by, how=answer.how, error=result.error,
                agreement=answer.agreement, candidates=answer.candidates, incomplete=result.incomplete,
                elapsed_s=round(self.seconds_since_start(), 3), usage=asdict(self.table.budget.totals),
                kind=answer.kind, final_group=final_group, first_group=first_group,
                known_answer=known.text if known else None, correct=known.is_met if known else None,
            )
        )  # fmt: skip
        if self._recorder and self.folder:
            self._recorder.close()
            self._recorder = None
            if self._write_files:
                try:
                    self._write_files(self.folder, self.events)
                except FileError as error:
                    self._emit(events.Notice(text=str(error)))
        self.table.quoter.clear_caches()
        return result

    def _pass_on_unrepeated(self) -> None:
        """Pass on what of its record a stopped run has not repeated: it counts, and was paid for."""
        repeated = {event.turn for event in self.events if isinstance(event, events.TurnQueued)}
        left = set(self._recorder.list_unrepeated() if self._recorder else ())
        for position, event in enumerate(self._recorded):
            turn = getattr(event, "turn", None)
            if position in left or (turn is not None and turn not in repeated and not _is_piece(event)):
                self._deliver(event)
                if isinstance(event, events.TurnFinished | events.TurnFailed):
                    self.table.budget.totals.add(event)

    def _compare_with_known(self, answer: Answer) -> KnownAnswer | None:
        if not self.plan.mode.has_one_answer:
            return None
        return compare_with_known(self.plan.task, self.plan.question, answer.text)

    def _failure_reason(self, what: str) -> str:
        """Return the reason with the error of the first failed turn, in one line."""
        first = self.table.failed_turns[0].error if self.table.failed_turns else ""
        return f"{what}: {first}" if first else what

    def build_header(self) -> events.RunStarted:
        """Return the run's first event."""
        plan, task = self.plan, self.plan.task
        servers = {seat.server.name: seat.server for seat in self.table.everyone}
        params = plan.params.to_dict()
        return events.RunStarted(
            run_id=self.id, started_at=_timestamp(), mode=plan.mode.name, question=plan.question,
            options=plan.options.model_dump(mode="json"), task=task_to_dict(task) if task else None,
            seats=tuple(seat.to_header() for seat in self.table.everyone),
            servers=tuple(map(server_to_dict, servers.values())),
            team=plan.team, seed=plan.seed, versions=read_versions(), parent=plan.parent,
            knowledge=plan.knowledge, client=plan.client, follows=plan.follows, measured=plan.measured,
            earlier=earlier_to_rows(plan.earlier), attachments=attachments_to_rows(plan.attachments),
            calls={
                "max_tokens": plan.max_tokens, "send_seed": plan.send_seed, "budget": plan.budget,
                "max_cost": plan.max_cost, **asdict(plan.limits),
                **({"baseline": True} if plan.baseline else {}), **({"params": params} if params else {}),
                **({"tools": dict(plan.tools.header)} if plan.tools else {}),
            },
        )  # fmt: skip

    def _build_resumed(self) -> events.RunResumed:
        return events.RunResumed(
            at=_timestamp(),
            answer_tokens=self.plan.limits.answer_tokens,
            wasted=write_wasted(self.table.turns.replay_cache.wasted_calls),
        )

    def _open_record(self, resumed: events.RunResumed | None) -> str:
        """Open the record; return a warning if this run cannot be recorded.

        Args:
            resumed: the event that will be recorded first, for a resumed run.
        """
        self.folder = self._resume.folder if self._resume else self.folder
        if self.folder is None:
            return ""
        try:
            if self._resume:
                terminate_last_line(self.folder)
            else:
                paths.make_private_dir(self.folder)
                if path_exists(self.folder / EVENTS_FILE):
                    raise FileExistsError(0, "it contains another run")
        except (OSError, FileError) as error:
            why = error.what if isinstance(error, FileError) else error.strerror
            line = f"this run is not recorded: {display_path(self.folder)}: {why}"
            self.folder = None
            return line
        warning = self._save_pictures(self.folder)
        self._recorder = Recorder(
            self.folder,
            warn=lambda line: self._emit(events.Notice(text=line, is_warning=True)),
            waits_for_disk=self._waits_for_disk,
        )
        self.table.turns.calls.on_replay = self._recorder.skip_turn
        self.table.folder = self.folder
        if self._resume and resumed:
            self._recorded = without_superseded([*self._resume.events, resumed])
            self._recorder.skip_recorded(self._recorded)
        return warning

    def _save_pictures(self, folder: Path) -> str:
        """Keep attached pictures beside the record; return a warning if they cannot be kept."""
        try:
            save_pictures(folder, self.plan.attachments)
        except (OSError, FileError) as error:
            why = error.what if isinstance(error, FileError) else error.strerror
            return f"the attached pictures are not kept: {display_path(folder)}: {why}"
        return ""


def _is_piece(event: events.Event) -> bool:
    return isinstance(event, events.AnswerDelta | events.ReasoningDelta)


def read_versions() -> dict[str, str]:
    """Return the versions of Roundtable and Python for the header."""
    return {"roundtable": _read_own_version(), "python": ".".join(map(str, sys.version_info[:3]))}


@cache
def _read_own_version() -> str:
    try:
        return version("roundtable-tui")
    except PackageNotFoundError:
        return "unknown"


def _timestamp() -> str:
    """Return the local time in milliseconds, so that runs of the same second are listed in their order."""
    return datetime.now().astimezone().isoformat(timespec="milliseconds")
