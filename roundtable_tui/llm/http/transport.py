"""The HTTP under a call: one SDK client a server, which sends what we say and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from roundtable_tui.llm.servers.url import ServerUrl

if TYPE_CHECKING:
    import httpx2
    from openai import AsyncOpenAI

NO_KEY = "none"
"""Sent to servers without a key, so that the SDK does not look for one in the environment."""

_ALLOWED_HEADERS = frozenset(
    {"host", "accept", "accept-encoding", "connection", "content-type", "content-length", "authorization",
     "user-agent", "transfer-encoding"}
)  # fmt: skip
_MAX_ERROR_BODY_BYTES = 64 * 1024


def create_client(address: ServerUrl, transport: Any = None) -> AsyncOpenAI:
    """Return an SDK client for one server; it neither retries, nor follows, nor times reads."""
    import httpx2
    from openai import AsyncOpenAI, DefaultAsyncHttpxClient

    options: dict[str, Any] = {}
    if transport is not None:
        options["transport"] = transport
    http = DefaultAsyncHttpxClient(
        follow_redirects=False,
        # A proxy for the outside world cannot know what listens on this machine.
        trust_env=not address.is_loopback,
        timeout=httpx2.Timeout(None),
        limits=httpx2.Limits(max_connections=None, max_keepalive_connections=64, keepalive_expiry=15.0),
        event_hooks={"request": [_strip_sdk_headers], "response": [_truncate_error_body]},
        **options,
    )
    return AsyncOpenAI(
        base_url=address.endpoint_url(""),
        api_key=NO_KEY,
        organization="",
        project="",
        max_retries=0,
        http_client=http,
    )


async def post(
    client: AsyncOpenAI,
    url: str,
    body: Mapping[str, Any],
    *,
    key: str,
    connect_s: float,
    non_streaming: bool = False,
) -> httpx2.Response:
    """Send a chat request; return the answer unread. Raises what the SDK raises, also for 3xx, 4xx, 5xx."""
    import httpx2
    from openai import AsyncStream

    return await client.post(
        url,
        cast_to=httpx2.Response,
        body=dict(body),
        options={
            "headers": _build_headers(key, "application/json" if non_streaming else "text/event-stream"),
            "timeout": httpx2.Timeout(None, connect=connect_s),
            "max_retries": 0,
        },
        stream=True,
        stream_cls=AsyncStream[Any],
    )  # type: ignore[return-value]


async def get(client: AsyncOpenAI, url: str, *, key: str) -> httpx2.Response:
    """Ask for a page; return the answer unread. Raises what the SDK raises, also for 3xx, 4xx, 5xx."""
    import httpx2
    from openai import AsyncStream

    return await client.get(
        url,
        cast_to=httpx2.Response,
        options={"headers": _build_headers(key, "application/json"), "max_retries": 0},
        stream=True,
        stream_cls=AsyncStream[Any],
    )  # type: ignore[return-value]


def _build_headers(key: str, accept: str) -> dict[str, str]:
    # Proxies that compress a stream also hold it back.
    return {
        "Authorization": f"Bearer {key or NO_KEY}",
        "Accept": accept,
        "Accept-Encoding": "identity",
        "User-Agent": "roundtable-tui",
    }


async def _strip_sdk_headers(request: httpx2.Request) -> None:
    """Drop what the SDK adds by itself: its own telemetry, and headers from the environment."""
    for name in [name for name in request.headers if name.lower() not in _ALLOWED_HEADERS]:
        del request.headers[name]


async def _truncate_error_body(response: httpx2.Response) -> None:
    """Cut the body of a refusal, which the SDK reads whole: a person is told a line of it."""
    import httpx2

    if response.status_code < 300:
        return

    class Bounded(httpx2.AsyncByteStream):
        def __init__(self, inner: Any) -> None:
            self.inner = inner

        async def __aiter__(self) -> Any:
            left = _MAX_ERROR_BODY_BYTES
            async for data in self.inner:
                yield data[:left]
                left -= len(data)
                if left <= 0:
                    return

        async def aclose(self) -> None:
            await self.inner.aclose()

    response.stream = Bounded(response.stream)
