"""The tables [permissions] and [mcp.NAME] of the settings: what tools may do, and servers of tools."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from roundtable_tui.config import api_keys
from roundtable_tui.config.request_extras import check_headers
from roundtable_tui.config.suggestions import SourceFile, did_you_mean, format_value
from roundtable_tui.config.toml_edit import Table

PERMISSIONS = ("allow", "ask", "deny")
MCP_KEYS = ("command", "args", "env", "url", "headers")
_MCP_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
"""Becomes the beginning of the names of its tools, which servers of models restrict."""


def check_permissions(table: Table, source: SourceFile) -> dict[str, str]:
    """Return the permissions: `TOOL` or `TOOL(PATTERN)` -> allow, ask or deny. Raises FileError."""
    for name, verb in table.items():
        if verb not in PERMISSIONS:
            what = f"should be allow, ask or deny, not {format_value(verb)}"
            raise source.error(("permissions", name), what)
        if not name.partition("(")[0].strip() or name.count("(") != name.count(")"):
            what = 'should be the name of a tool, or TOOL(PATTERN), such as "read_file(drafts/*)"'
            raise source.error(("permissions", name), what)
    return dict(table)


def check_mcp(tables: Mapping[str, Table], source: SourceFile) -> dict[str, dict[str, Any]]:
    """Return the servers of tools by name. Raises FileError."""
    for name, table in tables.items():
        at = ("mcp", name)
        if not _MCP_NAME.fullmatch(name):
            raise source.error(at, "should have a name of letters, digits, _ and -, of at most 32")
        for key in table:
            if key not in MCP_KEYS:
                raise source.error((*at, key), "is not known here", did_you_mean(key, MCP_KEYS, "Known are"))
        if ("command" in table) == ("url" in table):
            raise source.error(at, "should have a command or a url, one of them")
        _check_mcp_values(table, at, source)
    return {name: dict(table) for name, table in tables.items()}


def _check_mcp_values(table: Table, at: tuple[str, ...], source: SourceFile) -> None:
    for key in ("command", "url"):
        if key in table and not (isinstance(table[key], str) and table[key].strip()):
            raise source.error((*at, key), "should be text in quotes")
    if "url" in table and not str(table["url"]).startswith(("http://", "https://")):
        raise source.error((*at, "url"), "should begin with http:// or https://")
    args = table.get("args", [])
    if not isinstance(args, list) or not all(isinstance(one, str) for one in args):
        raise source.error((*at, "args"), 'should be a list of texts, such as ["-y", "server"]')
    env = table.get("env", {})
    if not isinstance(env, dict):
        raise source.error((*at, "env"), "should be a table")
    for name, value in env.items():
        keys = (*at, "env", name)
        if isinstance(value, dict) and set(value) == {"env"} and isinstance(value["env"], str):
            continue
        if not isinstance(value, str):
            raise source.error(keys, 'should be text in quotes, or { env = "VARIABLE" }')
        api_keys.reject_secret(name, value, keys, source)
    headers = table.get("headers", {})
    if not isinstance(headers, dict):
        raise source.error((*at, "headers"), "should be a table")
    check_headers(headers, at, source)
