"""MCP over the standard streams of a program: one JSON message on each line, of a bounded length.

The client of the SDK collects a line of any length, in quadratic time, and starts the program itself; here it
starts like every other one, so that none of the current folder takes the place of one on PATH.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roundtable_tui.utils import processes

if TYPE_CHECKING:
    from asyncio.subprocess import Process

MAX_LINE_BYTES = 8_000_000
"""Bytes of one message; a longer one ends the connection."""
MAX_OBJECTS = 20_000
"""Objects of one message; more end the connection: reading them would take seconds."""
_READ_BYTES = 65_536
_EXIT_S = 2.0
"""Seconds that a program has to end after its input was closed, and again after SIGTERM."""


@asynccontextmanager
async def stdio_transport(
    command: Sequence[str], environ: Mapping[str, str], folder: Path
) -> AsyncIterator[tuple[Any, Any]]:
    """Start a program in a folder, and give the streams of messages from it and to it.

    Raises OSError: it cannot be started.
    """
    import anyio
    from mcp.shared.message import SessionMessage

    process = await processes.start_async(
        command, stdin="pipe", stdout="pipe", environ=environ, folder=folder
    )
    to_client, from_server = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    to_server, from_client = anyio.create_memory_object_stream[SessionMessage](0)

    async def read() -> None:
        async with to_client:
            async for line in _read_lines(process):
                if line.count(b"{") > MAX_OBJECTS:
                    return
                with suppress(anyio.ClosedResourceError, anyio.BrokenResourceError):
                    await to_client.send(_parse(line))

    async def write() -> None:
        assert process.stdin is not None
        with suppress(OSError):
            async for message in from_client:
                text = message.message.model_dump_json(by_alias=True, exclude_unset=True)
                process.stdin.write(text.encode("utf-8", "replace") + b"\n")
                await process.stdin.drain()

    tasks = [asyncio.create_task(read()), asyncio.create_task(write())]
    try:
        yield from_server, to_server
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        for stream in (to_client, from_server, to_server, from_client):
            stream.close()
        # A program that cannot write does not end.
        draining = asyncio.create_task(_drain(process))
        await _stop(process)
        draining.cancel()
        await asyncio.wait({draining})


async def _drain(process: Process) -> None:
    assert process.stdout is not None
    while await process.stdout.read(_READ_BYTES):
        pass


async def _read_lines(process: Process) -> AsyncIterator[bytes]:
    """Yield the lines that a program writes; end at one that is too long."""
    assert process.stdout is not None
    begun: list[bytes] = []
    size = 0
    while chunk := await process.stdout.read(_READ_BYTES):
        *lines, rest = chunk.split(b"\n")
        for line in lines:
            yield b"".join([*begun, line])
            begun, size = [], 0
        begun.append(rest)
        size += len(rest)
        if size > MAX_LINE_BYTES:
            return


def _parse(line: bytes) -> Any:
    """Return the message of a line, or the exception that it raises."""
    import mcp_types
    from mcp.shared.message import SessionMessage

    try:
        return SessionMessage(mcp_types.jsonrpc_message_adapter.validate_json(line, by_name=False))
    except ValueError as error:
        return error


async def _stop(process: Process) -> None:
    """End a program with all that it has started."""
    assert process.stdin is not None
    process.stdin.close()
    for number in (signal.SIGTERM, signal.SIGKILL, None):
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _EXIT_S)
            return
        if number is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, number)
    # What it has started may still hold its output open.
    if (transport := getattr(process, "_transport", None)) is not None:
        transport.close()
