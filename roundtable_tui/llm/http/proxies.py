"""The proxy that the environment names for a host, and the exceptions in NO_PROXY."""

from __future__ import annotations

import ipaddress
import os
import urllib.request
from importlib.util import find_spec
from typing import NamedTuple
from urllib.parse import urlsplit

from roundtable_tui.utils import text

_SCHEMES = frozenset({"http", "https", "socks5", "socks5h"})


class EnvironmentProxy(NamedTuple):
    """A proxy: its URL, which may contain a password, and the variable that names it."""

    url: str
    variable: str

    @property
    def host(self) -> str:
        """Host and port for display, without user and password."""
        parts = urlsplit(self.url)
        try:
            port = parts.port
        except ValueError:
            port = None
        return f"{parts.hostname or ''}:{port}" if port else parts.hostname or self.variable


def find_proxy(scheme: str, host: str, port: int | None = None) -> EnvironmentProxy | None:
    """Return the proxy for requests to `host`, or None for none; `host` is without brackets."""
    proxies = urllib.request.getproxies()
    for name in (scheme, "all"):
        if proxies.get(name):
            break
    else:
        return None
    if _is_excepted(host, port, proxies.get("no", "")):
        return None
    return EnvironmentProxy(_complete_url(proxies[name]), _variable_name(f"{name}_proxy"))


def _complete_url(value: str) -> str:
    """Return the URL of a proxy; desktops on Linux write `socks://`, which stands for SOCKS 5."""
    url = value.strip()
    url = url if "://" in url else f"http://{url}"
    scheme, _, rest = url.partition("://")
    return f"{'socks5' if scheme.lower() == 'socks' else scheme.lower()}://{rest}"


class ProxyFault(NamedTuple):
    """Why the proxy that a variable names cannot be used, and what to do."""

    what: str
    hint: str


def find_proxy_fault(variable: str, value: str) -> ProxyFault | None:
    """Return the fault of the proxy in a variable of the environment; None if it can be used.

    Neither text contains the URL, which may have a password.
    """
    try:
        parts = urlsplit(_complete_url(value))
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host:
        return ProxyFault(f"{variable} is not a URL", "Write it as http://HOST:PORT")
    if parts.scheme not in _SCHEMES:
        shown = text.single_line(parts.scheme, 20)
        return ProxyFault(f"{variable} has the unknown scheme {shown}", "Use http, https, socks5 or socks5h")
    if parts.scheme.startswith("socks") and find_spec("socksio") is None:
        what = f"{variable} names a SOCKS proxy, and the package for these is not installed"
        return ProxyFault(what, "Install it with: pip install socksio. Or add the server to NO_PROXY")
    return None


def _is_excepted(host: str, port: int | None, exceptions: str) -> bool:
    """Return whether NO_PROXY or the system lists the host, its domain, or the network of its address."""
    shown = f"[{host}]" if ":" in host else host
    if urllib.request.proxy_bypass(f"{shown}:{port}" if port else shown):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return any(
        _contains(part.strip().replace("[", "").replace("]", ""), address) for part in exceptions.split(",")
    )


def _contains(network: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    try:
        return address in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


def _variable_name(lower: str) -> str:
    """Return the name of the variable as it is set; upper case where the proxy is the system's."""
    return lower if os.environ.get(lower) else lower.upper()
