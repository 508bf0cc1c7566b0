"""Headers, query, timeouts and certificates that the settings of a server add to its requests."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from roundtable_tui.config import ServerSettings, Settings
from roundtable_tui.llm.types import Limits, Server
from roundtable_tui.model_choice.server_check import check_server
from roundtable_tui.setup.server_pool import ServerPool
from tests.support.fake_server import FakeServer, Reply
from tests.support.llm_call import a_client, failed, finished, pieces_of, request

pytestmark = pytest.mark.anyio
ENVIRON = {"AZURE_KEY": "azure-secret-123456"}


def azure(url: str) -> ServerSettings:
    """Azure: the key in a header of its own, and an api-version."""
    return ServerSettings(
        "az", url, model="gpt", headers={"api-key": {"env": "AZURE_KEY"}, "HTTP-Referer": "https://me.example"},
        query={"api-version": "2024-10-21"},
    )  # fmt: skip


async def test_pool_server_sends_headers_and_query_of_its_settings() -> None:
    async with FakeServer("Yes.") as fake:
        found = azure(fake.url)
        async with ServerPool(Settings(servers={"az": found}), ENVIRON) as pool:
            server = await pool.connect(found)
            assert "secret" not in repr(server)
            await pool.list_models(server)
            pieces = [piece async for piece in pool.client.stream(server, request(), Limits())]
    finished(pieces)
    for headers in (fake.requests[0].headers, fake.model_requests[0]):
        assert headers["api-key"] == "azure-secret-123456"
        assert headers["http-referer"] == "https://me.example"
        assert "authorization" not in headers
    assert fake.queries == ["api-version=2024-10-21"] * 2


async def test_headers_stay_with_the_origin_of_their_server() -> None:
    async with FakeServer("Yes.") as other:
        moved = Reply(status=307, headers={"location": f"{other.url}/chat/completions"}, body="")
        async with FakeServer(moved) as fake, a_client() as client:
            options = {"headers": lambda: {"api-key": "azure-secret-123456"}, "header_names": ("api-key",)}
            failed(await pieces_of(client, fake.url, **options))
    assert fake.requests and not other.requests


async def test_check_server_sends_headers_and_query() -> None:
    async with FakeServer("Yes.") as fake:
        found = [one.mark async for one in check_server(azure(fake.url), ENVIRON, ask=False)]
    assert fake.model_requests[0]["api-key"] == "azure-secret-123456"
    assert set(fake.queries) == {"api-version=2024-10-21"}
    assert "ok" in found


async def test_call_without_key_sends_no_authorization() -> None:
    async with FakeServer("Yes.") as fake, a_client() as client:
        finished(await pieces_of(client, fake.url))
        await client.list_models(Server("fake", fake.url))
    assert "authorization" not in fake.requests[0].headers
    assert "authorization" not in fake.model_requests[0]


async def test_call_uses_timeouts_of_its_server() -> None:
    async with FakeServer(Reply(stall_after=0)) as fake, a_client() as client:
        pieces = await pieces_of(client, fake.url, None, Limits(retries=0), timeouts={"first_token": 0.05})
    assert failed(pieces).kind == "timeout" and "0.05 s" in failed(pieces).message


def certificate(folder: Path) -> tuple[Path, Path]:
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-keyout", key, "-out", cert, "-subj", "/CN=localhost", "-days", "30",
         "-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:TRUE"],
        check=True, capture_output=True,
    )  # fmt: skip
    return key, cert


async def test_call_trusts_the_ca_file_of_its_server(tmp_path: Path) -> None:
    key, cert = certificate(tmp_path)
    async with FakeServer("Yes.", tls=(cert, key)) as fake, a_client() as client:
        untrusted = failed(await pieces_of(client, fake.url))
        trusted = await pieces_of(client, fake.url, ca_file=str(cert))
        missing = failed(await pieces_of(client, fake.url, ca_file=str(tmp_path / "none.pem")))
        broken = failed(await pieces_of(client, fake.url, ca_file=str(key)))
    assert "certificate" in untrusted.message
    assert finished(trusted).text == "Yes."
    assert "none.pem cannot be used: no such file" in missing.message
    assert "key.pem cannot be used: no certificates in it" in broken.message


async def test_call_ca_file_that_is_a_pipe_or_a_device_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.pem")
    (tmp_path / "zero.pem").symlink_to("/dev/zero")
    key, cert = certificate(tmp_path)
    async with FakeServer("Yes.", tls=(cert, key)) as fake, a_client() as client:
        for name in ("pipe.pem", "zero.pem"):
            refused = failed(await pieces_of(client, fake.url, ca_file=str(tmp_path / name)))
            assert f"{name} cannot be used: it is a device or a pipe" in refused.message
