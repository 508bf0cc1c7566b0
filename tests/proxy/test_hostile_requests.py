"""Requests to the proxy that are not what they should be: a status, one line, nothing on the terminal."""

from __future__ import annotations

import asyncio
import json
from urllib.parse import urlsplit

import pytest

from roundtable_tui.proxy import application, server
from roundtable_tui.proxy.reading.bounded_json import MAX_BODY_VALUES, TooManyValuesError, load_bounded
from tests.support.proxy import Proxied, ask, proxied

pytestmark = pytest.mark.anyio


async def send(one: Proxied, head: str, body: bytes = b"", path: str = "/v1/chat/completions") -> str:
    """Send a request as it stands, with its Host; return status line and body, "" if nothing came."""
    host = urlsplit(one.url).netloc
    reader, writer = await asyncio.open_connection(*host.split(":"))
    start = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nConnection: close\r\n"
    writer.write((start + head).encode("latin-1") + b"\r\n" + body)
    await writer.drain()
    found = await reader.read()
    writer.close()
    return found.decode("utf-8", "replace")


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("Origin: http://[evil\r\nContent-Length: 2\r\n", 403),
        ("Sec-Fetch-Site: none\r\nSec-Fetch-Site: cross-site\r\nContent-Length: 2\r\n", 403),
        ("x-roundtable-depth: 0\r\nx-roundtable-depth: 1\r\nContent-Length: 2\r\n", 400),
        ("Host: evil.example\r\nContent-Length: 2\r\n", 400),
        ("Content-Encoding: gzip\r\nContent-Length: 2\r\n", 400),
        ("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", 400),
        ("X: \x1b]0;owned\x07\r\nContent-Length: 2\r\n", 400),
    ],
)
async def test_request_with_hostile_head_is_refused_and_silent(
    head: str, status: int, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    async with proxied() as one:
        answered = await send(one, head, b"{}")
        assert len(one.proxy.runs) == 0
    assert answered.split(" ")[1] == str(status)
    assert "Traceback" not in answered and "\x1b" not in answered
    assert capfd.readouterr().err == "" and not caplog.records, "aiohttp would write a traceback"


@pytest.mark.parametrize(
    "body",
    [
        b"[" + b"1," * MAX_BODY_VALUES + b"1]",
        b'{"messages":[' + b"{}," * MAX_BODY_VALUES + b"{}]}",
        b"{" + b",".join(b'"%d":1' % n for n in range(MAX_BODY_VALUES + 1)) + b"}",
        b"[" + b'"",' * 3 * MAX_BODY_VALUES + b'""]',
    ],
)
def test_load_bounded_many_values_are_refused_before_they_are_parsed(
    body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("json.loads", lambda *_, **__: pytest.fail("it was parsed"))
    with pytest.raises(TooManyValuesError):
        load_bounded(body)


def test_load_bounded_long_text_with_commas_and_quotes_is_read() -> None:
    text = 'He said "a, b, [c], {d}" \\ ' * 40_000
    assert load_bounded(json.dumps([text, "\\", '"']).encode()) == [text, "\\", '"']


async def test_request_with_too_many_values_or_a_slow_body_gets_its_status(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(application, "BODY_TIMEOUT_S", 0.05)
    monkeypatch.setattr(server, "LINGERING_TIME_S", 0.5)
    many = b'{"model": "x", "a": [' + b"1," * MAX_BODY_VALUES + b"1]}"
    async with proxied() as one:
        assert " 408 " in await send(one, "Content-Length: 50\r\n", b'{"model"')
        monkeypatch.setattr(application, "BODY_TIMEOUT_S", 60.0)
        answered = await send(one, f"Content-Length: {len(many)}\r\n", many)
    assert " 413 " in answered and "the body has more than 100,000 values" in answered


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/chat/completions", ask(model="roundtable/" + ":a=b" * 100_000), 400),
        ("/chat/completions", ask(model="roundtable/\x1b]0;owned\x07"), 404),
        ("/messages", ask() | {"tools": 5}, 200),
        ("/responses", {"model": "roundtable/single", "input": [{"type": ["x"]}]}, 400),
    ],
)
async def test_request_with_hostile_fields_is_answered_in_one_line(
    path: str, body: dict[str, object], status: int
) -> None:
    async with proxied() as one:
        found, reply = await one.post(body, path)
    assert found == status
    if status != 200:
        assert len(reply["error"]["message"]) < 600 and "\x1b" not in reply["error"]["message"]


async def test_unexpected_error_names_no_file_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("/home/me/secret")

    monkeypatch.setattr(application, "read_messages_body", fail)
    async with proxied() as one:
        status, reply = await one.post(ask(), "/messages")
    assert status == 500 and reply["error"]["message"] == application.UNEXPECTED
