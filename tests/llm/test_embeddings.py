"""Embedding requests, also to servers with small limits."""

from __future__ import annotations

import asyncio
import base64
import json
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import httpx2
import pytest

from roundtable_tui.errors import RoundtableError
from roundtable_tui.llm.client import BackoffPolicy, Client
from roundtable_tui.llm.demo.responder import DemoApi, create_demo_server
from roundtable_tui.llm.embeddings import parse_vectors
from roundtable_tui.llm.types import Server

pytestmark = pytest.mark.anyio

Answer = tuple[int, Any]


class Wire(httpx2.AsyncBaseTransport):
    """Answers each request as a function says, and keeps what was sent."""

    def __init__(self, answer: Callable[[dict[str, Any], int], Answer]) -> None:
        self.answer = answer
        self.sent: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.headers: list[httpx2.Headers] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.sent.append(json.loads(await request.aread()))
        self.paths.append(request.url.path)
        self.headers.append(request.headers)
        status, body = self.answer(self.sent[-1], len(self.sent))
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return httpx2.Response(status, content=raw, request=request)


def lengths(body: dict[str, Any]) -> Any:
    """Answer each text with its length: a vector that says which text it is of."""
    rows = [{"index": n, "embedding": [len(text), 1]} for n, text in enumerate(body["input"])]
    return {"data": rows[::-1]}


@asynccontextmanager
async def served(
    answer: Callable[[dict[str, Any], int], Answer], url: str = "http://there/v1"
) -> AsyncIterator[tuple[Client, Server, Wire]]:
    wire = Wire(answer)
    client = Client(backoff=BackoffPolicy(base_delay_s=0.001, max_delay_s=0.002), random=Random(1))
    try:
        yield client, Server("there", url, key=lambda: "sk-secret", transport=wire), wire
    finally:
        await client.aclose()


async def test_embed_gives_one_vector_per_text_and_names_format() -> None:
    async with served(lambda body, nth: (200, lengths(body))) as (client, server, wire):
        texts = ["x" * n for n in range(1, 80)]
        assert await client.embed(server, "mini", texts) == [[float(n), 1.0] for n in range(1, 80)]
        assert await client.embed(server, "mini", []) == []
    assert [len(sent["input"]) for sent in wire.sent] == [32, 32, 15]
    assert all(sent["encoding_format"] == "float" and sent["model"] == "mini" for sent in wire.sent)
    assert wire.paths[0] == "/v1/embeddings"
    assert wire.headers[0]["authorization"] == "Bearer sk-secret"


async def test_embed_demo_similar_texts_have_near_vectors() -> None:
    client = Client()
    ship, boat, sum_ = await client.embed(
        create_demo_server(DemoApi(pace=0)),
        "demo-large",
        ["The ship sails home", "home sails the boat", "two and two"],
    )
    await client.aclose()

    def product(one: list[float], other: list[float]) -> float:
        return sum(a * b for a, b in zip(one, other, strict=True))

    assert product(ship, boat) > 0.5 > product(ship, sum_)


async def test_embed_small_batch_limit_is_respected() -> None:
    def answer(body: dict[str, Any], nth: int) -> Answer:
        if len(body["input"]) > 5:
            return 422, {"error": "batch size 32 > maximum allowed batch size 5"}
        return 200, lengths(body)

    async with served(answer) as (client, server, wire):
        assert len(await client.embed(server, "mini", ["x"] * 20)) == 20
    assert [len(sent["input"]) for sent in wire.sent] == [20, 10, 5, 5, 5, 5]


async def test_embed_too_long_text_is_shortened() -> None:
    def answer(body: dict[str, Any], nth: int) -> Answer:
        if any(len(text) > 900 for text in body["input"]):
            return 500, {"error": {"message": "input is too large to process. increase the batch size"}}
        return 200, lengths(body)

    async with served(answer) as (client, server, _):
        got = await client.embed(server, "mini", ["x" * 100, "y" * 3000, "z" * 50])
    assert got == [[100.0, 1.0], [750.0, 1.0], [50.0, 1.0]]


async def test_embed_rejected_format_is_left_out() -> None:
    def answer(body: dict[str, Any], nth: int) -> Answer:
        if "encoding_format" in body:
            return 400, {"error": {"message": "unsupported parameter: encoding_format"}}
        return 200, lengths(body)

    async with served(answer) as (client, server, wire):
        assert len(await client.embed(server, "mini", ["x"] * 40)) == 40
    assert ["encoding_format" in sent for sent in wire.sent] == [True, False, False]


async def test_embed_base_url_without_path_tries_v1() -> None:
    def answer(body: dict[str, Any], nth: int) -> Answer:
        return (404, b"404 page not found") if nth == 1 else (200, lengths(body))

    async with served(answer, "http://there") as (client, server, wire):
        assert await client.embed(server, "mini", ["xx"]) == [[2.0, 1.0]]
    assert wire.paths == ["/embeddings", "/v1/embeddings"]


async def test_embed_busy_server_is_retried() -> None:
    def answer(body: dict[str, Any], nth: int) -> Answer:
        return (503, {"error": "loading model"}) if nth < 3 else (200, lengths(body))

    async with served(answer) as (client, server, wire):
        assert await client.embed(server, "mini", ["xx"]) == [[2.0, 1.0]]
    assert len(wire.sent) == 3


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ((401, {"error": {"message": "bad key sk-secret"}}), "the key was refused"),
        ((404, {"error": {"message": "model mini not found"}}), "the server does not have this model"),
        (
            (501, {"error": {"message": "this server does not support embeddings"}}),
            "does not support embeddings",
        ),
        ((200, b"<html><title>Log in</title></html>"), "web page"),
        ((200, {"data": []}), "no vectors for these texts"),
        ((200, {"data": [{"embedding": []}]}), "no vectors for these texts"),
        ((200, {"error": {"message": "not today"}}), "not today"),
        ((200, b"{"), ""),
    ],
)
async def test_embed_error_is_one_line_without_key(answer: Answer, told: str) -> None:
    async with served(lambda body, nth: answer) as (client, server, _):
        with pytest.raises(RoundtableError) as caught:
            await client.embed(server, "mini", ["x"])
    line = str(caught.value)
    assert line.startswith("mini at there: ") and told in line
    assert "sk-secret" not in line and "\n" not in line


async def test_embed_respects_the_concurrency_limit() -> None:
    busy, most = 0, 0

    class Slow(Wire):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            nonlocal busy, most
            busy += 1
            most = max(most, busy)
            await asyncio.sleep(0)
            busy -= 1
            return await super().handle_async_request(request)

    server = Server(
        "there", "http://there/v1", concurrency=2, transport=Slow(lambda body, nth: (200, lengths(body)))
    )
    client = Client()
    await asyncio.gather(*(client.embed(server, "mini", ["x"]) for _ in range(8)))
    await client.aclose()
    assert most <= 2


def test_parse_vectors_reads_known_formats_only() -> None:
    packed = base64.b64encode(struct.pack("<2f", 0.5, -2.0)).decode()
    assert parse_vectors({"data": [{"embedding": packed, "index": 0}]}, 1) == [[0.5, -2.0]]
    assert parse_vectors({"data": [{"embedding": [1]}, {"embedding": [2]}]}, 2) == [[1.0], [2.0]]
    for wrong in (
        None,
        [],
        {"data": [{"embedding": [1, 2], "index": 0}, {"embedding": [1], "index": 1}]},
        {"data": [{"embedding": [1], "index": 0}, {"embedding": [1], "index": 0}]},
        {"data": [{"embedding": [float("nan")]}, {"embedding": [1]}]},
        {"data": [{"embedding": [10**400]}, {"embedding": [1]}]},
        {"data": [{"embedding": ["1"]}, {"embedding": [True]}]},
        {"data": [{"embedding": "!"}, {"embedding": "AAA="}]},
        {"data": [{}, 1]},
    ):
        assert parse_vectors(wrong, 2) is None
