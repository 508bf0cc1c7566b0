"""Base URLs and host names."""

from __future__ import annotations

import pytest

from roundtable_tui.config.urls import is_local_host, is_local_url, is_wildcard_host, normalize_loopback
from roundtable_tui.llm.servers.url import parse_server_url

LOCAL_HOSTS = [
    "127.0.0.1", "127.0.0.2", "127.255.255.254", "::1", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1",
    "::ffff:7f00:1", "0.0.0.0", "::", "localhost", "LOCALHOST", "LocalHost", "localhost.", "127.0.0.1.",
    "models.localhost", "a.b.LOCALHOST.", " localhost ",
]  # fmt: skip
OTHER_HOSTS = [
    "", ".", "h", "10.0.0.1", "128.0.0.1", "126.255.255.255", "192.168.0.1", "::2", "::ffff:10.0.0.1",
    "fe80::1", "localhost.example", "notlocalhost", "127.0.0.1.example", "127.0.0.256", "localhost..",
]  # fmt: skip


@pytest.mark.parametrize("host", LOCAL_HOSTS)
def test_is_local_host_of_this_machine_is_true_in_every_place(host: str) -> None:
    assert is_local_host(host)
    in_url = f"[{host}]" if ":" in host else host.strip()
    assert is_local_url(f"http://{in_url}:1234/v1")
    assert is_local_url(f"https://{in_url}")
    assert parse_server_url(f"http://{in_url}:1234/v1").is_loopback


@pytest.mark.parametrize("host", OTHER_HOSTS)
def test_is_local_host_of_another_machine_is_false(host: str) -> None:
    assert not is_local_host(host)


@pytest.mark.parametrize("url", ["", "localhost", "http://", "http://h/localhost", "http://localhost@h/v1",
                                 "http://localhost:bad/", "http://[::1/"])  # fmt: skip
def test_is_local_url_of_no_local_url_is_false(url: str) -> None:
    assert not is_local_url(url)


@pytest.mark.parametrize(
    ("host", "expected"),
    [("0.0.0.0", True), ("::", True), ("::ffff:0.0.0.0", True), ("0.0.0.0.", True),
     ("127.0.0.1", False), ("localhost", False), ("", False)],
)  # fmt: skip
def test_is_wildcard_host_is_true_for_unspecified_addresses_only(host: str, expected: bool) -> None:
    assert is_wildcard_host(host) is expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://localhost:1/v1", "http://127.0.0.1:1/v1"),
        ("http://LOCALHOST:1/v1", "http://127.0.0.1:1/v1"),
        ("http://localhost./v1", "http://127.0.0.1/v1"),
        ("http://localhost", "http://127.0.0.1"),
        ("http://localhost.example/v1", "http://localhost.example/v1"),
        ("http://h/localhost", "http://h/localhost"),
    ],
)
def test_normalize_loopback_replaces_the_host_name_only(url: str, expected: str) -> None:
    assert normalize_loopback(url) == expected
