"""Discovery of servers on this machine, among other and hostile services."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest

from roundtable_tui.llm.demo.port import serve_demo
from roundtable_tui.llm.demo.responder import DemoApi
from roundtable_tui.llm.servers import discovery
from roundtable_tui.llm.servers.discovery import FoundServer, discover

pytestmark = pytest.mark.anyio

LONG = 30.0
"""No test waits for it: it only keeps a slow machine from looking like a missing server."""


def http(body: Any, status: str = "200 OK", **headers: str) -> bytes:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [
        f"HTTP/1.1 {status}",
        f"content-length: {len(raw)}",
        *(f"{k.replace('_', '-')}: {v}" for k, v in headers.items()),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + raw


class Listener:
    """A port that gives fixed bytes for each path, and keeps what it was asked."""

    def __init__(self, answers: dict[str, bytes]) -> None:
        self.answers = answers
        self.requests: list[str] = []
        self.port = 0

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.requests.append(head)
        path = head.split()[1]
        with contextlib.suppress(ConnectionError):
            writer.write(self.answers.get(path, http({"error": "none"}, "404 Not Found")))
            await writer.drain()
            if path in self.answers and not self.answers[path]:
                await reader.read()  # silent until the other side gives up
            writer.close()

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[Listener]:
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        yield self
        server.close()


async def probe(answer: bytes, label: str = "guess", **paths: bytes) -> list[FoundServer]:
    answers = {"/v1/models": answer, **{f"/{path}": value for path, value in paths.items()}}
    async with Listener(answers).open() as listener:
        return await discover({}, LONG, ports={listener.port: label})


@pytest.mark.parametrize(
    "body",
    [
        {"object": "list", "data": [{"id": "a"}, {"id": "b"}]},
        {"models": [{"name": "a"}, {"model": "b"}]},
        {"data": ["a", "b", "a", "", None, {"id": 7}]},
        [{"id": "a"}, "b"],
    ],
)
async def test_discover_reads_all_formats_of_model_lists(body: Any) -> None:
    (found,) = await probe(http(body))
    assert found.models == ("a", "b") and found.label == "guess" and found.base_url.endswith("/v1")


@pytest.mark.parametrize("body", [{"object": "list", "data": None}, {"object": "list", "data": []}, []])
async def test_discover_server_without_models_is_found(body: Any) -> None:
    (found,) = await probe(http(body))
    assert found.models == ()


async def test_discover_finds_litellm_that_refuses_with_400_without_a_key() -> None:
    # https://github.com/BerriAI/litellm/issues/12273, 2025-07-03.
    refusal = {"error": {"message": "No connected db.", "type": "no_db_connection", "code": "400"}}
    (found,) = await probe(http(refusal, "400 Bad Request"), "LiteLLM")
    assert (found.label, found.wants_key, found.models) == ("LiteLLM", True, ())
    assert await probe(http({"error": {"type": "other"}}, "400 Bad Request")) == []


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\r\n\r\n",
        http(b"<html>hello</html>"),
        http({"hello": 1}),
        http({"data": "many"}),
        http({"data": [1, 2]}),
        http({"data": [{"id": "a"}]}, "500 Internal Server Error"),
        http(b"", "302 Found", location="http://127.0.0.1:9/v1/models"),
        http(b"login", "401 Unauthorized"),
        b"HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffff\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n" + b" " * 1_100_000,
        http(gzip.compress(b'["a"]'), content_encoding="gzip"),
        b"x" * 200_000,
    ],
    ids=lambda answer: answer[:40].decode("latin-1"),
)
async def test_discover_other_services_are_ignored(answer: bytes) -> None:
    async with Listener({"/v1/models": answer}).open() as listener:
        limit = 0.05 if not answer else LONG
        assert await discover({}, limit, ports={listener.port: "guess"}) == []


async def test_discover_reads_chunked_and_unbounded_bodies() -> None:
    raw = json.dumps({"data": [{"id": "a"}]}).encode()
    chunks = b"%x\r\n%b\r\n%x;x=1\r\n%b\r\n0\r\n\r\n" % (5, raw[:5], len(raw) - 5, raw[5:])
    (one,) = await probe(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + chunks)
    (two,) = await probe(b"HTTP/1.0 200 OK\r\n\r\n" + raw)
    assert one.models == two.models == ("a",)


@pytest.mark.parametrize(
    ("answer", "label"),
    [
        (http({"data": [{"id": "a", "owned_by": "vllm"}]}), "vLLM"),
        (http({"data": [{"id": "a", "owned_by": "library"}]}), "Ollama"),
        (http({"data": [{"id": "a", "owned_by": "llamacpp"}]}), "llama.cpp"),
        (http({"data": [{"id": "a"}]}, x_litellm_version="1.2"), "LiteLLM"),
        (http({"data": [{"id": "a"}]}, server="llama.cpp"), "llama.cpp"),
        (http({"data": [{"id": "a", "owned_by": "me"}]}), "guess"),
        (http({"data": [{"id": "a", "owned_by": ["me"]}]}), "guess"),
    ],
)
async def test_discover_response_corrects_the_label(answer: bytes, label: str) -> None:
    (found,) = await probe(answer)
    assert found.label == label


async def test_discover_props_identify_llama_cpp(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "_PROPS_TIMEOUT_S", LONG)
    (found,) = await probe(http([{"id": "a"}]), props=http({"default_generation_settings": {}}))
    assert found.label == "llama.cpp"


async def test_discover_server_requiring_a_key_is_found() -> None:
    (found,) = await probe(http({"error": {"message": "no key"}}, "401 Unauthorized"))
    assert (found.models, found.wants_key) == ((), True)
    (proxy,) = await probe(http({"error": {"message": "no key"}}, "401 Unauthorized", x_litellm_version="1"))
    assert (proxy.label, proxy.wants_key) == ("LiteLLM", True)


async def test_discover_silent_server_does_not_hide_others() -> None:
    async with Listener({"/v1/models": b""}).open() as silent, serve_demo(DemoApi(pace=0)) as url:
        port = int(url.removesuffix("/v1").rpartition(":")[2])
        found = await discover({}, 3.0, ports={silent.port: "silent", port: "guess"})
    assert [(s.label, s.base_url) for s in found] == [("demo", url)]


async def test_discover_sends_key_only_to_its_server() -> None:
    listing = {"/v1/models": http([{"id": "a"}]), "/api/models": http([{"id": "b"}])}
    async with Listener(listing).open() as named, Listener(listing).open() as other:
        environ = {"OPENAI_BASE_URL": f"http://localhost:{named.port}/api/", "OPENAI_API_KEY": "sk-secret"}
        found = await discover(environ, LONG, ports={other.port: "other"})
    assert [(s.base_url, s.models, s.wants_key) for s in found] == [
        (f"http://127.0.0.1:{named.port}/api", ("b",), False),
        (f"http://127.0.0.1:{other.port}/v1", ("a",), False),
    ]
    assert "Bearer sk-secret" in named.requests[0]
    assert not any("sk-secret" in request for request in other.requests)


@pytest.mark.parametrize(
    "form",
    [
        "127.0.0.1:{}",
        "0.0.0.0:{}",
        ":{}",
        "http://localhost:{}",
        "http://0.0.0.0:{}/",
        '"127.0.0.1:{}"',
        "'[::]:{}'",
    ],
)
async def test_discover_reads_all_forms_of_ollama_host(form: str) -> None:
    async with Listener({"/v1/models": http({"object": "list", "data": [{"id": "a"}]})}).open() as listener:
        found = await discover({"OLLAMA_HOST": form.format(listener.port)}, LONG, ports={})
    assert found == [FoundServer("Ollama", f"http://127.0.0.1:{listener.port}/v1", ("a",))]


@pytest.mark.parametrize("address", ["http://[", "ftp://x", "host:port", "http://x:99999999", "\x00", "a\nb"])
async def test_discover_invalid_variables_are_ignored(address: str) -> None:
    assert await discover({"OPENAI_BASE_URL": address, "OLLAMA_HOST": address}, 0.1, ports={}) == []


async def test_discover_without_servers_is_empty() -> None:
    assert await discover({}, ports={}) == []
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        assert await discover({}, LONG, ports={closed.getsockname()[1]: "gone"}) == []


def test_discovery_import_is_light() -> None:
    heavy = "{'openai', 'httpx2', 'pydantic', 'textual'}"
    code = f"import sys, roundtable_tui.llm.servers.discovery; print({heavy} & set(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "set()"
