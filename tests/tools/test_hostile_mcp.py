"""MCP servers that do not keep to the protocol: one line within a bounded time, nothing on the terminal."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from roundtable_tui.engine.tools.tool import CallContext
from roundtable_tui.errors import NoAnswerError
from roundtable_tui.tools.mcp import connection, stdio, tools
from roundtable_tui.tools.mcp.servers import McpServer
from roundtable_tui.tools.mcp.tools import McpServers

pytestmark = pytest.mark.anyio
PROGRAM = str(Path(__file__).with_name("hostile_mcp_server.py"))
CONTEXT = CallContext("ada.1", "ada", "1")


async def use(how: str) -> str:
    """Connect, call its tool and return the result, or the error."""
    servers = McpServers()
    try:
        found = await servers.open([McpServer("odd", sys.executable, (PROGRAM, how))])
        return (await found[0].run({}, CONTEXT)).text
    except NoAnswerError as error:
        return str(error)
    finally:
        await servers.close()


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("noise", "fine"),
        ("endless", "mcp server odd cannot be used: Connection closed. It is: "),
        ("wrong list", "mcp server odd lists no tools: it sent a message that is not valid"),
        ("many", "mcp server odd lists no tools: Connection closed"),
        ("dies", "failed: Connection closed"),
        ("long", "failed: Connection closed"),
    ],
)
async def test_server_that_breaks_the_protocol_is_one_line(
    how: str, said: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stdio, "_EXIT_S", 0.1)  # A program that writes without an end does so all this time.
    result = await use(how)
    assert result.startswith(said) and "\n" not in result and "\x1b" not in result
    assert capfd.readouterr() == ("", ""), "nothing of the SDK or of the server is on the terminal"


async def test_server_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_CONNECT_TIMEOUT_S", 1.0)
    monkeypatch.setattr(connection, "_CLOSE_TIMEOUT_S", 0.5)
    monkeypatch.setattr(tools, "LIST_TIMEOUT_S", 0.2)
    monkeypatch.setattr(stdio, "_EXIT_S", 0.1)
    assert (await use("wrong id")).startswith("mcp server odd cannot be used: no answer after 1 s")
    monkeypatch.setattr(connection, "_CONNECT_TIMEOUT_S", 60.0)
    assert await use("no list") == "mcp server odd lists no tools: no answer after 0.2 s"


async def test_server_named_like_a_file_of_the_current_folder_is_not_that_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "npx"
    program.write_text(f"#!{sys.executable}\nopen('ran', 'w')\n")
    program.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", ":/nowhere:.")
    for command in ("npx", "./npx"):
        with pytest.raises(
            NoAnswerError, match=r"cannot be used: .*neither a program on PATH nor an absolute path"
        ):
            await McpServers().open([McpServer("odd", command)])
    assert not (tmp_path / "ran").exists()


async def test_long_line_is_not_collected() -> None:
    reader = asyncio.StreamReader()
    reader.feed_data(b"short\n" + b"x" * (stdio.MAX_LINE_BYTES + 100_000))
    process = type("Process", (), {"stdout": reader})()
    assert [line async for line in stdio._read_lines(process)] == [b"short"]
