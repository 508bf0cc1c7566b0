"""The variables of the VLLM framework's examples: API_URL, MODEL_NAME, API_KEY, MAX_TOKENS, TEMPERATURE.

Their names are general, so that they may belong to another program: they count only where API_URL is the URL
of a server and MODEL_NAME is set too. They apply to the server at API_URL and to no other.
Source: TesslateAI/TFrameX, first commit (2025-05-02), `example.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from roundtable_tui.config.api_keys import MODEL_NAME, find_api_url
from roundtable_tui.config.model import ServerSettings
from roundtable_tui.config.params import parse_value, value_error
from roundtable_tui.config.urls import normalize_url
from roundtable_tui.errors import UsageError
from roundtable_tui.utils.text import single_line

_PARAMETERS = {"MAX_TOKENS": "max_tokens", "TEMPERATURE": "temperature"}


def apply_api_variables(server: ServerSettings, environ: Mapping[str, str]) -> ServerSettings:
    """Return `server` with what the variables set and its settings do not, if it is the one at API_URL.

    Raises UsageError: a variable that applies has a wrong value.
    """
    if normalize_url(server.base_url) != find_api_url(environ):
        return server
    params = {}
    for variable, name in _PARAMETERS.items():
        if raw := environ.get(variable, "").strip():
            value = parse_value(name, raw)
            if what := value_error(name, value):
                raise UsageError(f"{variable} {what}", hint="Correct it, or unset it.")
            params[name] = value
    return replace(
        server, model=server.model or environ[MODEL_NAME].strip(), params=params | dict(server.params)
    )


def describe_api_variables(environ: Mapping[str, str]) -> str:
    """Return the variables that are set with their values in one line, without the key; "" for none."""
    if not find_api_url(environ):
        return ""
    named = (MODEL_NAME, *_PARAMETERS)
    return ", ".join(
        f"{name}={single_line(value, 60)}" for name in named if (value := environ.get(name, "").strip())
    )
