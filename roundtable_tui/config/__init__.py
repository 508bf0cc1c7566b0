"""Settings: reading, validation, editing; the choice of server, model and API key.

Cheap to import: what is named here comes when it is first used; neither pydantic nor Textual, and TOML
libraries only when a file is read or written.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from roundtable_tui.config.api_keys import (
        bind_key,
        key_owner,
        missing_key,
        read_key,
    )
    from roundtable_tui.config.app_state import apply_app_state, last_server, save_app_state
    from roundtable_tui.config.file import load, save, update_settings
    from roundtable_tui.config.flag_environment import FlagEnvironment, may_receive
    from roundtable_tui.config.model import LimitSettings, ServerSettings, Settings
    from roundtable_tui.config.resolve import get_server, resolve_model, resolve_server
    from roundtable_tui.config.server_entries import remove_server, set_server
    from roundtable_tui.config.suggestions import closest_match, did_you_mean
    from roundtable_tui.config.unknown_settings import describe_unknown

__all__ = [
    "FlagEnvironment",
    "LimitSettings",
    "ServerSettings",
    "Settings",
    "apply_app_state",
    "bind_key",
    "closest_match",
    "describe_unknown",
    "did_you_mean",
    "get_server",
    "key_owner",
    "last_server",
    "load",
    "may_receive",
    "missing_key",
    "read_key",
    "remove_server",
    "resolve_model",
    "resolve_server",
    "save",
    "save_app_state",
    "set_server",
    "update_settings",
]


_MODULES = {
    **dict.fromkeys(("bind_key", "key_owner", "missing_key", "read_key"), "api_keys"),
    **dict.fromkeys(("apply_app_state", "last_server", "save_app_state"), "app_state"),
    **dict.fromkeys(("load", "save", "update_settings"), "file"),
    **dict.fromkeys(("FlagEnvironment", "may_receive"), "flag_environment"),
    **dict.fromkeys(("LimitSettings", "ServerSettings", "Settings"), "model"),
    **dict.fromkeys(("get_server", "resolve_model", "resolve_server"), "resolve"),
    **dict.fromkeys(("remove_server", "set_server"), "server_entries"),
    **dict.fromkeys(("closest_match", "did_you_mean"), "suggestions"),
    "describe_unknown": "unknown_settings",
}


def __getattr__(name: str) -> Any:
    """Import a name when it is first asked for."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = found
    return found
