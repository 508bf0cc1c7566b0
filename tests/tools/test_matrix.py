"""Every mode with tools of each kind, native and in prose: seats use them, captains do not; it resumes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui import modes
from roundtable_tui.config import Settings
from roundtable_tui.engine import events
from roundtable_tui.engine.citations import Passage
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.setup.tools import plan_tools
from tests.support.fake_server import Reply, error
from tests.support.mode_run import room

pytestmark = pytest.mark.anyio
OPTIONS: dict[str, dict[str, Any]] = {
    "debate": {"max_rounds": 2},
    "roundtable": {"turns": 3},
    "loop": {"max_iterations": 1},
    "chain": {"chunk_size": 300, "chunk_overlap": 20},
}
NAMES = ("Ada", "Ben", "Cyd")
CALLS = (
    ("read_file", {"path": "notes.md"}),
    ("python", {"code": "2 * 7"}),
    ("search_documents", {"query": "arches"}),
    ("sums__add", {"a": 2, "b": 3}),
)
"""One call of each kind of tool, all in one reply: files, Python, documents, an MCP server."""
SERVER = Path(__file__).with_name("small_mcp_server.py")
SETTINGS = Settings(mcp={"sums": {"command": sys.executable, "args": [str(SERVER)]}})


async def find(query: str, tell: Callable[[str], None]) -> tuple[Passage, ...]:
    return (Passage(1, "bridges.md", "line", 4, 4, "Bridges have arches.", collection="office"),)


@pytest.mark.parametrize("is_native", [True, False], ids=["native", "prose"])
@pytest.mark.parametrize("name", [name for name in modes.all_modes() if name != modes.PIPELINE])
async def test_mode_with_tools_runs_and_resumes(name: str, is_native: bool, tmp_path: Path) -> None:
    mode = modes.get_mode(name)
    known = mode.options.model_fields
    options = {key: value for key, value in OPTIONS.get(name, {}).items() if key in known}
    papers = tmp_path / "papers"
    papers.mkdir()
    (papers / "notes.md").write_text("It has 14 arches.\n", encoding="utf-8")
    if "file" in known and mode.needs_text:
        (tmp_path / "text.txt").write_text("A bridge. " * 40, encoding="utf-8")
        options["file"] = str(tmp_path / "text.txt")
    if "out" in known:
        options["out"] = str(tmp_path / "out")
    asked: list[str] = []

    def script(request: dict[str, Any], nth: int) -> Any:
        text = str(request["messages"])
        offered = "read_file" in str(request.get("tools"))
        if offered and not is_native:
            return error(400, "this model does not support tools")
        if offered or '"tool": "NAME"' in text:
            asked.append(request["messages"][0]["content"])
            has_result = "It has 14 arches." in text
            return "It is 14 [notes.md:1]." if has_result else Reply(calls=list(CALLS))
        return "It is 14."

    async with room(script, tmp_path) as table:
        request = RunRequest(roots=(papers,), tools=("python", "sums"), allow=("sums__*",))
        tools = await plan_tools(request, None, SETTINGS, find)
        plan = table.plan(mode, NAMES, captain=mode.captain, **options)
        outcome = await table.run(replace(plan, tools=tools)).execute()
        returned = table.told(events.ToolReturned)
        requests = len(table.fake.requests)
        await table.again()
    assert outcome.answer.text and outcome.status in ("complete", "partial"), outcome.error
    assert all(one.ok for one in returned) and {one.tool for one in returned} == {name for name, _ in CALLS}
    assert {one.text.strip() for one in returned if one.tool == "sums__add"} == {"5"}
    assert asked and not any("You are Captain." in system for system in asked)
    assert requests == len(table.fake.requests), "a finished run that is resumed asks no server"
