"""MCP servers from npm, in an `mcpServers` file: their tools are called, an unallowed file is refused.

Here Roundtable is the client.
"""

import asyncio
import json
import os
import sys
from pathlib import Path

from roundtable_tui.engine.tools.tool import CallContext
from roundtable_tui.errors import UsageError
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.setup.tools import plan_tools

home = Path(os.environ["CLIENT_HOME"]) / "mcp"
papers = home / "papers"
papers.mkdir(parents=True, exist_ok=True)
(papers / "bridge.md").write_text("It has 14 arches.\n", encoding="utf-8")
os.environ["ROUNDTABLE_HOME"] = str(home / "own")
bin_folder = Path(os.environ["PROGRAMS"]) / "node_modules" / ".bin"
servers = {
    "papers": {"command": str(bin_folder / "mcp-server-filesystem"), "args": [str(papers)]},
    "all": {"command": str(bin_folder / "mcp-server-everything"), "args": ["stdio"]},
}
file = home / "servers.json"
file.write_text(json.dumps({"mcpServers": servers}), encoding="utf-8")
CONTEXT = CallContext("ada.1", "ada", "1")


async def use() -> str:
    os.chdir(home)
    try:
        await plan_tools(RunRequest(mcp=file), None)
        sys.exit("a file in the current folder was used without a question")
    except UsageError as error:
        assert "--allow" in str(error), error
    os.chdir(papers)
    plan = await plan_tools(RunRequest(mcp=file), None)
    assert plan is not None and plan.close is not None
    try:
        tools = {tool.name: tool for tool in plan.tools}
        assert all(tool.default == "ask" for tool in tools.values())
        read = await tools["papers__read_text_file"].run({"path": str(papers / "bridge.md")}, CONTEXT)
        assert read.ok and "14 arches" in read.text, read
        outside = await tools["papers__read_text_file"].run({"path": "/etc/hostname"}, CONTEXT)
        assert not outside.ok, outside
        said = await tools["all__echo"].run({"message": "Ada"}, CONTEXT)
        assert said.ok and "Ada" in said.text, said
        return f"{len(tools)} tools of {len(servers)} servers, called and refused"
    finally:
        await plan.close()


print(asyncio.run(use()))
