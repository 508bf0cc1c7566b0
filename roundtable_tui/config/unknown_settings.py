"""Entries of the settings file that are not settings: named in one line wherever the file is read."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from roundtable_tui.config.model import Settings
from roundtable_tui.utils import files, paths
from roundtable_tui.utils.text import single_line

_MAX_NAMED = 6
_MEANT = {
    "extra_body": "params",
    "extra_headers": "headers",
    "default_headers": "headers",
    "extra_query": "query",
    "default_query": "query",
    "api_version": "query",
    "verify": "ca_file",
    "request_timeout": "timeouts",
}
"""Names of other programs for tables of a server."""


def unknown_names(settings: Settings) -> list[str]:
    """Return the names of the entries that are not settings, such as `servers.home.extra_body`."""
    found: list[str] = []
    for name, value in settings.unknown.items():
        if name == "servers" and isinstance(value, Mapping):
            found += [f"servers.{server}.{one}" for server, entries in value.items() for one in entries]
        elif name == "limits" and isinstance(value, Mapping):
            found += [f"limits.{one}" for one in value]
        else:
            found.append(name)
    return [single_line(name, 80) for name in found]


def describe_unknown(settings: Settings, modes: Collection[str] = ()) -> str:
    """Return one line about the entries that are not settings, "" if there are none.

    Args:
        settings: The settings of the user's file.
        modes: The names of all modes, if they are known here: options of others are reported too.
    """
    names = [_add_meaning(name) for name in unknown_names(settings)]
    names += [f"options.{single_line(name, 40)}" for name in settings.options if modes and name not in modes]
    if not names:
        return ""
    more = f" and {len(names) - _MAX_NAMED} more" if len(names) > _MAX_NAMED else ""
    what = "is not a setting and has no effect" if len(names) == 1 else "are not settings and have no effect"
    shown = f"{', '.join(names[:_MAX_NAMED])}{more}"
    return f"{files.display_path(paths.settings_file())}: {shown} {what}."


def _add_meaning(name: str) -> str:
    meant = _MEANT.get(name.rpartition(".")[2]) if name.startswith("servers.") else None
    return f"{name} (here: {meant})" if meant else name
