"""Private certificate authorities, named by SSL_CERT_FILE and SSL_CERT_DIR."""

from __future__ import annotations

import shutil
import ssl
from pathlib import Path

import httpx2
import pytest

from roundtable_tui.llm.errors.network import explain_exception
from roundtable_tui.llm.types import Server
from tests.support.fake_server import FakeServer
from tests.support.llm_call import a_client, failed, finished, pieces_of
from tests.support.paths import DATA

pytestmark = pytest.mark.anyio

TLS = DATA / "tls"


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


def secure_server() -> FakeServer:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "server.pem")
    return FakeServer("Oak.", tls=context)


async def test_loopback_server_of_a_private_authority_answers_with_ssl_cert_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "authority.pem"))
    async with secure_server() as fake, a_client() as client:
        assert finished(await pieces_of(client, fake.url)).text == "Oak."
        assert [model.id for model in await client.list_models(Server("fake", fake.url))] == ["fake"]


async def test_ssl_cert_dir_counts_files_without_the_names_of_hashes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shutil.copy(TLS / "authority.pem", tmp_path / "ours.crt")
    (tmp_path / "notes.pem").write_text("no certificate")
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    async with secure_server() as fake, a_client() as client:
        assert finished(await pieces_of(client, fake.url)).text == "Oak."


async def test_untrusted_certificate_names_the_variable_to_set() -> None:
    async with secure_server() as fake, a_client() as client:
        last = failed(await pieces_of(client, fake.url))
    assert last.kind == "unreachable" and "its certificate is not trusted" in last.message
    assert "SSL_CERT_FILE" in last.message and "SSL_CERT_DIR" in last.message


@pytest.mark.parametrize(
    ("code", "said", "hint"),
    [(62, "is for another name", "the name that it is for"), (10, "is not valid today", "Renew it"),
     (20, "is not trusted", "SSL_CERT_FILE")],
)  # fmt: skip
def test_certificate_error_names_what_is_wrong_and_is_final(code: int, said: str, hint: str) -> None:
    cause = ssl.SSLCertVerificationError("no")
    cause.verify_code, cause.verify_message = code, "Hostname mismatch."
    error = httpx2.ConnectError("no")
    error.__cause__ = cause
    fault = explain_exception(error)
    assert f"its certificate {said}: Hostname mismatch" in fault.reason
    assert hint in fault.hint and fault.is_final


async def test_plain_request_to_a_tls_server_hints_at_https() -> None:
    async with secure_server() as fake, a_client() as client:
        last = failed(await pieces_of(client, fake.url.replace("https:", "http:")))
    assert "write https:// in its base URL" in last.message


async def test_untrusted_certificate_names_the_variable_that_is_set(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    async with secure_server() as fake, a_client() as client:
        assert "to SSL_CERT_DIR (" in failed(await pieces_of(client, fake.url)).message


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
async def test_variable_that_names_nothing_is_reported_by_name(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(name, str(tmp_path / "gone"))
    async with secure_server() as fake, a_client() as client:
        last = failed(await pieces_of(client, fake.url))
    assert f"{name} names no readable certificates" in last.message
    assert fake.connections == 0
