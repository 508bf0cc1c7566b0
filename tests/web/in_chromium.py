"""The app in a real browser: `make web-test`. Not in the suite, for not every machine has one."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.paths import ROOT
from tests.support.web.chromium import Tab, chromium
from tests.support.web.server import alive, children, program, until

PICTURE = ROOT / "screenshots" / "browser.png"
QUESTION = "Should a small team write its own deployment tool?"
pytestmark = pytest.mark.anyio


async def test_an_evening_in_a_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUNDTABLE_DEMO_PACE", "60")
    with program("--mode", "debate") as (server, link):
        base = f"http://{urlsplit(link).netloc}{urlsplit(link).path.rstrip('/')}"
        async with chromium(tmp_path) as browser:
            tab = await browser.tab()
            await tab.go(link)
            await tab.until(lambda: tab.shows("Type a question"), "the app has drawn")
            (app,) = children(server.pid)
            assert await tab.value("location.href") == f"{base}/", "the token is not in the address any more"
            await tab.until(
                lambda: tab.value("document.activeElement.className.includes('xterm')"), "keys go in"
            )
            await tab.type(QUESTION)
            await tab.until(lambda: tab.shows("deployment tool?"), "what was typed is there")
            await tab.press("Enter", 13)
            await tab.until(lambda: tab.shows("Captain"), "the run is shown")
            PICTURE.write_bytes(await tab.picture())

            how = {"width": 560, "height": 400, "deviceScaleFactor": 1, "mobile": False}
            await tab.do("Emulation.setDeviceMetricsOverride", **how)
            await tab.until(lambda: tab.shows("0  Captain"), "on a narrow page the panes are tabs")
            assert all(url.startswith((base, "data:")) for url in tab.asked), (
                "nothing is loaded from elsewhere"
            )
            assert tab.faults == []

            elsewhere = await browser.tab()
            await elsewhere.go("data:text/html,<p>evil")
            script = f"new Promise(done => {{ const s = new WebSocket('ws{base[4:]}/ws'); "
            script += "s.onopen = () => done('open'); s.onerror = () => done('refused') })"
            assert await elsewhere.value(script) == "refused", "another page may not"

            await tab.press("q", 81, modifiers=2)
            await tab.press("Enter", 13)  # Answers the question if the run is still active.
            await tab.until(lambda: closed(tab), "the app was left by key")
            await until(lambda: not alive(app), "its process has ended")
            await tab.value("document.querySelector('.closed button').click()")
            (app,) = await until(lambda: children(server.pid), "another app is opened")
            await tab.do("Page.close")
            await until(lambda: not alive(app), "a tab that is closed in its first second leaves nothing")

            last = await browser.tab()
            await last.go(f"{base}/")
            (app,) = await until(lambda: children(server.pid), "a second tab needs no other link")
            browser.process.kill()
            await until(lambda: not alive(app), "nor does a browser that is killed")
        server.send_signal(2)
        assert await asyncio.to_thread(server.wait, 60) == 0


async def closed(tab: Tab) -> bool:
    """Return whether the page says that the app has ended."""
    return bool(await tab.value("document.body.classList.contains('-closed')"))
