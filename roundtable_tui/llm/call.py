"""One model call from the request to its last piece: attempts, waits, lessons, verdict."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from roundtable_tui.errors import RoundtableError
from roundtable_tui.llm.errors import validate_response
from roundtable_tui.llm.errors.classify import compose
from roundtable_tui.llm.errors.network import unable
from roundtable_tui.llm.http import transport
from roundtable_tui.llm.http.connection import Connection
from roundtable_tui.llm.http.retry import Allowance, Tries, Waits
from roundtable_tui.llm.request import build as requests
from roundtable_tui.llm.request.adaptation import Lessons
from roundtable_tui.llm.servers.capability_cache import ServerMemory
from roundtable_tui.llm.stream.reader import Exchange
from roundtable_tui.llm.types import (
    Attempt,
    ChatRequest,
    Failed,
    Fault,
    Finished,
    Limits,
    Piece,
    Restated,
    Server,
    Usage,
    Waiting,
)
from roundtable_tui.utils import text
from roundtable_tui.utils.redact import remember

_MORE_TOKENS = 4
_OVERRUN = frozenset({429, 503, 529})


@dataclass(slots=True)
class Means:
    """What a call borrows from its client."""

    memory: ServerMemory
    waits: Waits
    random: Random
    suggest: Callable[[Server, str], Awaitable[str]]
    """What to do about a model that the server does not have."""


class Call:
    """One call; iterate `pieces` once."""

    def __init__(
        self,
        server: Server,
        request: ChatRequest,
        limits: Limits,
        connection: Connection,
        means: Means,
        allowance: Allowance | None,
    ) -> None:
        self._server, self._request, self._limits = server, request, limits
        self._connection, self._means, self._allowance = connection, means, allowance
        self._lessons = Lessons(connection, request.model, means.memory, keep=server.transport is None)
        self._tries = Tries(limits, allowance)
        self._prompt = validate_response.prompt_tokens(request.messages)
        self._attempts = 0
        self._key = ""
        self._body: dict[str, Any] = {}
        self._notes: list[str] = []
        self._spent: Usage | None = None
        self._partial = ("", "")
        self._turn_ends = 0.0

    async def pieces(self) -> AsyncGenerator[Piece, None]:
        """Yield what comes; the last piece is `Finished` or `Failed`."""
        loop = asyncio.get_running_loop()
        resend = False
        while True:
            if (stopped := self._stopped()) is not None:
                yield self._failed(stopped)
                return
            try:
                await self._connection.sdk()
            except Exception as error:
                yield self._failed(unable(error))
                return
            async with aclosing(self._admission()) as waits:
                async for waiting in waits:
                    yield waiting
            began = loop.time()
            try:
                if not resend:
                    self._attempts += 1
                    self._turn_ends = self._turn_ends or began + self._limits.turn_s
                    yield Attempt(self._attempts)
                exchange = self._prepare()
                async with aclosing(exchange.pieces()) as pieces:
                    async for piece in pieces:
                        yield piece
            finally:
                self._connection.lane.leave()
            fault = self._lessons.settle(validate_response.judge(exchange, self._limits, key=self._key))
            if fault is None:
                self._connection.lane.widen()
                self._lessons.helped()
                end = self._finished(exchange, began)
                self._means.memory.note(
                    self._connection.address.base, self._request.model, end, self._request.shape,
                    keep=self._server.transport is None,
                )  # fmt: skip
                yield end
                return
            if fault.generation and self._request.shape is not None:
                yield Restated(exchange.answer.reasoning, fault.generation)
                yield self._finished(exchange, began, prose=fault.generation)
                return
            resend = self._lessons.learn(fault, exchange, self._body)
            if resend:
                continue
            self._note(exchange)
            wait = 0.0 if self._raise_limit(fault) else self._wait_before_next(fault, began, loop.time())
            if wait is None:
                if fault.kind == "model":
                    fault = replace(fault, hint=await self._means.suggest(self._server, self._request.model))
                yield self._failed(fault, exchange, began)
                return
            if wait > 0:
                yield Waiting(
                    text.one_line(f"{self._connection.address.host}: {fault.reason}; trying again", 200), wait
                )
                await asyncio.sleep(wait)

    def _stopped(self) -> Fault | None:
        """Return why nothing may be sent at all."""
        base = self._connection.address.base
        if self._allowance is not None and (why := self._allowance.spent_servers.get(base)):
            return Fault("quota", why, "Nothing more is asked of this server in this run")
        if not requests.can_shape(self._request.shape, self._lessons.traits):
            return Fault("shape", "the server does not answer in this shape")
        return None

    async def _admission(self) -> AsyncGenerator[Waiting, None]:
        """Wait until the server may be asked, and take a slot of it."""
        host, lane = self._connection.address.host, self._connection.lane
        lane.set_width(self._server.concurrency)
        while True:
            while (left := self._connection.pause_left(self._means.random)) > 0:
                yield Waiting(f"{host} has asked for a pause", left)
                await asyncio.sleep(left)
            if lane.enter_at_once():
                return
            yield Waiting(f"waiting for a free slot at {host}")
            await lane.enter()
            if self._connection.pause_left(self._means.random) == 0:
                return
            lane.leave()

    def _prepare(self) -> Exchange:
        self._body = requests.build(self._request, self._lessons.traits)
        return Exchange(
            self._send, self._limits, turn_ends=self._turn_ends, whole=not self._lessons.traits.stream,
            rest=self._connection.lane.rest,
        )  # fmt: skip

    async def _send(self) -> Any:
        sdk = await self._connection.sdk()
        if self._server.key is not None:
            # In a thread: a key may come from a command.
            self._key = (await asyncio.to_thread(_ask_key, self._server.key)).strip()
            remember(self._key)
        return await transport.post(
            sdk,
            self._lessons.url,
            self._body,
            key=self._key,
            connect_s=self._limits.connect_s,
            whole=not self._body["stream"],
        )

    def _note(self, exchange: Exchange) -> None:
        """Keep account of an attempt that failed: what it cost, what it said."""
        usage = validate_response.usage_of(exchange, self._prompt)
        self._spent = usage if self._spent is None else self._spent + usage
        if exchange.answer.text or not any(self._partial):
            self._partial = (exchange.answer.text, exchange.answer.reasoning)

    def _raise_limit(self, fault: Fault) -> bool:
        """Allow more tokens, once, after reasoning has used them all up."""
        before = self._request.max_tokens
        if not fault.out_of_tokens or before is None or self._notes or not self._tries.spend():
            return False
        self._request = replace(self._request, max_tokens=before * _MORE_TOKENS)
        self._notes.append(f"{before} tokens allowed no answer: asked again with {before * _MORE_TOKENS}")
        return True

    def _wait_before_next(self, fault: Fault, began: float, now: float) -> float | None:
        """Return the seconds until the next attempt, or None if there is none."""
        connection = self._connection
        if fault.kind == "quota" and self._allowance is not None:
            self._allowance.spent_servers[connection.address.base] = fault.reason
        wait = self._means.waits.before(self._attempts, fault, self._means.random)
        if fault.status in _OVERRUN:
            connection.narrow(began)
        if fault.kind == "rate" or (fault.status in _OVERRUN and fault.retry_after):
            connection.pause(min(wait, self._means.waits.longest_s))
        too_late = wait > self._means.waits.longest_s or now + wait > self._turn_ends
        if too_late or not self._tries.again(fault):
            return None
        return wait

    def _finished(self, exchange: Exchange, began: float, prose: str = "") -> Finished:
        answer = exchange.answer
        usage = validate_response.usage_of(exchange, self._prompt)
        warnings = (
            *self._lessons.warnings,
            *self._notes,
            *validate_response.warnings_of(exchange, self._request, self._prompt),
        )
        cut = (answer.finish_reason or "").lower() in ("length", "max_tokens")
        calls = answer.tools.arguments()
        best = answer.tools.best()
        if cut and not answer.tools.is_whole(best):
            calls, best = (), ""
        return Finished(
            text=prose or answer.text,
            reasoning=answer.reasoning,
            finish_reason=answer.finish_reason,
            tool_arguments=best,
            usage=usage if self._spent is None else self._spent + usage,
            ttft_s=_since(began, exchange.first_content_at),
            elapsed_s=_now() - began,
            attempts=self._attempts,
            warnings=tuple(text.one_line(warning, 200) for warning in warnings),
            tool_calls=calls,
        )

    def _failed(self, fault: Fault, exchange: Exchange | None = None, began: float | None = None) -> Failed:
        said, reasoning = self._partial
        return Failed(
            kind=fault.kind,
            message=compose(self._request.model, self._connection.address.host, fault.reason, fault.hint),
            status=fault.status,
            text=said,
            reasoning=reasoning,
            usage=self._spent or Usage(),
            ttft_s=None if exchange is None or began is None else _since(began, exchange.first_content_at),
            elapsed_s=0.0 if began is None else _now() - began,
            attempts=self._attempts,
        )


def _now() -> float:
    return asyncio.get_running_loop().time()


def _since(began: float, then: float | None) -> float | None:
    return None if then is None else then - began


def _ask_key(key: Callable[[], str]) -> str:
    try:
        return key()
    except RoundtableError:
        raise
    except Exception as error:
        raise RoundtableError(
            f"the key could not be read ({type(error).__name__})", hint="Set it again"
        ) from error
