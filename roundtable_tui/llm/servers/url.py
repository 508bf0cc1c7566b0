"""A base URL taken apart: where to send, what to call the place in a message."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit, urlunsplit

from roundtable_tui.config import may_receive
from roundtable_tui.errors import RoundtableError

_ENDPOINTS = ("/chat/completions", "/completions", "/models", "/responses")


@dataclass(frozen=True, slots=True)
class ServerUrl:
    """Where a server is."""

    scheme: str
    netloc: str
    path: str
    """Without a slash at its end; "" when the base URL is bare."""
    query: str
    host: str
    """Host and port as a person is told, without user and password."""
    is_loopback: bool

    def endpoint_url(self, endpoint: str, *, v1: bool = False) -> str:
        """Return the URL of `/chat/completions` or `/models`; `v1` puts /v1 where there is no path."""
        path = ("/v1" if v1 and not self.path else self.path) + endpoint
        return urlunsplit((self.scheme, self.netloc, path, self.query, ""))

    @property
    def base_url(self) -> str:
        """The base URL in the one form that is compared and remembered; it holds no user or password."""
        return f"{self.scheme}://{self.host}{self.path}"


@lru_cache(maxsize=256)
def parse_server_url(base_url: str) -> ServerUrl:
    """Take `base_url` apart; forgives a missing scheme, slashes and an endpoint at its end.

    Raises RoundtableError when it is no http(s) URL.
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
        is_loopback=_is_loopback(hostname),
    )


def safe_redirect(url: str, location: str) -> str | None:
    """Return where `location` leads from `url` if the key for `url` may be sent there; else None."""
    from urllib.parse import urljoin

    try:
        target = urljoin(url, location)
    except ValueError:
        return None
    return target if may_receive(url, target) else None


def _is_loopback(hostname: str) -> bool:
    if hostname == "localhost" or hostname.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(hostname)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _invalid_url_error(base_url: str) -> RoundtableError:
    from roundtable_tui.utils.text import single_line

    return RoundtableError(
        f"{single_line(base_url, 80)!r} is not a valid URL",
        hint="A base URL looks like http://localhost:11434/v1",
    )
