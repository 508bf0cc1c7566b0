"""One request sent, and its answer read against four clocks.

A task of its own reads the socket and feeds the answer; the caller is woken when something came and
takes all of it at once, so that a burst is one piece. Whoever leaves early ends the task, and the
task closes the socket.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import TYPE_CHECKING

from roundtable_tui.llm.answer import Answer
from roundtable_tui.llm.body import Body
from roundtable_tui.llm.types import Limits, Piece

if TYPE_CHECKING:
    import httpx2

Clock = str
"""Which clock ran out: "first token", "silence" or "turn"."""

_SLICE_S = 0.005
_SLICE_BYTES = 32 * 1024
_DRAIN_S = 0.05


class Attempt:
    """One request on its way. After `pieces` has ended, the fields say how it went."""

    def __init__(
        self,
        send: Callable[[], Awaitable[httpx2.Response]],
        limits: Limits,
        *,
        turn_ends: float,
        whole: bool = False,
    ) -> None:
        self.answer = Answer(limits.max_chars)
        self.body = Body()
        self.error: object = None
        """The object with which the server reported a fault inside its answer."""
        self.exception: Exception | None = None
        self.expired: Clock = ""
        self.status: int | None = None
        self.headers: dict[str, str] = {}
        self.first_content_at: float | None = None
        self._send = send
        self._limits = limits
        self._turn_ends = turn_ends
        self._whole = whole
        self._loop = asyncio.get_running_loop()
        self._waiter: asyncio.Future[None] | None = None
        self._slice_began = 0.0
        self._content_at = self._loop.time()

    async def pieces(self) -> AsyncGenerator[Piece, None]:
        """Send, and yield what comes; ends when the answer is whole, broken, refused or out of time."""
        task = self._loop.create_task(self._read())
        task.add_done_callback(lambda _: self._wake())
        self._content_at = self._loop.time()
        try:
            while not task.done() and not self.expired:
                await self._wait()
                self._slice_began = self._loop.time()
                for piece in self.answer.flush():
                    yield piece
            self.answer.close()
            for piece in self.answer.flush():
                yield piece
        finally:
            task.cancel()
            await asyncio.wait([task])
        self.exception = None if task.cancelled() else _caught(task)

    async def _wait(self) -> None:
        """Wait until something came, or a clock has run out."""
        if self._waiter is not None and self._waiter.done():
            self._waiter = None
            return
        self._waiter = self._loop.create_future()
        timer = self._loop.call_at(self._deadline()[0], self._check_clocks)
        try:
            await self._waiter
        finally:
            timer.cancel()
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is None:
            # Nobody waits now: whoever waits next must not wait for this.
            self._waiter = self._loop.create_future()
        if not self._waiter.done():
            self._waiter.set_result(None)

    def _deadline(self) -> tuple[float, Clock]:
        if self._whole:
            return self._turn_ends, "turn"
        if self.first_content_at is None:
            silence, name = self._limits.first_token_s, "first token"
        else:
            silence, name = self._limits.idle_s, "silence"
        return min((self._content_at + silence, name), (self._turn_ends, "turn"))

    def _check_clocks(self) -> None:
        when, name = self._deadline()
        if self._loop.time() >= when:
            self.expired = name
        self._wake()

    async def _read(self) -> None:
        response = await self._send()
        self.status = response.status_code
        self.headers = dict(response.headers)
        stream = response.aiter_bytes()
        try:
            async for data in stream:
                for at in range(0, len(data), _SLICE_BYTES):
                    if self._take(data[at : at + _SLICE_BYTES]):
                        if self.body.done:
                            await self._drain(stream)
                        return
                    if self._loop.time() - self._slice_began > _SLICE_S:
                        self._slice_began = self._loop.time()
                        await asyncio.sleep(0)
            for chunk in self.body.close():
                self.error = self.error or chunk.error
                self.answer.take(chunk)
        finally:
            await response.aclose()

    def _take(self, data: bytes) -> bool:
        """Feed what came; return whether nothing more is wanted."""
        answer = self.answer
        before = answer.content
        for chunk in self.body.feed(data):
            if chunk.error is not None:
                self.error = chunk.error
                return True
            answer.take(chunk)
            if answer.stop:
                return True
        if self.body.kind == "json":
            answer.content += 1
        if answer.content != before:
            self._content_at = self._loop.time()
            if self.first_content_at is None:
                self.first_content_at = self._content_at
            self._wake()
        if self.body.too_long:
            answer.stop = "it sent one line without end"
        return self.body.done or bool(answer.stop)

    async def _drain(self, stream: AsyncGenerator[bytes, None]) -> None:
        """Read the last bytes after `[DONE]` if they come at once: then the connection can be used again."""
        try:
            async with asyncio.timeout(_DRAIN_S):
                async for _ in stream:
                    pass
        except TimeoutError:
            pass


def _caught(task: asyncio.Task[None]) -> Exception | None:
    error = task.exception()
    if error is not None and not isinstance(error, Exception):
        raise error
    return error
