"""Validate a TOML table as settings, and turn settings into a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from roundtable_tui.config import api_keys
from roundtable_tui.config.fields import describe_value
from roundtable_tui.config.model import (
    Kind,
    LimitSettings,
    ServerSettings,
    Setting,
    Settings,
    SettingsClass,
    declared_settings,
)
from roundtable_tui.config.params import check_params, suggest_name
from roundtable_tui.config.request_extras import SERVER_TABLES, check_headers, check_query
from roundtable_tui.config.suggestions import SourceFile, closest_match, did_you_mean, format_value
from roundtable_tui.config.toml_edit import Table, set_value
from roundtable_tui.config.tool_settings import check_mcp, check_permissions
from roundtable_tui.config.urls import normalize_url, url_error
from roundtable_tui.errors import FileError, UsageError
from roundtable_tui.utils.text import single_line

_TYPES: dict[Kind, tuple[type, ...]] = {
    "text": (str,), "flag": (bool,), "count": (int,), "number": (int, float),
}  # fmt: skip


MAX_UNKNOWN = 200
"""Entries of one table that are not settings; they may be those of another version, and are kept."""


def from_table(table: Table, source: SourceFile) -> Settings:
    """Return the settings in `table`. Raises FileError with line, expected value and nearest name."""
    unknown: Table = {}
    values = _parse_fields(Settings, table, (), source, unknown)
    servers = {
        name: _parse_server(name, inner, source, unknown)
        for name, inner in _get_tables(table, "servers", source).items()
    }
    limits = LimitSettings(
        **_parse_fields(LimitSettings, _get_table(table, ("limits",), source), ("limits",), source, unknown)
    )
    keys = _get_table(table, ("keys",), source)
    for action, key in keys.items():
        if not isinstance(key, str) or not key.strip():
            raise source.error(("keys", action), 'should be the name of a key, such as "ctrl+s"')
    options = _get_tables(table, "options", source)
    for mode, chosen in options.items():
        api_keys.reject_secret("options", chosen, ("options", mode), source)
    default = values.get("server", "")
    if default and default not in servers:
        hint = did_you_mean(default, servers, "The servers of this file are")
        raise source.error(("server",), f"names no server of this file: {format_value(default)}", hint)
    return Settings(
        **values, servers=servers, limits=limits, keys=keys, options=options, unknown=unknown,
        permissions=check_permissions(_get_table(table, ("permissions",), source), source),
        mcp=check_mcp(_get_tables(table, "mcp", source), source),
    )  # fmt: skip


def select_storable_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that a settings file can hold."""
    return {name: value for name, value in options.items() if isinstance(value, str | int | float | bool)}


def to_table(settings: Settings) -> Table:
    """Return the table to write: values that differ from the defaults, and unknown entries."""
    table = _changed_fields(settings)
    if settings.servers:
        table["servers"] = {
            name: _changed_fields(server)
            | {table: dict(given) for table in SERVER_TABLES if (given := getattr(server, table))}
            for name, server in settings.servers.items()
        }
    if limits := _changed_fields(settings.limits):
        table["limits"] = limits
    if settings.keys:
        table["keys"] = dict(settings.keys)
    if settings.options:
        table["options"] = {mode: dict(chosen) for mode, chosen in settings.options.items()}
    if settings.permissions:
        table["permissions"] = dict(settings.permissions)
    if settings.mcp:
        table["mcp"] = {name: dict(entry) for name, entry in settings.mcp.items()}
    unknown = dict(settings.unknown)
    if isinstance(of_servers := unknown.get("servers"), Mapping):
        unknown["servers"] = {name: rest for name, rest in of_servers.items() if name in settings.servers}
    return _merge(unknown, table)


def _parse_server(name: str, table: Table, source: SourceFile, unknown: Table) -> ServerSettings:
    at = ("servers", name)
    if not name.strip() or single_line(name) != name:
        raise source.error(at, "is not a name for a server")
    values = _parse_fields(ServerSettings, table, at, source, unknown)
    if "base_url" not in values:
        raise source.error(at, "has no base_url", 'Add one, such as base_url = "http://localhost:11434/v1".')
    if (fault := url_error(normalize_url(values["base_url"]))) is not None:
        raise source.error((*at, "base_url"), fault[0], fault[1])
    if values.get("api_key_env") and values.get("api_key_cmd"):
        raise source.error((*at, "api_key_cmd"), "and api_key_env are both given", "Keep one of them.")
    if values.get("api_key_env"):
        api_keys.check_variable(values["api_key_env"], (*at, "api_key_env"), source)
    if values.get("api_key_cmd"):
        api_keys.check_command(values["api_key_cmd"], (*at, "api_key_cmd"), source)
    params = _get_table(table, (*at, "params"), source)
    for one, value in params.items():
        try:
            check_params({one: value})
        except UsageError as error:
            raise FileError(
                f"servers.{single_line(name, 40)}.params: {error.what}",
                where=source.error((*at, "params", one), "").where,
                hint=error.hint or suggest_name(one),
            ) from None
    return ServerSettings(
        name=name,
        params=check_params(params),
        headers=check_headers(_get_table(table, (*at, "headers"), source), at, source),
        query=check_query(_get_table(table, (*at, "query"), source), at, source),
        timeouts=_parse_timeouts(_get_table(table, (*at, "timeouts"), source), at, source),
        **values | {"base_url": normalize_url(values["base_url"])},
    )


def _parse_timeouts(table: Table, at: tuple[str, ...], source: SourceFile) -> dict[str, float]:
    """Return the timeouts of one server, by the names and bounds of those under [limits]."""
    known = {one.name: one for one in declared_settings(LimitSettings)}
    found: dict[str, float] = {}
    for name, value in table.items():
        keys = (*at, "timeouts", name)
        if name not in known:
            hint = did_you_mean(name, known, "The timeouts are")
            raise source.error(keys, "is not a timeout", hint)
        found[name] = _parse_value(known[name], value, keys, source)
    return found


def _parse_fields(
    group: SettingsClass, table: Table, at: tuple[str, ...], source: SourceFile, unknown: Table
) -> dict[str, Any]:
    """Return the values that `table` gives for the settings of `group`; unknown ones go to `unknown`."""
    settings = {one.name: one for one in _settings_of(group)}
    known = [one.name for one in fields(group) if one.name not in _NOT_IN_FILE]
    values: dict[str, Any] = {}
    count = 0
    for key, value in table.items():
        keys = (*at, key)
        if key in settings:
            values[key] = _parse_value(settings[key], value, keys, source)
        elif key not in known:
            api_keys.reject_secret(key, value, keys, source)
            if not at and key in _SECTION_OF_KEY:
                raise source.error(keys, f"belongs under [{_SECTION_OF_KEY[key]}]")
            count += 1
            if count > MAX_UNKNOWN:
                what = f"and others are not settings: the file has more than {MAX_UNKNOWN} unknown entries"
                raise source.error(keys, what, "Remove them.")
            # A near miss is a typing error. Anything else may be a setting of another version.
            if closest_match(key, known) is not None:
                raise source.error(keys, "is not a setting", did_you_mean(key, known))
            set_value(unknown, keys, value)
    return values


def _parse_value(setting: Setting, value: Any, keys: tuple[str, ...], source: SourceFile) -> Any:
    # A bool is an int in Python, but true is not a number here.
    fits = isinstance(value, _TYPES[setting.kind]) and (setting.kind == "flag" or not isinstance(value, bool))
    if setting.bounds is not None:
        fits = fits and setting.min_value <= value <= setting.max_value
    if not fits:
        raise source.error(keys, f"should be {describe_value(setting)}, not {format_value(value)}")
    return float(value) if setting.kind == "number" else value


def _get_table(table: Table, keys: tuple[str, ...], source: SourceFile) -> Table:
    found = table.get(keys[-1], {})
    if not isinstance(found, dict):
        raise source.error(keys, f"should be a table: [{'.'.join(single_line(key, 40) for key in keys)}]")
    return found


def _get_tables(table: Table, key: str, source: SourceFile) -> dict[str, Table]:
    outer = _get_table(table, (key,), source)
    return {name: _get_table(outer, (key, name), source) for name in outer}


_NOT_IN_FILE = ("name", "unknown")
"""Fields that are not keys of the file: the name of a server is the name of its table."""
_SECTION_OF_KEY = {
    **{one.name: "limits" for one in declared_settings(LimitSettings)},
    **dict.fromkeys(("base_url", "api_key_env", "api_key_cmd", "concurrency", "context"), "servers.NAME"),
}


def _settings_of(group: SettingsClass) -> list[Setting]:
    return [one for one in declared_settings(group) if one.name not in _NOT_IN_FILE]


def _changed_fields(values: Settings | ServerSettings | LimitSettings) -> Table:
    """Return the single values that differ from their defaults."""
    given = {one.name: (getattr(values, one.name), one.default) for one in _settings_of(type(values))}
    return {name: value for name, (value, default) in given.items() if value != default}


def _merge(under: Mapping[str, Any], over: Mapping[str, Any]) -> Table:
    merged = dict(under)
    for key, value in over.items():
        below = merged.get(key)
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            value = _merge(below, value)
        merged[key] = value
    return merged
