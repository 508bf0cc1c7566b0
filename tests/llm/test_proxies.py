"""Proxies of the environment: which requests use one, and how their faults are named."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import pytest

from roundtable_tui.llm.http.proxies import find_proxy
from roundtable_tui.llm.http.transport import create_client
from roundtable_tui.llm.servers.url import parse_server_url
from roundtable_tui.llm.types import Limits
from tests.support.fake_server import FakeServer, Reply
from tests.support.llm_call import a_client, failed, finished, pieces_of

REMOTE = "http://models.example/v1"


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http", "https", "all", "no"):
        monkeypatch.delenv(f"{name}_proxy", raising=False)
        monkeypatch.delenv(f"{name}_PROXY".upper(), raising=False)


@contextmanager
def closed_port() -> Iterator[int]:
    """A port that refuses connections, and that no other program can open meanwhile."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield int(taken.getsockname()[1])


@asynccontextmanager
async def a_proxy(answer: bytes) -> AsyncIterator[int]:
    """Run a proxy that answers every request for a connection with `answer`."""

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(connect, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.anyio
async def test_dead_proxy_is_named_as_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with closed_port() as port:
        monkeypatch.setenv("HTTP_PROXY", f"http://ada:secret-word@127.0.0.1:{port}")
        async with a_client() as client:
            last = failed(await pieces_of(client, REMOTE))
    assert last.kind == "unreachable"
    assert f"the proxy 127.0.0.1:{port} cannot be reached: connection refused" in last.message
    assert "HTTP_PROXY" in last.message and "NO_PROXY" in last.message and "secret" not in last.message


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n", "wants a login (407"),
        (b"HTTP/1.1 403 Blocked by policy\r\nContent-Length: 0\r\n\r\n", "refused the connection: 403"),
    ],
)
async def test_refusing_proxy_is_named_as_a_proxy(
    answer: bytes, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_proxy(answer) as port, a_client() as client:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")
        last = failed(await pieces_of(client, REMOTE.replace("http:", "https:")))
    assert last.kind == "unreachable" and f"the proxy 127.0.0.1:{port} {said}" in last.message
    assert "https_proxy" in last.message


@pytest.mark.anyio
async def test_proxy_that_wants_a_login_for_a_plain_request_is_named() -> None:
    async with FakeServer(Reply(status=407, body="Login first")) as fake, a_client() as client:
        last = failed(await pieces_of(client, fake.url))
    assert last.kind == "unreachable" and "the proxy wants a user and a password (407)" in last.message


@pytest.mark.anyio
@pytest.mark.parametrize("scheme", ["socks5", "socks5h", "socks", "SOCKS5"])
async def test_missing_socks_support_names_the_package(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", f"{scheme}://127.0.0.1:1080/")
    async with a_client() as client:
        last = failed(await pieces_of(client, REMOTE))
    assert "ALL_PROXY names a SOCKS proxy" in last.message and "pip install socksio" in last.message


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("socks4://ada:secret-word@127.0.0.1:1080", "HTTP_PROXY has the unknown scheme socks4"),
        ("ftp://127.0.0.1:21", "HTTP_PROXY has the unknown scheme ftp"),
        ("http://127.0.0.1:port", "HTTP_PROXY is not a URL"),
        ("http://[::1", "HTTP_PROXY is not a URL"),
    ],
)
async def test_proxy_that_cannot_be_used_names_its_variable(
    value: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", value)
    async with a_client() as client:
        last = failed(await pieces_of(client, REMOTE))
    assert (last.kind, last.attempts) == ("unreachable", 0) and said in last.message
    assert "secret" not in last.message and "Error" not in last.message


@pytest.mark.anyio
@pytest.mark.parametrize("status", [403, 502, 503, 504])
async def test_answer_of_a_proxy_to_a_plain_request_is_named_as_its_own(
    status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Squid and others answer plain requests themselves, with a page or nothing; JSON is from the server."""
    for answer in ("<html>no</html>", "", '{"error": "no"}'):
        fake = FakeServer(elsewhere=Reply(status=status, body=answer))
        async with fake, a_client() as client:
            monkeypatch.setenv("HTTP_PROXY", fake.root)
            last = failed(await pieces_of(client, REMOTE, limits=Limits(retries=0)))
        is_proxy = f"the proxy 127.0.0.1:{fake.port} answered: {status}" in last.message
        assert is_proxy is ("{" not in answer), last.message
        assert ("HTTP_PROXY" in last.message and "key" not in last.message) or not is_proxy


@pytest.mark.anyio
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_proxy_that_is_no_address_is_not_called_a_wrong_base_url(
    scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"{scheme.upper()}_PROXY", "http://256.1.1.1:3128")
    async with a_client() as client:
        last = failed(await pieces_of(client, f"{scheme}://models.example/v1"))
    assert "256.1.1.1" in last.message and "proxy" in last.message and "base URL" not in last.message


@pytest.mark.anyio
@pytest.mark.parametrize("name", ["models.example", ".example", "*", "models.example:80, other"])
async def test_no_proxy_is_honoured_before_the_proxy_is_looked_at(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1080")
    monkeypatch.setenv("NO_PROXY", name)
    await create_client(parse_server_url("http://models.example:80/v1"), "http").aclose()


@pytest.mark.anyio
async def test_server_of_this_machine_needs_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1080")
    async with FakeServer("Oak.") as fake, a_client() as client:
        assert finished(await pieces_of(client, fake.url)).text == "Oak."


@pytest.mark.parametrize(
    ("host", "exceptions", "is_used"),
    [
        ("192.168.7.9", "192.168.0.0/16", False),
        ("192.169.7.9", "192.168.0.0/16", True),
        ("fd00::7", "[fd00::]/8", False),
        ("models.example", "192.168.0.0/16", True),
    ],
)
def test_find_proxy_reads_networks_in_no_proxy(
    host: str, exceptions: str, is_used: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", exceptions)
    found = find_proxy("https", host)
    assert (found is not None) == is_used
    if found is not None:
        assert (found.url, found.host) == ("http://proxy.example:3128", "proxy.example:3128")
