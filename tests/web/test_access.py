"""The door, as programs and pages elsewhere find it: by plain requests and websockets."""

from __future__ import annotations

import aiohttp
import pytest
from aiohttp import web

from tests.support.web.server import Served, serving

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
            for root in (at.base, at.origin):
                async with at.http.get(root + path, headers={"Origin": at.origin}) as answer:
                    said = await answer.text()
                    assert answer.status == 403 and said.startswith("Roundtable: no access"), path
                    assert at.guard.path not in said and "Set-Cookie" not in answer.headers
        async with at.http.post(f"{at.base}/?t={at.guard.current_or_new_token()}") as answer:
            assert answer.status == 403, "a token is spent by opening its link, and by nothing else"
        async with at.http.head(f"{at.base}/?t={at.guard.current_or_new_token()}") as answer:
            assert answer.status == 403
        assert at.told == []


async def test_server_link_is_exchanged_for_cookie_once() -> None:
    async with serving() as at:
        link = f"/?t={at.guard.current_or_new_token()}"
        async with at.http.get(at.base + link) as answer:
            assert answer.status == 200 and f"url={at.guard.path}/" in await answer.text()
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


async def test_server_link_without_path_gives_access() -> None:
    async with serving() as at:
        async with at.http.get(f"{at.origin}/?t={at.guard.current_or_new_token()}") as answer:
            assert answer.status == 200 and f"url={at.guard.path}/" in await answer.text()
        assert (await at.get("/"))[0] == 200
        async with at.http.get(at.base) as answer:
            assert f"url={at.guard.path}/" in await answer.text()


async def test_server_cookie_is_sent_to_no_other_server_of_this_machine() -> None:
    seen: list[str] = []

    async def note(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Cookie", ""))
        return web.Response()

    other = web.Application()
    other.router.add_get("/{path:.*}", note)
    runner = web.AppRunner(other)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with serving() as at:
        await at.come_in()
        for path in ("/", "/ws", "/static/js/textual.js", "/page/", "/roundtable/"):
            await at.http.get(f"http://127.0.0.1:{runner.addresses[0][1]}{path}")
    await runner.cleanup()
    assert seen == [""] * 5


async def test_two_servers_keep_working_side_by_side_in_one_browser() -> None:
    async with serving() as first, serving() as second:
        assert first.guard.path != second.guard.path
        assert first.guard.cookie_name != second.guard.cookie_name
        other = Served(second.origin, second.base, second.guard, first.http, second.told)
        for at in (first, other, first, other):
            if (await at.get("/"))[0] == 403:
                await at.come_in()
            assert (await at.get("/"))[0] == 200
        assert first.told == second.told == [], "no cookie has replaced the other"
        for at in (first, other):
            async with await at.tab() as tab:
                assert (await tab.receive(timeout=30)).data == b"hi"
        given = {cookie.key: cookie.value for cookie in first.http.cookie_jar}
        wrong = f"{second.guard.cookie_name}={given[first.guard.cookie_name]}"
        async with (
            aiohttp.ClientSession() as another,
            another.get(f"{second.base}/", headers={"Cookie": wrong}) as answer,
        ):
            assert answer.status == 403, "a cookie of one is none of the other"


@pytest.mark.parametrize("name", ["index.html", "page.css", "page.js"])
async def test_server_page_refers_to_files_below_its_path(name: str) -> None:
    async with serving() as at:
        await at.come_in()
        status, text = await at.get("/" if name == "index.html" else f"/page/{name}")
        assert status == 200 and '"/' not in text.replace('"/")', ""), (
            "no address from the root of the server"
        )


async def test_server_foreign_host_or_origin_is_rejected_with_cookie() -> None:
    async with serving() as at:
        await at.come_in()
        port = at.origin.rpartition(":")[2]
        cookie = {"Cookie": "; ".join(f"{one.key}={one.value}" for one in at.http.cookie_jar)}
        for path in ("/", "/static/js/textual.js"):
            assert (await at.get(path, Host=f"evil.example:{port}", **cookie))[0] == 403
            assert (await at.get(path, Origin="http://evil.example"))[0] == 403
            assert (await at.get(path, Origin=f"http://localhost:{port}"))[0] == 403
            assert (await at.get(path, Origin=at.origin))[0] == 200
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
        assert (await at.get("/ws", Origin=at.origin))[0] == 400, "no websocket, no app"


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
