"""A connection to an MCP server, owned by one task: the SDK has to be left in the task that entered it."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roundtable_tui.errors import NoAnswerError, UsageError
from roundtable_tui.tools.mcp.servers import McpServer
from roundtable_tui.tools.mcp.stdio import stdio_transport
from roundtable_tui.utils import processes
from roundtable_tui.utils.text import single_line

if TYPE_CHECKING:
    from mcp import Client

_CONNECT_TIMEOUT_S = 60.0
"""Seconds; a package may be downloaded first."""
_CLOSE_TIMEOUT_S = 5.0
_READ_TIMEOUT_S = 300.0
_LOGGERS = ("mcp", "client", "httpx2")


def require_sdk() -> None:
    """Raise UsageError without the extra `mcp`."""
    from importlib.util import find_spec

    if find_spec("mcp") is None:
        raise UsageError(
            "tools of MCP servers need the package mcp", hint="Install it: pip install 'roundtable-tui[mcp]'."
        )
    # What it logs are tracebacks with words of the server, on the terminal.
    for name in _LOGGERS:
        logging.getLogger(name).addHandler(logging.NullHandler())
        logging.getLogger(name).propagate = False


class McpConnection:
    """One server: `open` it, use `client`, `close` it."""

    def __init__(self, server: McpServer) -> None:
        self.server = server
        self._stop = asyncio.Event()
        self._ready: asyncio.Future[Client] = asyncio.get_running_loop().create_future()
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> Client:
        """Connect, and return the client. Raises NoAnswerError."""
        self._task = asyncio.create_task(self._run(), name=f"mcp-{self.server.name}")
        try:
            async with asyncio.timeout(_CONNECT_TIMEOUT_S):
                return await asyncio.shield(self._ready)
        except BaseException as error:
            await self.close()
            if not isinstance(error, Exception):
                raise
            why = f"no answer after {_CONNECT_TIMEOUT_S:g} s" if isinstance(error, TimeoutError) else ""
            raise NoAnswerError(
                f"mcp server {self.server.name} cannot be used: {why or describe(error)}",
                hint=f"It is: {self.server.summary}",
            ) from None

    async def close(self) -> None:
        """End the connection, and the process behind it."""
        self._stop.set()
        if self._task is not None:
            with suppress(Exception):
                await asyncio.wait({self._task}, timeout=_CLOSE_TIMEOUT_S)
            if not self._task.done():
                self._task.cancel()
                await asyncio.wait({self._task}, timeout=_CLOSE_TIMEOUT_S)

    async def _run(self) -> None:
        from mcp import Client

        try:
            async with Client(self._transport(), raise_exceptions=False) as client:
                if not self._ready.done():
                    self._ready.set_result(client)
                await self._stop.wait()
        except Exception as error:
            if not self._ready.done():
                self._ready.set_exception(RuntimeError(describe(error)))

    def _transport(self) -> Any:
        server = self.server
        if server.url:
            if not server.headers:
                return server.url
            import httpx2
            from mcp.client.streamable_http import streamable_http_client

            # Redirects are not followed: the headers may hold a key for this server.
            client = httpx2.AsyncClient(
                headers=dict(server.headers), timeout=httpx2.Timeout(30, read=_READ_TIMEOUT_S)
            )
            return streamable_http_client(server.url, http_client=client)
        from mcp.client.stdio import get_default_environment

        # Only the variables that programs need, and those that the user names: no keys of models. Not in the
        # current folder, where python -m, npx and uvx would find code or settings of a stranger.
        folder = server.folder or processes.find_home_folder()
        return stdio_transport(
            [_find_command(server.command, server.folder), *server.args],
            {**get_default_environment(), **server.env},
            folder,
        )


def _find_command(command: str, folder: Path | None) -> str:
    """Return a command by its absolute path; one with a slash may be relative to the folder of the server."""
    if "/" in command and (folder is not None or Path(command).is_absolute()):
        return str(Path(folder or "/") / command)
    if "/" in command or (found := processes.find_program(command)) is None:
        raise UsageError(f"{single_line(command, 60)} is neither a program on PATH nor an absolute path")
    return found


def describe(error: BaseException) -> str:
    """Return an error of the SDK as one line; of a group its first one."""
    while isinstance(error, BaseExceptionGroup) and error.exceptions:
        error = error.exceptions[0]
    if hasattr(error, "error_count"):  # Of pydantic: it lists what a message should have been.
        return "it sent a message that is not valid"
    return single_line(str(error) or type(error).__name__, 300)
