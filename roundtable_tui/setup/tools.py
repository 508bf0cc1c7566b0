"""The tools of a run: what the request and the task, or a record, open to its seats."""

from __future__ import annotations

from collections.abc import Mapping

from roundtable_tui.config import Settings
from roundtable_tui.engine.citations import PassageFinder
from roundtable_tui.engine.record.recorder import RunRecord
from roundtable_tui.engine.tools.tool import ToolPlan
from roundtable_tui.resources import Task
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.utils import files, paths


async def plan_tools(
    request: RunRequest,
    task: Task | None,
    settings: Settings | None = None,
    passage_finder: PassageFinder | None = None,
) -> ToolPlan | None:
    """Return the tools that the request and the task open; None for none. See `make_tools`."""
    if not (request.roots or request.tools or request.mcp or (task and task.settings.files)):
        return None
    from roundtable_tui.attachments.document_lines import DocumentLines  # Rarely needed, like all of these.
    from roundtable_tui.tools.files.open_roots import open_root, task_roots
    from roundtable_tui.tools.plan import ToolChoice, make_tools

    roots = [*task_roots(task), *map(open_root, request.roots)]
    choice = ToolChoice(request.tools, request.mcp, request.allow, request.tool_trips)
    return await make_tools(choice, roots, settings or Settings(), DocumentLines().read, passage_finder)


async def tools_from_record(recording: RunRecord, settings: Settings) -> ToolPlan | None:
    """Return the tools of a recorded run that is resumed; None for none.

    A record may come from elsewhere and name any folder: its tools are opened if it is in the user's own
    runs folder. Folders that are gone stay closed: what was read is in the record. Documents are not searched
    again.
    """
    header = recording.header.calls.get("tools")
    if not (isinstance(header, Mapping) and files.is_within(recording.folder, paths.runs_dir())):
        return None
    from roundtable_tui.attachments.document_lines import DocumentLines
    from roundtable_tui.tools.plan import make_tools, read_header

    return await make_tools(*read_header(header), settings, DocumentLines().read)
