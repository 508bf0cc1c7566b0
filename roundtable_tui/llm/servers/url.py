"""Parses base URLs of servers: endpoint URLs, the host to display, redirects that may be followed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from roundtable_tui.config import may_receive
from roundtable_tui.config.urls import is_local_host
from roundtable_tui.errors import RoundtableError

_ENDPOINTS = ("/chat/completions", "/completions", "/models", "/responses")


@dataclass(frozen=True, slots=True)
class ServerUrl:
    """A parsed base URL."""

    scheme: str
    netloc: str
    path: str
    """Without a trailing slash; "" if the base URL has no path."""
    query: str
    host: str
    """Host and port for display, without user and password."""
    is_loopback: bool

    def endpoint_url(self, endpoint: str, *, v1: bool = False) -> str:
        """Return the URL of an endpoint such as `/models`; `v1` inserts /v1 if the base URL has no path."""
        path = ("/v1" if v1 and not self.path else self.path) + endpoint
        return urlunsplit((self.scheme, self.netloc, path, self.query, ""))

    def with_query(self, query: Mapping[str, str]) -> ServerUrl:
        """Return this URL with further query parameters; of the same name, those given here count."""
        kept = [(name, value) for name, value in parse_qsl(self.query, True) if name not in query]
        return replace(self, query=urlencode([*kept, *query.items()]))

    @property
    def base_url(self) -> str:
        """The normalized base URL for comparison and storage, without user and password."""
        return f"{self.scheme}://{self.host}{self.path}"


@lru_cache(maxsize=256)
def parse_server_url(base_url: str) -> ServerUrl:
    """Parse a base URL; a missing scheme, trailing slashes and a trailing endpoint are accepted.

    Raises:
        RoundtableError: It is not a valid http or https URL.
    """
    text = base_url.strip()
    if "://" not in text:
        text = "http://" + text
    try:
        parts = urlsplit(text)
        hostname, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise _invalid_url_error(base_url) from error
    if parts.scheme.lower() not in ("http", "https") or not hostname:
        raise _invalid_url_error(base_url)
    path = parts.path.rstrip("/")
    for endpoint in _ENDPOINTS:
        path = path.removesuffix(endpoint)
    host = f"[{hostname}]" if ":" in hostname else hostname
    return ServerUrl(
        scheme=parts.scheme.lower(),
        netloc=parts.netloc,
        path=path.rstrip("/"),
        query=parts.query,
        host=host if port is None else f"{host}:{port}",
        is_loopback=is_local_host(hostname),
    )


def safe_redirect(url: str, location: str) -> str | None:
    """Return the absolute URL of a redirect if the key for `url` may be sent there, else None."""
    from urllib.parse import urljoin

    try:
        target = urljoin(url, location)
    except ValueError:
        return None
    return target if may_receive(url, target) else None


def _invalid_url_error(base_url: str) -> RoundtableError:
    from roundtable_tui.utils.text import single_line

    return RoundtableError(
        f"{single_line(base_url, 80)!r} is not a valid URL",
        hint="A base URL looks like http://localhost:11434/v1",
    )
