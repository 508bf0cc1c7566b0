"""The HTTP client of a server: what is imported for it, what it sends, which certificates it trusts."""

from __future__ import annotations

import ssl
import subprocess
import sys

import httpx2
import pytest

from roundtable_tui.llm.http.connection import Connection
from roundtable_tui.llm.http.transport import create_client
from roundtable_tui.llm.servers.url import parse_server_url
from roundtable_tui.llm.types import Limits
from tests.support.fake_server import FakeServer
from tests.support.fake_server.threaded import served
from tests.support.llm_call import a_client, finished, pieces_of, request

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
    headers = fake.requests[0].headers
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
    transport = client._transport
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
    monkeypatch.setenv("HTTP_PROXY", "https://proxy.example:8443")
    loaded: list[object] = []
    real = httpx2.create_ssl_context
    monkeypatch.setattr(
        "httpx2._transports.default.create_ssl_context",
        lambda verify, **rest: loaded.append(verify) or real(verify, **rest),
    )
    await create_client(parse_server_url("http://example.org/v1"), "http").aclose()
    assert loaded and all(verify is True for verify in loaded)
