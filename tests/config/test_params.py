"""Names and values of generation parameters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from roundtable_tui import config
from roundtable_tui.config import ServerSettings
from roundtable_tui.config.openai_environment import apply_variables, describe_variables
from roundtable_tui.config.params import BY_NAME, check_params, parse_param
from roundtable_tui.errors import FileError, UsageError

URL = "http://127.0.0.1:9/v1"
UNSAFE = (
    "extra_headers", "extraHeaders", "Extra-Headers", "extra_query", "extra_body", "api_key", "apiKey",
    "api_base", "base_url", "baseURL", "endpoint_url", "headers", "Authorization", "proxy", "access_token",
    "aws_secret_access_key", "callback_url",
)  # fmt: skip
"""Names of addresses, keys and headers."""
FORBIDDEN = (
    *UNSAFE, "model", "Model", "messages", "tools", "tool_choice", "n", "stream", "response_format",
    "organization", "a b", "", "x" * 65,
)  # fmt: skip


@pytest.mark.parametrize("name", FORBIDDEN)
def test_check_params_refuses_what_is_no_parameter(name: str) -> None:
    with pytest.raises(UsageError, match=r"cannot be set as a parameter|is not the name of a parameter"):
        check_params({name: "x"})


@pytest.mark.parametrize("name", UNSAFE)
def test_check_params_refuses_addresses_and_keys_at_any_depth(name: str) -> None:
    with pytest.raises(UsageError, match="which cannot be set as a parameter"):
        check_params({"options": [{"deep": {name: "x"}}]})


@pytest.mark.parametrize(
    "name",
    ["top_k", "min_p", "stop_token_ids", "logit_bias", "chat_template_kwargs", "prompt_cache_key", "num_ctx"],
)
def test_check_params_accepts_names_that_it_does_not_know(name: str) -> None:
    assert check_params({name: 1}) == {name: 1}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("top_k=20", ("top_k", 20)),
        ("a=true", ("a", True)),
        ("a=null", ("a", None)),
        ("a=some text", ("a", "some text")),
        ('a={"b": [1, "c"]}', ("a", {"b": [1, "c"]})),
        ("stop=3", ("stop", "3")),
        ('stop=["a", "b"]', ("stop", ["a", "b"])),
        ("stop=[", ("stop", "[")),
        ("verbosity=low", ("verbosity", "low")),
        ("max_completion_tokens=9", ("max_tokens", 9)),
        ("a=b=c", ("a", "b=c")),
    ],
)
def test_parse_param_reads_json_or_text(text: str, value: tuple[str, Any]) -> None:
    assert parse_param(text) == value


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"temperature": 2.1}, "temperature should be a number from 0 to 2, not 2.1"),
        ({"temperature": True}, "temperature should be a number from 0 to 2, not true"),
        ({"max_tokens": 0}, "max_tokens should be a whole number from 1 to 10,000,000, not 0"),
        ({"max_tokens": 1, "max_completion_tokens": 2}, "max_tokens are the same parameter: give one"),
        ({"stop": ["a", 1]}, "stop should be text or a list of texts, not a list"),
        ({"a": float("nan")}, "a should be a finite number"),
        ({"a": "Bearer abcdef"}, "a looks like a key"),
        ({"a": object()}, "a should be text, a number"),
        ({str(n): n for n in range(60)}, "params has more than 50 entries"),
        ({"a": "x" * 30_000}, "params is longer than 20,000 characters"),
        ([], "params should be a table of names and values"),
    ],
)  # fmt: skip
def test_check_params_wrong_value_is_said_in_one_line(given: Any, line: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_params(given)
    assert line in str(caught.value) and "\n" not in str(caught.value)


def test_check_params_nested_too_deeply_is_refused() -> None:
    value: Any = 1
    for _ in range(5000):
        value = [value]
    with pytest.raises(UsageError, match="nested too deeply"):
        check_params({"a": value})


def test_each_parameter_is_declared_once() -> None:
    assert set(BY_NAME) == {
        "temperature", "top_p", "max_tokens", "reasoning_effort", "verbosity", "stop", "seed",
    }  # fmt: skip


def test_settings_params_of_a_server_are_read_kept_and_checked(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    home = f'[servers.home]\nbase_url = "{URL}"\nrequests_per_minute = 9\n'
    text = f"{home}[servers.home.params]\ntop_k = 5  # few\n"
    path.write_text(text + "chat_template_kwargs = {enable_thinking = false}\n")
    found = config.load(path)
    assert found.servers["home"].params == {"top_k": 5, "chat_template_kwargs": {"enable_thinking": False}}
    config.set_server(ServerSettings("home", URL, model="m"), path=path)
    assert config.load(path).servers["home"] == ServerSettings(
        "home", URL, model="m", requests_per_minute=9, params=found.servers["home"].params
    )
    assert "# few" in path.read_text()
    path.write_text(text + 'base_url = "http://evil.test"\n')
    with pytest.raises(
        FileError, match=r"line 6: servers.home.params: base_url cannot be set as a parameter"
    ):
        config.load(path)
    path.write_text(text + "temperture = 1\n")
    assert config.load(path).servers["home"].params["temperture"] == 1


ENVIRON = {
    "OPENAI_BASE_URL": URL + "/", "OPENAI_MODEL": "m", "OPENAI_TEMPERATURE": "0.5", "OPENAI_TOP_P": "0.9",
    "OPENAI_REASONING_EFFORT": "low", "OPENAI_MAX_COMPLETION_TOKENS": "70", "OPENAI_RPM": "10",
    "OPENAI_TPM": "5000",
}  # fmt: skip


def test_openai_variables_apply_to_the_server_of_the_base_url_only() -> None:
    found = apply_variables(ServerSettings("a", URL), ENVIRON)
    assert found == ServerSettings(
        "a", URL, model="m", requests_per_minute=10, tokens_per_minute=5000,
        params={"temperature": 0.5, "top_p": 0.9, "reasoning_effort": "low", "max_tokens": 70},
    )  # fmt: skip
    for other in ("http://127.0.0.1:9/other", "http://127.0.0.1:8/v1", "https://api.openai.com/v1"):
        assert apply_variables(ServerSettings("b", other), ENVIRON) == ServerSettings("b", other)


def test_openai_variables_come_after_the_settings_of_the_server() -> None:
    own = ServerSettings("a", URL, model="own", params={"temperature": 1}, requests_per_minute=3)
    found = apply_variables(own, ENVIRON)
    assert (found.model, found.params["temperature"], found.params["top_p"]) == ("own", 1, 0.9)
    assert (found.requests_per_minute, found.tokens_per_minute) == (3, 5000)


def test_openai_variables_without_a_base_url_apply_to_openai() -> None:
    environ = {"OPENAI_MODEL": "m"}
    assert apply_variables(ServerSettings("o", "https://api.openai.com/v1"), environ).model == "m"
    assert apply_variables(ServerSettings("a", URL), environ).model == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [("OPENAI_TEMPERATURE", "hot"), ("OPENAI_RPM", "-1"), ("OPENAI_TPM", "many"), ("OPENAI_TOP_P", "7")],
)
def test_openai_variables_wrong_value_names_the_variable(name: str, value: str) -> None:
    environ = {"OPENAI_BASE_URL": URL, name: value}
    with pytest.raises(UsageError, match=f"{name} should be "):
        apply_variables(ServerSettings("a", URL), environ)
    apply_variables(ServerSettings("b", "http://127.0.0.1:8/v1"), environ)


def test_describe_variables_shows_no_key() -> None:
    shown = describe_variables({"OPENAI_MODEL": "sk-0123456789", "OPENAI_RPM": "5"})
    assert shown == "OPENAI_MODEL=(not shown), OPENAI_RPM=5"
