"""One model call, from the request to its last event: attempts, adaptation to the server, retries, result."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from random import Random
from typing import Any, TypeVar

from roundtable_tui.errors import RoundtableError
from roundtable_tui.llm.errors import validate_response
from roundtable_tui.llm.errors.classify import CONTEXT_HINT, MODEL_HINT, format_error
from roundtable_tui.llm.errors.network import client_creation_error
from roundtable_tui.llm.errors.response_cut import ResponseCut, find_response_cut, get_usage
from roundtable_tui.llm.finish_reasons import find_fault_cut
from roundtable_tui.llm.http import transport
from roundtable_tui.llm.http.connection import Connection
from roundtable_tui.llm.http.rate_limit import DEFAULT_ANSWER_TOKENS, Booking
from roundtable_tui.llm.http.retry import BackoffPolicy, RetryBudget, RetryCounter
from roundtable_tui.llm.http.retry_plan import RetryPlan
from roundtable_tui.llm.http.secrets import fetch_secret
from roundtable_tui.llm.output_limit import OutputLimit, choose_output_limit
from roundtable_tui.llm.request.adaptation import RequestAdapter
from roundtable_tui.llm.request.build import build_body, is_schema_supported, sent_params, unsent_params
from roundtable_tui.llm.request.token_limit import RequestTokenLimit
from roundtable_tui.llm.servers.capability_cache import CapabilityCache
from roundtable_tui.llm.stream.reader import ResponseReader
from roundtable_tui.llm.types import (
    AttemptStarted,
    CallError,
    ChatRequest,
    Failed,
    Finished,
    Limits,
    Paused,
    Resplit,
    Server,
    StreamEvent,
    Usage,
)
from roundtable_tui.utils import text
from roundtable_tui.utils.redact import redact, register_secret

_Secret = TypeVar("_Secret", str, Mapping[str, str])


@dataclass(slots=True)
class CallDependencies:
    """What all calls of one client share."""

    cache: CapabilityCache
    backoff: BackoffPolicy
    random: Random
    suggest_model: Callable[[Server, str], Awaitable[str]]
    """Returns a hint about a model that the server does not offer."""


class ModelCall:
    """One model call. Iterate over `stream` once."""

    def __init__(
        self,
        server: Server,
        request: ChatRequest,
        limits: Limits,
        connection: Connection,
        dependencies: CallDependencies,
        retry_budget: RetryBudget | None,
    ) -> None:
        limits = limits.override(server.timeouts)
        self._server, self._request, self._limits = server, request, limits
        self._connection, self._dependencies, self._retry_budget = connection, dependencies, retry_budget
        self._adapter = RequestAdapter(
            connection, request.model, dependencies.cache, persist=server.transport is None
        )
        self._retries = RetryCounter(limits, retry_budget)
        self._plan = RetryPlan(connection, dependencies.backoff, self._retries, retry_budget, request.model)
        self._prompt_tokens = validate_response.estimate_prompt_tokens(request)
        self._token_limit = RequestTokenLimit(
            request.max_tokens,
            self._prompt_tokens,
            (connection.address.base_url, request.model),
            retry_budget,
        )
        self._attempts = 0
        self._key = ""
        self._body: dict[str, Any] = {}
        self._earlier_usage: Usage | None = None
        self._partial = ("", "")
        self._turn_deadline = 0.0
        self._booking: Booking | None = None
        self._output_limit: OutputLimit | None = None

    @property
    def _window(self) -> int | None:
        return self._server.context or self._dependencies.cache.get_window(
            self._connection.address.base_url, self._request.model
        )

    @property
    def _sent_max_tokens(self) -> int | None:
        sent: int | None = self._body.get(self._adapter.capabilities.limit_name)
        return sent

    async def stream(self) -> AsyncGenerator[StreamEvent, None]:
        """Yield the events of the call; the last is `Finished` or `Failed`.

        An attempt that fails is followed by the same request without what the server rejected (this does
        not count as a retry), by a retry after a delay, or by `Failed`.
        """
        loop = asyncio.get_running_loop()
        resend = False
        while True:
            if (stopped := self._blocked_reason()) is not None:
                yield self._build_failed(stopped)
                return
            try:
                await self._connection.get_client(self._adapter.url)
            except Exception as error:
                yield self._build_failed(client_creation_error(error))
                return
            async with aclosing(self._wait_for_rate()) as waits:
                async for waiting in waits:
                    yield waiting
            async with aclosing(self._acquire_slot()) as waits:
                async for waiting in waits:
                    yield waiting
            began = loop.time()
            try:
                if not resend:
                    self._attempts += 1
                    self._turn_deadline = self._turn_deadline or began + self._limits.turn_s
                    yield AttemptStarted(self._attempts)
                reader = self._create_reader()
                async with aclosing(self._read(reader)) as pieces:
                    async for piece in pieces:
                        yield piece
            finally:
                self._connection.limiter.release()
            validate_response.take_moderation_as_end(reader)
            fault = validate_response.check_response(
                reader, self._limits, cut=self._find_cut(reader), key=self._key,
                has_shape=self._request.shape is not None, has_tools=bool(self._request.tools),
            )  # fmt: skip
            fault = self._adapter.resolve_v1(fault)
            if fault is None and self._adapter.drop_ignored_tools(reader, self._request, self._body):
                self._record_attempt(reader)
                continue
            if fault is None:
                self._connection.limiter.increase()
                self._adapter.commit()
                end = self._build_finished(reader, began)
                self._dependencies.cache.record_stats(
                    self._connection.address.base_url, self._request.model, end, self._request.shape,
                    persist=self._server.transport is None,
                )  # fmt: skip
                yield end
                return
            if fault.failed_generation and (self._request.shape is not None or self._request.tools):
                yield Resplit(reader.answer.reasoning, fault.failed_generation)
                yield self._build_finished(reader, began, prose=fault.failed_generation)
                return
            resend = self._lower_token_limit(fault, reader)
            resend = resend or self._adapter.adapt_to_error(fault, reader, self._body)
            if resend:
                continue
            self._record_attempt(reader)
            wait: float | None = 0.0
            if not self._token_limit.raise_after(fault, self._retries):
                decision = self._plan.decide(
                    fault, self._dependencies.random, attempt=self._attempts, sent_at=began,
                    now=loop.time(), deadline=self._turn_deadline, has_response=reader.status is not None,
                    has_content=reader.answer.content_chunks > 0,
                )  # fmt: skip
                wait, fault = decision.delay, decision.fault
            if wait is None:
                yield self._build_failed(await self._add_hint(fault), reader, began)
                return
            if wait > 0:
                yield Paused(
                    text.single_line(f"{self._connection.address.host}: {fault.reason}; retrying", 200),
                    wait,
                )
                await asyncio.sleep(wait)

    async def _add_hint(self, fault: CallError) -> CallError:
        """Remember the context that a refusal names, and return the fault with what to do about it."""
        if fault.window is not None:
            self._dependencies.cache.record_window(
                self._connection.address.base_url, self._request.model, fault.window
            )
        if fault.hint == CONTEXT_HINT and self._request.overflow_hint is not None:
            return replace(fault, hint=self._request.overflow_hint(self._request))
        if fault.hint == MODEL_HINT:
            hint = await self._dependencies.suggest_model(self._server, self._request.model)
            return replace(fault, hint=hint)
        return fault

    def _blocked_reason(self) -> CallError | None:
        """Return why no request may be sent, or None."""
        base = self._connection.address.base_url
        if self._retry_budget is not None and (
            why := self._retry_budget.exhausted_models.get((base, self._request.model))
        ):
            return CallError("quota", why, "No more requests are sent to this model in this run")
        if not is_schema_supported(self._request.shape, self._adapter.capabilities):
            return CallError("shape", "the server does not support this output format")
        return None

    async def _wait_for_rate(self) -> AsyncGenerator[Paused, None]:
        """Wait until the limits per minute that the user set for the server allow a request."""
        server, limiter = self._server, self._connection.rate_limiter
        limiter.set_limits(server.requests_per_minute, server.tokens_per_minute)
        tokens = self._prompt_tokens + (self._token_limit.value or DEFAULT_ANSWER_TOKENS)
        self._booking = booking = limiter.book(_now(), tokens)
        if booking is None or booking.start <= _now():
            return
        sent = False
        try:
            yield Paused(f"the limit per minute of {self._connection.address.host}", booking.start - _now())
            await asyncio.sleep(max(0.0, booking.start - _now()))
            sent = True
        finally:
            if not sent:
                limiter.cancel(booking)

    async def _acquire_slot(self) -> AsyncGenerator[Paused, None]:
        """Wait out the pause that the server asked for, and take one of its concurrency slots."""
        host, limiter = self._connection.address.host, self._connection.limiter
        limiter.set_limit(self._server.concurrency)
        while True:
            while (left := self._connection.remaining_pause(self._dependencies.random)) > 0:
                yield Paused(f"{host} asked for a pause", left)
                await asyncio.sleep(left)
            if limiter.try_acquire():
                return
            yield Paused(f"waiting for a free slot at {host}")
            await limiter.acquire()
            if self._connection.remaining_pause(self._dependencies.random) == 0:
                return
            limiter.release()

    async def _read(self, reader: ResponseReader) -> AsyncGenerator[StreamEvent, None]:
        """Yield the pieces of a response; while they arrive, it counts as one that the server is giving."""
        is_answering = False
        try:
            async with aclosing(reader.stream()) as pieces:
                async for piece in pieces:
                    if not is_answering:
                        is_answering = True
                        self._connection.begin_answer()
                    yield piece
        finally:
            if is_answering:
                self._connection.end_answer()

    def _create_reader(self) -> ResponseReader:
        self._request = replace(self._request, max_tokens=self._token_limit.value)
        self._body = build_body(self._request, self._adapter.capabilities)
        self._output_limit = choose_output_limit(
            self._limits.answer_tokens, self._sent_max_tokens, self._window
        )
        return ResponseReader(
            self._send,
            self._limits,
            output_limit=self._output_limit,
            turn_deadline=self._turn_deadline,
            non_streaming=not self._body["stream"],
            start_pause=self._connection.read_pacer.start_pause,
        )

    async def _send(self) -> Any:
        client = await self._connection.get_client(self._adapter.url)
        if self._server.key is not None:
            self._key = (await _read_secret(self._server.key)).strip()
            register_secret(self._key)
        given = self._server.headers
        headers = await _read_secret(given) if given is not None else {}
        return await transport.post(
            client,
            self._adapter.url,
            self._body,
            key=self._key,
            connect_s=self._limits.connect_s,
            headers=headers,
            non_streaming=not self._body["stream"],
        )

    def _record_attempt(self, reader: ResponseReader) -> None:
        """Add the usage of a failed attempt to the total, and keep its text if no earlier one is longer."""
        usage = get_usage(reader, self._prompt_tokens)
        self._book_usage(usage)
        self._earlier_usage = usage if self._earlier_usage is None else self._earlier_usage + usage
        said, reasoning = reader.answer.text, reader.answer.reasoning
        if (len(said.strip()), len(reasoning)) >= (len(self._partial[0].strip()), len(self._partial[1])):
            self._partial = (said, reasoning)

    def _book_usage(self, usage: Usage) -> None:
        """Replace the estimate of the last request by its usage in the limit per minute."""
        if self._booking is not None:
            self._booking.tokens = usage.prompt_tokens + usage.completion_tokens

    def _lower_token_limit(self, fault: CallError, reader: ResponseReader) -> bool:
        """Lower max_tokens, or leave it out, after it was refused; return whether to send again."""
        if reader.answer.content_chunks or not self._token_limit.lower(fault, self._sent_max_tokens):
            return False
        if window := self._token_limit.window:
            self._dependencies.cache.record_window(
                self._connection.address.base_url, self._request.model, window
            )
        return True

    def _build_finished(self, reader: ResponseReader, began: float, prose: str = "") -> Finished:
        answer = reader.answer
        usage = get_usage(reader, self._prompt_tokens)
        cut = self._find_cut(reader)
        self._book_usage(usage)
        warnings = (
            *self._adapter.warnings,
            *self._token_limit.warnings,
            *validate_response.collect_warnings(reader, self._request, self._prompt_tokens, cut),
        )
        calls = answer.tool_calls.arguments()
        best = answer.tool_calls.best_arguments()
        if cut.kind and not answer.tool_calls.is_complete(best):
            calls, best = (), ""
        return Finished(
            text=prose or answer.text,
            reasoning=answer.reasoning,
            finish_reason=self._mask(answer.finish_reason, 60) if answer.finish_reason else None,
            tool_arguments=best,
            usage=usage if self._earlier_usage is None else self._earlier_usage + usage,
            ttft_s=_elapsed(began, reader.first_content_at),
            elapsed_s=_now() - began,
            attempts=self._attempts,
            warnings=tuple(self._mask(warning, 200) for warning in warnings),
            tool_calls=calls,
            calls=answer.tool_calls.requested(is_cut=bool(cut.kind)) if self._request.tools else (),
            cut=cut.kind,
            params=sent_params(self._body),
            refused_params=unsent_params(self._request, self._body),
            sources=tuple(answer.sources),
            output_limit=self._output_limit,
        )

    def _find_cut(self, reader: ResponseReader) -> ResponseCut:
        sent = self._sent_max_tokens
        return find_response_cut(reader, sent, self._prompt_tokens, self._window)

    def _mask(self, said: str, limit: int) -> str:
        return text.single_line(redact(said, self._key), limit)

    def _build_failed(
        self, fault: CallError, reader: ResponseReader | None = None, began: float | None = None
    ) -> Failed:
        said, reasoning = self._partial
        return Failed(
            kind=fault.kind,
            message=format_error(
                self._request.model, self._connection.address.host, fault.reason, fault.hint
            ),
            status=fault.status,
            text=said,
            reasoning=reasoning,
            usage=self._earlier_usage or Usage(),
            ttft_s=None if reader is None or began is None else _elapsed(began, reader.first_content_at),
            elapsed_s=0.0 if began is None else _now() - began,
            attempts=self._attempts,
            window=fault.window,
            cut=find_fault_cut(fault.kind) if said.strip() else "",
            output_limit=self._output_limit,
        )


def _now() -> float:
    return asyncio.get_running_loop().time()


def _elapsed(began: float, then: float | None) -> float | None:
    return None if then is None else then - began


async def _read_secret(read: Callable[[], _Secret]) -> _Secret:
    try:
        return await fetch_secret(read)
    except RoundtableError:
        raise
    except Exception as error:
        raise RoundtableError(
            f"the key could not be read ({type(error).__name__})", hint="Set it again"
        ) from error
