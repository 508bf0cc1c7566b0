"""The tools of a run: what the request, the task and the settings open to its seats."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from roundtable_tui.attachments.document_lines import DocumentLines
from roundtable_tui.config import Settings, did_you_mean
from roundtable_tui.engine.citations import PassageFinder
from roundtable_tui.engine.record.recorder import RunRecord
from roundtable_tui.engine.tools.permission import parse_rules
from roundtable_tui.engine.tools.tool import DEFAULT_TRIPS, Tool, ToolPlan
from roundtable_tui.errors import UsageError
from roundtable_tui.history.recorded_values import as_texts
from roundtable_tui.resources import Task
from roundtable_tui.setup.request import MAX_TOOL_TRIPS, RunRequest, check_count
from roundtable_tui.tools import documents, python
from roundtable_tui.tools.files import tools as file_tools
from roundtable_tui.tools.files.open_roots import open_root, task_roots
from roundtable_tui.tools.files.roots import FileRoot, FileRoots
from roundtable_tui.tools.mcp.servers import read_servers_file, server_from_entry
from roundtable_tui.utils import files, paths
from roundtable_tui.utils.interface import parameter_name
from roundtable_tui.utils.text import single_line


async def plan_tools(
    request: RunRequest,
    task: Task | None,
    settings: Settings | None = None,
    passage_finder: PassageFinder | None = None,
) -> ToolPlan | None:
    """Return the tools of a run; None if it has none. MCP servers are started.

    Args:
        request: what the user asks for.
        task: the task, whose files are open too.
        settings: permissions and MCP servers.
        passage_finder: searches the documents of the run; None for none.

    Raises:
        RoundtableError: something that is named is not there, or a server cannot be used.
    """
    roots = [*task_roots(task), *map(open_root, request.roots)]
    return await _build_plan(request, roots, settings or Settings(), passage_finder)


async def tools_from_record(recording: RunRecord, settings: Settings) -> ToolPlan | None:
    """Return the tools of a recorded run that is resumed; None for none.

    A record may come from elsewhere and name any folder: its tools are opened if it is in the user's own
    runs folder. Folders that are gone stay closed: what was read is in the record. Documents are not searched
    again.
    """
    header = recording.header.calls.get("tools")
    if not isinstance(header, Mapping):
        return None
    if not files.is_within(recording.folder, paths.runs_dir()):
        return None
    request = RunRequest(
        tools=tuple(one for one in as_texts(header.get("tools")) if one != documents.CHOICE),
        allow=as_texts(header.get("allow")),
        mcp=Path(mcp) if isinstance(mcp := header.get("mcp"), str) and mcp else None,
        tool_trips=trips if isinstance(trips := header.get("trips"), int) else None,
    )  # fmt: skip
    rows = header.get("roots")
    roots = (
        [_root_from_row(row) for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
    )
    return await _build_plan(request, roots, settings)


async def _build_plan(
    request: RunRequest,
    roots: Sequence[FileRoot],
    settings: Settings,
    passage_finder: PassageFinder | None = None,
) -> ToolPlan | None:
    rules = parse_rules(request.allow, settings.permissions)
    check_count("tool_trips", request.tool_trips, high=MAX_TOOL_TRIPS)
    trips = DEFAULT_TRIPS if request.tool_trips is None else request.tool_trips
    names = _check_names(request.tools, settings)
    tools: list[Tool] = []
    guidance: list[str] = []
    if roots:
        tools += file_tools.file_tools(FileRoots(roots, DocumentLines().read))
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
    if request.mcp is not None:
        digests = [rule.pattern for rule in rules if rule.tool == "mcp" and rule.is_flag]
        servers += read_servers_file(request.mcp, digests)
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
        header=_header(tools, roots, request, trips),
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
    tools: Sequence[Tool], roots: Sequence[FileRoot], request: RunRequest, trips: int
) -> Mapping[str, Any]:
    """Return what the record says about the tools."""
    return {
        "names": [tool.name for tool in tools],
        "roots": [
            {"path": str(root.path), "label": root.label, "allowed": [str(one) for one in root.allowed]}
            for root in roots
        ],
        "tools": list(request.tools),
        "allow": list(request.allow),
        "mcp": str(request.mcp) if request.mcp else "",
        "trips": trips,
    }


def _root_from_row(row: Mapping[str, Any]) -> FileRoot:
    allowed = tuple(Path(one) for one in as_texts(row.get("allowed")))
    return FileRoot(Path(str(row.get("path", ""))), str(row.get("label", "")) or "root", allowed)
