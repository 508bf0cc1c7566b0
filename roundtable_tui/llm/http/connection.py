"""What all calls to one server share: HTTP clients, concurrency limit, and the pause it asked for."""

from __future__ import annotations

import asyncio
from random import Random
from typing import TYPE_CHECKING, Any

from roundtable_tui.llm.http import transport
from roundtable_tui.llm.http.concurrency import AdaptiveLimiter
from roundtable_tui.llm.http.rate_limit import RateLimiter
from roundtable_tui.llm.http.read_pacer import ReadPacer
from roundtable_tui.llm.servers.url import ServerUrl

if TYPE_CHECKING:
    import httpx2

_MAX_JITTER_S = 0.25


class Connection:
    """The shared state of one server. Belongs to one event loop."""

    def __init__(
        self,
        server_url: ServerUrl,
        concurrency: int,
        given_transport: Any = None,
        *,
        header_names: tuple[str, ...] = (),
        ca_file: str = "",
    ) -> None:
        self.address = server_url
        self.limiter = AdaptiveLimiter(concurrency)
        self.rate_limiter = RateLimiter()
        self.read_pacer = ReadPacer()
        self._transport = given_transport
        self._header_names, self._ca_file = header_names, ca_file
        self._clients: dict[str, httpx2.AsyncClient] = {}
        self._opening = asyncio.Lock()
        self._resume_at = 0.0
        self._decreased_at = 0.0
        self._lost_at: float | None = None
        self.is_out_of_reach = False
        """True if a connection failed and no response has arrived since."""
        self.answers = 0
        """Number of responses whose first token has arrived."""
        self.serving = 0
        """Number of these that have not ended."""

    async def get_client(self, url: str = "") -> httpx2.AsyncClient:
        """Return the HTTP client for `url` (a redirect may leave http for https), by default the base URL's.

        It is made at the first call, in a thread, because imports and certificates take time.
        """
        scheme = url.partition("://")[0] if url else self.address.scheme
        if scheme not in self._clients:
            async with self._opening:
                if scheme not in self._clients:
                    self._clients[scheme] = await asyncio.to_thread(
                        transport.create_client,
                        self.address,
                        scheme,
                        self._transport,
                        header_names=self._header_names,
                        ca_file=self._ca_file,
                    )
        return self._clients[scheme]

    def pause(self, seconds: float) -> None:
        """Send no requests to this server for the given time."""
        self._resume_at = max(self._resume_at, asyncio.get_running_loop().time() + seconds)

    def remaining_pause(self, random: Random) -> float:
        """Return the seconds until requests may be sent, with jitter so that they do not start together."""
        left = self._resume_at - asyncio.get_running_loop().time()
        return left + random.uniform(0.0, min(_MAX_JITTER_S, left)) if left > 0 else 0.0

    def begin_answer(self) -> None:
        """Count a response whose first token has arrived; an outage is over."""
        self.answers += 1
        self.serving += 1
        self.read_pacer.begin_stream()
        self._lost_at = None
        self.is_out_of_reach = False

    def end_answer(self) -> None:
        """Count the end of a response that was counted by `begin_answer`."""
        self.serving -= 1
        self.read_pacer.end_stream()

    def note_outage(self, now: float) -> float:
        """Return since when the server is out of reach; `now` if it was not before."""
        if self._lost_at is None:
            self._lost_at = now
        return self._lost_at

    def decrease_limit(self, sent_at: float) -> None:
        """Halve the concurrency limit because a request sent at `sent_at` (time of the loop) met an overload.

        Requests that were sent before the last decrease do not count: one overload rejects many at once.
        """
        if sent_at >= self._decreased_at:
            self._decreased_at = asyncio.get_running_loop().time()
            self.limiter.decrease()

    async def aclose(self) -> None:
        """Close all connections."""
        clients, self._clients = self._clients, {}
        for client in clients.values():
            await client.aclose()
