"""The OPENAI_* variables besides key and base URL. They apply to the server of OPENAI_BASE_URL only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from roundtable_tui.config.api_environment import apply_api_variables
from roundtable_tui.config.api_keys import OPENAI, URL, looks_like_key
from roundtable_tui.config.model import ServerSettings
from roundtable_tui.config.params import PARAMETERS, parse_value, value_error
from roundtable_tui.config.urls import normalize_url
from roundtable_tui.errors import UsageError
from roundtable_tui.utils.text import single_line

MODEL = "OPENAI_MODEL"
REQUESTS, TOKENS = "OPENAI_RPM", "OPENAI_TPM"
VARIABLES = (MODEL, *(one.variable for one in PARAMETERS if one.variable), REQUESTS, TOKENS)
"""All variables of this kind."""
_MAX_RATE = 10**12


def server_of_variables(environ: Mapping[str, str]) -> str:
    """Return the base URL of the server that the variables apply to: OPENAI_BASE_URL, else OpenAI's."""
    return normalize_url(environ.get(URL, "")) or OPENAI


def apply_variables(server: ServerSettings, environ: Mapping[str, str]) -> ServerSettings:
    """Return `server` with what the variables set and its settings do not, if they apply to it.

    Those of API_URL (`config.api_environment`) count where these leave something open.

    Raises UsageError: a variable that applies has a wrong value.
    """
    if normalize_url(server.base_url) != server_of_variables(environ):
        return apply_api_variables(server, environ)
    return apply_api_variables(_apply(server, environ), environ)


def _apply(server: ServerSettings, environ: Mapping[str, str]) -> ServerSettings:
    return replace(
        server,
        model=server.model or environ.get(MODEL, "").strip(),
        params=read_params(environ) | dict(server.params),
        requests_per_minute=server.requests_per_minute or _read_rate(REQUESTS, environ),
        tokens_per_minute=server.tokens_per_minute or _read_rate(TOKENS, environ),
    )


def read_params(environ: Mapping[str, str]) -> dict[str, Any]:
    """Return the parameters that the variables set, by name. Raises UsageError."""
    found: dict[str, Any] = {}
    for one in PARAMETERS:
        if raw := environ.get(one.variable, "").strip() if one.variable else "":
            value = parse_value(one.name, raw)
            if what := value_error(one.name, value):
                raise UsageError(f"{one.variable} {what}")
            found[one.name] = value
    return found


def describe_variables(environ: Mapping[str, str]) -> str:
    """Return the variables that are set with their values in one line; "" for none."""
    values = ((name, single_line(environ.get(name, "").strip(), 60)) for name in VARIABLES)
    shown = ((name, "(not shown)" if looks_like_key(value) else value) for name, value in values if value)
    return ", ".join(f"{name}={value}" for name, value in shown)


def _read_rate(variable: str, environ: Mapping[str, str]) -> int:
    raw = environ.get(variable, "").strip()
    if not raw:
        return 0
    if not (raw.isascii() and raw.isdigit() and int(raw[:20]) <= _MAX_RATE):
        raise UsageError(f"{variable} should be a whole number, not {single_line(raw, 40)}")
    return int(raw)
