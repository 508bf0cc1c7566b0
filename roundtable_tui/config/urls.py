"""Base URLs: validation, comparison, and whether they are on this machine."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address
    from urllib.parse import SplitResult

_DEFAULT_PORTS = {"http": 80, "https": 443}
_LOCALHOST = re.compile(r"(?<=://)localhost\.?(?=[:/]|$)", re.IGNORECASE)
_SECRET_QUERY = re.compile(r"(^|[&_-])(api[_-]?key|key|token|secret|sig)=", re.IGNORECASE)


def normalize_url(base_url: str) -> str:
    """Return the URL without surrounding blanks and trailing slashes."""
    return base_url.strip().rstrip("/")


def url_error(base_url: str) -> tuple[str, str] | None:
    """Return (problem, hint), or None for a valid base URL. No secret in it is repeated."""
    if (parts := _split_url(base_url)) is None:
        return "is not a URL", "It looks like http://localhost:11434/v1."
    if parts.username is not None or parts.password is not None:
        return "holds a user name or a password", "Take it out, and use api_key_env or api_key_cmd."
    if _SECRET_QUERY.search(parts.query):
        return "holds a key", "Take it out, and use api_key_env or api_key_cmd."
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        return (
            "should start with http:// or https:// and name a host",
            "It looks like http://localhost:11434/v1.",
        )
    if any(char.isspace() or not char.isprintable() for char in base_url):
        return "holds a blank or a control character", ""
    return None


def normalize_loopback(base_url: str) -> str:
    """Return the base URL with 127.0.0.1 for localhost, to compare servers of this machine."""
    return _LOCALHOST.sub("127.0.0.1", base_url, count=1)


def get_host(base_url: str) -> str:
    """Return the host, with its port if given: the name of an unnamed server."""
    parts = _split_url(base_url)
    return parts.netloc.rpartition("@")[2].lower() if parts is not None else ""


def get_origin(base_url: str) -> tuple[str, str, int] | None:
    """Return (scheme, host, port) in normal form; None if it is not an http(s) URL."""
    parts = _split_url(base_url)
    if parts is None or not parts.hostname or parts.scheme not in _DEFAULT_PORTS:
        return None
    port = _DEFAULT_PORTS[parts.scheme] if parts.port is None else parts.port
    return parts.scheme, _one_spelling(parts.hostname), port


def is_local_host(hostname: str) -> bool:
    """True for a host name or IP address that means this machine.

    That is the name localhost and every name below it (RFC 6761), in any case, with or without the dot that
    ends a full name; 127.0.0.0/8, ::1, and these as IPv4 inside IPv6; and 0.0.0.0 and ::, which a client
    connects to as to this machine. Other names are not looked up.

    Args:
        hostname: Without port; an IPv6 address without brackets.
    """
    name = hostname.strip().lower().removesuffix(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    address = parse_ip_address(name)
    return address is not None and (address.is_loopback or address.is_unspecified)


def is_wildcard_host(hostname: str) -> bool:
    """True for 0.0.0.0 and ::, which accept connections from every network."""
    address = parse_ip_address(hostname.strip().removesuffix("."))
    return address is not None and address.is_unspecified


def is_local_url(base_url: str) -> bool:
    """True for the URL of a server on this machine, see `is_local_host`."""
    parts = _split_url(base_url)
    return parts is not None and is_local_host(parts.hostname or "")


def shown_origin(base_url: str) -> str:
    """Return the origin as a URL, without user name, password, path and query; "" for no http(s) URL."""
    if (found := get_origin(base_url)) is None:
        return ""
    scheme, name, port = found
    name = f"[{name}]" if ":" in name else name
    return f"{scheme}://{name}" if port == _DEFAULT_PORTS[scheme] else f"{scheme}://{name}:{port}"


def _one_spelling(hostname: str) -> str:
    """Return a host as it is compared: lower case, IP addresses in their short form."""
    from ipaddress import ip_address

    try:
        return ip_address(hostname).compressed
    except ValueError:
        return hostname.lower()


def parse_ip_address(text: str) -> IPv4Address | IPv6Address | None:
    """Return the IP address, an IPv4 one also where it is written as IPv6; None for a name."""
    from ipaddress import IPv6Address, ip_address

    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _split_url(base_url: str) -> SplitResult | None:
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(base_url)
        _ = parts.port  # raises for a port that is not a number
    except ValueError:
        return None
    return parts
