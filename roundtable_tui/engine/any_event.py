"""The union of all events, so that type checkers narrow an event by its `type` or class."""

from __future__ import annotations

from typing import TypeAlias

from roundtable_tui.engine.events import (
    AnswerDelta,
    AnswersGrouped,
    BaselineTaken,
    BudgetChanged,
    CallsForecast,
    EntryPosted,
    ExternalFactRecorded,
    Notice,
    PassagesUsed,
    PersonSpoke,
    PhaseStarted,
    ReasoningDelta,
    RoundsChanged,
    RunFinished,
    RunPaused,
    RunResumed,
    RunStarted,
    SeatChanged,
    StageEnded,
    StepsEnded,
    ToolCalled,
    ToolPermission,
    ToolReturned,
    TurnFailed,
    TurnFinished,
    TurnQueued,
    TurnResplit,
    TurnStarted,
    TurnWaiting,
    UsageUpdated,
    Verdict,
)

AnyEvent: TypeAlias = (
    RunStarted
    | PhaseStarted
    | StageEnded
    | StepsEnded
    | TurnQueued
    | TurnStarted
    | TurnWaiting
    | ReasoningDelta
    | AnswerDelta
    | TurnResplit
    | TurnFinished
    | TurnFailed
    | EntryPosted
    | Verdict
    | AnswersGrouped
    | RunResumed
    | UsageUpdated
    | CallsForecast
    | Notice
    | ExternalFactRecorded
    | PassagesUsed
    | RunFinished
    | BaselineTaken
    | PersonSpoke
    | SeatChanged
    | RoundsChanged
    | BudgetChanged
    | RunPaused
    | ToolCalled
    | ToolReturned
    | ToolPermission
)
"""Any event of a run, in the order of `engine.events`."""
