"""The tools of an MCP server as tools of seats. What a server says is data: names, descriptions, results."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from roundtable_tui.engine.tools.tool import CallContext, Tool, ToolResult
from roundtable_tui.llm.types import ToolSpec
from roundtable_tui.tools.mcp.connection import McpConnection, describe, require_sdk
from roundtable_tui.tools.mcp.servers import McpServer
from roundtable_tui.utils.nesting import is_too_deep
from roundtable_tui.utils.text import single_line

MAX_TOOLS = 64
"""Tools of one server that are offered."""
_MAX_NAME_CHARS = 64
_MAX_DESCRIPTION_CHARS = 600
_MAX_SCHEMA_CHARS = 20_000
LIST_TIMEOUT_S = 30.0
_TIMEOUT_S = 120.0
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]")


class McpServers:
    """The servers of a run, connected."""

    def __init__(self) -> None:
        self._connections: list[McpConnection] = []

    async def open(self, servers: Sequence[McpServer]) -> list[Tool]:
        """Connect to the servers and return their tools. Raises RoundtableError."""
        require_sdk()
        tools: list[Tool] = []
        for server in servers:
            connection = McpConnection(server)
            client = await connection.open()
            self._connections.append(connection)
            try:
                async with asyncio.timeout(LIST_TIMEOUT_S):
                    listed = await client.list_tools()
            except Exception as error:
                await self.close()
                from roundtable_tui.errors import NoAnswerError

                is_late = isinstance(error, TimeoutError)
                why = f"no answer after {LIST_TIMEOUT_S:g} s" if is_late else describe(error)
                what = f"mcp server {server.name} lists no tools: {why}"
                raise NoAnswerError(what) from None
            tools += _make_tools(server, client, listed.tools[:MAX_TOOLS])
        return tools

    async def close(self) -> None:
        """End all connections."""
        connections, self._connections = self._connections, []
        for connection in connections:
            await connection.close()


def _make_tools(server: McpServer, client: Any, listed: Iterable[Any]) -> Iterable[Tool]:
    taken: set[str] = set()
    for one in listed:
        schema = one.input_schema if isinstance(one.input_schema, dict) else {"type": "object"}
        as_json = json.dumps(schema)
        name = _NOT_IN_NAMES.sub("_", f"{server.name}__{one.name}")[:_MAX_NAME_CHARS]
        if name in taken or len(as_json) > _MAX_SCHEMA_CHARS or is_too_deep(as_json):
            continue
        taken.add(name)
        text = single_line(one.description or one.name, _MAX_DESCRIPTION_CHARS)
        described = f"Tool of the server {server.name}, which describes it so: {text}"
        subject = partial(_find_subject, schema)
        yield Tool(
            ToolSpec(name, described, schema), _caller(client, one.name, subject), default="ask",
            subject=subject, mentions=_list_texts, timeout_s=_TIMEOUT_S,
        )  # fmt: skip


def _caller(client: Any, name: str, subject: Callable[[Mapping[str, Any]], tuple[str]]) -> Any:
    async def call(arguments: Mapping[str, Any], context: CallContext) -> ToolResult:
        title = single_line(subject(arguments)[0], 80)
        try:
            result = await client.call_tool(name, dict(arguments), read_timeout_seconds=_TIMEOUT_S)
        except Exception as error:
            return ToolResult(f"failed: {describe(error)}", ok=False, title=title)
        text = _text_of(result)
        return ToolResult(text or "(no text)", ok=not result.is_error, title=title)

    return call


def _text_of(result: Any) -> str:
    parts = []
    for block in result.content or ():
        text = getattr(block, "text", None) or getattr(getattr(block, "resource", None), "text", None)
        if isinstance(text, str):
            parts.append(text)
        else:
            parts.append(f"({single_line(str(getattr(block, 'type', 'data')), 30)}: not shown)")
    if not parts and result.structured_content is not None:
        parts.append(json.dumps(result.structured_content, ensure_ascii=False))
    return "\n".join(parts)


def _find_subject(schema: Mapping[str, Any], arguments: Mapping[str, Any]) -> tuple[str]:
    """Return the first text in the order of the schema: mostly what the call is about.

    The order of the arguments, and those that the schema does not name, are the model's: a text before the
    one that counts would change what a rule allows.
    """
    named = schema.get("properties")
    names = named if isinstance(named, Mapping) else ()
    return (next((arguments[name] for name in names if isinstance(arguments.get(name), str)), ""),)


def _list_texts(arguments: Any) -> list[str]:
    """Return all texts in the arguments of a call, at any depth."""
    found, left = list[str](), [arguments]
    while left:
        one = left.pop()
        if isinstance(one, str):
            found.append(one)
        elif isinstance(one, Mapping):
            left.extend(one.values())
        elif isinstance(one, Sequence):
            left.extend(one)
    return found
