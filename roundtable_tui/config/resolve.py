"""Choose the server, the model and the API key of a run."""

from __future__ import annotations

from collections.abc import Mapping

from roundtable_tui.config.api_keys import OPENAI, URL, bind_key, find_api_url
from roundtable_tui.config.model import ServerSettings, Settings
from roundtable_tui.config.suggestions import did_you_mean
from roundtable_tui.config.urls import get_host, normalize_url, url_error
from roundtable_tui.errors import UsageError
from roundtable_tui.utils.interface import by_interface
from roundtable_tui.utils.text import single_line

MODEL_VARIABLE = "ROUNDTABLE_MODEL"


def resolve_server(
    settings: Settings, *, name: str = "", base_url: str = "", environ: Mapping[str, str]
) -> ServerSettings | None:
    """Return the server to use; None if none is configured (the caller may then search this machine).

    In this order: the one given by `name` or `base_url`; OPENAI_BASE_URL; the default server of the
    settings, or their only one; API_URL, if MODEL_NAME is set too; api.openai.com, if OPENAI_API_KEY is for
    it and no server is named anywhere.

    `bind_key` decides which key it receives. Raises UsageError.
    """
    if name and base_url:
        raise UsageError("a server and a base URL are both given", hint="Give one of them.")
    if name:
        return get_server(settings, name)
    from_environ = normalize_url(environ.get(URL, ""))
    if base_url:
        what = by_interface(command_line="the base URL", python="base_url", app="the base URL")
        return _server_at(settings, _validate_base_url(base_url, what), environ)
    if from_environ:
        return _server_at(settings, _validate_base_url(from_environ, URL), environ)
    if settings.server:
        return get_server(settings, settings.server)
    if len(settings.servers) == 1:
        return next(iter(settings.servers.values()))
    if url := find_api_url(environ):
        return _server_at(settings, url, environ)
    openai = bind_key(ServerSettings(name=get_host(OPENAI), base_url=OPENAI), environ)
    return openai if openai.api_key_env and not settings.servers else None


def get_server(settings: Settings, name: str) -> ServerSettings:
    """Return the configured server of this name, in any case. Raises UsageError with the nearest name."""
    by_folded = {known.casefold(): server for known, server in settings.servers.items()}
    found = settings.servers.get(name) or by_folded.get(name.casefold())
    if found is None:
        hint = (
            did_you_mean(name, settings.servers, "Known are")
            or "Add it to the settings under [servers.NAME]."
        )
        raise UsageError(f"there is no server called {single_line(name, 60)}", hint=hint)
    return found


def resolve_model(
    settings: Settings, server: ServerSettings | None = None, *, model: str = "", environ: Mapping[str, str]
) -> str:
    """Return the model: as given, else from ROUNDTABLE_MODEL, the server or the settings; else ""."""
    of_server = server.model if server is not None else ""
    return model.strip() or environ.get(MODEL_VARIABLE, "").strip() or of_server or settings.model


def _server_at(settings: Settings, base_url: str, environ: Mapping[str, str]) -> ServerSettings:
    """Return the server at `base_url`, as the settings know it, with the key that was given for it."""
    known = next((s for s in settings.servers.values() if s.base_url == base_url), None)
    return bind_key(known or ServerSettings(name=get_host(base_url), base_url=base_url), environ)


def _validate_base_url(base_url: str, what: str) -> str:
    base_url = normalize_url(base_url)
    if (fault := url_error(base_url)) is not None:
        raise UsageError(f"{what} {fault[0]}", hint=fault[1])
    return base_url
