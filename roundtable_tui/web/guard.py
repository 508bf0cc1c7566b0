"""Access control: one-time links, cookies, and checks of the Host and Origin headers.

A link works once and is exchanged for a cookie. Browsers send cookies to every port of a host: name and path
of the cookie are random, so that other servers on this machine neither receive nor replace it. Other pages
in the same browser cannot read or write here: their `Origin` differs, and a foreign name that resolves to
this machine (DNS rebinding) is rejected.
"""

from __future__ import annotations

import hmac
import secrets
import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

from roundtable_tui.config.urls import is_local_host, is_wildcard_host, parse_ip_address

_TOKEN_BYTES, _PATH_BYTES = 24, 16
LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "::1")


class AccessGuard:
    """Holds the valid link, the issued cookies, and the host names of this server."""

    def __init__(self, address: str, names: Iterable[str] = ()) -> None:
        """Create a guard for a server on `address`; browsers may also use `names` for it."""
        self._is_wildcard = is_wildcard_host(address)
        names_here = (
            {address, *names, *LOOPBACK_HOSTS}
            if is_loopback_address(address)
            else {address, *names, socket.gethostname()}
        )
        if self._is_wildcard:
            names_here |= set(LOOPBACK_HOSTS)
        # The Host header has to be one of these names exactly, not any name of this machine: a page on
        # another name below localhost, or on 127.0.0.2, is another origin.
        self._names = {name.lower().rstrip(".") for name in names_here}
        self.path = f"/{secrets.token_hex(_PATH_BYTES)}"
        """The path below which everything is served, and to which browsers send the cookie."""
        self.cookie_name = f"roundtable-{secrets.token_hex(_PATH_BYTES)}"
        self._current_token = ""
        self._used_tokens: set[str] = set()
        self._cookies: set[str] = set()

    def current_or_new_token(self) -> str:
        """Return the token for the next browser; a new one if the last was used."""
        if not self._current_token:
            self._current_token = secrets.token_urlsafe(_TOKEN_BYTES)
        return self._current_token

    def redeem_token(self, token: str) -> str:
        """Exchange an unused token for a cookie; return "" for any other token."""
        if not (self._current_token and _is_equal(token, self._current_token)):
            return ""
        self._used_tokens.add(self._current_token)
        self._current_token = ""
        cookie = secrets.token_urlsafe(_TOKEN_BYTES)
        self._cookies.add(cookie)
        return cookie

    def is_used_token(self, token: str) -> bool:
        """Return whether `token` was valid and has been used."""
        return any(_is_equal(token, used) for used in self._used_tokens)

    def is_valid_cookie(self, cookie: str) -> bool:
        """Return whether `cookie` was issued here."""
        return any(_is_equal(cookie, given) for given in self._cookies)

    def is_own_host(self, host: str) -> bool:
        """Return whether a Host header names this server.

        Another page can make its own name resolve to this machine, but cannot change the Host header.
        """
        name = _host_name(host)
        return name in self._names or (self._is_wildcard and parse_ip_address(name) is not None)

    def is_own_origin(self, origin: str, host: str) -> bool:
        """Return whether an Origin header names this server, given its Host header."""
        return origin.lower() in (f"http://{host}".lower(), f"https://{host}".lower())


def is_loopback_address(address: str) -> bool:
    """True if only this machine can reach a server that listens on `address`.

    Stricter than `is_local_host`: a client reaches this machine by 0.0.0.0, but a server that listens there
    is reached from every network.
    """
    return is_local_host(address) and not is_wildcard_host(address)


def _is_equal(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode())


def _host_name(host: str) -> str:
    """Return the name or address in a Host header; "" if it is invalid."""
    if not host or any(char in host for char in "@/\\?# \t"):
        return ""
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port
        return (parts.hostname or "").rstrip(".")
    except ValueError:
        return ""
