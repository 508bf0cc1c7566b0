"""The tool `python`: small programs in an interpreter without files, network and modules of the system.

It runs in pydantic-monty, which has limits of time and memory, inside a worker process of its own for each
turn: the client of the interpreter can end the process that uses it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from roundtable_tui.engine.tools.tool import CallContext, Tool, ToolResult
from roundtable_tui.errors import UsageError
from roundtable_tui.llm.types import ToolSpec
from roundtable_tui.utils.text import single_line
from roundtable_tui.utils.worker import Worker, WorkerError

NAME = "python"
GUIDANCE = f"""Use {NAME} for arithmetic and small programs instead of computing in your head; variables
stay until the end of your turn. There are math, itertools, collections, datetime, decimal, random, re and
json, but no files, no network and no generator functions (yield)."""
TIME_LIMIT_S = 5.0
"""Seconds for one program."""
_MAX_CODE_CHARS = 20_000
_STARTUP_S = 20.0
"""Seconds for starting a worker, on a busy machine."""
_HANDLER = "roundtable_tui.tools.python_process:run_code"


class PythonCalls:
    """Runs programs; the variables of a turn stay until it ends."""

    def __init__(self) -> None:
        self._workers: dict[str, Worker] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def run(self, arguments: Mapping[str, Any], context: CallContext) -> ToolResult:
        """Run a program and return what it prints, and the value of its last expression."""
        code = str(arguments["code"])
        title = single_line(code, 60)
        if len(code) > _MAX_CODE_CHARS:
            return ToolResult(
                f"the program is longer than {_MAX_CODE_CHARS:,} characters", ok=False, title=title
            )
        worker = self._workers.setdefault(context.turn, Worker(_HANDLER, timeout_s=TIME_LIMIT_S + _STARTUP_S))
        async with self._locks.setdefault(context.turn, asyncio.Lock()):  # Several calls at once: in order.
            try:
                reply = await asyncio.to_thread(worker.request, {"code": code, "limit_s": TIME_LIMIT_S})
            except WorkerError as error:
                why = "took too long" if error.problem == "timeout" else "ended the interpreter"
                return ToolResult(f"the program {why}; its variables are gone", ok=False, title=title)
        return ToolResult(str(reply["text"]) or "(no output)", ok=bool(reply["ok"]), title=title)

    async def end_turn(self, turn: str) -> None:
        """End the interpreter of a turn."""
        self._locks.pop(turn, None)
        if worker := self._workers.pop(turn, None):
            await asyncio.to_thread(worker.close)

    async def close(self) -> None:
        """End all interpreters."""
        for turn in list(self._workers):
            await self.end_turn(turn)


def python_tool(calls: PythonCalls) -> Tool:
    """Return the tool. Raises UsageError without the extra `python`."""
    from importlib.util import find_spec

    if find_spec("pydantic_monty") is None:
        hint = "Install it: pip install 'roundtable-tui[python]'."
        raise UsageError("the tool python needs pydantic-monty", hint=hint)
    code = {"type": "string", "description": "the program; the value of its last line is returned"}
    parameters = {"type": "object", "properties": {"code": code}, "required": ["code"]}
    spec = ToolSpec(NAME, "Run a small Python program and return what it prints.", parameters)
    return Tool(
        spec, calls.run, default="allow", timeout_s=TIME_LIMIT_S + _STARTUP_S + 5,
        subject=lambda arguments: (str(arguments.get("code", "")),),
    )  # fmt: skip
