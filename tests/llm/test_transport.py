"""The HTTP client of a server: what is imported for it, what it sends, which certificates it trusts."""

from __future__ import annotations

import gzip
import ssl
import subprocess
import sys
import tracemalloc
import zlib

import httpx2
import pytest

from roundtable_tui.llm.http.connection import Connection
from roundtable_tui.llm.http.connection_stack import ConnectionStack
from roundtable_tui.llm.http.transport import create_client, post, post_with_sdk
from roundtable_tui.llm.servers.url import parse_server_url
from roundtable_tui.llm.types import Limits
from tests.support.fake_server import FakeServer, Reply
from tests.support.fake_server.threaded import served
from tests.support.lazy_module import import_lazily
from tests.support.llm_call import a_client, finished, pieces_of, request

openai = import_lazily("openai")
ONE_CALL = """
import asyncio, sys
from roundtable_tui.llm.client import Client
from roundtable_tui.llm.types import ChatRequest, Finished, Limits, Server

async def main():
    client, server = Client(), Server("fake", sys.argv[1])
    request = ChatRequest("fake", [{"role": "user", "content": "Why?"}])
    pieces = [piece async for piece in client.stream(server, request, Limits())]
    models = await client.list_models(server)
    await client.aclose()
    print(isinstance(pieces[-1], Finished) and len(models) > 0, "openai" in sys.modules)

asyncio.run(main())
"""


def test_chat_call_and_model_list_do_not_import_the_sdk() -> None:
    with served("Yes.") as fake:
        out = subprocess.run(
            [sys.executable, "-c", ONE_CALL, fake.url], capture_output=True, text=True, check=True
        )
    assert out.stdout.split() == ["True", "False"]


@pytest.mark.anyio
async def test_chat_request_has_only_the_headers_that_a_server_needs() -> None:
    async with FakeServer("Yes.") as fake, a_client() as client:
        finished(await pieces_of(client, fake.url, request(), Limits(), key=lambda: "sk-1234567890"))
    headers = dict(fake.requests[0].headers)
    assert headers.pop("content-length").isdigit()
    assert headers == {
        "host": fake.url.split("/")[2],
        "connection": "keep-alive",
        "authorization": "Bearer sk-1234567890",
        "accept": "text/event-stream",
        "accept-encoding": "identity",
        "content-type": "application/json",
        "user-agent": "roundtable-tui",
    }


def trusted_certificates(client: httpx2.AsyncClient) -> ssl.SSLContext:
    stack = client._transport
    assert isinstance(stack, ConnectionStack)
    transport = stack._create_transport(httpx2.Limits())
    assert isinstance(transport, httpx2.AsyncHTTPTransport)
    context = transport._pool._ssl_context
    assert isinstance(context, ssl.SSLContext)
    return context


@pytest.mark.anyio
async def test_client_for_plain_http_trusts_no_certificate() -> None:
    client = create_client(parse_server_url("http://127.0.0.1:1/v1"), "http")
    context = trusted_certificates(client)
    assert context.verify_mode is ssl.CERT_REQUIRED and context.check_hostname
    assert context.cert_store_stats()["x509_ca"] == 0
    await client.aclose()


@pytest.mark.anyio
@pytest.mark.parametrize("base_url", ["https://example.org/v1", "http://127.0.0.1:1/v1"])
async def test_connection_after_a_redirect_to_https_checks_certificates(base_url: str) -> None:
    connection = Connection(parse_server_url(base_url), 1)
    plain = await connection.get_client()
    secure = await connection.get_client(base_url.replace("http://", "https://"))
    assert (secure is plain) == base_url.startswith("https")
    context = trusted_certificates(secure)
    assert context.verify_mode is ssl.CERT_REQUIRED and context.check_hostname
    assert await connection.get_client() is plain
    await connection.aclose()
    assert plain.is_closed and secure.is_closed


@pytest.mark.anyio
async def test_client_for_plain_http_through_a_proxy_loads_certificates(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTP_PROXY", "https://proxy.example:8443")
    loaded: list[object] = []
    real = httpx2.create_ssl_context
    monkeypatch.setattr(
        httpx2, "create_ssl_context", lambda **options: loaded.append(options) or real(**options)
    )
    await create_client(parse_server_url("http://example.org/v1"), "http").aclose()
    assert loaded == [{"trust_env": False}]


def packed(name: str, data: bytes) -> bytes:
    if name == "gzip":
        return gzip.compress(data, mtime=0)
    return zlib.compress(data) if name == "deflate" else zlib.compress(data, wbits=-15)


async def read_error(headers: dict[str, str], body: bytes) -> tuple[bytes, int]:
    """Return the body of an error response as a caller reads it, and the largest size of it in memory."""
    async with FakeServer(Reply(status=500, headers=headers, body=body)) as fake:
        client = create_client(parse_server_url(fake.url), "http")
        tracemalloc.start()
        with pytest.raises(httpx2.HTTPStatusError) as caught:
            await post(client, f"{fake.url}/chat/completions", {}, key="", connect_s=5)
        content = caught.value.response.content
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        await client.aclose()
    return content, peak


@pytest.mark.anyio
@pytest.mark.parametrize("coding", ["gzip", "deflate", "raw deflate"])
async def test_compressed_error_body_is_bounded_after_decoding(coding: str) -> None:
    bomb = packed(coding, b'{"error": {"message": "' + b"a" * 50_000_000)
    assert len(bomb) < 64_000
    content, peak = await read_error({"content-encoding": coding.split()[-1]}, bomb)
    assert content.startswith(b'{"error": {"message": "aaa') and len(content) == 64 * 1024
    assert peak < 10_000_000


@pytest.mark.anyio
async def test_compressed_error_body_is_read() -> None:
    content, _ = await read_error({"content-encoding": "gzip"}, packed("gzip", b'{"error": "no"}'))
    assert content == b'{"error": "no"}'


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("coding", "body"),
    [("gzip", b"not gzip"), ("gzip, gzip", packed("gzip", packed("gzip", b"no")))],
    ids=["not gzip", "twice"],
)
async def test_error_body_that_cannot_be_decoded_is_empty(coding: str, body: bytes) -> None:
    assert (await read_error({"content-encoding": coding}, body))[0] == b""


@pytest.mark.anyio
async def test_compressed_error_body_through_the_sdk_is_bounded() -> None:
    bomb = packed("gzip", b"a" * 50_000_000)
    async with FakeServer(Reply(status=500, headers={"content-encoding": "gzip"}, body=bomb)) as fake:
        client = create_client(parse_server_url(fake.url), "http")
        with pytest.raises(openai.APIStatusError) as caught:
            await post_with_sdk(client, f"{fake.url}/chat/completions", {}, key="", connect_s=5)
        assert len(caught.value.response.content) == 64 * 1024
        await client.aclose()
