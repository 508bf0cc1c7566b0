"""The way to one server, which all calls to it share: HTTP client, slots, the pause it has asked for."""

from __future__ import annotations

import asyncio
import sys
from random import Random
from typing import TYPE_CHECKING, Any

from roundtable_tui.llm.http import transport
from roundtable_tui.llm.http.concurrency import AdaptiveLimiter
from roundtable_tui.llm.servers.url import ServerUrl

if TYPE_CHECKING:
    from openai import AsyncOpenAI

_MAX_JITTER_S = 0.25


def preload_imports() -> None:
    """Import what a call needs. Slow (half a second): made for a thread, after the first frame."""
    import anyio._backends._asyncio  # noqa: F401
    import httpx2  # noqa: F401
    import openai  # noqa: F401


class Connection:
    """The way to one server."""

    def __init__(self, server_url: ServerUrl, concurrency: int, given_transport: Any = None) -> None:
        self.address = server_url
        self.limiter = AdaptiveLimiter(concurrency)
        self._transport = given_transport
        self._sdk: AsyncOpenAI | None = None
        self._opening = asyncio.Lock()
        self._resume_at = 0.0
        self._decreased_at = 0.0

    async def get_sdk(self) -> AsyncOpenAI:
        """Return the client; made at the first call, in a thread, for imports and certificates take time."""
        if self._sdk is None:
            async with self._opening:
                if self._sdk is None:
                    if "openai" not in sys.modules:
                        await asyncio.to_thread(preload_imports)
                    self._sdk = await asyncio.to_thread(
                        transport.create_client, self.address, self._transport
                    )
        return self._sdk

    def pause(self, seconds: float) -> None:
        """No call to this server is sent for so long."""
        self._resume_at = max(self._resume_at, asyncio.get_running_loop().time() + seconds)

    def remaining_pause(self, random: Random) -> float:
        """Return the seconds until calls may be sent again, spread so that they do not all come at once."""
        left = self._resume_at - asyncio.get_running_loop().time()
        return left + random.uniform(0.0, min(_MAX_JITTER_S, left)) if left > 0 else 0.0

    def decrease_limit(self, sent_at: float) -> None:
        """Allow fewer calls at once: a call sent at this time of the loop was too many. Those that were on
        their way together count as one.
        """
        if sent_at >= self._decreased_at:
            self._decreased_at = asyncio.get_running_loop().time()
            self.limiter.decrease()

    async def aclose(self) -> None:
        """Close the connections."""
        sdk, self._sdk = self._sdk, None
        if sdk is not None:
            await sdk.close()
