"""What is remembered between runs, and what follows from it: which server, which model, which key.

Light: neither pydantic nor Textual, and TOML only when a file is read or written.
"""

from __future__ import annotations

from roundtable_tui.config.api_keys import bind_key, key_owner, may_receive, missing_key, read_key
from roundtable_tui.config.app_state import keep_choices, last_place, with_choices
from roundtable_tui.config.file import load, remember, save
from roundtable_tui.config.model import LimitSettings, ServerSettings, Settings
from roundtable_tui.config.resolve import named, resolve_model, resolve_server
from roundtable_tui.config.server_entries import drop_server, put_server
from roundtable_tui.config.suggestions import near, nearest

__all__ = [
    "LimitSettings",
    "ServerSettings",
    "Settings",
    "bind_key",
    "drop_server",
    "keep_choices",
    "key_owner",
    "last_place",
    "load",
    "may_receive",
    "missing_key",
    "named",
    "near",
    "nearest",
    "put_server",
    "read_key",
    "remember",
    "resolve_model",
    "resolve_server",
    "save",
    "with_choices",
]
