"""API_URL, MODEL_NAME, API_KEY, MAX_TOKENS and TEMPERATURE, as in the VLLM framework's examples."""

from __future__ import annotations

import pytest

from roundtable_tui.config import FlagEnvironment, ServerSettings, Settings, bind_key, resolve_server
from roundtable_tui.config.api_environment import apply_api_variables
from roundtable_tui.config.openai_environment import apply_variables
from roundtable_tui.errors import UsageError
from tests.support.key_trap import KEY

URL = "http://vllm.example:8000/v1"
ENVIRON = {
    "API_URL": URL,
    "MODEL_NAME": "Qwen/Qwen3",
    "API_KEY": KEY,
    "MAX_TOKENS": "320",
    "TEMPERATURE": "0.7",
}


def test_resolve_server_takes_api_url_with_its_key_if_no_other_is_named() -> None:
    found = resolve_server(Settings(), environ=ENVIRON)
    assert found is not None and (found.base_url, found.api_key_env) == (URL, "API_KEY")


@pytest.mark.parametrize(
    "environ", [{"API_URL": URL}, {"MODEL_NAME": "m"}, ENVIRON | {"API_URL": "shop/api"}]
)
def test_resolve_server_ignores_api_url_that_may_belong_to_another_program(environ: dict[str, str]) -> None:
    assert resolve_server(Settings(), environ=environ) is None


def test_resolve_server_prefers_what_is_named_for_this_program() -> None:
    home = ServerSettings("home", "http://home/v1")
    settings = Settings(servers={"home": home})
    assert resolve_server(settings, environ=ENVIRON) == home
    there = resolve_server(Settings(), environ=ENVIRON | {"OPENAI_BASE_URL": "http://there/v1"})
    assert there is not None and (there.base_url, there.api_key_env) == ("http://there/v1", "")


@pytest.mark.parametrize("url", ["http://vllm.example/v1", "https://vllm.example:8000/v1", "http://other/v1"])
def test_variables_and_key_are_for_the_server_at_api_url_only(url: str) -> None:
    server = ServerSettings("s", url)
    assert bind_key(server, ENVIRON) == server and apply_variables(server, ENVIRON) == server


def test_key_of_api_url_is_for_no_flag_of_another_host() -> None:
    environ = FlagEnvironment(ENVIRON, "http://given.example/v1")
    assert bind_key(ServerSettings("s", "http://given.example/v1"), environ).api_key_env == ""
    assert bind_key(ServerSettings("s", URL), environ).api_key_env == "API_KEY"


def test_apply_variables_sets_model_and_parameters_that_are_open() -> None:
    found = apply_variables(ServerSettings("s", URL), ENVIRON)
    assert (found.model, found.params) == ("Qwen/Qwen3", {"max_tokens": 320, "temperature": 0.7})
    own = ServerSettings("s", URL, model="mine", params={"temperature": 0.1})
    found = apply_variables(own, ENVIRON)
    assert (found.model, found.params) == ("mine", {"max_tokens": 320, "temperature": 0.1})
    both = ENVIRON | {"OPENAI_BASE_URL": URL, "OPENAI_MODEL": "first", "OPENAI_TEMPERATURE": "0.2"}
    found = apply_variables(ServerSettings("s", URL), both)
    assert (found.model, found.params["temperature"]) == ("first", 0.2)


def test_apply_variables_wrong_value_names_the_variable() -> None:
    with pytest.raises(UsageError, match="MAX_TOKENS should be"):
        apply_api_variables(ServerSettings("s", URL), ENVIRON | {"MAX_TOKENS": "many"})
    assert apply_api_variables(ServerSettings("s", "http://other"), ENVIRON | {"MAX_TOKENS": "many"})
