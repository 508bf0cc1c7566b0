"""Base URLs, endpoint URLs and redirects."""

from __future__ import annotations

import pytest

from roundtable_tui.errors import RoundtableError
from roundtable_tui.llm.servers.url import parse_server_url, safe_redirect


@pytest.mark.parametrize(
    ("base_url", "url"),
    [
        ("http://h:1/v1", "http://h:1/v1/chat/completions"),
        ("http://h:1/v1/", "http://h:1/v1/chat/completions"),
        ("http://h:1", "http://h:1/chat/completions"),
        ("h:1/v1", "http://h:1/v1/chat/completions"),
        (" https://h/api/v1/chat/completions ", "https://h/api/v1/chat/completions"),
        ("https://h/v1?version=2", "https://h/v1/chat/completions?version=2"),
        ("http://[::1]:8080/v1", "http://[::1]:8080/v1/chat/completions"),
    ],
)
def test_parse_server_url_gives_endpoint_urls(base_url: str, url: str) -> None:
    assert parse_server_url(base_url).endpoint_url("/chat/completions") == url


def test_endpoint_url_v1_only_without_path() -> None:
    assert parse_server_url("http://h").endpoint_url("/models", v1=True) == "http://h/v1/models"
    assert parse_server_url("http://h/api").endpoint_url("/models", v1=True) == "http://h/api/models"


def test_server_url_host_has_no_password() -> None:
    place = parse_server_url("https://me:secret@h:9/v1")
    assert (place.host, place.base_url) == ("h:9", "https://h:9/v1")


@pytest.mark.parametrize("base_url", ["", "ftp://h", "http://", "http://h:port", "http://["])
def test_parse_server_url_invalid_raises(base_url: str) -> None:
    with pytest.raises(RoundtableError, match="is not a valid URL"):
        parse_server_url(base_url)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("localhost", True),
        ("[::1]", True),
        ("0.0.0.0", True),
        ("h", False),
        ("10.0.0.1", False),
    ],
)
def test_server_url_is_loopback(host: str, loopback: bool) -> None:
    assert parse_server_url(f"http://{host}:1/v1").is_loopback is loopback


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/v2", "http://h:1/v2"),
        ("http://h:1/v2", "http://h:1/v2"),
        ("https://h/v2", None),
        ("https://h:1/v2", None),
        ("http://h:2/v2", None),
        ("http://other/v2", None),
        ("//other/v2", None),
        ("http://h.other:1/", None),
        ("http://h:bad/", None),
        ("ftp://h:1/", None),
    ],
)
def test_safe_redirect_stays_on_host(location: str, target: str | None) -> None:
    assert safe_redirect("http://h:1/v1", location) == target


def test_safe_redirect_never_leaves_https() -> None:
    assert safe_redirect("https://h/v1", "http://h/v1") is None
