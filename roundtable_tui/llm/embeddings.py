"""Embedding vectors of texts, from the /embeddings endpoint of any OpenAI-compatible server.

Servers limit the number of texts per request and the length of a text, and few report these limits: a
rejected batch is sent again in smaller parts.
"""

from __future__ import annotations

import asyncio
import base64
import math
import struct
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from roundtable_tui.errors import RoundtableError
from roundtable_tui.llm.errors.classify import classify_error, format_error
from roundtable_tui.llm.errors.network import explain_exception
from roundtable_tui.llm.http import transport
from roundtable_tui.llm.http.connection import Connection
from roundtable_tui.llm.http.retry import RetryCounter
from roundtable_tui.llm.http.retry_plan import RetryPlan
from roundtable_tui.llm.types import CallError, Limits, Server
from roundtable_tui.utils.nesting import load_json
from roundtable_tui.utils.redact import register_secret

if TYPE_CHECKING:
    from roundtable_tui.llm.call import CallDependencies

MAX_BATCH_SIZE = 32
"""Texts per request: the limit of the strictest servers."""
REQUEST_TIMEOUT_S = 300.0
"""Seconds per request: a local server may load its model first."""
_MAX_RESPONSE_BYTES = 256_000_000
_MIN_TEXT_CHARS = 200
_TOO_LARGE_KINDS = frozenset({"context", "request"})


class EmbeddingRequest:
    """Requests embeddings from one model on one server."""

    def __init__(
        self, server: Server, model: str, connection: Connection, dependencies: CallDependencies
    ) -> None:
        self._server, self._model, self._connection, self._dependencies = (
            server,
            model,
            connection,
            dependencies,
        )
        base = connection.address.base_url
        self._v1 = [True] if connection.address.path or dependencies.cache.needs_v1(base) else [False, True]
        self._batch_size = MAX_BATCH_SIZE
        self._format: dict[str, str] = {"encoding_format": "float"}

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return one vector (a list of floats) per text, in the same order.

        A text that is too long for the model is represented by its beginning.

        Raises:
            RoundtableError: The server gives no vectors; its text is one line.
        """
        found: list[list[float]] = []
        while len(found) < len(texts):
            batch = [text or " " for text in texts[len(found) : len(found) + self._batch_size]]
            got = await self._request_with_retry(batch)
            if isinstance(got, CallError):
                self._shrink_or_raise(got, batch)
                if len(batch) == 1:
                    got = await self._embed_shortened(batch[0], got)
                else:
                    continue
            found += got
        return found

    def _shrink_or_raise(self, fault: CallError, batch: Sequence[str]) -> None:
        """Halve the batch size, or raise the error if the size of the batch cannot be its cause."""
        if fault.kind not in _TOO_LARGE_KINDS:
            raise self._to_exception(fault)
        self._batch_size = max(1, len(batch) // 2)

    async def _embed_shortened(self, text: str, fault: CallError) -> list[list[float]]:
        """Return the vector of the longest beginning of `text` that the model accepts, halving its length."""
        while fault.kind == "context" and len(text) > _MIN_TEXT_CHARS:
            text = text[: len(text) // 2]
            got = await self._request_with_retry([text])
            if not isinstance(got, CallError):
                return got
            fault = got
        raise self._to_exception(fault)

    def _to_exception(self, fault: CallError) -> RoundtableError:
        return RoundtableError(
            format_error(self._model, self._connection.address.host, fault.reason, fault.hint)
        )

    async def _request_with_retry(self, texts: Sequence[str]) -> list[list[float]] | CallError:
        """Send a batch, with retries; return its vectors or the error that remains."""
        connection, loop = self._connection, asyncio.get_running_loop()
        plan = RetryPlan(
            connection, self._dependencies.backoff, RetryCounter(Limits(), None), None, self._model
        )
        attempt = 0
        while True:
            attempt += 1
            if (left := self._connection.remaining_pause(self._dependencies.random)) > 0:
                await asyncio.sleep(left)
            await self._connection.limiter.acquire()
            sent_at = loop.time()
            try:
                async with asyncio.timeout(REQUEST_TIMEOUT_S):
                    got = await self._request_once(texts)
            except TimeoutError:
                got = CallError("timeout", f"no vectors within {REQUEST_TIMEOUT_S:g} s")
            finally:
                self._connection.limiter.release()
            if not isinstance(got, CallError):
                connection.begin_answer()
                connection.end_answer()
                return got
            if self._format and "encoding_format" in f"{got.param} {got.detail}":
                self._format = {}
                continue
            if got.kind == "not_api" and len(self._v1) > 1:
                del self._v1[0]
                continue
            decision = plan.decide(
                got, self._dependencies.random, attempt=attempt, sent_at=sent_at, now=loop.time(),
                deadline=math.inf, has_response=False,
            )  # fmt: skip
            if decision.delay is None:
                return decision.fault
            await asyncio.sleep(decision.delay)

    async def _request_once(self, texts: Sequence[str]) -> list[list[float]] | CallError:
        body = {"model": self._model, "input": list(texts), **self._format}
        key = ""
        try:
            client = await self._connection.get_client()
            if self._server.key is not None:
                key = (await asyncio.to_thread(self._server.key)).strip()
                register_secret(key)
            url = self._connection.address.endpoint_url("/embeddings", v1=self._v1[0])
            given = self._server.headers
            headers = await asyncio.to_thread(given) if given is not None else {}
            response = await transport.post_with_sdk(
                client, url, body, key=key, connect_s=Limits().connect_s, headers=headers
            )
            raw = await transport.read_body(response, _MAX_RESPONSE_BYTES)
        except Exception as error:
            return explain_exception(error, key=key, connect_s=Limits().connect_s)
        if raw is None:
            return CallError("not_api", f"its response is longer than {_MAX_RESPONSE_BYTES // 1_000_000} MB")
        try:
            value = await asyncio.to_thread(load_json, raw)
        except (ValueError, RecursionError):
            return classify_error(response.status_code, response.headers, raw[:65_536], key=key)
        vectors = parse_vectors(value, len(texts))
        if vectors is not None:
            return vectors
        fault = classify_error(response.status_code, response.headers, value, key=key)
        what = "the response has no vectors for these texts"
        return (
            fault
            if isinstance(value, dict) and value.get("error")
            else CallError("not_api", what, is_final=True)
        )


def parse_vectors(value: Any, count: int) -> list[list[float]] | None:
    """Return the `count` vectors of a response in the order of their texts, or None if any is missing.

    Some servers send base64 of little-endian 32-bit floats, although floats were requested.
    """
    rows = value.get("data") if isinstance(value, dict) else None
    if not isinstance(rows, list) or len(rows) != count:
        return None
    found: dict[int, list[float]] = {}
    for at, row in enumerate(rows):
        numbers = row.get("embedding") if isinstance(row, dict) else None
        if isinstance(numbers, str):
            numbers = _decode_base64(numbers)
        if not isinstance(numbers, list) or not numbers or not all(map(_is_number, numbers)):
            return None
        index = row.get("index", at)
        found[index if isinstance(index, int) else at] = [float(number) for number in numbers]
    sizes = {len(row) for row in found.values()}
    return (
        [found[at] for at in range(count)] if found.keys() == set(range(count)) and len(sizes) == 1 else None
    )


def _decode_base64(packed: str) -> list[float] | None:
    try:
        raw = base64.b64decode(packed, validate=True)
        return list(struct.unpack(f"<{len(raw) // 4}f", raw))
    except (ValueError, struct.error):
        return None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and -1e30 < value < 1e30
