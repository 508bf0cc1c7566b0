"""Who may ask the proxy: host names, pages, keys, content types, rates, depth."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from roundtable_tui.cli.main import main
from roundtable_tui.errors import UsageError
from roundtable_tui.history.reader import read_run
from roundtable_tui.proxy.access.rate import RequestRate
from roundtable_tui.proxy.errors import ProxyError
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.utils import paths
from tests.support.fake_server import FakeServer
from tests.support.proxy import CHAT, Proxied, ask, proxied

pytestmark = pytest.mark.anyio
KEY = "proxy-key-4711"


async def status_of(one: Proxied, headers: dict[str, str], method: str = "GET", path: str = "/models") -> int:
    async with one.http.request(method, one.url + path, headers=headers) as response:
        return response.status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:1"}, 200),
        ({"Host": "table.lan"}, 200),
        ({"Host": "evil.example"}, 403),
        ({"Origin": "https://app.example"}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Origin": "https://app.example", "Sec-Fetch-Site": "cross-site"}, 200),
    ],
)
async def test_access_by_host_and_page(headers: dict[str, str], status: int) -> None:
    async with proxied(origins=("https://app.example/",), host_names=("table.lan",)) as one:
        assert await status_of(one, headers) == status


async def test_access_own_origin_is_a_page_too_and_refused() -> None:
    async with proxied() as one:
        assert await status_of(one, {"Origin": one.url.removesuffix("/v1")}) == 403


async def test_preflight_answers_with_the_headers_asked_for_and_no_credentials() -> None:
    asked = {
        "Origin": "https://app.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,x-stainless-os",
    }
    async with proxied(origins=("https://app.example",), key=KEY) as one:
        async with one.http.options(one.url + CHAT, headers=asked) as response:
            assert response.status == 204
            assert response.headers["Access-Control-Allow-Origin"] == "https://app.example"
            assert "x-stainless-os" in response.headers["Access-Control-Allow-Headers"]
            assert "Access-Control-Allow-Credentials" not in response.headers
        assert await status_of(one, {"Origin": "https://evil.example"}, "OPTIONS", CHAT) == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": f"Basic {KEY}"}, 401),
        ({"Authorization": "Bearer é"}, 401),
        ({"Authorization": f"Bearer {KEY}"}, 200),
        ({"x-api-key": KEY}, 200),
    ],
)
async def test_access_by_key(headers: dict[str, str], status: int) -> None:
    async with proxied(key=KEY) as one:
        assert await status_of(one, headers) == status


async def test_key_of_a_client_is_neither_passed_on_nor_recorded() -> None:
    async with FakeServer("yes") as fake, proxied(fake, key=KEY) as one:
        for model in ("roundtable/vote:agents=1", "roundtable/single"):
            made = await one.openai.chat.completions.create(**ask(model=model))
            folder = paths.runs_dir() / made.roundtable["run"]
            assert read_run(folder).run_finished is not None
            assert all(KEY not in path.read_text("utf-8") for path in folder.rglob("*") if path.is_file())
        assert not any("authorization" in seen.headers for seen in fake.requests)
        assert not any(KEY in str(seen.headers) + str(seen.body) for seen in fake.requests)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_access_body_that_is_not_json_is_refused(kind: str) -> None:
    async with FakeServer() as fake, proxied(fake) as one:
        headers = {"Content-Type": kind} if kind else {}
        async with one.http.post(one.url + CHAT, data=b"{}", headers=headers) as response:
            assert response.status == 415
        assert not fake.requests


async def test_access_body_that_is_too_large_or_broken_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roundtable_tui.proxy.application.MAX_BODY_BYTES", 1000)
    async with FakeServer() as fake, proxied(fake) as one:
        assert (await one.post(ask("x" * 1000)))[0] == 413
        headers = {"Content-Type": "application/json"}
        for data in (b"{", b"[" * 900, b"[]"):
            async with one.http.post(one.url + CHAT, data=data, headers=headers) as response:
                assert response.status == 400 and "error" in await response.json()
        assert not fake.requests


async def test_call_of_another_run_is_refused() -> None:
    async with FakeServer("yes") as fake, proxied(fake) as inner:
        request = RunRequest(base_url=inner.url, model="roundtable/vote:agents=1")
        async with proxied(request=request) as outer:
            status, body = await outer.post(ask(model="roundtable/single"))
        assert status >= 400 and "panel of panels" in body["error"]["message"]
        assert not fake.requests


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.2", "[::1]"])
async def test_server_that_is_the_proxy_itself_is_refused(host: str) -> None:
    async with proxied() as one:
        address = one.url.replace("127.0.0.1", host)
        with pytest.raises(UsageError, match="this proxy itself"):
            await one.proxy.pool.get_server(base_url=address)


async def test_unknown_address_is_a_json_error() -> None:
    async with proxied() as one, one.http.get(one.url + "/nothing") as response:
        assert response.status == 404 and "error" in await response.json()


def test_rate_refuses_one_too_many_and_recovers() -> None:
    now = 0.0
    rate = RequestRate(2, lambda: now)
    rate.take("ada")
    rate.take("ada")
    rate.take("bo")
    with pytest.raises(ProxyError) as caught:
        rate.take("ada")
    assert (caught.value.status, caught.value.retry_after_s) == (429, 30)
    now = 30.0
    rate.take("ada")


def test_rate_remembers_a_limited_number_of_clients() -> None:
    rate = RequestRate(2, lambda: 0.0)
    for number in range(3_000):
        rate.take(str(number))
    assert len(rate._buckets) <= 1_000


@pytest.mark.parametrize(
    ("argv", "environ", "word"),
    [
        (["--host", "0.0.0.0"], {}, "without a key"),
        (["--key-env", "NO_SUCH"], {}, "not set"),
        (["--runs", "0"], {}, "--runs"),
        (["--port", "70000"], {}, "--port"),
    ],
)
def test_command_refuses_what_is_not_safe(
    argv: list[str], environ: dict[str, Any], word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["proxy", *argv]) == 2
    assert word in capsys.readouterr().err


def test_command_without_the_extra_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("roundtable_tui.cli.proxy.find_spec", lambda name: None)
    assert main(["proxy"]) == 2
    assert "roundtable-tui[proxy]" in capsys.readouterr().err


async def test_host_of_all_addresses_needs_its_names() -> None:
    async with proxied(host="0.0.0.0", key=KEY) as one, aiohttp.ClientSession() as http:
        address = f"http://127.0.0.1:{one.url.rpartition(':')[2]}/models"
        headers = {"Authorization": f"Bearer {KEY}"}
        async with http.get(address, headers=headers) as response:
            assert response.status == 200
        async with http.get(address, headers=headers | {"Host": "evil.example"}) as response:
            assert response.status == 403
