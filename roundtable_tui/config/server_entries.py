"""Add, change and remove servers in the settings file."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

from roundtable_tui.config import api_keys
from roundtable_tui.config.fields import KEY_HINT, SERVER_SETTINGS, parse_input
from roundtable_tui.config.file import load, render_settings
from roundtable_tui.config.model import ServerSettings, Settings
from roundtable_tui.config.request_extras import SERVER_TABLES
from roundtable_tui.config.toml_edit import rename_table
from roundtable_tui.config.urls import normalize_url, url_error
from roundtable_tui.errors import UsageError
from roundtable_tui.utils import files, paths
from roundtable_tui.utils.text import single_line

RESERVED_NAMES = ("demo", "local")
"""Names of the built-in servers."""
_COUNTS = ("concurrency", "context")
_KEPT = ("requests_per_minute", "tokens_per_minute", "vision_models", "ca_file", *SERVER_TABLES)
"""Settings of a server without a field in the form: a server that is saved again keeps them."""
_BY_NAME = {setting.name: setting for setting in SERVER_SETTINGS}


def validate_form(typed: Mapping[str, str], other_names: Collection[str] = ()) -> dict[str, str]:
    """Return the problems of a server form by field, without repeating anything that may be a key.

    Args:
        typed: The text of each field.
        other_names: Names that other servers have.
    """
    found = {name: fault for name, text in typed.items() if (fault := _field_error(name, text.strip()))}
    name = typed.get("name", "").strip()
    if "name" not in found:
        if not name:
            found["name"] = "give it a name, such as home"
        elif name.casefold() in {one.casefold() for one in other_names}:
            found["name"] = f"there is a server called {single_line(name, 40)} already"
        elif name.casefold() in RESERVED_NAMES:
            found["name"] = f"{name.casefold()} is built in: use another name"
    if typed.get("api_key_env", "").strip() and typed.get("api_key_cmd", "").strip():
        found.setdefault("api_key_cmd", "a variable and a command are both given: keep one of them")
    return found


def _field_error(name: str, text: str) -> str:
    """Return the problem of one field; "" if it is valid."""
    fault: tuple[str, str] | None = None
    if name == "base_url":
        fault = (
            url_error(normalize_url(text))
            if text
            else ("is missing", "It looks like http://localhost:11434/v1.")
        )
    elif text and api_keys.looks_like_key(text):
        return f"this looks like a key, and keys are kept in no file: {KEY_HINT}"
    elif text and name == "api_key_env":
        fault = api_keys.variable_error(text)
    elif text and name == "api_key_cmd":
        fault = api_keys.command_error(text)
    elif name in _COUNTS:
        try:
            parse_input(_BY_NAME[name], text or "0")
        except UsageError as error:
            return str(error)
    if fault is None:
        return ""
    return f"{fault[0]}. {fault[1]}" if fault[1] else fault[0]


def server_from_form(typed: Mapping[str, str]) -> ServerSettings:
    """Return the server described by a valid form."""
    text = {name: value.strip() for name, value in typed.items()}
    concurrency, context = (int(parse_input(_BY_NAME[name], text.get(name) or "0")) for name in _COUNTS)
    return ServerSettings(
        name=text["name"], base_url=normalize_url(text["base_url"]), api_key_env=text.get("api_key_env", ""),
        api_key_cmd=text.get("api_key_cmd", ""), model=text.get("model", ""),
        concurrency=concurrency, context=context,
    )  # fmt: skip


def set_server(server: ServerSettings, *, old_name: str = "", path: Path | None = None) -> Settings:
    """Write `server`, replacing `old_name` if given, and return the settings. Raises FileError."""
    path = paths.settings_file() if path is None else path
    old, source = load(path), _source(path)
    servers = dict(old.servers)
    if (known := servers.get(old_name or server.name)) is not None:
        server = replace(server, **{name: getattr(server, name) or getattr(known, name) for name in _KEPT})
    unknown = dict(old.unknown)
    if old_name and old_name != server.name and old_name in servers:
        servers = {server.name if name == old_name else name: one for name, one in servers.items()}
        source = rename_table(source, ("servers", old_name), ("servers", server.name))
        strangers = dict(unknown.get("servers", {}))
        if old_name in strangers:
            strangers[server.name] = strangers.pop(old_name)
            unknown["servers"] = strangers
    servers[server.name] = server
    default = server.name if old_name and old.server == old_name else old.server
    return _write_settings(replace(old, servers=servers, server=default, unknown=unknown), source, path)


def remove_server(name: str, path: Path | None = None) -> Settings:
    """Remove the server `name` from the file and return the settings. Raises FileError."""
    path = paths.settings_file() if path is None else path
    old = load(path)
    servers = {known: one for known, one in old.servers.items() if known != name}
    default = "" if old.server == name else old.server
    return _write_settings(replace(old, servers=servers, server=default), _source(path), path)


def _write_settings(new: Settings, source: str, path: Path) -> Settings:
    files.write_text(path, render_settings(source, new, path))
    return load(path)


def _source(path: Path) -> str:
    return files.read_text(path) if files.path_exists(path) else ""
