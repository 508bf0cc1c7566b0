"""Roundtable: several language models work on one question.

As a library, any mode can be run and its events read while they happen::

    import asyncio
    from roundtable_tui import Roundtable

    async def main() -> None:
        async with Roundtable(demo=True) as table:
            async for event in table.run("Wood or steel?", mode="debate"):
                print(event.type)

    asyncio.run(main())

`ask` waits for the end and returns the answer with how it came about::

    async def main() -> None:
        async with Roundtable(base_url="http://localhost:11434/v1", model="qwen3:8b") as table:
            result = await table.ask("Wood or steel?", mode="pro", agents=3)
            print(result.answer, result.how, result.usage.tokens)

`ask_sync` does the same in a script without an event loop::

    print(Roundtable(demo=True).ask_sync("Wood or steel?", mode="vote").answer)

`pro_mode` is the plain function: several candidates, one merged answer::

    from roundtable_tui import pro_mode

    pro_mode("Wood or steel?", n_agents=3, demo=True)["final"]

Importing this package imports nothing heavy; what is named here comes when it is first used.
"""

from __future__ import annotations

TYPE_CHECKING = False  # As in `typing`, whose import is a tenth of the time of `--help`.
if TYPE_CHECKING:
    from typing import Any

    from roundtable_tui.answers.compare import answers_agree
    from roundtable_tui.answers.extract import final_answer
    from roundtable_tui.answers.grouping import AnswerGroup
    from roundtable_tui.api import Result, Roundtable, RunHandle, pro_mode
    from roundtable_tui.attachments.read import attach_bytes, attach_text
    from roundtable_tui.engine.any_event import AnyEvent
    from roundtable_tui.engine.calls.budget import UsageTotals
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
    from roundtable_tui.engine.material.attachments import Attachment
    from roundtable_tui.errors import FileError, NoAnswerError, RoundtableError, UsageError
    from roundtable_tui.history.conversation import ConversationPart, read_conversation
    from roundtable_tui.resources.persona import Persona

__all__ = [
    "AnswerDelta",
    "AnswerGroup",
    "AnswersGrouped",
    "AnyEvent",
    "Attachment",
    "BaselineTaken",
    "BudgetChanged",
    "CallsForecast",
    "ConversationPart",
    "EntryPosted",
    "ExternalFactRecorded",
    "FileError",
    "NoAnswerError",
    "Notice",
    "PassagesUsed",
    "PersonSpoke",
    "Persona",
    "PhaseStarted",
    "ReasoningDelta",
    "Result",
    "RoundsChanged",
    "Roundtable",
    "RoundtableError",
    "RunFinished",
    "RunHandle",
    "RunPaused",
    "RunResumed",
    "RunStarted",
    "SeatChanged",
    "StageEnded",
    "StepsEnded",
    "ToolCalled",
    "ToolPermission",
    "ToolReturned",
    "TurnFailed",
    "TurnFinished",
    "TurnQueued",
    "TurnResplit",
    "TurnStarted",
    "TurnWaiting",
    "UsageError",
    "UsageTotals",
    "UsageUpdated",
    "Verdict",
    "answers_agree",
    "attach_bytes",
    "attach_text",
    "final_answer",
    "pro_mode",
    "read_conversation",
]

_MODULES = {
    "AnswerGroup": "answers.grouping",
    "AnyEvent": "engine.any_event",
    "Attachment": "engine.material.attachments",
    **dict.fromkeys(("attach_bytes", "attach_text"), "attachments.read"),
    **dict.fromkeys(("ConversationPart", "read_conversation"), "history.conversation"),
    "Persona": "resources.persona",
    "UsageTotals": "engine.calls.budget",
    "answers_agree": "answers.compare",
    "final_answer": "answers.extract",
    **dict.fromkeys(("Roundtable", "Result", "RunHandle", "pro_mode"), "api"),
    **dict.fromkeys(("RoundtableError", "UsageError", "FileError", "NoAnswerError"), "errors"),
}
_EVENTS = "engine.events"
"""The module of the remaining names: the events."""
_FORMER_NAMES = {"Going": "RunHandle", "NoAnswer": "NoAnswerError"}


def __getattr__(name: str) -> Any:
    """Import a name of the library when it is first asked for."""
    name = _FORMER_NAMES.get(name, name)
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    found = getattr(import_module(f"{__name__}.{_MODULES.get(name, _EVENTS)}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
