"""Checks of a request before anything is read: host, page, content type, key, depth.

A web page can make a browser send requests to this machine. It cannot change the Host header, the Origin
header and the Sec-Fetch headers, nor send JSON as a simple request.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Sequence
from typing import Protocol
from urllib.parse import urlsplit

from roundtable_tui.proxy import DEPTH_HEADER
from roundtable_tui.proxy.errors import ProxyError
from roundtable_tui.web.guard import AccessGuard

_OWN_SITES = ("", "none", "same-origin")
"""Values of Sec-Fetch-Site that no other page can cause."""
JSON_TYPE = "application/json"


class Headers(Protocol):
    """The headers of a request; names in any case."""

    def getall(self, key: str, default: list[str]) -> list[str]:
        """Return all values of a header."""
        ...

    def get(self, key: str, default: str) -> str:
        """Return the first value of a header."""
        ...


class RequestChecks:
    """What every request has to pass."""

    def __init__(self, guard: AccessGuard, key: str = "", origins: Iterable[str] = ()) -> None:
        """Create the checks.

        Args:
            guard: knows the host names of the proxy.
            key: the key that clients need; "" for none.
            origins: pages that may ask, such as https://app.example.
        """
        self._guard, self._key = guard, key
        self._origins = {normalize_origin(one) for one in origins}

    def check_page(self, headers: Headers) -> None:
        """Check who sends a request, by what a web page cannot change. Raises ProxyError 403."""
        hosts = headers.getall("Host", [])
        if len(hosts) != 1 or not self._guard.is_own_host(hosts[0]):
            what = "unknown host name: use the address as it was printed, or allow the name at the start"
            raise ProxyError(403, what, code="unknown_host")
        origins = headers.getall("Origin", [])
        if any(normalize_origin(origin) not in self._origins for origin in origins):
            what = "requests of web pages are not allowed: allow this origin at the start"
            raise ProxyError(403, what, code="origin_not_allowed")
        sites = [site.lower() for site in headers.getall("Sec-Fetch-Site", [])]
        if not origins and any(site not in _OWN_SITES for site in sites):
            raise ProxyError(403, "requests of other pages are not allowed", code="origin_not_allowed")

    def allowed_origin(self, headers: Headers) -> str:
        """Return the Origin header if its page may ask, else ""."""
        origin = headers.get("Origin", "")
        return origin if origin and normalize_origin(origin) in self._origins else ""

    def check_key(self, headers: Headers) -> str:
        """Return the key that the client sent. Raises ProxyError 401 for a wrong one."""
        scheme, _, bearer = headers.get("Authorization", "").partition(" ")
        given = bearer.strip() if scheme.lower() == "bearer" else ""
        given = given or headers.get("x-api-key", "").strip()
        if self._key and not hmac.compare_digest(given.encode("utf-8", "replace"), self._key.encode()):
            raise ProxyError(401, "the API key is missing or wrong: send the one of the proxy")
        return given

    def check_body_type(self, headers: Headers) -> None:
        """Check that a body is JSON: a page cannot send that unasked. Raises ProxyError 415."""
        kind = headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind != JSON_TYPE:
            raise ProxyError(415, f"the content type should be {JSON_TYPE}", code="wrong_content_type")

    def check_depth(self, headers: Headers) -> None:
        """Refuse calls of other runs, which could call each other without end. Raises ProxyError 400."""
        if any(depth.strip() not in ("", "0") for depth in headers.getall(DEPTH_HEADER, [])):
            what = "this request comes from a run: a panel of panels is refused. Choose a model of a server"
            raise ProxyError(400, what, code="recursion")


def normalize_origin(origin: str) -> str:
    """Return an origin in lower case without a path."""
    try:
        parts = urlsplit(origin.strip().lower())
    except ValueError:  # Such as http://[
        return origin.strip().lower()
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme and parts.netloc else origin.strip().lower()


def preflight_headers(requested: Sequence[str], *, is_private_network: bool = False) -> dict[str, str]:
    """Return what a browser needs before it sends: its headers are allowed, credentials are not."""
    return {
        "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
        "Access-Control-Allow-Headers": ", ".join(requested),
        "Access-Control-Max-Age": "600",
        **({"Access-Control-Allow-Private-Network": "true"} if is_private_network else {}),
    }
