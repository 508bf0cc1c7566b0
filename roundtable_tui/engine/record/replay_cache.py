"""Recorded calls and user actions, replayed when a run is resumed."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from roundtable_tui.engine.calls.budget import BUDGET_EXCEEDED
from roundtable_tui.engine.controls import UserAction
from roundtable_tui.engine.events import (
    AnswersGrouped,
    BudgetChanged,
    EntryPosted,
    Event,
    ExternalFactRecorded,
    Notice,
    PassagesUsed,
    PhaseStarted,
    RunResumed,
    StageEnded,
    ToolCalled,
    ToolPermission,
    ToolReturned,
    TurnFailed,
    TurnFinished,
    TurnQueued,
    Verdict,
)
from roundtable_tui.engine.record.recorded_steps import RecordedSteps
from roundtable_tui.engine.record.superseded import (
    WastedCall,
    find_wasted,
    read_wasted,
    without_superseded,
)
from roundtable_tui.engine.turn import INTERRUPTED, UNNEEDED

ToolEvent = ToolCalled | ToolReturned | ToolPermission


@dataclass(frozen=True, slots=True)
class CachedCall:
    """One recorded call and its order of completion."""

    queued: TurnQueued
    outcome: TurnFinished | TurnFailed
    rank: int
    position: int = -1
    """Where its outcome is in the record."""
    tool_events: tuple[ToolEvent, ...] = ()
    """Calls of tools in the turn, with their results."""


EndedCall = tuple[int, TurnQueued, TurnFinished | TurnFailed]
_MODE_STEPS = (AnswersGrouped, EntryPosted, Notice, PhaseStarted, StageEnded, TurnQueued, Verdict)
"""Events that a mode emits between turns."""


class ReplayCache:
    """Finished calls by turn id, and user actions by position.

    A failed call is replayed only if the run continued after it or another turn retried it; calls that
    failed last are made again.
    """

    def __init__(self, recorded: Iterable[Event] = (), *, retry_cut: bool = False) -> None:
        """Read the calls and actions from the recorded events.

        With `retry_cut`, an answer that was cut off is treated like a failed call.
        """
        self._recorded = recorded = without_superseded(recorded)
        self._calls: dict[str, CachedCall] = {}
        self._queued_at: dict[str, int] = {}
        self._ended_at: dict[str, int] = {}
        self._first_step: int | None = None
        self._actions: deque[tuple[int, UserAction]] = deque()
        self.external_facts: dict[str, Mapping[str, Any]] = {}
        """Results of lookups outside the run, by name."""
        self.passages: PassagesUsed | None = None
        """Passages of documents that the run used."""
        self._wasted: list[EndedCall] = []
        void: list[range] = []  # Events after calls that the budget refused, as the run has a new budget.
        queued_calls: dict[str, TurnQueued] = {}
        ended: list[EndedCall] = []
        last_progress, just_ended = -1, list[str]()
        # Since the last budget: whether a call was refused, and where the mode first acted on that.
        refused, after_refusal = False, -1
        for i, event in enumerate(recorded):
            if refused and after_refusal < 0 and _is_progress(event):
                after_refusal = i
            if isinstance(event, _MODE_STEPS):
                self._add_step(i, event, just_ended)
            if isinstance(event, UserAction):
                self._actions.append((i, event))
                if isinstance(event, BudgetChanged) and event.anew:
                    ended = self._without_refused(ended, after_refusal)
                    void += [range(after_refusal, i)] if after_refusal >= 0 else []
                    refused, after_refusal = False, -1
            elif isinstance(event, PhaseStarted):
                last_progress = i
            elif isinstance(event, PassagesUsed):
                self.passages = self.passages or event
            elif isinstance(event, ExternalFactRecorded):
                self.external_facts.setdefault(event.name, event.value)
            elif isinstance(event, TurnQueued):
                # A repeated call, after a cut or as a retry of the user, is not progress of the mode.
                if event.turn not in queued_calls and not event.retry_of:
                    last_progress = i
                queued_calls[event.turn], self._queued_at[event.turn] = event, i
            elif isinstance(event, TurnFinished | TurnFailed) and event.turn in queued_calls:
                ended.append((i, queued_calls[event.turn], event))
                refused = refused or _is_budget_refusal(event)
                just_ended.append(event.turn)
        retried: set[str] = set()
        for position, queued, outcome in reversed(ended):
            is_used = position < last_progress or queued.turn in retried
            if not _is_final(outcome, is_used=is_used, retry_cut=retry_cut) or queued.turn in self._calls:
                self._wasted.append((position, queued, outcome))
                continue
            retried.add(queued.retry_of)
            self._calls[queued.turn] = CachedCall(queued, outcome, 0, position)
        tools = _tool_events_by_turn(recorded)
        self._calls = {
            turn: replace(call, rank=rank, tool_events=tuple(tools.get(turn, ())))
            for rank, call in enumerate(reversed(self._calls.values()), 1)
            if (turn := call.queued.turn)
        }
        self.steps = RecordedSteps(
            (i, event) for i, event in enumerate(recorded) if not any(i in part for part in void)
        )
        """What the mode did between turns."""

    def _add_step(self, position: int, event: Event, just_ended: list[str]) -> None:
        """Note a step of the mode, and that it came after the turns that have just ended."""
        self._first_step = position if self._first_step is None else self._first_step
        self._ended_at.update(dict.fromkeys(just_ended, position))
        just_ended.clear()

    @property
    def wasted_calls(self) -> list[WastedCall]:
        """Calls that count for usage but are not replayed; those of earlier resumed parts come first."""
        earlier = next((event for event in reversed(self._recorded) if isinstance(event, RunResumed)), None)
        found = find_wasted(self._recorded, [outcome for _, _, outcome in self._wasted])
        return [*(read_wasted(earlier) if earlier else ()), *found]

    def note_turn(self, queued: TurnQueued) -> None:
        """Note the turn that a seat makes next: one of the record, or a new one."""
        cached = self._calls.get(queued.turn)
        position = cached.position if cached else None
        self.steps.note_turn(queued.seat, position, decides=queued.decides)

    def get_call(self, turn: str) -> CachedCall | None:
        """Return the finished call with this turn id; None if it must be made."""
        return self._calls.get(turn)

    def has_calls_of(self, seats: Collection[str]) -> bool:
        """Return True if any finished call is by one of these seats."""
        return any(call.queued.seat in seats for call in self._calls.values())

    def invalidate(self, turn: str) -> None:
        """Forget this call: the run differs from the recorded one and makes it again."""
        self._calls.pop(turn, None)

    def was_retried_as(self, failed: str, next_turn: str) -> bool:
        """Return True if the recorded `next_turn` is a retry of `failed`."""
        recalled = self._calls.get(next_turn)
        return recalled is not None and recalled.queued.retry_of == failed

    def take_actions_at_start(self) -> list[UserAction]:
        """Take the user actions from before the first step of the mode."""
        return self._take_actions_until(self._first_step)

    def take_actions_before(self, turn: str) -> list[UserAction]:
        """Take the remaining user actions from before this call; all of them if the call is not recorded."""
        return self._take_actions_until(self._queued_at[turn] if turn in self._calls else None)

    def take_actions_after(self, turn: str) -> list[UserAction]:
        """Take the user actions from between the end of this call and the next step of the mode."""
        return self._take_actions_until(self._ended_at.get(turn))

    def _take_actions_until(self, position: int | None) -> list[UserAction]:
        taken = []
        while self._actions and (position is None or self._actions[0][0] < position):
            taken.append(self._actions.popleft()[1])
        return taken

    def _without_refused(self, ended: list[EndedCall], after_refusal: int) -> list[EndedCall]:
        """Drop calls that the budget refused, and calls that the mode made because of a refusal."""
        remaining = []
        for position, queued, outcome in ended:
            if _is_budget_refusal(outcome) or 0 <= after_refusal < self._queued_at[queued.turn]:
                self._wasted.append((position, queued, outcome))
            else:
                remaining.append((position, queued, outcome))
        return remaining

    def __len__(self) -> int:
        return len(self._calls)


def _is_final(outcome: TurnFinished | TurnFailed, *, is_used: bool, retry_cut: bool) -> bool:
    """Return True if a call is replayed; `is_used` says that the run continued after it."""
    if isinstance(outcome, TurnFinished):
        return is_used or not (retry_cut and outcome.is_truncated)
    return outcome.kind == UNNEEDED or (is_used and outcome.kind != INTERRUPTED)


def _tool_events_by_turn(recorded: Iterable[Event]) -> dict[str, list[ToolEvent]]:
    """Return the calls of tools of each turn, since it was queued last."""
    found: dict[str, list[ToolEvent]] = {}
    for event in recorded:
        if isinstance(event, TurnQueued):
            found.pop(event.turn, None)
        elif isinstance(event, ToolEvent):
            found.setdefault(event.turn, []).append(event)
    return found


def _is_budget_refusal(event: Event) -> bool:
    return isinstance(event, TurnFailed) and event.kind == BUDGET_EXCEEDED


def _is_progress(event: Event) -> bool:
    """Return True if the mode may have acted on earlier turns; queueing is not proof (parallel calls)."""
    ends = isinstance(event, TurnFinished | TurnFailed) and not _is_budget_refusal(event)
    return ends or (isinstance(event, _MODE_STEPS) and not isinstance(event, TurnQueued))
