"""Rules of permissions, grants, and how a run is resumed with its tools."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from roundtable_tui.config import Settings, load
from roundtable_tui.engine import events
from roundtable_tui.engine.citations import Passage
from roundtable_tui.engine.record.recorder import EVENTS_FILE, read_record
from roundtable_tui.engine.tools.permission import (
    PermissionAnswer,
    PermissionGate,
    PermissionQuestion,
    Verb,
    parse_rule,
)
from roundtable_tui.errors import FileError
from roundtable_tui.setup import resume
from roundtable_tui.setup.open_run import build_run
from roundtable_tui.setup.request import ResumeRequest, RunRequest
from roundtable_tui.setup.server_pool import ServerPool
from roundtable_tui.setup.tools import plan_tools
from roundtable_tui.tools.mcp.tools import _make_tools
from roundtable_tui.utils import paths
from tests.support.fake_server import FakeServer, Reply
from tests.support.mode_run import room

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ({}, "ask"),
        ({"web__*": "allow"}, "allow"),
        ({"web__*": "allow", "web__fetch(*example.com*)": "deny"}, "deny"),
        ({"web__*": "deny", "web__fetch": "allow"}, "deny"),
        ({"web__*": "ask", "web__fetch": "allow"}, "allow"),
        ({"web__*": "allow", "web__fetch": "ask"}, "ask"),
        ({"web__fetch(*other*)": "allow"}, "ask"),
    ],
)
def test_rules_deny_wins_and_then_the_more_precise(rules: dict[str, Verb], expected: Verb) -> None:
    gate = PermissionGate(parse_rule(name, verb) for name, verb in rules.items())
    assert gate.verb_for("web__fetch", ["https://example.com/a"], "ask") == expected


def test_rule_of_a_flag_comes_before_ask_and_after_deny() -> None:
    flag = parse_rule("web__fetch", "allow", is_flag=True)
    assert (
        PermissionGate([parse_rule("web__fetch", "ask"), flag]).verb_for("web__fetch", [""], "ask") == "allow"
    )
    assert PermissionGate([parse_rule("web__*", "deny"), flag]).verb_for("web__fetch", [""], "ask") == "deny"


@pytest.mark.parametrize(
    ("answers", "allowed", "questions"),
    [
        (["once", "once", "no"], [True, True, False], 3),
        (["run"], [True, True, True], 1),
        (["no"], [False, False, False], 1),
    ],
)
async def test_questions_come_one_after_the_other_and_grants_count_for_all(
    answers: list[PermissionAnswer], allowed: list[bool], questions: int
) -> None:
    gate, asked, open_now = PermissionGate(), [], [0]

    async def ask(question: PermissionQuestion) -> PermissionAnswer:
        open_now[0] += 1
        assert open_now[0] == 1
        asked.append(question.seat)
        await asyncio.sleep(0)
        open_now[0] -= 1
        return answers[len(asked) - 1]

    gate.asker = ask
    calls = [gate.check(PermissionQuestion("web", "x", seat, "{}"), "ask") for seat in ("a", "b", "c")]
    assert [one.allowed for one in await asyncio.gather(*calls)] == allowed
    assert len(asked) == questions


@pytest.mark.parametrize(
    "text",
    [
        '[permissions]\nread_file = "maybe"',
        '[permissions]\n"(x)" = "deny"',
        '[mcp.a]\nargs = []',
        '[mcp.a]\ncommand = "x"\nurl = "https://x.test"',
        '[mcp.a]\nurl = "ftp://x.test"',
        '[mcp."a b"]\ncommand = "x"',
        '[mcp.a]\ncommand = "x"\nargs = [1]',
        '[mcp.a]\ncommand = "x"\nsecret = "y"',
        '[mcp.a]\ncommand = "x"\nenv = { API_KEY = "sk-proj-0123456789abcdefghijklmnop" }',
    ],
)  # fmt: skip
def test_settings_of_tools_that_are_wrong_raise_with_their_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FileError, match=r"settings\.toml, line \d"):
        load(path)


@pytest.fixture
async def pool() -> AsyncIterator[ServerPool]:
    made = ServerPool(Settings(), {})
    yield made
    await made.aclose()


async def test_tool_that_a_rule_denies_altogether_is_not_offered(tmp_path: Path) -> None:
    settings = Settings(permissions={"search_files": "deny", "read_file(drafts/*)": "deny"})
    plan = await plan_tools(RunRequest(roots=(tmp_path,)), None, settings)
    assert plan is not None and [tool.name for tool in plan.tools] == ["list_files", "read_file"]
    assert await plan_tools(RunRequest(roots=(tmp_path,)), None, Settings(permissions={"*": "deny"})) is None


async def test_resumed_run_has_its_tools_and_grants_only_in_the_own_folder(
    tmp_path: Path, pool: ServerPool
) -> None:
    papers = tmp_path / "papers"
    papers.mkdir()
    (papers / "notes.md").write_text("It has 14 arches.\n", encoding="utf-8")
    script = [Reply(calls=[("read_file", {"path": "notes.md"})]), "14"]
    async with FakeServer([*script, *script]) as fake:
        request = RunRequest(
            question="How many?", mode="single", base_url=fake.url, model="m", roots=(papers,), tool_trips=5
        )
        run = await build_run(request, pool)
        assert (await run.execute()).status == "complete" and run.folder is not None
        assert run.folder.is_relative_to(paths.runs_dir())
        record = run.folder / EVENTS_FILE
        lines = record.read_text(encoding="utf-8").splitlines()
        cut = [line for line in lines if json.loads(line)["type"] not in ("turn_finished", "run_finished")]
        record.write_text("\n".join(cut) + "\n", encoding="utf-8")
        copy = tmp_path / "copy"
        shutil.copytree(run.folder, copy)
        again = await resume.resume(ResumeRequest(run.folder), pool)
        assert again.plan.tools is not None and again.plan.tools.max_trips == 5
        shutil.rmtree(papers)
        assert (await again.execute()).answer.text == "14"
        results = [one for one in read_record(run.folder).events if isinstance(one, events.ToolReturned)]
        assert [one.text for one in results] == ["notes.md:1: It has 14 arches."] * 2, "taken from the record"
        elsewhere = await resume.resume(ResumeRequest(copy), pool)
        assert elsewhere.plan.tools is None


@pytest.mark.parametrize("verb", ["deny", "ask"])
async def test_rule_about_a_path_holds_for_every_way_to_name_it(tmp_path: Path, verb: Verb) -> None:
    papers = tmp_path / "papers"
    (papers / "drafts").mkdir(parents=True)
    (papers / "drafts" / "plan.md").write_text("The hidden plan.\n", encoding="utf-8")
    (papers / "notes.md").write_text("The open plan.\n", encoding="utf-8")
    (papers / "link.md").symlink_to(papers / "drafts" / "plan.md")
    (papers / "folder").symlink_to(papers / "drafts")
    ways = (
        "drafts/plan.md", "./drafts/plan.md", "drafts//plan.md", "drafts/./plan.md", "link.md",
        "folder/plan.md", str(papers / "drafts" / "plan.md"), f"file://{papers}/drafts/plan.md",
    )  # fmt: skip
    reads = Reply(calls=[("read_file", {"path": way}) for way in ways])
    paths_to_search: tuple[dict[str, str], ...] = ({}, {"path": "drafts"})
    searches = Reply(calls=[("search_files", {"text": "plan", **where}) for where in paths_to_search])
    settings = Settings(permissions={"read_file(drafts/*)": verb})
    other = tmp_path / "other"
    other.mkdir()
    for roots in ((papers,), (papers, other)):
        async with room([reads, searches, "done"], tmp_path / f"run{len(roots)}") as table:
            plan = table.plan("single", ("Ada",), captain=False)
            tools = await plan_tools(RunRequest(roots=roots), None, settings)
            await table.run(replace(plan, tools=tools)).execute()
            returned = sorted(table.told(events.ToolReturned), key=lambda one: int(one.call))
        assert [one.ok for one in returned] == [False] * len(ways) + [True, True]
        assert "The open plan." in returned[-2].text
        assert not any("hidden" in one.text for one in returned)


async def test_rule_about_an_mcp_call_does_not_depend_on_the_order_of_its_arguments() -> None:
    class Listed:
        name, description = "fetch", "Fetch."
        input_schema = {"type": "object", "properties": {"note": {}, "url": {"type": "string"}, "more": {}}}

    class Server:
        name = "web"

    (tool,) = _make_tools(Server(), None, [Listed()])  # type: ignore[arg-type]
    bad, good = "https://bad.example/x", "https://good.example/x"
    for arguments in ({"extra": good, "url": bad}, {"more": good, "url": bad}):
        assert tuple(tool.subject(arguments)) == (bad,), "as the schema has them"
    nested = {"url": good, "more": {"list": [bad]}}
    gate = PermissionGate([parse_rule("web__*", "allow"), parse_rule("web__fetch(*bad*)", "deny")])
    assert gate.verb_for("web__fetch", tool.subject(nested), "ask", tool.mentions(nested)) == "deny"
    only = PermissionGate([parse_rule("web__fetch(*good*)", "allow")])
    hidden = {"extra": good, "url": bad}
    assert only.verb_for("web__fetch", tool.subject(hidden), "ask", tool.mentions(hidden)) == "ask"


async def test_rule_about_documents_or_programs_is_compared_with_query_and_code(tmp_path: Path) -> None:
    async def find(query: str, tell: Callable[[str], None]) -> tuple[Passage, ...]:
        return (Passage(1, "a.md", "line", 1, 1, f"All about {query}.", collection="office"),)

    calls = [("search_documents", {"query": query}) for query in ("salaries of 2026", "bridges")]
    calls += [("python", {"code": code}) for code in ("import random", "2 + 2")]
    settings = Settings(permissions={"search_documents(*salar*)": "deny", "python(*random*)": "deny"})
    async with room([Reply(calls=calls), "done"], tmp_path) as table:
        plan = table.plan("single", ("Ada",), captain=False)
        tools = await plan_tools(RunRequest(tools=("documents", "python")), None, settings, find)
        await table.run(replace(plan, tools=tools)).execute()
        returned = sorted(table.told(events.ToolReturned), key=lambda one: int(one.call))
    assert [one.ok for one in returned] == [False, True, False, True]
