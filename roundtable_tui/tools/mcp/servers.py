"""Which MCP servers there are: those of the settings, and those of an `mcpServers` file."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from roundtable_tui.errors import FileError, UsageError
from roundtable_tui.utils import files, paths
from roundtable_tui.utils.interface import by_interface
from roundtable_tui.utils.nesting import load_json
from roundtable_tui.utils.text import single_line

_APPROVED_FILE = "mcp_approved.json"
_MAX_APPROVED = 500
_DIGEST_CHARS = 16
_NAME = re.compile(r"[^A-Za-z0-9_-]")


@dataclass(frozen=True, slots=True)
class McpServer:
    """How to reach an MCP server: by a command that is started, or by a URL."""

    name: str
    command: str = ""
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Further variables of its environment."""
    url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    folder: Path | None = None
    """Where the command is started; None for the user's home."""

    @property
    def summary(self) -> str:
        """What is started or called, safe to show."""
        return single_line(self.url or " ".join([self.command, *self.args]), 120)


def server_from_entry(
    name: str, entry: Mapping[str, Any], environ: Mapping[str, str] = os.environ
) -> McpServer:
    """Return the server of a checked entry; values may name variables: `{"env": "VARIABLE"}`.

    Raises UsageError for a variable that is not set.
    """

    def read(value: Any) -> str:
        if not isinstance(value, Mapping):
            return str(value)
        variable = str(value.get("env", ""))
        if variable not in environ:
            raise UsageError(f"mcp server {name}: the variable {single_line(variable, 60)} is not set")
        return environ[variable]

    return McpServer(
        name,
        command=str(entry.get("command", "")),
        args=tuple(map(str, entry.get("args", ()))),
        env={key: read(value) for key, value in entry.get("env", {}).items()},
        url=str(entry.get("url", "")),
        headers={key: read(value) for key, value in entry.get("headers", {}).items()},
    )


class UnapprovedServersError(UsageError):
    """The user has not allowed the content of a file with servers. `rule` allows it."""

    def __init__(self, rule: str, what: str, *, where: str, hint: str) -> None:
        super().__init__(what, where=where, hint=hint)
        self.rule = rule


def read_servers_file(path: Path, allowed: Sequence[str] = ()) -> list[McpServer]:
    """Return the servers of an `mcpServers` file, as other programs have it.

    A file in the current folder may have come with it: its servers are started only after the user has
    allowed this very content, once.

    Args:
        path: the file.
        allowed: digests of contents that the user allows with this call.

    Raises:
        FileError: it cannot be read, or has another form.
        UsageError: the user has not allowed its content.
    """
    where = files.display_path(path)
    text = files.read_text(path)
    try:
        data = load_json(text)
    except ValueError as error:
        raise FileError(f"is not JSON: {single_line(str(error), 120)}", where=where) from None
    rows = data.get("mcpServers") if isinstance(data, dict) else None
    if not isinstance(rows, dict) or not rows:
        raise FileError('has no "mcpServers"', where=where)
    servers = [_server_from_row(name, row, where) for name, row in rows.items()]
    if files.is_within(path, Path.cwd()):
        _require_approval(text, servers, where, allowed)
        servers = [replace(server, folder=Path.cwd()) for server in servers]
    return servers


def _server_from_row(name: str, row: Any, where: str) -> McpServer:
    if not isinstance(row, dict) or ("command" in row) == ("url" in row):
        raise FileError(f"{single_line(name, 40)} needs a command or a url", where=where)
    texts = {key: row.get(key, "") for key in ("command", "url")}
    args, env, headers = row.get("args", []), row.get("env", {}), row.get("headers", {})
    is_valid = all(isinstance(value, str) for value in texts.values()) and isinstance(args, list)
    if not is_valid or not isinstance(env, dict) or not isinstance(headers, dict):
        raise FileError(f"{single_line(name, 40)} is not a description of a server", where=where)
    return McpServer(
        _NAME.sub("_", name)[:32] or "server", texts["command"], tuple(map(str, args)),
        {str(key): str(value) for key, value in env.items()}, texts["url"],
        {str(key): str(value) for key, value in headers.items()},
    )  # fmt: skip


def _require_approval(text: str, servers: Sequence[McpServer], where: str, allowed: Sequence[str]) -> None:
    """Raise UsageError unless the user has allowed this content, now or before."""
    digest = sha256(text.encode()).hexdigest()[:_DIGEST_CHARS]
    store = paths.data_dir() / _APPROVED_FILE
    approved = _read_approved(store)
    if digest in approved:
        return
    if digest not in allowed:
        started = "; ".join(server.summary for server in servers)
        rule = f"mcp({digest})"
        raise UnapprovedServersError(
            rule,
            f"is in the current folder and would start or call: {started}",
            where=where,
            hint=by_interface(
                command_line=f"If you trust this, allow its content once: --allow '{rule}'.",
                python=f"If you trust this, allow its content once: allow=[{rule!r}].",
                app="Allow its content once on the command line.",
            ),
        )
    paths.make_private_dir(store.parent)
    files.write_text(store, json.dumps([*approved, digest][-_MAX_APPROVED:]))


def _read_approved(store: Path) -> list[str]:
    if not files.path_exists(store):
        return []
    try:
        found = load_json(files.read_text(store))
    except (ValueError, FileError):
        return []
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []
