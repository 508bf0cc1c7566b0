"""MCP servers: a real server of the SDK over stdio and HTTP, permissions, and files of other programs."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui.config import Settings
from roundtable_tui.engine import events
from roundtable_tui.engine.tools.permission import PermissionAnswer, PermissionQuestion
from roundtable_tui.engine.tools.tool import CallContext
from roundtable_tui.errors import FileError, NoAnswerError, UsageError
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.setup.tools import plan_tools
from tests.support.fake_server import Reply
from tests.support.mode_run import room
from tests.support.ports import choose_port

pytestmark = pytest.mark.anyio
SERVER = str(Path(__file__).with_name("mcp_server.py"))
SMALL_SERVER = str(Path(__file__).with_name("small_mcp_server.py"))
"""The SDK's server shows that the protocol is spoken; where that is not the subject, this one is faster."""
SETTINGS = Settings(mcp={"sums": {"command": sys.executable, "args": [SMALL_SERVER]}})
ADD = ("sums__add", {"a": 2, "b": 3})
CONTEXT = CallContext("ada.1", "ada", "1")


@asynccontextmanager
async def opened(request: RunRequest, settings: Settings) -> AsyncIterator[dict[str, Any]]:
    plan = await plan_tools(request, None, settings)
    assert plan is not None and plan.close is not None
    try:
        yield {tool.name: tool for tool in plan.tools}
    finally:
        await plan.close()


async def test_mcp_server_by_stdio_has_its_tools_and_little_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-never-shown")
    settings = Settings(mcp={"sums": {"command": sys.executable, "args": [SERVER]}})
    async with opened(RunRequest(tools=("sums",)), settings) as tools:
        assert list(tools) == ["sums__add", "sums__environment", "sums__fail"]
        assert "\n" not in tools["sums__add"].spec.description
        assert tools["sums__add"].default == "ask"
        assert (await tools["sums__add"].run({"a": 2, "b": 3}, CONTEXT)).text == "5"
        failed = await tools["sums__fail"].run({"why": "because"}, CONTEXT)
        assert not failed.ok and "fail" in failed.text
        variable = await tools["sums__environment"].run({"name": "OPENAI_API_KEY"}, CONTEXT)
        assert variable.text == "(not set)"


async def test_mcp_server_by_http_has_its_tools() -> None:
    port = choose_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, SERVER, str(port), stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(120):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.close()
                    break
                except OSError:
                    await asyncio.sleep(0.05)
        settings = Settings(mcp={"sums": {"url": f"http://127.0.0.1:{port}/mcp", "headers": {"x-team": "a"}}})
        async with opened(RunRequest(tools=("sums",)), settings) as tools:
            assert (await tools["sums__add"].run({"a": 2, "b": 3}, CONTEXT)).text == "5"
    finally:
        process.kill()
        await process.wait()


@pytest.mark.parametrize(
    ("answer", "allow", "result"),
    [
        (None, (), "not called: it needs permission: --allow sums__add"),
        ("no", (), "not called: the user has refused it"),
        ("once", (), "5"),
        (None, ("sums__*",), "5"),
    ],
)
async def test_mcp_call_needs_permission(
    tmp_path: Path, answer: PermissionAnswer | None, allow: tuple[str, ...], result: str
) -> None:
    asked: list[PermissionQuestion] = []

    async def ask(question: PermissionQuestion) -> PermissionAnswer:
        asked.append(question)
        assert answer is not None
        return answer

    async with room([Reply(calls=[ADD]), "5"], tmp_path) as table:
        plan = await plan_tools(RunRequest(tools=("sums",), allow=allow), None, SETTINGS)
        run = table.run(replace(table.plan("single", ("Ada",), captain=False), tools=plan))
        if answer:
            run.set_permission_asker(ask)
        await run.execute()
        (returned,) = table.told(events.ToolReturned)
        granted = [event.answer for event in table.told(events.ToolPermission)]
    assert returned.text == result and returned.ok == (result == "5")
    assert granted == ([answer] if answer else []) and len(asked) == len(granted)


async def test_mcp_server_that_does_not_start_is_named() -> None:
    settings = Settings(mcp={"sums": {"command": sys.executable, "args": ["-c", "raise SystemExit(3)"]}})
    with pytest.raises(NoAnswerError, match="mcp server sums cannot be used"):
        await plan_tools(RunRequest(tools=("sums",)), None, settings)


async def test_servers_file_in_the_current_folder_is_started_only_once_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / ".mcp.json"
    path.write_text(json.dumps({"mcpServers": {"sums": {"command": sys.executable, "args": [SMALL_SERVER]}}}))
    with pytest.raises(UsageError, match="would start or call") as caught:
        await plan_tools(RunRequest(mcp=path), None)
    rule = caught.value.hint.partition("'")[2].partition("'")[0]
    async with opened(RunRequest(mcp=path, allow=(rule,)), Settings()) as tools:
        assert "sums__add" in tools
    async with opened(RunRequest(mcp=path), Settings()) as tools:
        assert "sums__add" in tools, "the same content is not asked about again"
    path.write_text(json.dumps({"mcpServers": {"sums": {"command": "other"}}}))
    with pytest.raises(UsageError, match="would start or call: other"):
        await plan_tools(RunRequest(mcp=path), None)


@pytest.mark.parametrize("text", ["{", "[]", '{"mcpServers": {}}', '{"mcpServers": {"a": {}}}'])
async def test_servers_file_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "servers.json"
    path.write_text(text)
    with pytest.raises(FileError):
        await plan_tools(RunRequest(mcp=path), None)


async def test_mcp_server_in_a_hostile_folder_runs_nothing_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, ran = tmp_path / "downloaded", tmp_path / "ran"
    folder.mkdir()
    (folder / "sums_server.py").write_text(f"open({str(ran)!r}, 'w')\n")
    (folder / "python").write_text(f"#!/bin/sh\n: > {ran}\n")
    (folder / "python").chmod(0o755)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PATH", ":")
    for entry in ({"command": sys.executable, "args": ["-m", "sums_server"]}, {"command": "python"}):
        with pytest.raises(NoAnswerError, match="mcp server sums cannot be used"):
            await plan_tools(RunRequest(tools=("sums",)), None, Settings(mcp={"sums": entry}))
    assert not ran.exists()


async def test_mcp_server_of_an_allowed_file_is_started_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sums_server.py").write_text(Path(SERVER).read_text())
    path = tmp_path / ".mcp.json"
    path.write_text(
        json.dumps({"mcpServers": {"sums": {"command": sys.executable, "args": ["sums_server.py"]}}})
    )
    with pytest.raises(UsageError) as caught:
        await plan_tools(RunRequest(mcp=path), None)
    rule = caught.value.hint.partition("'")[2].partition("'")[0]
    async with opened(RunRequest(mcp=path, allow=(rule,)), Settings()) as tools:
        assert "sums__add" in tools
