"""The proxy on a real port in front of the fake server, and clients for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from roundtable_tui import config
from roundtable_tui.proxy.application import Proxy
from roundtable_tui.proxy.config import ProxyConfig
from roundtable_tui.proxy.server import running_proxy
from roundtable_tui.setup.request import RunRequest
from tests.support.fake_server import FakeServer

CHAT = "/chat/completions"


@dataclass
class Proxied:
    """A running proxy."""

    url: str
    proxy: Proxy
    http: aiohttp.ClientSession
    openai: Any
    """The client of OpenAI, without retries. Untyped: its types know nothing of other fields."""

    async def post(self, body: Any, path: str = CHAT, **headers: str) -> tuple[int, Any]:
        """Return status and JSON body of a POST."""
        async with self.http.post(self.url + path, json=body, headers=headers) as response:
            return response.status, await response.json()


@asynccontextmanager
async def proxied(fake: FakeServer | str = "", **options: Any) -> AsyncIterator[Proxied]:
    """Run a proxy in front of `fake` (or the demo); `options` are fields of its configuration."""
    if isinstance(fake, FakeServer):
        request = RunRequest(base_url=fake.url, model="fake")
    else:
        request = RunRequest(demo=True)
    chosen = ProxyConfig(port=0, **{"request": request, **options})
    async with (
        running_proxy(chosen, config.load()) as (printed, proxy),
        aiohttp.ClientSession() as http,
    ):
        url = f"http://127.0.0.1:{printed.rpartition(':')[2]}"
        from openai import AsyncOpenAI  # It takes half a second, which collecting tests need not.

        openai = AsyncOpenAI(base_url=url, api_key=chosen.key or "none", max_retries=0)
        yield Proxied(url, proxy, http, openai)
        await openai.close()


def ask(text: str = "Is 91 prime?", model: str = "roundtable/single", **fields: Any) -> dict[str, Any]:
    """Return the body of a chat completion with one message."""
    return {"model": model, "messages": [{"role": "user", "content": text}], **fields}


async def until_true(condition: Callable[[], object]) -> None:
    """Let the loop run until the condition holds; the timeout of the test ends it otherwise."""
    while not condition():
        await asyncio.sleep(0.005)
