"""A headless Chromium, controlled by its DevTools protocol."""

from __future__ import annotations

import asyncio
import base64
import itertools
import os
import re
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-extensions",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--hide-scrollbars",
    "--remote-debugging-port=0",
)
PATIENCE_S = 60


def program() -> str:
    """Return the Chromium to use. Raises LookupError where there is none."""
    named = os.environ.get("ROUNDTABLE_CHROMIUM", "")
    found = named or next(filter(None, map(shutil.which, NAMES)), "")
    if not found:
        raise LookupError("no Chromium is here: install it, or name it in ROUNDTABLE_CHROMIUM")
    return found


class Tab:
    """A page, with its network requests and errors."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.asked: list[str] = []
        self.faults: list[str] = []
        self.frames: list[str] = []
        """What came over websockets, as base64."""
        self._reading = asyncio.ensure_future(self._read())

    async def _read(self) -> None:
        async for message in self._socket:
            said = message.json()
            if "id" in said:
                self._waiting.pop(said["id"]).set_result(said)
                continue
            what, about = said["method"], said["params"]
            if what == "Network.requestWillBeSent":
                self.asked.append(about["request"]["url"])
            elif what == "Runtime.exceptionThrown":
                self.faults.append(about["exceptionDetails"]["text"])
            elif what == "Log.entryAdded" and about["entry"]["level"] == "error":
                self.faults.append(f"{about['entry'].get('url')}: {about['entry']['text']}")
            elif what == "Network.webSocketFrameReceived":
                self.frames.append(about["response"]["payloadData"])

    async def do(self, method: str, **how: Any) -> dict[str, Any]:
        """Call a method of the protocol and return its result."""
        number = next(self._numbers)
        self._waiting[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": how})
        said = await asyncio.wait_for(self._waiting[number], PATIENCE_S)
        assert "error" not in said, f"{method}: {said}"
        return dict(said["result"])

    async def value(self, script: str) -> Any:
        """Return the value of a JavaScript expression."""
        said = await self.do("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        return said["result"].get("value")

    async def go(self, url: str) -> None:
        """Go to a page."""
        await self.do("Page.navigate", url=url)

    async def until(self, true: Callable[[], Any], what: str) -> None:
        """Wait until a condition holds."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                holds = true()
                if await holds if asyncio.iscoroutine(holds) else holds:
                    return
                await asyncio.sleep(0.05)

    def shows(self, words: str) -> bool:
        """Return whether the app has written this text so far."""
        written = b"".join(map(_decoded, self.frames)).decode("utf-8", "replace")
        return words in re.sub(r"\x1b\[[0-9;?]*[ -/]*[@-~]", "", written)

    async def type(self, text: str) -> None:
        """Type into the page."""
        for char in text:
            await self.do("Input.dispatchKeyEvent", type="char", text=char)

    async def press(self, key: str, code: int, *, modifiers: int = 0) -> None:
        """Press a key that writes nothing, by its name and number."""
        how = {"key": key, "code": key, "windowsVirtualKeyCode": code, "modifiers": modifiers}
        await self.do("Input.dispatchKeyEvent", type="rawKeyDown", **how)
        await self.do("Input.dispatchKeyEvent", type="keyUp", **how)

    async def picture(self) -> bytes:
        """Return the page as PNG."""
        return base64.b64decode((await self.do("Page.captureScreenshot", format="png"))["data"])


def _decoded(payload: str) -> bytes:
    try:
        return base64.b64decode(payload, validate=True)
    except ValueError:  # text, not bytes
        return b""


class Browser:
    """A running Chromium."""

    def __init__(
        self, process: asyncio.subprocess.Process, address: str, http: aiohttp.ClientSession
    ) -> None:
        self.process = process
        self._address = address
        self._http = http

    async def tab(self, width: int = 1200, height: int = 750) -> Tab:
        """Open an empty tab."""
        async with self._http.put(f"http://{self._address}/json/new?about:blank") as answer:
            where = (await answer.json())["webSocketDebuggerUrl"]
        tab = Tab(await self._http.ws_connect(where, max_msg_size=0))
        for part in ("Page", "Network", "Runtime", "Log"):
            await tab.do(f"{part}.enable")
        how = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        await tab.do("Emulation.setDeviceMetricsOverride", **how)
        return tab


@asynccontextmanager
async def chromium(folder: Path) -> AsyncIterator[Browser]:
    """Run Chromium with a profile in `folder`."""
    process = await asyncio.create_subprocess_exec(
        program(), *FLAGS, f"--user-data-dir={folder}", "about:blank",
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    async with aiohttp.ClientSession() as http:
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not (line := (await process.stderr.readline()).decode()).startswith("DevTools"):
                    assert line, "Chromium ended at once"
            reading = asyncio.ensure_future(process.stderr.read())
            yield Browser(process, line.split("//")[1].split("/")[0], http)
            reading.cancel()
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
