"""Roundtable: several language models work on one question.

As a library, any mode can be run and its events read while they happen::

    import asyncio
    from roundtable_tui import Roundtable

    async def main():
        async with Roundtable(demo=True) as table:
            async for event in table.run("Wood or steel?", mode="debate"):
                print(event.type)

    asyncio.run(main())

`ask` waits for the end and returns the answer with how it came about::

    async def main():
        async with Roundtable(base_url="http://localhost:11434/v1", model="qwen3:8b") as table:
            result = await table.ask("Wood or steel?", mode="pro", agents=3)
            print(result.answer, result.how, result.report().usage.total.tokens)

`pro_mode` is the plain function: several candidates, one merged answer::

    from roundtable_tui import pro_mode

    pro_mode("Wood or steel?", n_agents=3, demo=True)["final"]

Importing this package imports nothing heavy; what is named here comes when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from roundtable_tui.answers.compare import answers_agree
    from roundtable_tui.answers.extract import final_answer
    from roundtable_tui.api import Result, Roundtable, RunHandle, pro_mode
    from roundtable_tui.errors import FileError, NoAnswerError, RoundtableError, UsageError

__all__ = [
    "FileError",
    "NoAnswerError",
    "Result",
    "Roundtable",
    "RoundtableError",
    "RunHandle",
    "UsageError",
    "answers_agree",
    "final_answer",
    "pro_mode",
]

_MODULES = {
    **dict.fromkeys(("Roundtable", "Result", "RunHandle", "pro_mode"), "api"),
    "answers_agree": "answers.compare",
    "final_answer": "answers.extract",
    **dict.fromkeys(("RoundtableError", "UsageError", "FileError", "NoAnswerError"), "errors"),
}
_FORMER_NAMES = {"Going": "RunHandle", "NoAnswer": "NoAnswerError"}


def __getattr__(name: str) -> Any:
    """Import a name of the library when it is first asked for."""
    name = _FORMER_NAMES.get(name, name)
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    found = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
