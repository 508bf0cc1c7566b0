"""The tool `python`: small programs in an interpreter without files, network and modules of the system.

It runs in pydantic-monty, which has limits of time and memory, inside a worker process of its own for each
turn: the client of the interpreter can end the process that uses it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
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
MEMORY_LIMIT_BYTES = 128_000_000
MAX_OUTPUT_CHARS = 8_000
_MAX_CODE_CHARS = 20_000
_STARTUP_S = 20.0
"""Seconds for starting a worker, on a busy machine."""
_SHOW_VALUE = f"""
if _ is not None:
    try:
        _shown = repr(_)
    except ValueError:  # A number with too many digits.
        _shown = 'a value of type ' + type(_).__name__ + ' that is too long to be shown'
    print(_shown[:{MAX_OUTPUT_CHARS}])
"""
_session: Any = None
"""The interpreter, in the worker process."""
_opened: list[Any] = []
"""What has to stay open with it."""


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
        worker = self._workers.setdefault(
            context.turn, Worker(f"{__name__}:run_code", timeout_s=TIME_LIMIT_S + _STARTUP_S)
        )
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


# --- in the worker process -------------------------------------------------------------------------------


def run_code(message: dict[str, Any], data: bytes) -> Mapping[str, Any]:
    """Run a program in the interpreter of this process."""
    code, ends_with_value = _keep_last_value(message["code"])
    output = _Output()
    try:
        _run(code, message["limit_s"], output)
    except _ProgramError as error:
        return {"ok": False, "text": output.finish() + str(error)}
    shown = _Output()
    if ends_with_value:
        try:
            _run(_SHOW_VALUE, message["limit_s"], shown)
        except _ProgramError as error:
            return {"ok": False, "text": f"{output.finish()}the value cannot be shown: {error}"}
    return {"ok": True, "text": output.finish() + shown.finish().removesuffix("\n")}


class _ProgramError(Exception):
    """The program failed; the text is for the model."""


class _Output:
    """What a program prints, up to `MAX_OUTPUT_CHARS`."""

    def __init__(self) -> None:
        self._printed: list[str] = []
        self._left = MAX_OUTPUT_CHARS

    def add(self, stream: str, text: str) -> None:
        """Take what is printed."""
        self._printed.append(text[: max(0, self._left)])
        self._left -= len(text)

    def finish(self) -> str:
        """Return the output; it is empty or ends with a line break."""
        return _limit_output("".join(self._printed), self._left)


def _run(code: str, limit_s: float, output: _Output) -> None:
    """Run a program; raises _ProgramError. An interpreter that may be damaged is replaced by a new one."""
    import pydantic_monty

    global _session
    if _session is None:
        _session = _open_session(limit_s)
    try:
        _session.feed_run(code, print_callback=output.add)
    except pydantic_monty.MontyCrashedError:
        _session = None
        raise _ProgramError("the program ended the interpreter; its variables are gone") from None
    except pydantic_monty.MontyError as error:
        what = single_line(str(error), 600)
        if not _is_usable(what):
            _session = None
            what += "; its variables are gone"
        raise _ProgramError(what) from None


def _open_session(limit_s: float) -> Any:
    import pydantic_monty

    while _opened:
        with suppress(Exception):
            _opened.pop().__exit__(None, None, None)
    pool = pydantic_monty.Monty()
    limits = pydantic_monty.ResourceLimits(
        max_feed_duration_secs=limit_s, max_memory=MEMORY_LIMIT_BYTES, max_recursion_depth=500
    )
    checkout = pool.__enter__().checkout(limits=limits)
    _opened.extend((pool, checkout))
    return checkout.__enter__()


def _is_usable(error: str) -> bool:
    """Return whether the interpreter can be used after this error: not where a limit stopped it midway."""
    if error.startswith("TimeoutError"):
        return False
    try:
        _session.feed_run("None")
    except Exception:  # It has ended.
        return False
    return True


def _keep_last_value(code: str) -> tuple[str, bool]:
    """Return the program with the value of its last expression assigned to `_`, and whether there is one.

    The value stays in the interpreter: to be passed on, a small one that refers to itself many times would be
    written out, without limits of time and memory.
    """
    import ast

    try:
        last = ast.parse(code).body[-1]
    except (SyntaxError, ValueError, IndexError, RecursionError, MemoryError):
        return code, False  # The interpreter says what is wrong.
    value = ast.get_source_segment(code, last)
    if not isinstance(last, ast.Expr) or value is None:
        return code, False
    lines = code.encode().splitlines(keepends=True)
    before = b"".join(lines[: last.lineno - 1]) + lines[last.lineno - 1][: last.col_offset]
    return f"{before.decode()}_ = (\n{value}\n)", True


def _limit_output(text: str, left: int) -> str:
    if left < 0:
        text += f"\n(shortened: {-left:,} more characters)"
    return text if not text or text.endswith("\n") else text + "\n"
