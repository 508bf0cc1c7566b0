"""The servers of the settings, as the client calls them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from typing import Any

from roundtable_tui.config import ServerSettings, bind_key, read_key
from roundtable_tui.config.openai_environment import apply_variables
from roundtable_tui.config.request_extras import read_headers
from roundtable_tui.llm.types import Server

DEFAULT_CONCURRENCY = 32


def create_server(found: ServerSettings, environ: Mapping[str, str]) -> tuple[Server, str]:
    """Return a server of the settings, whose key is read when first needed, and its default model."""
    found = apply_variables(bind_key(found, environ), environ)
    server = Server(
        name=found.name,
        base_url=found.base_url,
        key=cache(partial(read_key, found, environ)) if found.api_key_env or found.api_key_cmd else None,
        concurrency=found.concurrency or DEFAULT_CONCURRENCY,
        context=found.context or None,
        params=found.params,
        requests_per_minute=found.requests_per_minute,
        tokens_per_minute=found.tokens_per_minute,
        **request_extras(found, environ),
    )
    return server, found.model


def request_extras(found: ServerSettings, environ: Mapping[str, str]) -> dict[str, Any]:
    """Return the fields of a `Server` for what its settings add to every request."""
    return {
        "headers": cache(partial(read_headers, found, environ)) if found.headers else None,
        "header_names": tuple(found.headers),
        "query": found.query,
        "timeouts": found.timeouts,
        "ca_file": found.ca_file,
        "vision_models": found.vision_models,
    }
