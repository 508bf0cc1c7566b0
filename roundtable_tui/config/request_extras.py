"""Headers and query parameters of a server: checked in the settings, read when a request is sent.

They belong to the base URL of the same entry, as its key does, and are sent nowhere else.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

from roundtable_tui.config.api_keys import (
    check_command,
    check_variable,
    is_secret_name,
    looks_like_key,
    read_secret,
)
from roundtable_tui.config.model import ServerSettings
from roundtable_tui.config.suggestions import SourceFile, did_you_mean
from roundtable_tui.config.toml_edit import Table

SERVER_TABLES = ("params", "headers", "query", "timeouts")
"""The tables within the entry of a server."""
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_SET_BY_PROGRAM = frozenset(
    {"host", "content-length", "content-type", "transfer-encoding", "connection", "accept", "accept-encoding",
     "te", "upgrade", "trailer", "expect"}
)  # fmt: skip
_SOURCES = ("env", "cmd")
_MAX_VALUE_CHARS = 4000
_MAX_ENTRIES = 100
"""Headers or query parameters of a server."""
_INSTEAD = (
    'Name the variable that holds it: { env = "VARIABLE" }, or a command that prints it: { cmd = "..." }.'
)


def check_headers(table: Table, at: tuple[str, ...], source: SourceFile) -> dict[str, Any]:
    """Return the headers of a server entry. Raises FileError; nothing that may be a key is repeated."""
    _check_count(table, (*at, "headers"), source)
    found: dict[str, Any] = {}
    for name, value in table.items():
        keys = (*at, "headers", name)
        if not _HEADER_NAME.fullmatch(name):
            raise source.error(keys, "is not the name of a header")
        if name.lower() in _SET_BY_PROGRAM:
            raise source.error(keys, "is set by the program")
        if name.lower() in (known.lower() for known in found):
            raise source.error(keys, "is given twice")
        if isinstance(value, Mapping):
            _check_source(value, keys, source)
            found[name] = dict(value)
            continue
        if not isinstance(value, str) or not _is_sendable(value):
            raise source.error(
                keys, "should be text in quotes, in one line, or name where the value is", _INSTEAD
            )
        if is_secret_name(name) or looks_like_key(value):
            raise source.error(keys, "looks like a key, and keys do not belong in this file", _INSTEAD)
        found[name] = value
    return found


def check_query(table: Table, at: tuple[str, ...], source: SourceFile) -> dict[str, str]:
    """Return the query parameters of a server entry. Raises FileError."""
    _check_count(table, (*at, "query"), source)
    found: dict[str, str] = {}
    for name, value in table.items():
        keys = (*at, "query", name)
        if isinstance(value, bool) or not isinstance(value, str | int) or not _is_sendable(str(value)):
            raise source.error(keys, "should be text in quotes, in one line")
        if is_secret_name(name) or looks_like_key(str(value)):
            what = "looks like a key, and a key in a URL ends up in logs"
            raise source.error(keys, what, "Use api_key_env, api_key_cmd or headers.")
        found[name] = str(value)
    return found


def _check_count(table: Table, keys: tuple[str, ...], source: SourceFile) -> None:
    if len(table) > _MAX_ENTRIES:
        raise source.error(keys, f"has {len(table):,} entries; at most {_MAX_ENTRIES} are sent")


def _check_source(value: Mapping[str, Any], keys: tuple[str, ...], source: SourceFile) -> None:
    """Raise FileError unless the table names one variable or one command."""
    for name in value:
        if name not in _SOURCES:
            raise source.error((*keys, name), "is not known here", did_you_mean(name, _SOURCES, "Known are"))
    if len(value) != 1:
        raise source.error(keys, "should have env or cmd, one of them")
    ((kind, text),) = value.items()
    if not isinstance(text, str) or not text.strip():
        raise source.error((*keys, kind), "should be text in quotes")
    if kind == "env":
        check_variable(text, (*keys, kind), source)
    else:
        check_command(text, (*keys, kind), source)


def _is_sendable(value: str) -> bool:
    return len(value) <= _MAX_VALUE_CHARS and value.isascii() and value.isprintable()


def read_headers(server: ServerSettings, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the headers of a server with their values; call this in a thread, since a command may be slow.

    Raises:
        UsageError: A value cannot be read. It names the variable or the program, never content or output.
    """
    return {
        name: value if isinstance(value, str) else read_secret(
            server, environ, variable=value.get("env", ""), command=value.get("cmd", ""), header=name
        )
        for name, value in server.headers.items()
    }  # fmt: skip
