"""One request sent, and its answer read against four clocks.

A task of its own reads the socket; the caller is woken when something came and reads all of it at
once, so that a burst costs little and is one piece. Whoever leaves early ends the task, and the task
closes the socket.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, Literal

from roundtable_tui.llm.stream.accumulator import Answer
from roundtable_tui.llm.stream.body import Body
from roundtable_tui.llm.types import Limits, Piece

if TYPE_CHECKING:
    import httpx2

Clock = Literal["", "first token", "silence", "turn"]

_SLICE_S = 0.005
_SLICE_BYTES = 64 * 1024
_INBOX_BYTES = 256 * 1024
_DRAIN_S = 0.05


class Exchange:
    """One request on its way. After `pieces` has ended, the fields say how it went."""

    def __init__(
        self,
        send: Callable[[], Awaitable[httpx2.Response]],
        limits: Limits,
        *,
        turn_ends: float,
        whole: bool = False,
        rest: Callable[[], float] = lambda: 0.0,
    ) -> None:
        """`turn_ends` is a time of the event loop; `whole` = no stream comes, only that clock runs.

        `rest` tells how many seconds to leave the socket alone after a read.
        """
        self.answer = Answer(limits.max_chars)
        self.body = Body()
        self.error: object = None
        """The object with which the server reported a fault inside its answer."""
        self.exception: Exception | None = None
        self.expired: Clock = ""
        """The clock that ran out."""
        self.status: int | None = None
        self.headers: dict[str, str] = {}
        self.first_content_at: float | None = None
        self._send = send
        self._limits = limits
        self._turn_ends = turn_ends
        self._whole = whole
        self._rest = rest
        self._loop = asyncio.get_running_loop()
        self._inbox: list[bytes] = []
        self._inbox_bytes = 0
        self._room = asyncio.Event()
        self._socket_waited = False
        self._waiter: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._content_at = self._loop.time()

    async def pieces(self) -> AsyncGenerator[Piece, None]:
        """Send, and yield what comes; ends when the answer is whole, broken, refused or out of time."""
        task = self._loop.create_task(self._read())
        task.add_done_callback(self._wake)
        self._content_at = self._loop.time()
        self._check_clocks()
        enough = False
        try:
            while not (enough or self.expired):
                over = task.done()
                for data in self._arrived():
                    enough = self._take(data)
                    for piece in self.answer.flush():
                        yield piece
                    if enough:
                        break
                    if self._inbox_bytes:
                        await asyncio.sleep(0)
                if over:
                    break
                if not enough:
                    await self._wait()
            if not enough:
                self._take_rest()
            self.answer.close()
            for piece in self.answer.flush():
                yield piece
            if self.body.done:
                # The last bytes usually come at once: then the connection can be used again.
                await asyncio.wait([task], timeout=_DRAIN_S)
        finally:
            if self._timer is not None:
                self._timer.cancel()
            task.cancel()
            await asyncio.wait([task])
        self.exception = None if task.cancelled() else _caught(task)

    async def _read(self) -> None:
        """The task: send the request and put what comes into the inbox."""
        response = await self._send()
        try:
            self.status = response.status_code
            self.headers = dict(response.headers)
            began = 0.0
            async for data in response.aiter_bytes():
                if not self._inbox:
                    # The reader has been here since: the loop has lived.
                    began = self._loop.time()
                self._inbox.append(data)
                self._inbox_bytes += len(data)
                self._wake()
                if self._inbox_bytes > _INBOX_BYTES:
                    self._room.clear()
                    await self._room.wait()
                elif self._socket_waited and self.first_content_at is not None and (rest := self._rest()):
                    await asyncio.sleep(rest)
                elif self._loop.time() - began > _SLICE_S:
                    await asyncio.sleep(0)
                self._socket_waited = False
                self._loop.call_soon(self._note_wait)
        finally:
            await response.aclose()

    def _note_wait(self) -> None:
        """The loop has turned while the next bytes were asked for: no more were at hand."""
        self._socket_waited = True

    def _arrived(self) -> Iterator[bytes]:
        """Yield what is in the inbox, in slices that take a few milliseconds each."""
        data = self._inbox[0] if len(self._inbox) == 1 else b"".join(self._inbox)
        self._inbox = []
        for at in range(0, len(data), _SLICE_BYTES):
            self._inbox_bytes = max(0, len(data) - at - _SLICE_BYTES)
            yield data[at : at + _SLICE_BYTES]
        self._inbox_bytes = 0
        self._room.set()

    def _take(self, data: bytes) -> bool:
        """Read a slice; return whether nothing more is wanted."""
        answer, body = self.answer, self.body
        before = answer.content
        for chunk in body.feed(data):
            if chunk.error is not None:
                self.error = chunk.error
                return True
            answer.take(chunk)
            if answer.stop:
                return True
        if body.kind == "json":
            answer.content += 1
        if answer.content != before:
            self._content_at = self._loop.time()
            if self.first_content_at is None:
                self.first_content_at = self._content_at
                self._check_clocks()
        if body.too_long:
            answer.stop = "it sent one line without end"
        return body.done or bool(answer.stop)

    def _take_rest(self) -> None:
        """Read what only the end of the body makes complete."""
        for chunk in self.body.close():
            self.error = self.error or chunk.error
            self.answer.take(chunk)

    async def _wait(self) -> None:
        """Wait until something came, the task has ended, or a clock has run out."""
        if self._waiter is None:
            self._waiter = self._loop.create_future()
        await self._waiter
        self._waiter = None

    def _wake(self, _: object = None) -> None:
        if self._waiter is None:
            # Nobody waits now: whoever waits next must not wait for this.
            self._waiter = self._loop.create_future()
        if not self._waiter.done():
            self._waiter.set_result(None)

    def _deadline(self) -> tuple[float, Clock]:
        turn: tuple[float, Clock] = (self._turn_ends, "turn")
        if self._whole:
            return turn
        if self.first_content_at is None:
            return min((self._content_at + self._limits.first_token_s, "first token"), turn)
        return min((self._content_at + self._limits.idle_s, "silence"), turn)

    def _check_clocks(self) -> None:
        """Look whether time is up, and when to look next: content moves the deadline, not the timer."""
        if self._timer is not None:
            self._timer.cancel()
        when, name = self._deadline()
        if self._loop.time() >= when:
            self.expired = name
            self._wake()
        else:
            self._timer = self._loop.call_at(when, self._check_clocks)


def _caught(task: asyncio.Task[None]) -> Exception | None:
    error = task.exception()
    if error is not None and not isinstance(error, Exception):
        raise error
    return error
