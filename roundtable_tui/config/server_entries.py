"""One server of the settings file added, changed or taken out, the rest of the file left as it is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

from roundtable_tui.config import api_keys
from roundtable_tui.config.fields import INSTEAD, SERVER, read
from roundtable_tui.config.file import load, rewritten
from roundtable_tui.config.model import ServerSettings, Settings
from roundtable_tui.config.toml_edit import renamed
from roundtable_tui.config.urls import fault_of, tidy
from roundtable_tui.errors import UsageError
from roundtable_tui.utils import files, paths
from roundtable_tui.utils.text import one_line

RESERVED = ("demo", "local")
"""Names that mean what comes along."""
_BY_NAME = {setting.name: setting for setting in SERVER}


def faults(typed: Mapping[str, str], taken: Collection[str] = ()) -> dict[str, str]:
    """Return what is wrong with the fields of a form, by field; `taken` are names of other servers.

    Nothing that may be a key is repeated.
    """
    found = {name: fault for name, text in typed.items() if (fault := _fault(name, text.strip()))}
    name = typed.get("name", "").strip()
    if "name" not in found:
        if not name:
            found["name"] = "give it a name, such as home"
        elif name.casefold() in {one.casefold() for one in taken}:
            found["name"] = f"there is a server called {one_line(name, 40)} already"
        elif name.casefold() in RESERVED:
            found["name"] = f"{name.casefold()} means what comes along: take another name"
    if typed.get("api_key_env", "").strip() and typed.get("api_key_cmd", "").strip():
        found.setdefault("api_key_cmd", "a variable and a command are both given: keep one of them")
    return found


def _fault(name: str, text: str) -> str:
    """Return what is wrong with one field; "" if nothing."""
    fault: tuple[str, str] | None = None
    if name == "base_url":
        fault = fault_of(tidy(text)) if text else ("is missing", "It looks like http://localhost:11434/v1.")
    elif text and api_keys.is_key(text):
        return f"this looks like a key, and keys are kept in no file: {INSTEAD}"
    elif text and name == "api_key_env":
        fault = api_keys.fault_of_variable(text)
    elif text and name == "api_key_cmd":
        fault = api_keys.fault_of_command(text)
    elif name == "concurrency":
        try:
            read(_BY_NAME[name], text or "0")
        except UsageError as error:
            return str(error)
    if fault is None:
        return ""
    return f"{fault[0]}. {fault[1]}" if fault[1] else fault[0]


def drafted(typed: Mapping[str, str]) -> ServerSettings:
    """Return the server that a form without faults describes."""
    text = {name: value.strip() for name, value in typed.items()}
    return ServerSettings(
        name=text["name"], base_url=tidy(text["base_url"]), api_key_env=text.get("api_key_env", ""),
        api_key_cmd=text.get("api_key_cmd", ""), model=text.get("model", ""),
        concurrency=int(read(_BY_NAME["concurrency"], text.get("concurrency") or "0")),
    )  # fmt: skip


def put_server(server: ServerSettings, *, was: str = "", path: Path | None = None) -> Settings:
    """Write `server`, in place of the one called `was` if given; return the settings. Raises FileError."""
    path = paths.settings_file() if path is None else path
    old, source = load(path), _source(path)
    servers = dict(old.servers)
    unknown = dict(old.unknown)
    if was and was != server.name and was in servers:
        servers = {server.name if name == was else name: one for name, one in servers.items()}
        source = renamed(source, ("servers", was), ("servers", server.name))
        strangers = dict(unknown.get("servers", {}))
        if was in strangers:
            strangers[server.name] = strangers.pop(was)
            unknown["servers"] = strangers
    servers[server.name] = server
    default = server.name if was and old.server == was else old.server
    return _write(replace(old, servers=servers, server=default, unknown=unknown), source, path)


def drop_server(name: str, path: Path | None = None) -> Settings:
    """Take the server `name` out of the file; return the settings. Raises FileError."""
    path = paths.settings_file() if path is None else path
    old = load(path)
    servers = {known: one for known, one in old.servers.items() if known != name}
    default = "" if old.server == name else old.server
    return _write(replace(old, servers=servers, server=default), _source(path), path)


def _write(new: Settings, source: str, path: Path) -> Settings:
    files.write_text(path, rewritten(source, new, path))
    return load(path)


def _source(path: Path) -> str:
    return files.read_text(path) if files.is_there(path) else ""
