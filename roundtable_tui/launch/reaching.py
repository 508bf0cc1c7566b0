"""The way to a server, before a word is said: its name, its port; and where else it may be."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
import time
import urllib.request
from collections.abc import AsyncGenerator, Iterator
from urllib.parse import urlsplit, urlunsplit

from roundtable_tui.launch.finding import Finding, took
from roundtable_tui.llm.address import Address
from roundtable_tui.llm.fault import Fault
from roundtable_tui.text import one_line

CONNECT_S = 5.0
_PORTS = {"http": 80, "https": 443}


async def reached(place: Address) -> AsyncGenerator[Finding, None]:
    """Yield whether the name is known and whether something listens; ends at what is bad."""
    parts = urlsplit(f"{place.scheme}://{place.netloc}")
    host, port = parts.hostname or "", parts.port or _PORTS[place.scheme]
    if not place.loopback and (proxy := _proxy(place.scheme, host)):
        yield Finding("ok", f"it is asked through the proxy of this machine ({one_line(proxy, 60)})")
        return
    shown = one_line(host, 60)
    if not _is_number(host):
        try:
            async with asyncio.timeout(CONNECT_S):
                found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except TimeoutError:
            yield Finding("bad", f"nobody says where {shown} is, for {CONNECT_S:g} s", "Check the network.")
            return
        except (OSError, UnicodeError):
            yield Finding("bad", f"nobody knows the name {shown}", "Check its spelling, and the network.")
            return
        yield Finding("ok", f"{shown} is {one_line(str(found[0][4][0]), 60)}")
    began = time.monotonic()
    try:
        async with asyncio.timeout(CONNECT_S):
            _, writer = await asyncio.open_connection(host, port)
        writer.transport.abort()
    except TimeoutError:
        do = "Check the port; a firewall may stand in between."
        yield Finding("bad", f"nothing answers on port {port} of {shown} within {CONNECT_S:g} s", do)
    except ConnectionRefusedError:
        do = "Start the server, or correct the port."
        if place.loopback:
            do += " In a container, localhost is the container."
        yield Finding("bad", f"nothing listens on port {port} of {shown}", do)
    except OSError as error:
        why = one_line((error.strerror or str(error)).lower(), 80)
        yield Finding("bad", f"port {port} of {shown} cannot be reached: {why}", "Check the network.")
    else:
        yield Finding("ok", f"something listens on port {port} ({took(time.monotonic() - began)})")
        if place.scheme == "https":
            yield await _secured(place, host, port)


async def _secured(place: Address, host: str, port: int) -> Finding:
    """Return whether TLS is spoken there; whether its certificate is trusted, the client tells."""
    any_at_all = ssl.create_default_context()
    any_at_all.check_hostname, any_at_all.verify_mode = False, ssl.CERT_NONE
    try:
        async with asyncio.timeout(CONNECT_S):
            _, writer = await asyncio.open_connection(host, port, ssl=any_at_all)
        writer.transport.abort()
    except (OSError, TimeoutError):
        plain = f"http://{place.netloc}{place.path}"
        do = "Write http:// instead of https://, or correct the port."
        return Finding("bad", f"port {port} does not speak TLS", do, url=plain)
    return Finding("ok", "it speaks TLS")


def alternatives(url: str, fault: Fault) -> Iterator[str]:
    """Yield the addresses near `url` where its API may be after all, given how `url` failed."""
    parts = urlsplit(url)
    if "https://" in fault.hint and parts.scheme == "http":
        yield urlunsplit(parts._replace(scheme="https"))
    if fault.kind not in ("not_api", "request", "model"):
        return
    path = parts.path.rstrip("/")
    for ending in ("/chat/completions", "/completions", "/models", "/responses"):
        path = path.removesuffix(ending)
    tries = [path, f"{path}/v1", path.rpartition("/")[0] + "/v1", "/v1", "/api/v1", ""]
    for other in dict.fromkeys(tries):
        if other != parts.path and not other.endswith("/v1/v1"):
            yield urlunsplit(parts._replace(path=other, query="", fragment=""))


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _proxy(scheme: str, host: str) -> str:
    """Return the host of the proxy through which `host` is asked, without who asks; "" for none."""
    proxies = urllib.request.getproxies()
    proxy = proxies.get(scheme) or proxies.get("all") or ""
    if not proxy or urllib.request.proxy_bypass(host):
        return ""
    return urlsplit(proxy if "://" in proxy else f"http://{proxy}").hostname or ""
