"""A key is sent to the base URL it was given for and to no other, whichever way a server is chosen."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.key_trap import KEY, KeyRecordingServer, read_output_without_key
from tests.support.key_ways import (
    FLAG_CHOICES,
    SERVER_CHOICES,
    ask,
    form_of_a_server,
    remembered_embeddings,
    resumed_run,
    run,
    server_entry,
    write_persona,
    write_settings,
)
from tests.support.key_ways_many import MANY_FLAG_CHOICES, MANY_SERVER_CHOICES

ALL_SERVER_CHOICES = [*SERVER_CHOICES, *MANY_SERVER_CHOICES]
ALL_FLAG_CHOICES = [*FLAG_CHOICES, *MANY_FLAG_CHOICES]


@pytest.mark.parametrize("way", ALL_SERVER_CHOICES, ids=lambda way: way.__name__)
def test_server_that_no_key_was_given_for_receives_none(
    way: Callable[[KeyRecordingServer], None], recorder: KeyRecordingServer, monkeypatch: pytest.MonkeyPatch,
    make_recorder: Callable[..., KeyRecordingServer], capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    # OpenAI's own address stands for the owner of a key without a base URL; it is never asked here.
    monkeypatch.setattr("roundtable_tui.config.resolve.OPENAI", "http://127.0.0.1:9/v1")
    way(recorder)
    assert recorder.received, "the server was asked"
    assert recorder.keys == set()
    read_output_without_key(capsys)


@pytest.mark.parametrize("way", [*ALL_SERVER_CHOICES, *ALL_FLAG_CHOICES], ids=lambda way: way.__name__)
def test_server_beside_the_owner_of_the_key_receives_none(
    way: Callable[[KeyRecordingServer], None],
    recorder: KeyRecordingServer,
    owner: KeyRecordingServer,
    capsys: pytest.CaptureFixture[str],
) -> None:
    way(recorder)
    assert recorder.received, "the server was asked"
    assert recorder.keys == set()
    read_output_without_key(capsys)


# --- a base URL that the user gives ------------------------------------------------------------------


@pytest.mark.parametrize("way", ALL_FLAG_CHOICES, ids=lambda way: way.__name__)
def test_base_url_given_by_the_user_receives_the_key(
    way: Callable[[KeyRecordingServer], None],
    recorder: KeyRecordingServer,
    capsys: pytest.CaptureFixture[str],
) -> None:
    way(recorder)
    assert recorder.keys == {KEY}
    read_output_without_key(capsys)


def test_base_url_given_by_the_user_keeps_the_key_from_every_other_server(
    recorder: KeyRecordingServer,
    make_recorder: Callable[..., KeyRecordingServer],
    capsys: pytest.CaptureFixture[str],
) -> None:
    other = make_recorder()
    write_persona(server="far", model="m")
    write_settings(server_entry("far", other.url) + server_entry("b", "http://127.0.0.1:9/v1"))
    ask("--base-url", recorder.url, "--persona", "Ada")
    run("doctor", "--base-url", recorder.url)
    assert other.received, "the other server was asked"
    assert other.keys == set()
    read_output_without_key(capsys)


def test_redirect_away_from_the_base_url_given_by_the_user_is_sent_no_key(
    recorder: KeyRecordingServer, make_recorder: Callable[..., KeyRecordingServer]
) -> None:
    moved = make_recorder(307, f"http://localhost:{recorder.port}/v1/chat/completions")
    ask("--base-url", moved.url)
    assert moved.keys == {KEY}
    assert recorder.keys == set()


# --- and the owner receives it ------------------------------------------------------------------------


def by_environment(owner: KeyRecordingServer) -> None:
    ask()


def by_flag(owner: KeyRecordingServer) -> None:
    ask("--base-url", owner.url.upper().replace("/V1", "/v1") + "/")


def by_entry_at_its_address(owner: KeyRecordingServer) -> None:
    write_settings(server_entry("mine", owner.url) + server_entry("other", "http://127.0.0.1:9/v1"))
    ask("--server", "mine")


def by_record(owner: KeyRecordingServer) -> None:
    resumed_run(owner)


def by_embeddings(owner: KeyRecordingServer) -> None:
    remembered_embeddings(owner)


def by_form(owner: KeyRecordingServer) -> None:
    form_of_a_server(owner)


@pytest.mark.parametrize(
    "way",
    [by_environment, by_flag, by_entry_at_its_address, by_record, by_embeddings, by_form],
    ids=lambda way: way.__name__,
)
def test_server_the_key_was_given_for_receives_it(
    way: Callable[[KeyRecordingServer], None],
    recorder: KeyRecordingServer,
    owner: KeyRecordingServer,
    capsys: pytest.CaptureFixture[str],
) -> None:
    way(owner)
    assert owner.keys == {KEY}
    assert recorder.keys == set()
    read_output_without_key(capsys)


def test_entry_with_a_key_of_its_own_receives_that_one(
    recorder: KeyRecordingServer, owner: KeyRecordingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_KEY", "sk-of-the-entry-1234567890")
    write_settings(
        server_entry("mine", owner.url, 'api_key_env = "MY_KEY"') + server_entry("other", recorder.url)
    )
    for words in (("--server", "mine"), ("--base-url", owner.url), ()):
        owner.received.clear()
        ask(*words)
        assert owner.keys == {"sk-of-the-entry-1234567890"}, words
    assert recorder.keys == set()


@pytest.mark.parametrize("to", ["http://127.0.0.1:{}/v1/chat/completions", "http://localhost:{}/v1"])
def test_redirect_away_from_the_owner_is_sent_no_key(
    to: str,
    recorder: KeyRecordingServer,
    make_recorder: Callable[..., KeyRecordingServer],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moved = make_recorder(307, to.format(recorder.port))
    monkeypatch.setenv("OPENAI_BASE_URL", moved.url)
    ask()
    run("models")
    run("doctor")
    assert moved.keys == {KEY}
    assert recorder.keys == set()
