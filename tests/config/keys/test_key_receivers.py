"""A key is sent to the base URL it was given for and to no other, whichever way a server is chosen."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.key_trap import KEY, Trap, no_secret_in
from tests.support.key_ways import (
    FLAG_WAYS,
    WAYS,
    ask,
    entry,
    form_of_a_server,
    persona,
    put_settings,
    remembered_embeddings,
    resumed_run,
    run,
)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_server_that_no_key_was_given_for_receives_none(
    way: Callable[[Trap], None], trap: Trap, monkeypatch: pytest.MonkeyPatch,
    make_trap: Callable[..., Trap], capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    # OpenAI's own address stands for the owner of a key without a base URL; it is never asked here.
    monkeypatch.setattr("roundtable_tui.config.resolve.OPENAI", "http://127.0.0.1:9/v1")
    way(trap)
    assert trap.received, "the server was asked"
    assert trap.keys == set()
    no_secret_in(capsys)


@pytest.mark.parametrize("way", [*WAYS, *FLAG_WAYS], ids=lambda way: way.__name__)
def test_server_beside_the_owner_of_the_key_receives_none(
    way: Callable[[Trap], None], trap: Trap, owner: Trap, capsys: pytest.CaptureFixture[str]
) -> None:
    way(trap)
    assert trap.received, "the server was asked"
    assert trap.keys == set()
    no_secret_in(capsys)


# --- a base URL that the user gives ------------------------------------------------------------------


@pytest.mark.parametrize("way", FLAG_WAYS, ids=lambda way: way.__name__)
def test_base_url_given_by_the_user_receives_the_key(
    way: Callable[[Trap], None], trap: Trap, capsys: pytest.CaptureFixture[str]
) -> None:
    way(trap)
    assert trap.keys == {KEY}
    no_secret_in(capsys)


def test_base_url_given_by_the_user_keeps_the_key_from_every_other_server(
    trap: Trap, make_trap: Callable[..., Trap], capsys: pytest.CaptureFixture[str]
) -> None:
    other = make_trap()
    persona(server="far", model="m")
    put_settings(entry("far", other.url) + entry("b", "http://127.0.0.1:9/v1"))
    ask("--base-url", trap.url, "--persona", "Ada")
    run("doctor", "--base-url", trap.url)
    assert other.received, "the other server was asked"
    assert other.keys == set()
    no_secret_in(capsys)


def test_redirect_away_from_the_base_url_given_by_the_user_is_sent_no_key(
    trap: Trap, make_trap: Callable[..., Trap]
) -> None:
    moved = make_trap(307, f"http://localhost:{trap.port}/v1/chat/completions")
    ask("--base-url", moved.url)
    assert moved.keys == {KEY}
    assert trap.keys == set()


# --- and the owner receives it ------------------------------------------------------------------------


def by_environment(owner: Trap) -> None:
    ask()


def by_flag(owner: Trap) -> None:
    ask("--base-url", owner.url.upper().replace("/V1", "/v1") + "/")


def by_entry_at_its_address(owner: Trap) -> None:
    put_settings(entry("mine", owner.url) + entry("other", "http://127.0.0.1:9/v1"))
    ask("--server", "mine")


def by_record(owner: Trap) -> None:
    resumed_run(owner)


def by_embeddings(owner: Trap) -> None:
    remembered_embeddings(owner)


def by_form(owner: Trap) -> None:
    form_of_a_server(owner)


@pytest.mark.parametrize(
    "way",
    [by_environment, by_flag, by_entry_at_its_address, by_record, by_embeddings, by_form],
    ids=lambda way: way.__name__,
)
def test_server_the_key_was_given_for_receives_it(
    way: Callable[[Trap], None], trap: Trap, owner: Trap, capsys: pytest.CaptureFixture[str]
) -> None:
    way(owner)
    assert owner.keys == {KEY}
    assert trap.keys == set()
    no_secret_in(capsys)


def test_entry_with_a_key_of_its_own_receives_that_one(
    trap: Trap, owner: Trap, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_KEY", "sk-of-the-entry-1234567890")
    put_settings(entry("mine", owner.url, 'api_key_env = "MY_KEY"') + entry("other", trap.url))
    for words in (("--server", "mine"), ("--base-url", owner.url), ()):
        owner.received.clear()
        ask(*words)
        assert owner.keys == {"sk-of-the-entry-1234567890"}, words
    assert trap.keys == set()


@pytest.mark.parametrize("to", ["http://127.0.0.1:{}/v1/chat/completions", "http://localhost:{}/v1"])
def test_redirect_away_from_the_owner_is_sent_no_key(
    to: str, trap: Trap, make_trap: Callable[..., Trap], monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = make_trap(307, to.format(trap.port))
    monkeypatch.setenv("OPENAI_BASE_URL", moved.url)
    ask()
    run("models")
    run("doctor")
    assert moved.keys == {KEY}
    assert trap.keys == set()
