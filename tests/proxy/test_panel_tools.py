"""Tools that the start of the proxy gives to the seats of its panels."""

from __future__ import annotations

from pathlib import Path

import pytest

from roundtable_tui.cli.main import main
from roundtable_tui.engine.events import ToolReturned
from roundtable_tui.history.reader import read_run
from roundtable_tui.proxy import server
from roundtable_tui.proxy.config import ProxyConfig
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.utils import paths
from tests.support.fake_server import FakeServer, Reply
from tests.support.proxy import ask, proxied

pytestmark = pytest.mark.anyio
CALL = Reply(calls=[("read_file", {"path": "notes.md"})])
ANSWER = "It has 14 arches [notes.md:1]."


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "notes.md").write_text("It has 14 arches.\n", encoding="utf-8")
    return folder


def request_for(fake: FakeServer, papers: Path, **fields: object) -> RunRequest:
    return RunRequest(base_url=fake.url, model="fake", roots=(papers,), **fields)  # type: ignore[arg-type]


async def test_panel_with_a_root_reads_files_and_shows_the_calls(papers: Path) -> None:
    async with FakeServer([CALL, ANSWER]) as fake, proxied(request=request_for(fake, papers)) as one:
        status, body = await one.post(ask("How many?", "roundtable/vote:agents=1"))
    message = body["choices"][0]["message"]
    assert status == 200 and message["content"] == ANSWER.removesuffix(".")
    assert "▸ read notes.md:1 · 29 B\n\n" in message["reasoning_content"]
    record = read_run(paths.runs_dir() / body["roundtable"]["run"])
    (result,) = [event for event in record.events if isinstance(event, ToolReturned)]
    assert result.ok and "It has 14 arches." in result.text
    assert str(papers) not in str(body), "clients do not see where the files are"


@pytest.mark.parametrize(("allow", "ok"), [((), False), (("read_file",), True)])
async def test_panel_tool_that_needs_permission_is_refused_without_allow(
    allow: tuple[str, ...], ok: bool, papers: Path, roundtable_home: Path
) -> None:
    (roundtable_home / "settings.toml").write_text('[permissions]\nread_file = "ask"\n')
    async with (
        FakeServer([CALL, ANSWER]) as fake,
        proxied(request=request_for(fake, papers, allow=allow)) as one,
    ):
        status, body = await one.post(ask("How many?", "roundtable/vote:agents=1"))
    record = read_run(paths.runs_dir() / body["roundtable"]["run"])
    (result,) = [event for event in record.events if isinstance(event, ToolReturned)]
    assert status == 200 and result.ok is ok
    assert ("14 arches" in result.text) is ok


async def test_single_does_not_get_the_tools_of_panels(papers: Path) -> None:
    async with FakeServer("91 = 7 * 13") as fake, proxied(request=request_for(fake, papers)) as one:
        status, _ = await one.post(ask())
    (sent,) = fake.requests
    assert status == 200 and "tools" not in sent.body and "read_file" not in str(sent.body["messages"])


async def test_panel_without_documents_has_the_other_tools() -> None:
    async with FakeServer("91") as fake:
        chosen = RunRequest(base_url=fake.url, model="fake", tools=("documents", "python"))
        async with proxied(request=chosen) as one:
            status, _ = await one.post(ask(model="roundtable/vote:agents=1"))
    assert status == 200
    assert [tool["function"]["name"] for tool in fake.requests[0].body["tools"]] == ["python"]


def test_proxy_command_passes_its_tools_to_the_runs(papers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[ProxyConfig] = []
    monkeypatch.setattr(server, "serve_proxy", lambda chosen, *rest: started.append(chosen) or 0)
    words = ["--root", str(papers), "--tools", "python,documents", "--allow", "python", "--tool-trips", "5"]
    assert main(["proxy", "--demo", *words]) == 0
    request = started[0].request
    assert (request.roots, request.tools) == ((papers,), ("python", "documents"))
    assert (request.allow, request.tool_trips) == (("python",), 5)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--root", "none"), "--root is not there"),
        (("--tools", "pyton"), "there is no tool called pyton. Did you mean python?"),
        (("--tools", "python", "--tool-trips", "0"), "--tool-trips should be a whole number from 1 to 20"),
        (("--tools", "python", "--allow", ""), "--allow is empty"),
        (("--mcp", "none.json"), "none.json"),
    ],
)
def test_proxy_command_with_wrong_tools_says_what_to_do_and_does_not_start(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert main(["proxy", "--demo", "--port", "0", *words]) == 2
    out, err = capsys.readouterr()
    assert said in err and not out
