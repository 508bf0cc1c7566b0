"""The step-by-step check of a server."""

from __future__ import annotations

import asyncio
import socket
import ssl

import pytest

from roundtable_tui.config import ServerSettings
from roundtable_tui.model_choice.server_check import CheckResult, check_server
from tests.support.fake_server import FakeServer, Reply, error, page

pytestmark = pytest.mark.anyio
SECRET = "sk-very-secret-123456"


async def checked(
    url: str, *, ask: bool = True, environ: dict[str, str] | None = None, **fields: str
) -> list[CheckResult]:
    server = ServerSettings("box", url, **fields)  # type: ignore[arg-type]
    found = [one async for one in check_server(server, environ or {}, ask=ask)]
    assert not any(SECRET in str(one) for one in found)
    return [one for one in found if one.mark != "wait"]


def marks(found: list[CheckResult]) -> str:
    return " ".join(one.mark for one in found)


async def test_check_server_working_server_is_ok() -> None:
    async with FakeServer("Yes.", models=["small", "large"]) as fake:
        found = await checked(fake.url)
        assert marks(found) == "ok ok ok"
        assert f"port {fake.port}" in found[0].what
        assert "2 models" in found[1].what and "small, large" in found[1].what
        assert found[1].models == ("small", "large")
        assert found[2].what.startswith("small answers: first token after")
        assert len(fake.requests) == 1 and fake.requests[0].body["max_tokens"] == 16


async def test_check_server_without_ask_calls_no_model() -> None:
    async with FakeServer(models=["a"]) as fake:
        assert marks(await checked(fake.url, ask=False)) == "ok ok"
        assert not fake.requests


async def test_check_server_stops_reading_after_the_first_token() -> None:
    async with FakeServer(Reply(text="one two three", gates={1: asyncio.Event()}), models=["a"]) as fake:
        assert (await checked(fake.url))[-1].mark == "ok"
        await asyncio.wait_for(fake.requests[0].ended.wait(), 60)
        assert fake.requests[0].left_early


@pytest.mark.parametrize("path", ["", "/chat", "/v1/chat/completions"])
async def test_check_server_url_without_v1_suggests_it(path: str) -> None:
    async with FakeServer(models=["a"]) as fake:
        found = await checked(fake.root + path)
        right = next((one for one in found if one.url), None)
        if path.endswith("completions"):
            assert marks(found) == "ok ok ok", "what stands behind /v1 is left out"
        else:
            assert right is not None and right.url == fake.url
            assert right.mark == ("bad" if path else "note")


async def test_check_server_web_page_is_bad() -> None:
    html = Reply(body="<html><title>Welcome</title></html>", headers={"content-type": "text/html"})
    async with FakeServer(models_reply=html, base="/nowhere", elsewhere=html) as fake:
        last = (await checked(fake.url))[-1]
        assert last.mark == "bad" and "web page" in last.what and "Welcome" in last.what
        assert "base URL" in last.hint


async def test_check_server_web_page_with_api_below_suggests_its_url() -> None:
    html = Reply(body="<html><title>Open UI</title></html>", headers={"content-type": "text/html"})
    async with FakeServer(base="/api/v1", models=["a"], elsewhere=html) as fake:
        last = (await checked(fake.root + "/app"))[-1]
        assert (last.mark, last.url) == ("bad", fake.url) and "web page" in last.what


@pytest.mark.parametrize(
    ("environ", "fields", "words"),
    [
        ({}, {}, "a key is required"),
        ({"BOX_KEY": SECRET}, {"api_key_env": "BOX_KEY"}, "the key was refused (401)"),
    ],
)
async def test_check_server_missing_or_wrong_key_is_bad(
    environ: dict[str, str], fields: dict[str, str], words: str
) -> None:
    refused = Reply(status=401, body={"error": {"message": f"Incorrect API key: {SECRET}"}})
    async with FakeServer(models_reply=refused) as fake:
        last = (await checked(fake.url, environ=environ, **fields))[-1]
        assert last.mark == "bad" and words in last.what
        assert ("$BOX_KEY" if environ else "variable") in last.hint


async def test_check_server_unset_key_variable_is_reported_first() -> None:
    (only,) = await checked("http://127.0.0.1:1/v1", api_key_env="NO_SUCH_KEY")
    assert only.mark == "bad" and "NO_SUCH_KEY is not set" in only.what


async def test_check_server_closed_port_or_unknown_host_is_bad() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        (only,) = await checked(f"http://127.0.0.1:{port}/v1")
    assert only.mark == "bad" and f"connection refused on port {port}" in only.what and "Start" in only.hint


async def test_check_network_unknown_host_is_bad(monkeypatch: pytest.MonkeyPatch) -> None:
    async def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    for variable in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unknown)
    (only,) = await checked("http://no-such-host.example/v1")
    assert only.what == "host name not found: no-such-host.example"


async def test_check_network_with_proxy_skips_name_and_port(monkeypatch: pytest.MonkeyPatch) -> None:
    async with FakeServer(models=["a"]) as fake:
        monkeypatch.setenv("http_proxy", f"http://me:{SECRET}@127.0.0.1:{fake.port}")
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        found = await checked("http://models.example/v1", api_key_env="BOX_KEY", environ={"BOX_KEY": SECRET})
        assert (found[1].mark, found[1].what) == ("note", "the key is sent unencrypted")
        assert "through the proxy 127.0.0.1" in found[2].what


async def test_check_network_https_on_plain_port_suggests_http() -> None:
    async def plain(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(plain, "127.0.0.1", 0) as server:
        at = f"127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        last = (await checked(f"https://{at}"))[-1]
        assert last.mark == "bad" and "does not use TLS" in last.what and last.url == f"http://{at}"


async def test_check_server_untrusted_certificate_is_bad(monkeypatch: pytest.MonkeyPatch) -> None:
    from roundtable_tui.llm.client import Client
    from roundtable_tui.llm.errors.network import _unreachable_error

    cause = ssl.SSLCertVerificationError()
    cause.verify_message = "self-signed certificate"

    async def listing(*_: object) -> object:
        return _unreachable_error([cause])

    monkeypatch.setattr(Client, "list_models_at", listing)
    async with FakeServer() as fake:
        last = (await checked(fake.url))[-1]
        assert last.mark == "bad" and "certificate is not trusted: self-signed" in last.what


async def test_check_server_unlisted_model_is_bad() -> None:
    async with FakeServer(models=["qwen3:8b"]) as fake:
        last = (await checked(fake.url, model="qwen3:8"))[-1]
        assert last.mark == "bad" and last.hint == "Did you mean qwen3:8b?"


async def test_check_server_empty_model_list_is_a_note() -> None:
    async with FakeServer(models=[]) as fake:
        found = await checked(fake.url)
        assert marks(found) == "ok note note" and found[1].what == "lists no model"


async def test_check_server_without_list_asks_the_named_model() -> None:
    gone = Reply(status=404, body={"error": {"message": "no route"}})
    async with FakeServer("Yes.", models_reply=gone) as fake:
        found = await checked(fake.url, model="m")
        assert marks(found) == "ok note ok" and found[-1].what.startswith("m answers")


@pytest.mark.parametrize(
    ("reply", "mark", "words"),
    [
        (Reply(reasoning="Hmm.", text="Yes."), "ok", "with reasoning first"),
        (error(500, "out of memory"), "bad", "out of memory"),
        (page(), "bad", "web page"),
    ],
)
async def test_check_server_reports_the_outcome_of_the_probe(reply: Reply, mark: str, words: str) -> None:
    async with FakeServer(reply, models=["a"]) as fake:
        last = (await checked(fake.url))[-1]
        assert last.mark == mark and words in str(last)
        assert len(fake.requests) == 1, "it is not asked again"


async def test_check_server_invalid_url_is_bad() -> None:
    (only,) = await checked(f"https://me:{SECRET}@h/v1")
    assert only.mark == "bad" and "user name or a password" in only.what
