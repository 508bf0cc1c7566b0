"""The process of the app for one browser tab. It ends with the tab, by signals if necessary."""

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
"""Seconds an app has to end by itself, and then after SIGTERM."""
_READY_LINE = b"__GANGLION__\n"
_MAX_CELLS = 1000
"""Maximum columns and rows that a browser can request."""
_MAX_STDERR_BYTES = 4_000


def app_command(flags: Sequence[str]) -> list[str]:
    """Return the command that starts the app with these flags."""
    return processes.python_main("roundtable_tui.cli.main", *flags)


class AppProcess(AppService):
    """Textual's service for one app, started without a shell and always ended."""

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
        """Start the app. A concurrent `stop` waits until it has started."""
        async with self._state_lock:
            await super().start(width, height)

    async def set_terminal_size(self, width: int, height: int) -> None:
        """Set the size of the browser's terminal."""
        await super().set_terminal_size(_clamp_cells(width), _clamp_cells(height))

    async def stop(self) -> None:
        """End the app: close its input, then send SIGTERM, then SIGKILL."""
        async with self._state_lock:
            if (process := self._process) is None:
                return
            await self._download_manager.cancel_app_downloads(app_service_id=self.app_service_id)
            assert process.stdin is not None
            if not process.stdin.is_closing():
                process.stdin.transport.abort()  # Do not wait for unread input.
            if not await _wait_for_exit(process, EXIT_TIMEOUT_S):
                _signal_group(process, signal.SIGTERM)
                if not await _wait_for_exit(process, TERMINATE_TIMEOUT_S):
                    _signal_group(process, signal.SIGKILL)
            await process.wait()
            if self._task is not None:
                # A child of the app may still hold its output open.
                await asyncio.wait({self._task}, timeout=TERMINATE_TIMEOUT_S)
                self._task.cancel()
            self._process = self._task = None

    async def run(self) -> None:
        """Forward the app's output until it ends; then close the tab."""
        process = self._process
        assert process is not None and process.stdout is not None and process.stderr is not None
        stderr_task = asyncio.ensure_future(_read_stderr(process.stderr))
        try:
            while (line := await process.stdout.readline()) and line != _READY_LINE:
                pass
            while True:
                kind, size = await process.stdout.readexactly(1), await process.stdout.readexactly(4)
                payload = await process.stdout.readexactly(int.from_bytes(size, "big"))
                # Read on after the browser is gone: otherwise the app would block on its output.
                with suppress(ConnectionError, RuntimeError):
                    await self._forward(kind, payload)
        except (asyncio.IncompleteReadError, ValueError):
            pass  # The app has ended, perhaps within a packet.
        finally:
            with suppress(ConnectionError, RuntimeError):
                await self.remote_close()
            if error := single_line(await stderr_task, 600):
                print(error, file=sys.stderr)

    async def _forward(self, kind: bytes, payload: bytes) -> None:
        if kind == b"D":
            await self.on_data(payload)
        elif kind == b"M":
            await self.on_meta(payload)
        elif kind == b"P":
            await self.on_packed(payload)


async def _read_stderr(stream: asyncio.StreamReader) -> str:
    """Read stderr to its end; return the first bytes as text."""
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
    """Send a signal to the app and its children."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _clamp_cells(cells: object) -> int:
    return min(max(cells, 1), _MAX_CELLS) if isinstance(cells, int) else 80
