"""Which key belongs to which base URL, and what is said where one is missing."""

from __future__ import annotations

import json

import pytest

from roundtable_tui.config import FlagEnvironment, ServerSettings, Settings, resolve_server
from roundtable_tui.config.api_keys import bind_key, may_receive, missing_key
from tests.support.key_trap import DISCOVERED_NAME, KEY, KeyRecordingServer, read_output_without_key
from tests.support.key_ways import ask, run, server_entry, write_settings


@pytest.mark.parametrize(
    ("given_for", "url", "may"),
    [
        ("https://api.example.com/v1", "https://api.example.com/v2?x=1", True),
        ("https://api.example.com/v1", "HTTPS://API.Example.COM:443/", True),
        ("http://h/v1", "http://h:80", True),
        ("http://[::1]:1/v1", "http://[0:0:0:0:0:0:0:1]:1/v1", True),
        ("http://localhost:1/v1", "http://127.0.0.1:1/v1", True),
        ("http://localhost:1/v1", "http://[::1]:1/v1", True),
        ("http://127.0.0.1:1/v1", "http://localhost:1/v1", False),
        ("http://127.0.0.1:1/v1", "http://[::1]:1/v1", False),
        ("http://localhost:1/v1", "http://127.0.0.2:1/v1", False),
        ("http://localhost:1/v1", "http://localhost:2/v1", False),
        ("https://h/v1", "http://h/v1", False),
        ("http://h/v1", "https://h/v1", False),
        ("http://h:443/v1", "https://h/v1", False),
        ("http://h:80/v1", "http://h:0/v1", False),
        ("https://h/v1", "https://h.evil/v1", False),
        ("https://h/v1", "https://h@evil/v1", False),
        ("https://h/v1", "https://evil/h/v1", False),
        ("https://h/v1", "h/v1", False),
        ("https://h/v1", "https://h:bad/v1", False),
        ("https://h/v1", "", False),
        ("nonsense", "nonsense", False),
        ("", "", False),
    ],
)
def test_may_receive_compares_scheme_host_and_port(given_for: str, url: str, may: bool) -> None:
    assert may_receive(given_for, url) is may


@pytest.mark.parametrize(
    ("url", "environ", "variable"),
    [
        ("https://api.openai.com/v1", {"OPENAI_API_KEY": KEY}, "OPENAI_API_KEY"),
        ("http://api.openai.com/v1", {"OPENAI_API_KEY": KEY}, ""),
        ("https://other.example/v1", {"OPENAI_API_KEY": KEY}, ""),
        ("https://api.openai.com/v1", {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": "https://g.example"}, ""),
        ("https://g/v1", {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": "https://g"}, "OPENAI_API_KEY"),
        ("https://g.example/v1", {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": "g.example"}, ""),
        ("https://g.example/v1", {"OPENAI_API_KEY": " ", "OPENAI_BASE_URL": "https://g.example"}, ""),
        ("http://127.0.0.1:4000/v1", {"LITELLM_API_KEY": KEY}, ""),
    ],
)  # fmt: skip
def test_bind_key_of_a_server_without_one_follows_the_environment(
    url: str, environ: dict[str, str], variable: str
) -> None:
    assert bind_key(ServerSettings("s", url), environ).api_key_env == variable


@pytest.mark.parametrize(
    ("url", "variables", "given", "bound"),
    [
        ("https://g.example/v2", {}, "https://g.example/v1/ ", True),
        ("https://api.openai.com/v1", {}, "https://g.example/v1", False),
        ("https://other.example/v1", {}, "https://g.example/v1", False),
        ("http://g.example/v1", {}, "https://g.example/v1", False),
        ("https://api.openai.com/v1", {}, "", True),
        ("https://g.example/v1", {"OPENAI_BASE_URL": "https://h.example/v1"}, "https://g.example/v1", False),
        ("https://h.example/v1", {"OPENAI_BASE_URL": "https://h.example/v1"}, "https://g.example/v1", True),
        ("https://h.example/v1", {"OPENAI_BASE_URL": "https://h.example/v1"}, "https://h.example/v1", True),
        ("https://g.example/v1", {"OPENAI_BASE_URL": " "}, "https://g.example/v1", True),
        ("https://api.openai.com/v1", {}, "nonsense", False),
        ("nonsense", {}, "nonsense", False),
    ],
)
def test_bind_key_with_a_base_url_given_by_the_user_follows_it_after_the_environment(
    url: str, variables: dict[str, str], given: str, bound: bool
) -> None:
    environ = FlagEnvironment({"OPENAI_API_KEY": KEY, **variables}, given)
    assert (bind_key(ServerSettings("s", url), environ).api_key_env == "OPENAI_API_KEY") is bound


def test_flag_environment_shows_the_variables_only() -> None:
    variables = {"OPENAI_API_KEY": KEY}
    environ = FlagEnvironment(variables, "https://g.example")
    assert dict(environ) == variables and len(environ) == 1
    variables["LATER"] = "1"
    assert environ["LATER"] == "1" and "base_url" not in environ


def test_resolve_server_with_a_base_url_given_by_the_user_does_not_fall_back_to_openai() -> None:
    environ = {"OPENAI_API_KEY": KEY}
    found = resolve_server(Settings(), environ=environ)
    assert found is not None and found.base_url == "https://api.openai.com/v1"
    assert resolve_server(Settings(), environ=FlagEnvironment(environ, "https://g.example/v1")) is None


@pytest.mark.parametrize("own", [{"api_key_env": "MY_KEY"}, {"api_key_cmd": "pass show it"}])
def test_bind_key_of_a_server_with_one_keeps_it(own: dict[str, str]) -> None:
    server = ServerSettings("s", "https://api.openai.com/v1", **own)
    assert bind_key(server, {"OPENAI_API_KEY": KEY}) == server


@pytest.mark.parametrize("words", [("--server", DISCOVERED_NAME), ()], ids=["named", "found"])
def test_found_server_that_wants_a_key_names_the_setting_to_add(
    words: tuple[str, ...], recorder: KeyRecordingServer, capsys: pytest.CaptureFixture[str]
) -> None:
    write_settings(server_entry("a", "http://127.0.0.1:9/v1") + server_entry("b", "http://127.0.0.1:9/v2"))
    ask(*words)
    said = read_output_without_key(capsys).strip()
    assert f"{DISCOVERED_NAME} at {recorder.url} wants a key, and none was given for it" in said
    assert f'[servers.{DISCOVERED_NAME}] base_url = "{recorder.url}", api_key_env = ' in said
    assert "\n" not in said


def test_given_server_that_wants_a_key_names_the_setting_to_add(
    recorder: KeyRecordingServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    ask("--base-url", recorder.url)
    assert "api_key_env" in read_output_without_key(capsys)


def test_missing_key_of_a_hostile_name_is_one_plain_line() -> None:
    error = missing_key(ServerSettings('x]\nevil = "\x1b[2J', "http://h/v1"))
    assert "\n" not in str(error) and "\x1b" not in str(error)
    assert "[servers.NAME]" in str(error)


def test_doctor_with_a_base_url_says_that_the_key_is_sent_there(
    recorder: KeyRecordingServer, capsys: pytest.CaptureFixture[str]
) -> None:
    run("doctor", "--json", "--base-url", recorder.url)
    checks = {check["name"]: check["what"] for check in json.loads(read_output_without_key(capsys))["checks"]}
    assert checks["OPENAI_API_KEY"] == f"is sent to http://127.0.0.1:{recorder.port} only"


def test_doctor_says_which_key_is_sent_to_which_server(
    recorder: KeyRecordingServer,
    owner: KeyRecordingServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("MY_KEY", "sk-of-the-entry-1234567890")
    monkeypatch.setenv("VAULT", "sk-of-the-vault-1234567890")
    write_settings(
        server_entry("mine", "http://127.0.0.1:9/v1", 'api_key_env = "MY_KEY"')
        + server_entry("vault", "http://127.0.0.1:9/v2", 'api_key_cmd = "printenv VAULT"')
        + server_entry("open", recorder.url)
        + server_entry("env", owner.url)
    )
    run("doctor", "--json")
    said = read_output_without_key(capsys)
    assert "of-the-entry" not in said and "of-the-vault" not in said
    told = {check["name"]: check["what"] for check in json.loads(said)["checks"]}
    assert told["key of mine"] == "MY_KEY is set and sent to http://127.0.0.1:9"
    assert told["key of vault"].endswith("is sent to http://127.0.0.1:9")
    assert told["key of env"] == f"OPENAI_API_KEY is set and sent to http://127.0.0.1:{owner.port}"
    assert told["OPENAI_API_KEY"] == f"is sent to http://127.0.0.1:{owner.port} only"
    assert "key of open" not in told
    monkeypatch.setenv("MY_KEY", '"sk-of-the-entry-1234567890"')
    run("doctor", "--json")
    told = {check["name"]: check["what"] for check in json.loads(read_output_without_key(capsys))["checks"]}
    assert told["key of mine"] == ("the variable MY_KEY has quotation marks around the key, and is not sent")
