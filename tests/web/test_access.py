"""The door, as programs and pages elsewhere find it: by plain requests and websockets."""

from __future__ import annotations

import aiohttp
import pytest

from tests.support.web.server import serving

pytestmark = pytest.mark.anyio


async def test_server_request_without_link_is_rejected() -> None:
    async with serving() as at:
        for path in (
            "/",
            "/ws",
            "/static/js/textual.js",
            "/page/page.js",
            "/download/x",
            "/nothing",
            "/?t=",
            "/?t=guess",
        ):
            status, said = await at.get(path, Origin=at.base)
            assert status == 403 and said.startswith("Roundtable: no access"), path
        async with at.http.post(f"{at.base}/?t={at.guard.current_or_new_token()}") as answer:
            assert answer.status == 403, "a token is spent by opening its link, and by nothing else"
        async with at.http.head(f"{at.base}/?t={at.guard.current_or_new_token()}") as answer:
            assert answer.status == 403
        assert at.told == []


async def test_server_link_is_exchanged_for_cookie_once() -> None:
    async with serving() as at:
        link = f"/?t={at.guard.current_or_new_token()}"
        async with at.http.get(at.base + link) as answer:
            assert answer.status == 200 and "url=/" in await answer.text()
            cookie = answer.headers["Set-Cookie"]
            assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and link[4:] not in cookie
            assert answer.headers["Cache-Control"] == "no-store" and "Server" not in answer.headers
        status, page = await at.get("/")
        assert status == 200 and "page.js" in page and link[4:] not in page and "googleapis" not in page
        assert (await at.get(link))[0] == 200 and at.told == [], "the same browser may go back"
        async with aiohttp.ClientSession() as another:
            for _ in range(2):
                async with another.get(at.base + link) as answer:
                    assert answer.status == 403 and "already used" in await answer.text()
                    assert "Set-Cookie" not in answer.headers
            assert len(set(at.told)) == 1 and at.told[0] != link[4:], (
                "one new link, however often it is tried"
            )
            async with another.get(f"{at.base}/?t={at.told[0]}") as answer:
                assert answer.status == 200


async def test_server_foreign_host_or_origin_is_rejected_with_cookie() -> None:
    async with serving() as at:
        await at.come_in()
        port = at.base.rpartition(":")[2]
        cookie = {"Cookie": "; ".join(f"{one.key}={one.value}" for one in at.http.cookie_jar)}
        for path in ("/", "/static/js/textual.js"):
            assert (await at.get(path, Host=f"evil.example:{port}", **cookie))[0] == 403
            assert (await at.get(path, Origin="http://evil.example"))[0] == 403
            assert (await at.get(path, Origin=f"http://localhost:{port}"))[0] == 403
            assert (await at.get(path, Origin=at.base))[0] == 200
        evil = f"http://evil.example:{port}"
        for headers in (
            {"Origin": "http://evil.example"},
            {"Origin": "null"},
            {"Origin": "http://127.0.0.1:3000"},
            {"Host": f"evil.example:{port}", "Origin": evil} | cookie,
        ):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await at.tab(**headers)
            assert refused.value.status == 403, headers
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await at.http.ws_connect(f"{at.base}/ws")


async def test_server_valid_cookie_gets_app() -> None:
    async with serving() as at:
        await at.come_in()
        async with await at.tab() as tab:
            assert (await tab.receive(timeout=30)).data == b"hi"
            await tab.send_json(["ping", 7])
            assert (await tab.receive(timeout=30)).json() == ["pong", 7]
        assert (await at.get("/ws", Origin=at.base))[0] == 400, "no websocket, no app"


STRANGE = {
    "nothing": "",
    "no list": "{}",
    "an empty list": "[]",
    "half a message": '["stdin"]',
    "no text": '["stdin", 5]',
    "no size": '["resize", {"width": "x"}]',
    "too deep": "[" * 50_000,
}


@pytest.mark.parametrize("said", STRANGE.values(), ids=STRANGE)
async def test_server_unknown_message_ends_session(said: str) -> None:
    async with serving() as at:
        await at.come_in()
        async with await at.tab() as tab:
            assert (await tab.receive(timeout=30)).data == b"hi"
            await tab.send_str(said)
            assert (await tab.receive(timeout=30)).type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)
        assert (await at.get("/"))[0] == 200
