"""Sends a body as it is, and yields the JSON objects of the response: for requests of other programs.

One attempt: nothing is adapted or sent again. Limits of the server and timeouts apply.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from typing import Any

from roundtable_tui.llm.errors.classify import classify_error
from roundtable_tui.llm.errors.network import explain_exception
from roundtable_tui.llm.http import transport
from roundtable_tui.llm.http.connection import Connection
from roundtable_tui.llm.http.secrets import fetch_secret
from roundtable_tui.llm.stream.body import SseReader
from roundtable_tui.llm.stream.chunk import parse_json_values, read_chunk
from roundtable_tui.llm.types import CallError, Limits, Server
from roundtable_tui.utils.redact import register_secret

MAX_BYTES = 64 * 1024 * 1024
"""Bytes of a response that are read."""
_DONE = "[DONE]"


async def stream_objects(
    connection: Connection, url: str, server: Server, body: Mapping[str, Any], limits: Limits
) -> AsyncGenerator[Mapping[str, Any] | CallError, None]:
    """Yield the objects of a chat completion: chunks, or one whole one. A CallError is the last.

    Args:
        connection: what all calls of the server share.
        url: where to send the body.
        server: the server, for its key and headers.
        body: the body.
        limits: the timeouts.
    """
    await connection.limiter.acquire()
    key = ""
    try:
        client = await connection.get_client(url)
        key = (await fetch_secret(server.key)).strip() if server.key is not None else ""
        register_secret(key)
        headers = await fetch_secret(server.headers) if server.headers is not None else {}
        async with asyncio.timeout(limits.first_token_s):
            response = await transport.post(
                client, url, body, key=key, connect_s=limits.connect_s, headers=headers,
                non_streaming=not body.get("stream"),
            )  # fmt: skip
        try:
            is_stream = "event-stream" in response.headers.get("content-type", "")
            async for value in _read_values(response.aiter_bytes(), limits, is_stream=is_stream):
                if not isinstance(value, Mapping):
                    continue
                yield value
                if (error := read_chunk(value).error) is not None:
                    yield classify_error(response.status_code, response.headers, error, key=key)
                    return
        finally:
            await response.aclose()
    except TimeoutError:
        yield CallError("timeout", "the server was silent for too long")
    except _CutError:
        yield CallError("cut", "the answer was cut off")
    except Exception as error:
        yield explain_exception(error, key=key, connect_s=limits.connect_s)
    finally:
        connection.limiter.release()


class _CutError(Exception):
    """The stream ended before its end was announced, or was too long."""


async def _read_values(pieces: Any, limits: Limits, *, is_stream: bool) -> AsyncGenerator[Any, None]:
    """Yield the JSON values of a body."""
    reader, whole, size, is_finished, waits = SseReader(), bytearray(), 0, False, limits.first_token_s
    iterator = aiter(pieces)
    while True:
        try:
            async with asyncio.timeout(waits):
                data = await anext(iterator)
        except StopAsyncIteration:
            break
        except Exception:
            if is_finished:  # What fails after the end of an answer takes nothing from it.
                return
            raise
        size += len(data)
        if size > MAX_BYTES:
            raise _CutError
        if not is_stream:
            whole += data
            continue
        for _, text in reader.feed(data):
            waits = limits.idle_s
            if text.strip() == _DONE:
                return
            values, is_broken = parse_json_values(text)
            if is_broken:
                raise _CutError
            for value in values:
                is_finished = is_finished or bool(read_chunk(value).finish_reason)
                yield value
    if is_stream:
        if not is_finished:
            raise _CutError
        return
    values, is_broken = parse_json_values(whole.decode("utf-8", "replace"))
    if is_broken or not values:
        raise _CutError
    for value in values:
        yield value
