"""The worker process of the tool `python`. Each turn starts one: it imports little but the interpreter."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from roundtable_tui.utils.text import single_line

MEMORY_LIMIT_BYTES = 128_000_000
MAX_OUTPUT_CHARS = 8_000
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
