"""From a TOML table to settings and back, every value checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from typing import Any

from roundtable_tui.config import api_keys
from roundtable_tui.config.fields import all_bounds
from roundtable_tui.config.model import LimitSettings, ServerSettings, Settings
from roundtable_tui.config.suggestions import Source, near, nearest, shown
from roundtable_tui.config.toml_edit import Table, put
from roundtable_tui.config.urls import fault_of, tidy
from roundtable_tui.utils.text import one_line

Group = type[Settings] | type[ServerSettings] | type[LimitSettings]
_KINDS: dict[str, tuple[tuple[type, ...], str]] = {
    "str": ((str,), "text in quotes"),
    "bool": ((bool,), "true or false"),
    "int": ((int,), "a whole number"),
    "int | None": ((int,), "a whole number"),
    "float": ((int, float), "a number"),
    "float | None": ((int, float), "a number"),
}
_RANGES: dict[str, tuple[float, float]] = dict(all_bounds())


def from_table(table: Table, source: Source) -> Settings:
    """Return the settings in `table`. Raises FileError: file, line, what is expected, the nearest name."""
    unknown: Table = {}
    values = _values(Settings, table, (), source, unknown)
    servers = {
        name: _server(name, inner, source, unknown)
        for name, inner in _tables(table, "servers", source).items()
    }
    limits = LimitSettings(
        **_values(LimitSettings, _table(table, ("limits",), source), ("limits",), source, unknown)
    )
    keys = _table(table, ("keys",), source)
    for action, key in keys.items():
        if not isinstance(key, str) or not key.strip():
            raise source.fault(("keys", action), 'should be the name of a key, such as "ctrl+s"')
    options = _tables(table, "options", source)
    for mode, chosen in options.items():
        api_keys.refuse("options", chosen, ("options", mode), source)
    default = values.get("server", "")
    if default and default not in servers:
        hint = nearest(default, servers, "The servers of this file are")
        raise source.fault(("server",), f"names no server of this file: {shown(default)}", hint)
    return Settings(**values, servers=servers, limits=limits, keys=keys, options=options, unknown=unknown)


def to_table(settings: Settings) -> Table:
    """Return the table to write: what differs from the defaults, and what was not understood."""
    table = _plain(settings)
    if settings.servers:
        table["servers"] = {name: _plain(server) for name, server in settings.servers.items()}
    if limits := _plain(settings.limits):
        table["limits"] = limits
    if settings.keys:
        table["keys"] = dict(settings.keys)
    if settings.options:
        table["options"] = {mode: dict(chosen) for mode, chosen in settings.options.items()}
    unknown = dict(settings.unknown)
    if isinstance(of_servers := unknown.get("servers"), Mapping):
        unknown["servers"] = {name: rest for name, rest in of_servers.items() if name in settings.servers}
    return _merged(unknown, table)


def _server(name: str, table: Table, source: Source, unknown: Table) -> ServerSettings:
    at = ("servers", name)
    if not name.strip() or one_line(name) != name:
        raise source.fault(at, "is not a name for a server")
    values = _values(ServerSettings, table, at, source, unknown)
    if "base_url" not in values:
        raise source.fault(at, "has no base_url", 'Add one, such as base_url = "http://localhost:11434/v1".')
    if (fault := fault_of(tidy(values["base_url"]))) is not None:
        raise source.fault((*at, "base_url"), fault[0], fault[1])
    if values.get("api_key_env") and values.get("api_key_cmd"):
        raise source.fault((*at, "api_key_cmd"), "and api_key_env are both given", "Keep one of them.")
    if values.get("api_key_env"):
        api_keys.check_variable(values["api_key_env"], (*at, "api_key_env"), source)
    if values.get("api_key_cmd"):
        api_keys.check_command(values["api_key_cmd"], (*at, "api_key_cmd"), source)
    return ServerSettings(name=name, **values | {"base_url": tidy(values["base_url"])})


def _values(
    group: Group, table: Table, at: tuple[str, ...], source: Source, unknown: Table
) -> dict[str, Any]:
    """Return the plain fields of `group` that `table` gives; what it does not know goes to `unknown`."""
    kinds = {field.name: str(field.type) for field in _fields(group) if str(field.type) in _KINDS}
    known = [field.name for field in _fields(group)]
    values = {}
    for key, value in table.items():
        keys = (*at, key)
        if key in kinds:
            values[key] = _value(kinds[key], _RANGES.get(key), value, keys, source)
        elif key not in known:
            api_keys.refuse(key, value, keys, source)
            if not at and key in _ELSEWHERE:
                raise source.fault(keys, f"belongs under [{_ELSEWHERE[key]}]")
            if near(key, known) is not None:
                raise source.fault(keys, "is not a setting", nearest(key, known))
            put(unknown, keys, value)
    return values


def _value(
    kind: str, bounds: tuple[float, float] | None, value: Any, keys: tuple[str, ...], source: Source
) -> Any:
    types, expected = _KINDS[kind]
    # A bool is an int to Python, and never meant as one here.
    fits = isinstance(value, types) and (kind == "bool" or not isinstance(value, bool))
    if bounds is not None:
        expected = f"{expected} from {bounds[0]:g} to {bounds[1]:g}"
        fits = fits and bounds[0] <= value <= bounds[1]
    if not fits:
        raise source.fault(keys, f"should be {expected}, not {shown(value)}")
    return float(value) if kind.startswith("float") else value


def _table(table: Table, keys: tuple[str, ...], source: Source) -> Table:
    found = table.get(keys[-1], {})
    if not isinstance(found, dict):
        raise source.fault(keys, f"should be a table: [{'.'.join(one_line(key, 40) for key in keys)}]")
    return found


def _tables(table: Table, key: str, source: Source) -> dict[str, Table]:
    outer = _table(table, (key,), source)
    return {name: _table(outer, (key, name), source) for name in outer}


_ELSEWHERE = {
    **{field.name: "limits" for field in fields(LimitSettings)},
    **dict.fromkeys(("base_url", "api_key_env", "api_key_cmd", "concurrency"), "servers.NAME"),
}


def _fields(group: Group) -> list[Field[Any]]:
    return [field for field in fields(group) if field.name not in {"name", "unknown"}]


def _plain(values: Settings | ServerSettings | LimitSettings) -> Table:
    """Return the fields that TOML can hold as they are, and that differ from their defaults."""
    table = {}
    for field in _fields(type(values)):
        value = getattr(values, field.name)
        if str(field.type) in _KINDS and (field.default is MISSING or value != field.default):
            table[field.name] = value
    return table


def _merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> Table:
    merged = dict(under)
    for key, value in over.items():
        below = merged.get(key)
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            value = _merged(below, value)
        merged[key] = value
    return merged
