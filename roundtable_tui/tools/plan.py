"""The tools of a run, made from what the user, the task and the settings open to its seats."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from roundtable_tui.config import Settings, did_you_mean
from roundtable_tui.engine.citations import PassageFinder
from roundtable_tui.engine.record.recorded_values import as_int, as_texts
from roundtable_tui.engine.tools.permission import parse_rules
from roundtable_tui.engine.tools.tool import DEFAULT_TRIPS, MAX_TRIPS, Tool, ToolPlan
from roundtable_tui.errors import UsageError
from roundtable_tui.tools import documents, python
from roundtable_tui.tools.files import tools as file_tools
from roundtable_tui.tools.files.open_roots import open_root
from roundtable_tui.tools.files.roots import DocumentReading, FileRoot, FileRoots
from roundtable_tui.tools.mcp.servers import read_servers_file, server_from_entry
from roundtable_tui.utils.interface import check_count, parameter_name
from roundtable_tui.utils.text import single_line


@dataclass(frozen=True, slots=True)
class ToolChoice:
    """The choices of a user for the tools of a run, apart from the folders."""

    tools: tuple[str, ...] = ()
    """Further tools: python, documents, or names of MCP servers."""
    mcp: Path | None = None
    """An `mcpServers` file, whose servers are used too."""
    allow: tuple[str, ...] = ()
    """Tools, `NAME` or `NAME(PATTERN)`, that need no question in this run."""
    trips: int | None = None
    """Replies of a turn that may call tools."""


async def make_tools(
    choice: ToolChoice,
    roots: Sequence[FileRoot],
    settings: Settings,
    read_document: DocumentReading,
    passage_finder: PassageFinder | None = None,
) -> ToolPlan | None:
    """Return the tools of a run; None if it has none. MCP servers are started.

    Args:
        choice: what the user asks for.
        roots: the folders that are open.
        settings: permissions and MCP servers.
        read_document: reads documents as lines, for the tools that read files.
        passage_finder: searches the documents of the run; None for none.

    Raises:
        RoundtableError: something that is named is not there, or a server cannot be used.
    """
    rules = parse_rules(choice.allow, settings.permissions)
    check_count("tool_trips", choice.trips, high=MAX_TRIPS)
    trips = DEFAULT_TRIPS if choice.trips is None else choice.trips
    names = _check_names(choice.tools, settings)
    tools: list[Tool] = []
    guidance: list[str] = []
    if roots:
        tools += file_tools.file_tools(FileRoots(roots, read_document))
        guidance.append(file_tools.GUIDANCE)
    if passage_finder is not None:
        tools.append(documents.documents_tool(passage_finder))
        guidance.append(documents.GUIDANCE)
    elif documents.CHOICE in names:
        what = f"{parameter_name('tools')} {documents.CHOICE}: this run has no documents"
        raise UsageError(what, hint="Name a collection, or use a task with documents.")
    programs = python.PythonCalls()
    if python.NAME in names:
        tools.append(python.python_tool(programs))
        guidance.append(python.GUIDANCE)
    servers = [server_from_entry(name, settings.mcp[name]) for name in names if name in settings.mcp]
    if choice.mcp is not None:
        digests = [rule.pattern for rule in rules if rule.tool == "mcp" and rule.is_flag]
        servers += read_servers_file(choice.mcp, digests)
    connected = None
    if servers:
        from roundtable_tui.tools.mcp.tools import McpServers

        connected = McpServers()
        tools += await connected.open(servers)

    async def close() -> None:
        await programs.close()
        if connected is not None:
            await connected.close()

    denied = [rule.tool for rule in rules if rule.verb == "deny" and rule.pattern == "*"]
    tools = [tool for tool in tools if not any(fnmatchcase(tool.name, pattern) for pattern in denied)]
    if not tools:
        await close()
        return None
    return ToolPlan(
        tools=tuple(tools),
        guidance=" ".join(guidance),
        max_trips=trips,
        rules=tuple(rules),
        header=_header(tools, roots, choice, trips),
        end_turn=programs.end_turn,
        close=close,
    )


def check_choices(roots: Iterable[Path], tools: Iterable[str], settings: Settings) -> None:
    """Raise UsageError for a root or a tool that is not there."""
    for root in roots:
        open_root(root)
    _check_names(tools, settings)


def _check_names(names: Iterable[str], settings: Settings) -> tuple[str, ...]:
    """Return the names of further tools. Raises UsageError for one that there is not."""
    known = [python.NAME, documents.CHOICE, *settings.mcp]
    for name in names:
        if name not in known:
            what = f"there is no tool called {single_line(name, 40)}"
            raise UsageError(what, hint=did_you_mean(name, known, "The tools are"))
    return tuple(dict.fromkeys(names))


def _header(
    tools: Sequence[Tool], roots: Sequence[FileRoot], choice: ToolChoice, trips: int
) -> Mapping[str, Any]:
    """Return what the record says about the tools."""
    return {
        "names": [tool.name for tool in tools],
        "roots": [
            {"path": str(root.path), "label": root.label, "allowed": [str(one) for one in root.allowed]}
            for root in roots
        ],
        "tools": list(choice.tools),
        "allow": list(choice.allow),
        "mcp": str(choice.mcp) if choice.mcp else "",
        "trips": trips,
    }


def read_header(header: Mapping[str, Any]) -> tuple[ToolChoice, list[FileRoot]]:
    """Return the choices and folders that a record names, without the search of documents."""
    choice = ToolChoice(
        tools=tuple(one for one in as_texts(header.get("tools")) if one != documents.CHOICE),
        mcp=Path(mcp) if isinstance(mcp := header.get("mcp"), str) and mcp else None,
        allow=as_texts(header.get("allow")),
        trips=as_int(header.get("trips")),
    )
    rows = header.get("roots")
    return choice, [
        FileRoot(
            Path(str(row.get("path", ""))),
            str(row.get("label", "")) or "root",
            tuple(map(Path, as_texts(row.get("allowed")))),
        )
        for row in (rows if isinstance(rows, list) else ())
        if isinstance(row, Mapping)
    ]
