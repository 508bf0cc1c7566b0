"""Vectors of texts, from the /embeddings of any OpenAI-compatible server.

Servers differ in how many texts they take at once and how long a text may be, and few say so: what is
refused is sent again in smaller pieces.
"""

from __future__ import annotations

import asyncio
import base64
import json
import struct
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from roundtable_tui.errors import RoundtableError
from roundtable_tui.llm.errors.classify import compose, describe
from roundtable_tui.llm.errors.network import explain
from roundtable_tui.llm.http import transport
from roundtable_tui.llm.http.connection import Connection
from roundtable_tui.llm.http.retry import Tries
from roundtable_tui.llm.types import Fault, Limits, Server
from roundtable_tui.utils.redact import remember

if TYPE_CHECKING:
    from roundtable_tui.llm.call import Means

BATCH = 32
"""Texts of one request: what the most careful servers take."""
LONGEST_S = 300.0
"""Seconds of one request: a local server may load its model first."""
_MOST_BYTES = 256_000_000
_SHORTEST = 200
_TOO_MUCH = frozenset({"context", "request"})


class Embeddings:
    """Asks one model of one server for vectors."""

    def __init__(self, server: Server, model: str, connection: Connection, means: Means) -> None:
        self._server, self._model, self._connection, self._means = server, model, connection, means
        base = connection.address.base
        self._v1 = [True] if connection.address.path or means.memory.needs_v1(base) else [False, True]
        self._batch = BATCH
        self._format: dict[str, str] = {"encoding_format": "float"}

    async def of(self, texts: Sequence[str]) -> list[list[float]]:
        """Return a vector for each text, in order. Raises RoundtableError with one line."""
        found: list[list[float]] = []
        while len(found) < len(texts):
            batch = [text or " " for text in texts[len(found) : len(found) + self._batch]]
            got = await self._try(batch)
            if isinstance(got, Fault):
                self._shrink_or_raise(got, batch)
                if len(batch) == 1:
                    got = await self._shortened(batch[0], got)
                else:
                    continue
            found += got
        return found

    def _shrink_or_raise(self, fault: Fault, batch: Sequence[str]) -> None:
        """Take fewer texts at once; raise what is wrong where their number cannot be the reason."""
        if fault.kind not in _TOO_MUCH:
            raise self._error(fault)
        self._batch = max(1, len(batch) // 2)

    async def _shortened(self, text: str, fault: Fault) -> list[list[float]]:
        """Return the vector of as much of one text as the model takes: its beginning."""
        while fault.kind == "context" and len(text) > _SHORTEST:
            text = text[: len(text) // 2]
            got = await self._try([text])
            if not isinstance(got, Fault):
                return got
            fault = got
        raise self._error(fault)

    def _error(self, fault: Fault) -> RoundtableError:
        return RoundtableError(compose(self._model, self._connection.address.host, fault.reason, fault.hint))

    async def _try(self, texts: Sequence[str]) -> list[list[float]] | Fault:
        """Ask until there is an answer, or a fault that waiting does not mend."""
        tries = Tries(Limits(), None)
        attempt = 0
        while True:
            attempt += 1
            if (left := self._connection.pause_left(self._means.random)) > 0:
                await asyncio.sleep(left)
            await self._connection.lane.enter()
            try:
                async with asyncio.timeout(LONGEST_S):
                    got = await self._ask(texts)
            except TimeoutError:
                got = Fault("timeout", f"no vectors within {LONGEST_S:g} s")
            finally:
                self._connection.lane.leave()
            if not isinstance(got, Fault):
                return got
            if self._format and "encoding_format" in f"{got.param} {got.detail}":
                self._format = {}
                continue
            if got.kind == "not_api" and len(self._v1) > 1:
                del self._v1[0]
                continue
            if not tries.again(got):
                return got
            wait = self._means.waits.before(attempt, got, self._means.random)
            if wait > self._means.waits.longest_s:
                return got
            await asyncio.sleep(wait)

    async def _ask(self, texts: Sequence[str]) -> list[list[float]] | Fault:
        body = {"model": self._model, "input": list(texts), **self._format}
        key = ""
        try:
            sdk = await self._connection.sdk()
            if self._server.key is not None:
                key = (await asyncio.to_thread(self._server.key)).strip()
                remember(key)
            url = self._connection.address.url("/embeddings", v1=self._v1[0])
            response = await transport.post(sdk, url, body, key=key, connect_s=Limits().connect_s, whole=True)
            try:
                raw = bytearray()
                async for data in response.aiter_bytes():
                    raw += data
                    if len(raw) > _MOST_BYTES:
                        return Fault("not_api", "its answer has no end")
            finally:
                await response.aclose()
        except Exception as error:
            return explain(error, key=key, connect_s=Limits().connect_s)
        try:
            value = await asyncio.to_thread(json.loads, bytes(raw))
        except (ValueError, RecursionError):
            return describe(response.status_code, response.headers, bytes(raw[:65_536]), key=key)
        vectors = read_vectors(value, len(texts))
        if vectors is not None:
            return vectors
        fault = describe(response.status_code, response.headers, value, key=key)
        what = "what answers there has no vectors for these texts"
        return fault if isinstance(value, dict) and value.get("error") else Fault("not_api", what, final=True)


def read_vectors(value: Any, count: int) -> list[list[float]] | None:
    """Return the vectors of an answer in the order of their texts; None if they are not there, one for each.

    Numbers may also come as base64 of little-endian floats: what the server was not asked for.
    """
    rows = value.get("data") if isinstance(value, dict) else None
    if not isinstance(rows, list) or len(rows) != count:
        return None
    found: dict[int, list[float]] = {}
    for at, row in enumerate(rows):
        numbers = row.get("embedding") if isinstance(row, dict) else None
        if isinstance(numbers, str):
            numbers = _unpacked(numbers)
        if not isinstance(numbers, list) or not numbers or not all(map(_is_number, numbers)):
            return None
        index = row.get("index", at)
        found[index if isinstance(index, int) else at] = [float(number) for number in numbers]
    sizes = {len(row) for row in found.values()}
    return (
        [found[at] for at in range(count)] if found.keys() == set(range(count)) and len(sizes) == 1 else None
    )


def _unpacked(packed: str) -> list[float] | None:
    try:
        raw = base64.b64decode(packed, validate=True)
        return list(struct.unpack(f"<{len(raw) // 4}f", raw))
    except (ValueError, struct.error):
        return None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and -1e30 < value < 1e30
