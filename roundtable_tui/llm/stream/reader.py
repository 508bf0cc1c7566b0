"""Sends one request and reads its response, with timeouts for first token, silence and the whole turn.

A task of its own reads the socket. The caller is woken when data has arrived and parses all of it at
once: a burst costs little and becomes one event. Closing the generator cancels the task, which closes
the socket.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Literal

from roundtable_tui.llm.output_limit import OutputLimit
from roundtable_tui.llm.stream.accumulator import ResponseAccumulator
from roundtable_tui.llm.stream.body import ResponseBody
from roundtable_tui.llm.types import Limits, StreamEvent

if TYPE_CHECKING:
    import httpx2

Clock = Literal["", "first token", "silence", "turn"]

_MAX_SLICE_S = 0.005
_MAX_SLICE_BYTES = 64 * 1024
_MAX_INBOX_BYTES = 128 * 1024
_DRAIN_TIMEOUT_S = 0.05
_END_TIMEOUT_S = 10.0
"""Silence after a finish reason, in which the usage and `[DONE]` may still come."""


class ResponseReader:
    """One request and its response. After `stream` has ended, the attributes hold the result."""

    def __init__(
        self,
        send: Callable[[], Awaitable[httpx2.Response]],
        limits: Limits,
        *,
        turn_deadline: float,
        non_streaming: bool = False,
        start_pause: Callable[[], asyncio.Future[None] | None] = lambda: None,
        output_limit: OutputLimit | None = None,
    ) -> None:
        """Prepare a request; nothing is sent before `stream`.

        Args:
            send: Sends the request and returns the response with its body unread.
            limits: Timeouts in seconds and the maximum length in characters.
            turn_deadline: Time of the event loop at which the whole call must have ended.
            non_streaming: The response arrives all at once: only `turn_deadline` applies.
            start_pause: Returns what to wait for between two reads of the socket; None for nothing.
            output_limit: How long the answer with its reasoning may become.
        """
        self.answer = ResponseAccumulator(limits.max_chars, output_limit)
        self.body = ResponseBody()
        self.error: object = None
        """The JSON value with which the server reported an error within the response."""
        self.exception: Exception | None = None
        self.expired_clock: Clock = ""
        """The timeout that expired, or ""."""
        self.status: int | None = None
        self.headers: dict[str, str] = {}
        self.first_content_at: float | None = None
        self._send = send
        self._limits = limits
        self._turn_deadline = turn_deadline
        self._non_streaming = non_streaming
        self._start_pause = start_pause
        self._pause: asyncio.Future[None] | None = None
        self._loop = asyncio.get_running_loop()
        self._inbox: list[bytes] = []
        self._inbox_bytes = 0
        self._inbox_space = asyncio.Event()
        self._waiter: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._content_at = self._loop.time()

    async def stream(self) -> AsyncGenerator[StreamEvent, None]:
        """Send the request and yield events until the response is complete, broken, rejected or timed out."""
        task = self._loop.create_task(self._fill_inbox())
        task.add_done_callback(self._wake)
        self._content_at = self._loop.time()
        self._check_clocks()
        enough = False
        try:
            while not (enough or self.expired_clock):
                over = task.done()
                for data in self._drain_inbox():
                    enough = self._feed(data)
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
                await self._finish_body()
            self.answer.close()
            for piece in self.answer.flush():
                yield piece
            if self.body.is_done:
                # The end of the body usually follows at once; once it is read, the connection can be reused.
                if self._pause is not None and not self._pause.done():
                    self._pause.set_result(None)
                await asyncio.wait([task], timeout=_DRAIN_TIMEOUT_S)
        finally:
            if self._timer is not None:
                self._timer.cancel()
            task.cancel()
            await asyncio.wait([task])
        self.exception = None if task.cancelled() else _task_exception(task)

    async def _fill_inbox(self) -> None:
        """Send the request and put the data of the response into the inbox (runs as a task)."""
        response = await self._send()
        unpace = self._pace_reads(response)
        try:
            self.status = response.status_code
            self.headers = dict(response.headers)
            began = 0.0
            async with aclosing(_iterate_body(response)) as pieces:
                async for data in pieces:
                    if not self._inbox:
                        # The reader has emptied the inbox since: other tasks have run.
                        began = self._loop.time()
                    self._inbox.append(data)
                    self._inbox_bytes += len(data)
                    self._wake()
                    if self._inbox_bytes > _MAX_INBOX_BYTES:
                        self._inbox_space.clear()
                        await self._inbox_space.wait()
                    elif self._loop.time() - began > _MAX_SLICE_S:
                        await asyncio.sleep(0)
        finally:
            unpace()
            await response.aclose()

    def _pace_reads(self, response: httpx2.Response) -> Callable[[], None]:
        """Wait before each read of the socket as `start_pause` says; return a function that ends this.

        One read may return many pieces of the body: a pause between two of these would delay text at hand.
        """
        stream: Any = response.extensions.get("network_stream")
        if stream is None:  # The demo.
            return lambda: None
        read = stream.read

        async def read_after_pause(*args: Any, **options: Any) -> bytes:
            if self.first_content_at is not None and (pause := self._start_pause()) is not None:
                self._pause = pause
                await pause
            data: bytes = await read(*args, **options)
            return data

        stream.read = read_after_pause
        return lambda: delattr(stream, "read")

    def _drain_inbox(self) -> Iterator[bytes]:
        """Yield the data in the inbox, in slices that take a few milliseconds to parse."""
        data = self._inbox[0] if len(self._inbox) == 1 else b"".join(self._inbox)
        self._inbox = []
        for at in range(0, len(data), _MAX_SLICE_BYTES):
            self._inbox_bytes = max(0, len(data) - at - _MAX_SLICE_BYTES)
            yield data[at : at + _MAX_SLICE_BYTES]
        self._inbox_bytes = 0
        self._inbox_space.set()

    def _feed(self, data: bytes) -> bool:
        """Parse a slice; return whether the response is complete or must be ended."""
        answer, body = self.answer, self.body
        before, was_ended = answer.content_chunks, answer.is_ended
        for chunk in body.feed(data):
            if chunk.error is not None:
                self.error = chunk.error
                answer.usage = chunk.usage or answer.usage
                break
            answer.add_chunk(chunk)
            if answer.stop_reason:
                break
        if body.kind == "json":
            answer.content_chunks += 1
        if answer.content_chunks != before or answer.is_ended != was_ended:
            self._content_at = self._loop.time()
            if self.first_content_at is None:
                self.first_content_at = self._content_at
                self._check_clocks()
            elif answer.is_ended:
                self._check_clocks()
        if body.is_too_long:
            answer.stop_reason = "a line of the stream is too long"
        return body.is_done or bool(answer.stop_reason) or self.error is not None

    async def _finish_body(self) -> None:
        """Parse what only the end of the body completes, in a thread if it is much."""
        is_large = self.body.held_bytes > _MAX_SLICE_BYTES
        for chunk in await asyncio.to_thread(self.body.close) if is_large else self.body.close():
            was_ended = self.answer.is_ended
            self.answer.add_chunk(chunk)
            if chunk.error is not None:
                self.error = self.error or chunk.error
                self.answer.is_ended = was_ended

    async def _wait(self) -> None:
        """Wait until data has arrived, the task has ended or a timeout has expired."""
        if self._waiter is None:
            self._waiter = self._loop.create_future()
        await self._waiter
        self._waiter = None

    def _wake(self, _: object = None) -> None:
        if self._waiter is None:
            # No one is waiting: the next wait must return at once.
            self._waiter = self._loop.create_future()
        if not self._waiter.done():
            self._waiter.set_result(None)

    def _next_deadline(self) -> tuple[float, Clock]:
        turn: tuple[float, Clock] = (self._turn_deadline, "turn")
        if self._non_streaming:
            return turn
        if self.first_content_at is None:
            return min((self._content_at + self._limits.first_token_s, "first token"), turn)
        idle_s = min(self._limits.idle_s, _END_TIMEOUT_S) if self.answer.is_ended else self._limits.idle_s
        return min((self._content_at + idle_s, "silence"), turn)

    def _check_clocks(self) -> None:
        """Check the timeouts and schedule the next check.

        New content moves only the deadline: restarting a timer for each chunk would be expensive.
        """
        if self._timer is not None:
            self._timer.cancel()
        when, name = self._next_deadline()
        if self._loop.time() >= when:
            self.expired_clock = name
            self._wake()
        else:
            self._timer = self._loop.call_at(when, self._check_clocks)


def _task_exception(task: asyncio.Task[None]) -> Exception | None:
    error = task.exception()
    if error is not None and not isinstance(error, Exception):
        raise error
    return error


def _iterate_body(response: httpx2.Response) -> AsyncGenerator[bytes, None]:
    """Return the decoded pieces of a body.

    Most bodies come as they are. Their pieces skip the layers that decode and cut, which take a tenth of the
    CPU of a stream.
    """
    if response.headers.get("content-encoding"):
        return response.aiter_bytes()
    return response.stream.__aiter__()  # type: ignore[union-attr, return-value]
