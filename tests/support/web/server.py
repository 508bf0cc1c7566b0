"""A server for the browser tests, and checks for processes it leaves behind."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from roundtable_tui.web.guard import AccessGuard
from roundtable_tui.web.server import GuardedServer

PATIENCE_S = 60
# Stands in for the app: it reports that it is ready, greets, and exits when its input ends.
POLITE = (
    "import sys; out = sys.stdout.buffer; out.write(b'__GANGLION__\\nD\\0\\0\\0\\2hi'); out.flush(); "
    "sys.stdin.buffer.read()"
)


@dataclass
class Served:
    """A guarded server in this process."""

    origin: str
    base: str
    """Origin and path of the guard."""
    guard: AccessGuard
    http: aiohttp.ClientSession
    told: list[str]

    async def get(self, path: str, **headers: str) -> tuple[int, str]:
        async with self.http.get(self.base + path, headers=headers) as answer:
            return answer.status, await answer.text()

    async def come_in(self) -> None:
        status, _ = await self.get(f"/?t={self.guard.current_or_new_token()}")
        assert status == 200

    async def tab(self, **headers: str) -> aiohttp.ClientWebSocketResponse:
        how = {"Origin": self.origin} | headers
        return await self.http.ws_connect(f"{self.base}/ws?width=90&height=30", headers=how)


@asynccontextmanager
async def serving(program: str = POLITE) -> AsyncIterator[Served]:
    """Serve `program` in place of the app."""
    guard, told = AccessGuard("127.0.0.1"), []
    server = GuardedServer([], guard, 0, lambda: told.append(guard.current_or_new_token()))
    server._arguments = [sys.executable, "-S", "-c", program]
    runner = web.AppRunner(await server._make_app(), access_log=None, shutdown_timeout=2)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
            yield Served(origin, origin + guard.path, guard, http, told)
    finally:
        await runner.cleanup()


@contextmanager
def program(*flags: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run `roundtable serve` itself; the value is its process and its link."""
    words = [sys.executable, "-m", "roundtable_tui", "serve", "--port", "0", "--demo", *flags]
    how: Any = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    process = subprocess.Popen(words, env={"ROUNDTABLE_DEMO_PACE": "5"} | os.environ, **how)
    try:
        assert process.stdout is not None
        yield process, process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


def children(pid: int) -> list[int]:
    """Return the processes that a process started and that are still there."""
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def alive(pid: int) -> bool:
    """Return whether a process exists and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


async def until(true: Callable[[], Any], what: str) -> Any:
    """Wait until a value is true, and return it."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not (holds := true()):
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"never: {what}") from None
    return holds
