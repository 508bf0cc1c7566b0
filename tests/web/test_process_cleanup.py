"""Every app ends with its tab, and all of them with the server, however it ends."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from roundtable_tui.engine.record.recorder import read_record
from roundtable_tui.utils import paths
from roundtable_tui.web import process
from tests.support.web.server import alive, children, program, serving, until

pytestmark = pytest.mark.anyio
ENDS = (signal.SIGTERM, signal.SIGKILL)
# It hears neither the end of its input nor SIGTERM, and what it started holds its output open.
DEAF = (
    "import os, signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "os.fork(); print('__GANGLION__', flush=True); time.sleep(600)"
)


@pytest.mark.parametrize("how", ["closed", "killed", "server"])
async def test_app_process_ignoring_signals_is_killed(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "EXIT_TIMEOUT_S", 0.05)
    monkeypatch.setattr(process, "TERMINATE_TIMEOUT_S", 0.05)
    others = set(children(os.getpid()))
    async with serving(DEAF) as at:
        await at.come_in()
        tab = await at.tab()
        (app,) = await until(lambda: set(children(os.getpid())) - others, "the app is started")
        (other,) = await until(lambda: children(app), "it started another")
        if how == "closed":
            await tab.close()
        elif how == "killed":
            assert tab._response.connection is not None and tab._response.connection.transport is not None
            tab._response.connection.transport.abort()
        if how != "server":
            await until(lambda: not alive(app) and not alive(other), "both have ended")
    assert not alive(app) and not alive(other)


async def test_app_process_ended_closes_tab(capsys: pytest.CaptureFixture[str]) -> None:
    others = set(children(os.getpid()))
    async with serving("import sys; sys.exit('it broke\\x1b[2J')") as at:
        await at.come_in()
        async with await at.tab() as tab:
            assert (await tab.receive(timeout=30)).type == aiohttp.WSMsgType.CLOSE
        await until(lambda: not set(children(os.getpid())) - others, "it has ended")
    assert capsys.readouterr().err == "it broke␛[2J\n"


@pytest.mark.parametrize("number", list(ENDS), ids=lambda number: number.name)
async def test_app_ends_with_tab_and_with_server(number: signal.Signals) -> None:
    with program("--mode", "pro", "--agents", "1") as (server, link):
        parts = urlsplit(link)
        origin, token = f"http://{parts.netloc}", parts.query.removeprefix("t=")
        base = origin + parts.path.rstrip("/")
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
            assert (await http.get(link)).status == 200
            early = await http.ws_connect(f"{base}/ws", headers={"Origin": origin})
            (first,) = await until(lambda: children(server.pid), "an app is started")
            early._response.connection.transport.abort()  # type: ignore[union-attr]
            tab = await http.ws_connect(f"{base}/ws", headers={"Origin": origin})
            (second,) = await until(
                lambda: [one for one in children(server.pid) if one != first], "another app is started"
            )
            for where in (
                f"/proc/{second}/cmdline",
                f"/proc/{second}/environ",
                f"/proc/{server.pid}/cmdline",
            ):
                assert token.encode() not in Path(where).read_bytes()
            written = bytearray()
            reading = asyncio.ensure_future(read(tab, written))
            await until(lambda: b"Type a question" in written, "the app has drawn")
            await tab.send_json(["focus"])
            await tab.send_json(["stdin", "Which?"])
            await until(lambda: b"Which?" in written, "the question is there")
            await tab.send_json(["stdin", "\r"])
            await until(runs, "a run has begun")
            await until(lambda: not alive(first), "the app of the closed tab has ended")
            server.send_signal(number)
            assert await asyncio.to_thread(server.wait, 60) in (0, -number)
            await until(lambda: not alive(second), "no app is left")
            await reading
        (run,) = runs()
        end = read_record(run.parent).run_finished
        assert end is not None and end.status == "cancelled", "and its record has its end"
        assert server.stdout is not None and server.stderr is not None
        assert token not in server.stdout.read() + server.stderr.read()


async def read(tab: aiohttp.ClientWebSocketResponse, written: bytearray) -> None:
    """Read what an app writes until its tab is closed."""
    async for message in tab:
        written += message.data if message.type == aiohttp.WSMsgType.BINARY else b""


def runs() -> list[Path]:
    """Return the records so far."""
    return sorted(paths.runs_dir().glob("*/events.jsonl"))
