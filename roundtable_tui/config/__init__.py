"""Settings: reading, validation, editing; the choice of server, model and API key.

Cheap to import: what is named here comes when it is first used; neither pydantic nor Textual, and TOML
libraries only when a file is read or written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from roundtable_tui.utils import import_when_used

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

__getattr__ = import_when_used(
    __name__,
    {
        "api_keys": ("bind_key", "key_owner", "missing_key", "read_key"),
        "app_state": ("apply_app_state", "last_server", "save_app_state"),
        "file": ("load", "save", "update_settings"),
        "flag_environment": ("FlagEnvironment", "may_receive"),
        "model": ("LimitSettings", "ServerSettings", "Settings"),
        "resolve": ("get_server", "resolve_model", "resolve_server"),
        "server_entries": ("remove_server", "set_server"),
        "suggestions": ("closest_match", "did_you_mean"),
        "unknown_settings": ("describe_unknown",),
    },
)
