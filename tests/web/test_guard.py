"""Who is let in, by names, pages, links and cookies alone."""

from __future__ import annotations

import socket

import pytest

from roundtable_tui.web.guard import AccessGuard, is_loopback_address


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8770", "127.0.0.1", "localhost:9000", "LocalHost.:8770", "[::1]:8770"]
)
def test_guard_loopback_accepts_loopback_names(host: str) -> None:
    assert AccessGuard("127.0.0.1").is_own_host(host)


@pytest.mark.parametrize(
    "host",
    [
        "", "evil.example", "evil.example:8770", "127.0.0.1.evil.example", "localhost.evil.example:8770",
        "evil.example@127.0.0.1", "127.0.0.1/evil", "127.0.0.1:x", "192.168.1.5:8770", "0.0.0.0", "[::1",
        "a b",
    ],
)  # fmt: skip
def test_guard_foreign_name_is_not_own_host(host: str) -> None:
    assert not AccessGuard("127.0.0.1").is_own_host(host)


def test_guard_network_address_accepts_its_names() -> None:
    one, all_of_them = AccessGuard("192.168.1.5", ["table.example"]), AccessGuard("0.0.0.0")
    for host in ("192.168.1.5:8770", "table.example", f"{socket.gethostname()}:1"):
        assert one.is_own_host(host)
    for host in ("127.0.0.1", "192.168.1.6", "evil.example"):
        assert not one.is_own_host(host)
    for host in ("127.0.0.1:8770", "localhost", "10.1.2.3:8770", socket.gethostname(), "[fe80::1]:8770"):
        assert all_of_them.is_own_host(host)
    assert not all_of_them.is_own_host("evil.example")


def test_guard_own_origin_needs_same_host() -> None:
    guard = AccessGuard("127.0.0.1")
    assert guard.is_own_origin("http://127.0.0.1:8770", "127.0.0.1:8770")
    assert guard.is_own_origin("https://table.example", "Table.example")
    for origin in (
        "null",
        "",
        "http://127.0.0.1:3000",
        "http://localhost:8770",
        "http://evil.example",
        "127.0.0.1:8770",
    ):
        assert not guard.is_own_origin(origin, "127.0.0.1:8770")


def test_guard_token_works_once() -> None:
    guard = AccessGuard("127.0.0.1")
    first = guard.current_or_new_token()
    assert first == guard.current_or_new_token() and len(first) > 30
    assert guard.redeem_token("") == guard.redeem_token("é") == guard.redeem_token(first[:-1]) == ""
    cookie = guard.redeem_token(first)
    assert (
        guard.is_valid_cookie(cookie)
        and cookie != first
        and not guard.is_valid_cookie(first)
        and not guard.is_valid_cookie("")
    )
    assert guard.redeem_token(first) == "" and guard.is_used_token(first)
    second = guard.current_or_new_token()
    assert second != first and not guard.is_used_token(second)
    assert guard.is_valid_cookie(guard.redeem_token(second)) and guard.is_valid_cookie(cookie)


def test_guard_path_and_cookie_name_are_random() -> None:
    guards = [AccessGuard("127.0.0.1") for _ in range(20)]
    names = {guard.cookie_name for guard in guards} | {guard.path for guard in guards}
    assert len(names) == 40 and all(len(name) > 30 for name in names)


def test_is_loopback_address_addresses_give_expected_result() -> None:
    assert all(
        map(is_loopback_address, ("127.0.0.1", "127.1.2.3", "::1", "localhost", "LOCALHOST", "a.localhost"))
    )
    assert not any(
        map(is_loopback_address, ("0.0.0.0", "::", "::ffff:0.0.0.0", "192.168.1.5", "example.com", ""))
    )
