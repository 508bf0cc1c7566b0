"""One app for one tab: a process of its own, which ends with the tab, whatever it takes."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from textual_serve.app_service import AppService

from roundtable_tui.utils import processes
from roundtable_tui.utils.text import single_line
from roundtable_tui.web import DRIVER

if TYPE_CHECKING:
    from asyncio.subprocess import Process

EXIT_TIMEOUT_S, TERMINATE_TIMEOUT_S = 4.0, 2.0
"""How long an app may take to leave by itself, and then on SIGTERM."""
_READY_LINE = b"__GANGLION__\n"
_MAX_CELLS = 1000
"""Columns, and rows, of a terminal that a browser may ask for."""
_MAX_STDERR_BYTES = 4_000


def app_command(flags: Sequence[str]) -> list[str]:
    """Return the command that opens the app with these flags."""
    return processes.python_main("roundtable_tui.cli.main", *flags)


class AppProcess(AppService):
    """Textual's service for one app: started without a shell, and never left behind."""

    def __init__(self, arguments: Sequence[str], **how: Any) -> None:
        super().__init__("", **how)
        self._arguments = arguments
        self._state_lock = asyncio.Lock()

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        environment = self._build_environment(_clamp_cells(width), _clamp_cells(height)) | {
            "TEXTUAL_DRIVER": DRIVER
        }
        self._process = process = await processes.start_async(
            self._arguments, stdin="pipe", stdout="pipe", stderr="pipe", environ=environment
        )
        self._stdin = process.stdin
        return process

    async def start(self, width: int, height: int) -> None:
        """Open the app. Who wants to stop it meanwhile waits until there is something to stop."""
        async with self._state_lock:
            await super().start(width, height)

    async def set_terminal_size(self, width: int, height: int) -> None:
        """Tell the app how large the browser's terminal is."""
        await super().set_terminal_size(_clamp_cells(width), _clamp_cells(height))

    async def stop(self) -> None:
        """End the app: its input ends, and it leaves; where it does not, it is told to, then made to."""
        async with self._state_lock:
            if (process := self._process) is None:
                return
            await self._download_manager.cancel_app_downloads(app_service_id=self.app_service_id)
            assert process.stdin is not None
            if not process.stdin.is_closing():
                process.stdin.transport.abort()  # What was typed and not read yet is not waited for.
            if not await _wait_for_exit(process, EXIT_TIMEOUT_S):
                _signal_group(process, signal.SIGTERM)
                if not await _wait_for_exit(process, TERMINATE_TIMEOUT_S):
                    _signal_group(process, signal.SIGKILL)
            await process.wait()
            if self._task is not None:
                # Somebody the app started may still hold its output open; nobody reads it.
                await asyncio.wait({self._task}, timeout=TERMINATE_TIMEOUT_S)
                self._task.cancel()
            self._process = self._task = None

    async def run(self) -> None:
        """Pass on what the app writes until it ends; then the tab is told."""
        process = self._process
        assert process is not None and process.stdout is not None and process.stderr is not None
        telling = asyncio.ensure_future(_read_stderr(process.stderr))
        try:
            while (line := await process.stdout.readline()) and line != _READY_LINE:
                pass
            while True:
                kind, size = await process.stdout.readexactly(1), await process.stdout.readexactly(4)
                payload = await process.stdout.readexactly(int.from_bytes(size, "big"))
                # The browser may have gone: the app still has to be read, or it waits for a reader for ever.
                with suppress(ConnectionError, RuntimeError):
                    await self._forward(kind, payload)
        except (asyncio.IncompleteReadError, ValueError):
            pass  # It has ended, or broke off within a packet.
        finally:
            with suppress(ConnectionError, RuntimeError):
                await self.remote_close()
            if told := single_line(await telling, 600):
                print(told, file=sys.stderr)

    async def _forward(self, kind: bytes, payload: bytes) -> None:
        if kind == b"D":
            await self.on_data(payload)
        elif kind == b"M":
            await self.on_meta(payload)
        elif kind == b"P":
            await self.on_packed(payload)


async def _read_stderr(stream: asyncio.StreamReader) -> str:
    """Return the beginning of what a process says on stderr, once it has ended."""
    kept = b""
    while data := await stream.read(4096):
        kept = (kept + data)[:_MAX_STDERR_BYTES]
    return kept.decode("utf-8", "replace")


async def _wait_for_exit(process: Process, timeout_s: float) -> bool:
    try:
        await asyncio.wait_for(process.wait(), timeout_s)
    except TimeoutError:
        return False
    return True


def _signal_group(process: Process, number: signal.Signals) -> None:
    """Send a signal to the app and to what it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _clamp_cells(cells: object) -> int:
    return min(max(cells, 1), _MAX_CELLS) if isinstance(cells, int) else 80
