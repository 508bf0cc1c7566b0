"""HTTP requests of model calls: a thin layer over httpx2, the transport that the OpenAI SDK uses too.

A chat call needs nothing else of the SDK: its stream is read by `llm.stream`, its retries are made by
`llm.call`. Importing the SDK for it would take three quarters of the CPU of the call.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from roundtable_tui.errors import FileError, RoundtableError
from roundtable_tui.llm.http.certificates import create_tls_context, load_certificates
from roundtable_tui.llm.http.proxies import find_proxy, find_proxy_fault
from roundtable_tui.llm.servers.url import ServerUrl
from roundtable_tui.utils.paths import expand_user
from roundtable_tui.utils.text import single_line

if TYPE_CHECKING:
    import httpx2
    from openai import AsyncOpenAI

NO_KEY = "none"
"""Given to the SDK where there is no key; it is not sent."""

_ALLOWED_HEADERS = frozenset(
    {"host", "accept", "accept-encoding", "connection", "content-type", "content-length", "authorization",
     "user-agent", "transfer-encoding"}
)  # fmt: skip
_MAX_ERROR_BODY_BYTES = 64 * 1024


def create_client(
    address: ServerUrl,
    scheme: str,
    transport: Any = None,
    *,
    header_names: tuple[str, ...] = (),
    ca_file: str = "",
) -> httpx2.AsyncClient:
    """Return an HTTP client for one server that neither retries nor follows redirects, and never times reads.

    Takes a tenth of a second where certificates have to be loaded: call it in a thread.

    Args:
        address: Where the server is.
        scheme: "http" or "https": what the client will be used for (a redirect may change it).
        transport: An httpx2 transport in place of the network (the demo).
        header_names: Names of headers that the settings of the server add.
        ca_file: A file of certificates to trust besides the usual ones.

    Raises:
        RoundtableError: `ca_file`, or the proxy of the environment, cannot be used.
    """
    import anyio._backends._asyncio  # noqa: F401  # Imported here, or the first connection imports it.
    import httpx2

    parts = urlsplit(f"{scheme}://{address.netloc}")
    # A proxy for other networks cannot reach what listens on this machine.
    proxy = None if address.is_loopback else find_proxy(scheme, parts.hostname or "", parts.port)
    if transport is None:
        if proxy is not None and (fault := find_proxy_fault(proxy.variable, proxy.url)) is not None:
            raise RoundtableError(fault.what, hint=fault.hint)
        transport = _create_transport(scheme, proxy.url if proxy else None, ca_file)
    return httpx2.AsyncClient(
        transport=transport,
        follow_redirects=False,
        # Only what applies to this server is taken from the environment, above: a client would fail for a
        # proxy that is not for it, and would not read SSL_CERT_FILE for this machine.
        trust_env=False,
        # The clocks of a call are kept by `stream.reader`: a read timeout is reset by keep-alive comments.
        timeout=httpx2.Timeout(None),
        event_hooks={"request": [partial(_strip_extra_headers, header_names)], "response": [_limit_body]},
    )


def _create_transport(scheme: str, proxy_url: str | None, ca_file: str) -> httpx2.AsyncBaseTransport:
    """Return a transport over the network, by way of a proxy if one is given."""
    import httpx2

    from roundtable_tui.llm.http.connection_stack import ConnectionStack

    if scheme == "http" and not (proxy_url or "").startswith("https"):
        # Loading the certificates costs more CPU than the call. This context trusts none: should TLS be
        # spoken after all, it fails.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    else:
        context = create_tls_context() or httpx2.create_ssl_context(trust_env=False)
        if ca_file:
            context = _trust_also(context, ca_file)
    return ConnectionStack(
        lambda limits: httpx2.AsyncHTTPTransport(
            verify=context, proxy=proxy_url, limits=limits, trust_env=False
        )
    )


async def post(
    client: httpx2.AsyncClient,
    url: str,
    body: Mapping[str, Any],
    *,
    key: str,
    connect_s: float,
    headers: Mapping[str, str] | None = None,
    non_streaming: bool = False,
) -> httpx2.Response:
    """Send a JSON body and return the response, its own body unread.

    Raises:
        httpx2.HTTPStatusError: The status is not 2xx; at most 64 KiB of the body have been read.
        httpx2.HTTPError: The server could not be reached, or broke the connection.
    """
    import httpx2

    request = client.build_request(
        "POST",
        _parse_url(url),
        json=body,
        headers=_build_headers(key, "application/json" if non_streaming else "text/event-stream", headers),
        timeout=httpx2.Timeout(None, connect=connect_s),
    )
    return await _send(client, request)


async def get(
    client: httpx2.AsyncClient, url: str, *, key: str, headers: Mapping[str, str] | None = None
) -> httpx2.Response:
    """Ask for a page and return the response, its body unread. Raises what `post` raises."""
    return await _send(
        client, client.build_request("GET", url, headers=_build_headers(key, "application/json", headers))
    )


async def read_body(response: httpx2.Response, max_bytes: int) -> bytes | None:
    """Read the body of a response and close it. Returns None for a body longer than `max_bytes`."""
    body = bytearray()
    try:
        async for data in response.aiter_bytes():
            body += data
            if len(body) > max_bytes:
                return None
    finally:
        await response.aclose()
    return bytes(body)


@lru_cache(maxsize=64)
def _parse_url(url: str) -> httpx2.URL:
    import httpx2

    return httpx2.URL(url)


async def _send(client: httpx2.AsyncClient, request: httpx2.Request) -> httpx2.Response:
    """Send a request; one that met a stale kept connection is sent again over another one.

    A server may close an idle connection at any time (RFC 9112, section 9.3.1): a request that is then on its
    way has failed before any byte of a response. This ends, at the latest with a new connection.
    """
    import httpx2

    while True:
        seen: set[str] = set()
        request.extensions["trace"] = partial(_note_event, seen)
        try:
            response = await client.send(request, stream=True)
            break
        except (httpx2.ReadError, httpx2.WriteError, httpx2.RemoteProtocolError):
            if not _is_kept_connection(seen):
                raise
    if not response.is_success:
        try:
            await response.aread()
        finally:
            await response.aclose()
        response.raise_for_status()
    return response


async def _note_event(seen: set[str], name: str, _: Any) -> None:
    seen.add(name)


def _is_kept_connection(events: set[str]) -> bool:
    """Return whether a request went over a connection of an earlier one and got no byte back."""
    began = any(name.endswith("send_request_headers.started") for name in events)
    opened = any(name.startswith("connection.connect") for name in events)
    return began and not opened and not any("receive_response_headers.complete" in name for name in events)


async def post_with_sdk(
    client: httpx2.AsyncClient,
    url: str,
    body: Mapping[str, Any],
    *,
    key: str,
    connect_s: float,
    headers: Mapping[str, str] | None = None,
) -> httpx2.Response:
    """Send a request that is not streamed through the OpenAI SDK, over the same connections.

    Importing the SDK takes four times the CPU of a whole chat call: only embeddings, which come in large
    batches and take seconds, are sent this way. Raises what the SDK raises.
    """
    sdk = await asyncio.to_thread(_create_sdk, client, url)
    import httpx2
    from openai import AsyncStream

    return await sdk.post(
        url,
        cast_to=httpx2.Response,
        body=dict(body),
        options={
            "headers": _build_headers(key, "application/json", headers),
            "timeout": httpx2.Timeout(None, connect=connect_s),
            "max_retries": 0,
        },
        stream=True,
        stream_cls=AsyncStream[Any],
    )  # type: ignore[return-value]


def _create_sdk(client: httpx2.AsyncClient, url: str) -> AsyncOpenAI:
    from openai import AsyncOpenAI

    # All is given, so that the SDK does not look for any of it in the environment.
    return AsyncOpenAI(
        base_url=url, api_key=NO_KEY, organization="", project="", max_retries=0, http_client=client
    )


def _build_headers(key: str, accept: str, headers: Mapping[str, str] | None) -> dict[str, str]:
    """Return the headers of a request; those of the settings replace the program's own of the same name."""
    found = {
        # Proxies that compress a stream also hold it back.
        "Accept": accept,
        "Accept-Encoding": "identity",
        "User-Agent": "roundtable-tui",
    }
    if key:
        found["Authorization"] = f"Bearer {key}"
    given = {name.lower() for name in headers or ()}
    return {name: value for name, value in found.items() if name.lower() not in given} | dict(headers or {})


async def _strip_extra_headers(added: tuple[str, ...], request: httpx2.Request) -> None:
    """Drop the headers that the SDK adds by itself: telemetry, what the environment names, a made-up key."""
    allowed = _ALLOWED_HEADERS.union(name.lower() for name in added)
    for name in [name for name in request.headers if name.lower() not in allowed]:
        del request.headers[name]
    if request.headers.get("authorization") == f"Bearer {NO_KEY}":
        del request.headers["authorization"]


def _trust_also(context: ssl.SSLContext, ca_file: str) -> ssl.SSLContext:
    """Trust the certificates of a file too. Raises RoundtableError."""
    try:
        load_certificates(context, expand_user(ca_file))
    except (OSError, ValueError, FileError) as error:  # ssl.SSLError is an OSError.
        if isinstance(error, FileError):
            why = f"it {error.what}"
        else:
            why = "no certificates in it" if isinstance(error, ssl.SSLError) else _reason(error)
        raise RoundtableError(
            f"the ca_file {single_line(ca_file, 240)} cannot be used: {single_line(why.lower(), 60)}",
            hint="Name a file of certificates in PEM form in the settings",
        ) from None
    return context


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or "unreadable"


def is_readable_coding(codings: Sequence[str]) -> bool:
    """Return whether content encodings, such as gzip, are among those that can be undone here."""
    from httpx2._decoders import SUPPORTED_DECODERS

    return all(name.strip().lower() in SUPPORTED_DECODERS for name in codings if name.strip())


async def _limit_body(response: httpx2.Response) -> None:
    """Limit the decoded body of an error response, which is read whole: only one line of it is shown.

    Nothing compressed was asked for. One compression is undone, in steps of at most a megabyte; a body that
    is compressed repeatedly is taken for empty, as the steps between could be of any size.
    """
    import httpx2

    codings = [name.strip() for name in response.headers.get("content-encoding", "").split(",")]
    codings = [name for name in codings if name and name.lower() != "identity"]
    if response.status_code < 300 and len(codings) < 2:
        return

    class Bounded(httpx2.AsyncByteStream):
        def __init__(self, inner: Any) -> None:
            self.inner = inner

        async def __aiter__(self) -> Any:
            if len(codings) > 1 or not is_readable_coding(codings):
                return
            left = _MAX_ERROR_BODY_BYTES
            try:
                async with aclosing(decoder.aiter_bytes()) as pieces:
                    async for data in pieces:
                        yield data[:left]
                        left -= len(data)
                        if left <= 0:
                            return
            except httpx2.DecodingError:
                return  # What was decoded before is kept.

        async def aclose(self) -> None:
            await self.inner.aclose()

    class Raw(httpx2.AsyncByteStream):
        """The first bytes as they come."""

        def __init__(self, inner: Any) -> None:
            self.inner = inner

        async def __aiter__(self) -> Any:
            left = _MAX_ERROR_BODY_BYTES
            async for data in self.inner:
                yield data[:left]
                left -= len(data)
                if left <= 0:
                    return

    decoder = httpx2.Response(response.status_code, headers=response.headers, stream=Raw(response.stream))
    response.stream = Bounded(response.stream)
    for name in ("content-encoding", "content-length"):
        response.headers.pop(name, None)
