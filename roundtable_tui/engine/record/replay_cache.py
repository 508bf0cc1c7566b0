"""What a record remembers: finished calls, looked up before a server is asked, and what the person did."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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
    StageEnded,
    TurnFailed,
    TurnFinished,
    TurnQueued,
    Verdict,
)
from roundtable_tui.engine.turn import UNNEEDED


@dataclass(frozen=True, slots=True)
class CachedCall:
    """One call as the record has it."""

    queued: TurnQueued
    outcome: TurnFinished | TurnFailed
    rank: int


EndedCall = tuple[int, TurnQueued, TurnFinished | TurnFailed]
_MODE_STEPS = (AnswersGrouped, EntryPosted, Notice, PhaseStarted, StageEnded, TurnQueued, Verdict)
"""What a mode does between turns."""


class ReplayCache:
    """Finished calls by turn id. A failure is remembered only where the run went on past it, or where another
    turn made it good: the last failures are asked again when the run is resumed.
    """

    def __init__(self, recorded: Iterable[Event] = ()) -> None:
        self._calls: dict[str, CachedCall] = {}
        self._queued_at: dict[str, int] = {}
        self._ended_at: dict[str, int] = {}
        self._first_step: int | None = None
        self._actions: deque[tuple[int, UserAction]] = deque()
        self.external_facts: dict[str, Mapping[str, Any]] = {}
        """What was looked up outside of the run, by name."""
        self.passages: PassagesUsed | None = None
        """What was found in documents."""
        self.wasted_calls: list[TurnFinished | TurnFailed] = []
        """Calls that were paid for and count for nothing."""
        self.invalidated_ranges: list[range] = []
        """Stretches of the record that another budget has made void."""
        asked: dict[str, TurnQueued] = {}
        ended: list[EndedCall] = []
        went_on, just_ended = -1, list[str]()
        refused, moved_on = False, -1
        for i, event in enumerate(recorded):
            if refused and moved_on < 0 and _is_progress(event):
                moved_on = i
            if isinstance(event, _MODE_STEPS):
                self._first_step = i if self._first_step is None else self._first_step
                self._ended_at.update(dict.fromkeys(just_ended, i))
                just_ended.clear()
            if isinstance(event, UserAction):
                self._actions.append((i, event))
                if isinstance(event, BudgetChanged) and event.anew:
                    ended = self._without_refused(ended, moved_on)
                    self.invalidated_ranges += [range(moved_on, i)] if moved_on >= 0 else []
                    refused, moved_on = False, -1
            elif isinstance(event, PhaseStarted):
                went_on = i
            elif isinstance(event, PassagesUsed):
                self.passages = self.passages or event
            elif isinstance(event, ExternalFactRecorded):
                self.external_facts.setdefault(event.name, event.value)
            elif isinstance(event, TurnQueued):
                if event.turn not in asked and not event.retry_of:
                    went_on = i  # Not by a turn asked again, after a cut or at the person's wish.
                asked[event.turn], self._queued_at[event.turn] = event, i
            elif isinstance(event, TurnFinished | TurnFailed) and event.turn in asked:
                ended.append((i, asked[event.turn], event))
                refused = refused or _is_budget_refusal(event)
                just_ended.append(event.turn)
        made_good: set[str] = set()
        for place, queued, outcome in reversed(ended):
            kept = isinstance(outcome, TurnFinished) or place < went_on or queued.turn in made_good
            kept = kept or (isinstance(outcome, TurnFailed) and outcome.kind == UNNEEDED)
            if not kept or queued.turn in self._calls:
                self.wasted_calls.append(outcome)
                continue
            made_good.add(queued.retry_of)
            self._calls[queued.turn] = CachedCall(queued, outcome, 0)
        ranked = enumerate(reversed(self._calls.values()), 1)
        self._calls = {call.queued.turn: CachedCall(call.queued, call.outcome, rank) for rank, call in ranked}

    def get_call(self, turn: str) -> CachedCall | None:
        """Return the call with this turn id, if the record has it whole."""
        return self._calls.get(turn)

    def invalidate(self, turn: str) -> None:
        """The run goes otherwise than recorded: this call is to be made anew."""
        self._calls.pop(turn, None)

    def was_retried_as(self, failed: str, next_turn: str) -> bool:
        """True when the record says that `next_turn` made good for `failed`."""
        recalled = self._calls.get(next_turn)
        return recalled is not None and recalled.queued.retry_of == failed

    def take_actions_at_start(self) -> list[UserAction]:
        """Take what the person had said and changed before the mode's first step."""
        return self._take_actions_until(self._first_step)

    def take_actions_before(self, turn: str) -> list[UserAction]:
        """Take what the person had said and changed before this call, each thing once; before a call that the
        record does not have, all that is left.
        """
        return self._take_actions_until(self._queued_at[turn] if turn in self._calls else None)

    def take_actions_after(self, turn: str) -> list[UserAction]:
        """Take what the person had said and changed while this call ended, before the mode's next step."""
        return self._take_actions_until(self._ended_at.get(turn))

    def _take_actions_until(self, place: int | None) -> list[UserAction]:
        taken = []
        while self._actions and (place is None or self._actions[0][0] < place):
            taken.append(self._actions.popleft()[1])
        return taken

    def _without_refused(self, ended: list[EndedCall], moved_on: int) -> list[EndedCall]:
        """Return the calls without those that there was no budget for, and those that came of that."""
        kept = []
        for place, queued, outcome in ended:
            if _is_budget_refusal(outcome) or 0 <= moved_on < self._queued_at[queued.turn]:
                self.wasted_calls.append(outcome)
            else:
                kept.append((place, queued, outcome))
        return kept

    def __len__(self) -> int:
        return len(self._calls)


def _is_budget_refusal(event: Event) -> bool:
    return isinstance(event, TurnFailed) and event.kind == BUDGET_EXCEEDED


def _is_progress(event: Event) -> bool:
    """Tell whether a mode may have gone on from what it had: calls made at once are queued one by one."""
    ends = isinstance(event, TurnFinished | TurnFailed) and not _is_budget_refusal(event)
    return ends or (isinstance(event, _MODE_STEPS) and not isinstance(event, TurnQueued))
