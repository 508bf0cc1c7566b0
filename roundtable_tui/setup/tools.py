"""The tools of a run: what the request, the task and the settings open to its seats."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from roundtable_tui.engine.tools.permission import PermissionRule, parse_rule
from roundtable_tui.engine.tools.tool import DEFAULT_TRIPS, Tool, ToolPlan
from roundtable_tui.errors import UsageError
from roundtable_tui.resources import Task
from roundtable_tui.resources.inside import own
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.tools.files import tools as file_tools
from roundtable_tui.tools.files.roots import FileRoot, FileRoots
from roundtable_tui.utils import files
from roundtable_tui.utils.interface import parameter_name
from roundtable_tui.utils.text import single_line

MAX_TRIPS = 20


def plan_tools(request: RunRequest, task: Task | None) -> ToolPlan | None:
    """Return the tools of a run; None if it has none. Raises RoundtableError."""
    roots = [*_task_roots(task), *map(open_root, request.roots)]
    tools: list[Tool] = []
    guidance: list[str] = []
    if roots:
        tools += file_tools.file_tools(FileRoots(roots))
        guidance.append(file_tools.GUIDANCE)
    if not tools:
        return None
    return ToolPlan(
        tools=tuple(tools),
        guidance=" ".join(guidance),
        max_trips=_check_trips(request.tool_trips),
        rules=tuple(_allow_rules(request.allow)),
        header=_header(tools, roots, request),
    )


def open_root(path: Path) -> FileRoot:
    """Return a root for a folder that the user names. Raises UsageError."""
    real = files.resolve_path(path)
    name = parameter_name("root")
    if not files.path_exists(real):
        raise UsageError(f"{name} is not there", where=files.display_path(path))
    if not real.is_dir():
        hint = "Name the folder that it is in."
        raise UsageError(f"{name} is not a folder", where=files.display_path(path), hint=hint)
    return FileRoot(real, real.name or "root")


def _task_roots(task: Task | None) -> list[FileRoot]:
    """Return the root of the task's own files: those that its settings name, in its folder."""
    if task is None or not task.settings.files:
        return []
    allowed = []
    for name in task.settings.files:
        path = own(task.path, name)
        if not files.path_exists(path):
            raise UsageError("is named in its files, but is not there", where=files.display_path(path))
        allowed.append(files.resolve_path(path))
    return [FileRoot(files.resolve_path(task.path), task.slug, tuple(allowed))]


def _allow_rules(names: Iterable[str]) -> list[PermissionRule]:
    rules = [parse_rule(name, "allow", is_flag=True) for name in names]
    if any(not rule.tool for rule in rules):
        raise UsageError(f"{parameter_name('allow')} is empty", hint="Name a tool.")
    return rules


def _check_trips(given: int | None) -> int:
    if given is None:
        return DEFAULT_TRIPS
    if not 1 <= given <= MAX_TRIPS:
        what = f"should be a whole number from 1 to {MAX_TRIPS}, not {single_line(str(given), 30)}"
        raise UsageError(f"{parameter_name('tool_trips')} {what}")
    return given


def _header(tools: Sequence[Tool], roots: Sequence[FileRoot], request: RunRequest) -> Mapping[str, Any]:
    """Return what the record says about the tools."""
    return {
        "names": [tool.name for tool in tools],
        "roots": [str(root.path) for root in roots],
        "trips": _check_trips(request.tool_trips),
    }
