"""Starts and stops the child process of the local model, which is then used like any other server."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from roundtable_tui.errors import RoundtableError
from roundtable_tui.llm.local import model, subprocess_main
from roundtable_tui.llm.local.requirements import default_threads, missing_requirement
from roundtable_tui.llm.types import Server
from roundtable_tui.utils import processes
from roundtable_tui.utils.interface import by_interface
from roundtable_tui.utils.text import single_line

if TYPE_CHECKING:
    from asyncio.subprocess import Process

_STOP_TIMEOUT_S = 0.4


def _hint() -> str:
    demo = by_interface(command_line="--demo", python="demo=True", app="the demo (ctrl+d)")
    return f"Use a server of your own, or {demo}."


class LocalServer:
    """The local model, running from `start` to `stop`, or within `async with`, which returns the Server.

    The child also ends when this process is killed.
    """

    def __init__(
        self,
        path: Path | None = None,
        *,
        slots: int = 5,
        ctx: int = 4096,
        threads: int | None = None,
        program: Path | None = None,
    ) -> None:
        """Prepare the server; nothing is started.

        Args:
            path: The GGUF file; by default the one that `model.find_model` finds.
            slots: Maximum number of simultaneous calls.
            ctx: Context size per slot in tokens (about 25 MB of memory per 1024 tokens).
            threads: CPU threads; by default all cores but one.
            program: Replaces the program of the child process in tests.
        """
        self._path = path
        self._slots = slots
        self._ctx = ctx
        self._threads = threads or default_threads()
        self._program = program or Path(subprocess_main.__file__)
        self._process: Process | None = None
        self._readers: list[asyncio.Task[None]] = []
        self._last_lines: deque[str] = deque(maxlen=20)
        self.model = ""
        """The model's name in requests, once started."""

    async def start(self, timeout_s: float = 120.0) -> Server:
        """Start the child and return its server once the model is loaded.

        Raises:
            RoundtableError: It did not start, or not within `timeout_s` seconds.
        """
        path = self._path or model.find_model()
        if path is None:
            reason = missing_requirement() or "local model not found: fetch it with `roundtable fetch-model`"
            raise RoundtableError(reason)
        self.model = model.model_name(path)
        self._process = process = await processes.start_async(
            processes.python(
                *(str(self._program.absolute()), "--model", str(path.absolute()), f"--alias={self.model}"),
                *("--slots", str(self._slots), "--ctx", str(self._ctx), "--threads", str(self._threads)),
            ),
            stdin="pipe",
            stdout="pipe",
            stderr="pipe",
            folder=processes.NOWHERE,
        )
        assert process.stdout is not None and process.stderr is not None
        self._readers.append(asyncio.ensure_future(self._collect_lines(process.stderr)))
        try:
            async with asyncio.timeout(timeout_s):
                address = await self._read_base_url(process.stdout)
        except TimeoutError:
            await self.stop()
            raise RoundtableError(
                f"the local model did not load within {timeout_s:.0f} s", hint=_hint()
            ) from None
        except BaseException:
            await self.stop()
            raise
        self._readers.append(asyncio.ensure_future(self._collect_lines(process.stdout)))
        return Server(name="local", base_url=f"{address}/v1", concurrency=self._slots, context=self._ctx)

    async def stop(self) -> None:
        """End the child within a second, if there is one."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), _STOP_TIMEOUT_S)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        for reader in self._readers:
            reader.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)
        self._readers.clear()

    @property
    def is_running(self) -> bool:
        """Whether the child was started and has not ended."""
        return self._process is not None and self._process.returncode is None

    def last_error_line(self) -> str:
        """Return the last line that the child wrote to stderr, sanitized."""
        return single_line(self._last_lines[-1]) if self._last_lines else ""

    async def __aenter__(self) -> Server:
        return await self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _read_base_url(self, stdout: asyncio.StreamReader) -> str:
        while line := await stdout.readline():
            text = line.decode("utf-8", "replace").strip()
            if text.startswith(subprocess_main.LISTENING_PREFIX):
                return text.removeprefix(subprocess_main.LISTENING_PREFIX)
        await asyncio.gather(*self._readers, return_exceptions=True)
        why = self.last_error_line() or "its process ended without a message"
        raise RoundtableError(f"the local model did not start: {why}", hint=_hint())

    async def _collect_lines(self, stream: asyncio.StreamReader) -> None:
        """Read continuously, so that the pipe never fills, and keep the last lines."""
        while piece := await stream.read(4096):
            self._last_lines.extend(t for t in piece.decode("utf-8", "replace").splitlines() if t.strip())
