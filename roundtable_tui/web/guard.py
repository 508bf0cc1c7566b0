"""Who may come in: browsers that were given a link, by a name that is ours, from pages that are ours.

A link works once and is exchanged for a cookie. A page of somebody else that is open in the same browser can
neither read nor write here: its `Origin` is another, and a name that was made to point here is not ours.
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

_BYTES = 24
HERE = ("127.0.0.1", "localhost", "::1")
EVERYWHERE = ("0.0.0.0", "::")


class Guard:
    """Knows the links that are still good, the cookies that were given, and the names this server goes by."""

    def __init__(self, address: str, names: Iterable[str] = ()) -> None:
        """`address` is listened on; browsers may reach it by `names` too."""
        self._any_address = address in EVERYWHERE
        ours = {address, *names, *HERE} if is_here(address) else {address, *names, socket.gethostname()}
        if self._any_address:
            ours |= set(HERE)
        self._names = {name.lower().rstrip(".") for name in ours}
        self._open = ""
        self._used: set[str] = set()
        self._cookies: set[str] = set()

    def token(self) -> str:
        """Return the token that lets one browser in; a new one, when the last was used."""
        if not self._open:
            self._open = secrets.token_urlsafe(_BYTES)
        return self._open

    def exchange(self, token: str) -> str:
        """Return a cookie for a token that was not used yet, "" for any other."""
        if not (self._open and _same(token, self._open)):
            return ""
        self._used.add(self._open)
        self._open = ""
        cookie = secrets.token_urlsafe(_BYTES)
        self._cookies.add(cookie)
        return cookie

    def was_used(self, token: str) -> bool:
        """Return whether `token` let somebody in before."""
        return any(_same(token, used) for used in self._used)

    def knows(self, cookie: str) -> bool:
        """Return whether `cookie` was given for a link."""
        return any(_same(cookie, given) for given in self._cookies)

    def is_ours(self, host: str) -> bool:
        """Return whether a request for `host` (as the Host header has it) is meant for this server.

        A page elsewhere can have its own name point here, but it cannot change what a browser puts there.
        """
        name = _name(host)
        return name in self._names or (self._any_address and _is_address(name))

    def is_own_page(self, origin: str, host: str) -> bool:
        """Return whether a page of `origin` came from this very server, as it was reached by `host`."""
        return origin.lower() in (f"http://{host}".lower(), f"https://{host}".lower())


def is_here(address: str) -> bool:
    """Return whether nobody but this machine reaches what listens on `address`."""
    return address == "localhost" or (_is_address(address) and ipaddress.ip_address(address).is_loopback)


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode())


def _name(host: str) -> str:
    """Return the name or address in a Host header, "" where it is none."""
    if not host or any(char in host for char in "@/\\?# \t"):
        return ""
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port
        return (parts.hostname or "").rstrip(".")
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
