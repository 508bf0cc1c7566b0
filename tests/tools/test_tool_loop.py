"""The tool loop in a run on a scripted server: calls, results, limits, budget, record, resume."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui.engine import events
from roundtable_tui.reports.json_report import build_report
from roundtable_tui.reports.transcript import render_transcript
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.setup.tools import plan_tools
from tests.support.fake_server import Reply, error
from tests.support.mode_run import Room, room

pytestmark = pytest.mark.anyio
READ = ("read_file", {"path": "notes.md"})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two files."""
    found = tmp_path / "papers"
    found.mkdir()
    (found / "notes.md").write_text("# Notes\nThe bridge has 14 arches.\nIt is old.\n", encoding="utf-8")
    (found / "plan.txt").write_text("Nothing here.\n", encoding="utf-8")
    return found


async def run_single(table: Room, folder: Path, mode: str = "single", names: tuple[str, ...] = ("Ada",),
                     captain: bool = False, **how: Any) -> Any:  # fmt: skip
    """Run a mode with the files of a folder, and return its outcome."""
    plan = table.plan(mode, names, captain=captain)
    request = RunRequest(roots=(folder,), **how)
    return await table.run(replace(plan, tools=await plan_tools(request, None))).execute()


async def test_loop_call_of_read_file_is_answered_and_recorded(tmp_path: Path, folder: Path) -> None:
    async with room([Reply(calls=[READ]), "It has 14 arches [notes.md:2]."], tmp_path) as table:
        outcome = await run_single(table, folder)
        first, second = table.fake.requests
        (called,), (returned,) = table.told(events.ToolCalled), table.told(events.ToolReturned)
    assert outcome.answer.text == "It has 14 arches [notes.md:2]."
    assert [tool["function"]["name"] for tool in first.body["tools"]] == [
        "list_files", "search_files", "read_file"
    ]  # fmt: skip
    assert "tool_choice" not in first.body
    assistant, result = second.body["messages"][-2:]
    assert assistant["tool_calls"][0]["function"]["name"] == "read_file" and assistant["content"] is None
    assert result["role"] == "tool" and result["tool_call_id"] == assistant["tool_calls"][0]["id"]
    assert "notes.md:2: The bridge has 14 arches." in result["content"]
    assert (called.turn, called.arguments, returned.title) == ("ada.1", {"path": "notes.md"}, "notes.md:1-3")
    assert returned.details == {"path": "notes.md", "first": 1, "last": 3, "total": 3}


async def test_loop_resumed_run_needs_neither_disk_nor_server(tmp_path: Path, folder: Path) -> None:
    script = {"Ada": [Reply(calls=[READ]), "14"], "Ben": [Reply(calls=[READ]), "14"], "Captain": error(403)}
    async with room(script, tmp_path) as table:
        await run_single(table, folder, "pro", ("Ada", "Ben"), captain=True)
        before = table.told(events.ToolReturned)
        asked = len(table.fake.requests)
        for path in folder.iterdir():
            path.unlink()
        await table.again()
        seats_asked_again = [seen for seen in table.fake.requests[asked:] if "Captain" not in seen.system]
        assert seats_asked_again == []
        after = [replace(one, t=0) for one in table.told(events.ToolReturned)]
        assert after == [replace(one, t=0) for one in before] and len(before) == 2


async def test_loop_third_reply_with_calls_is_followed_by_one_without_tools(
    tmp_path: Path, folder: Path
) -> None:
    replies = [Reply(calls=[("read_file", {"path": "notes.md", "first_line": n})]) for n in (1, 2, 3)]
    async with room([*replies, "done"], tmp_path) as table:
        outcome = await run_single(table, folder)
        assert outcome.answer.text == "done"
        assert ["tools" in seen.body for seen in table.fake.requests] == [True, True, True, False]
        last = table.fake.requests[-1].body["messages"]
        assert {said["role"] for said in last} == {"system", "user", "assistant"}
        assert "No more tools" in last[-1]["content"]


async def test_loop_equal_calls_twice_in_a_row_end_the_tools(tmp_path: Path, folder: Path) -> None:
    async with room([Reply(calls=[READ]), Reply(calls=[READ]), "done"], tmp_path) as table:
        outcome = await run_single(table, folder, tool_trips=9)
        returned = table.told(events.ToolReturned)
    assert outcome.answer.text == "done" and [one.ok for one in returned] == [True, False]
    assert len(table.fake.requests) == 3 and "tools" not in table.fake.requests[-1].body


async def test_loop_endless_calls_without_an_answer_fail_the_turn(tmp_path: Path, folder: Path) -> None:
    async with room(Reply(calls=[READ]), tmp_path) as table:
        outcome = await run_single(table, folder)
    assert outcome.status == "failed" and "called tools instead of giving its answer" in outcome.error


async def test_loop_several_calls_at_once_are_all_answered(tmp_path: Path, folder: Path) -> None:
    calls = [READ, ("list_files", {}), ("no_such", {"a": 1}), ("read_file", "{broken"), READ]
    async with room([Reply(calls=calls), "done"], tmp_path) as table:
        await run_single(table, folder)
        results = [said for said in table.fake.requests[1].body["messages"] if said["role"] == "tool"]
        returned = table.told(events.ToolReturned)
    assert [one["tool_call_id"] for one in results] == [f"call_{n}" for n in range(1, 6)]
    assert "notes.md (" in results[1]["content"] and "there is no tool" in results[2]["content"]
    assert "not a JSON object" in results[3]["content"] and results[4]["content"] == results[0]["content"]
    assert [one.ok for one in sorted(returned, key=lambda one: int(one.call))] == [True, True, False, False]


async def test_loop_captain_and_decisions_have_no_tools(tmp_path: Path, folder: Path) -> None:
    verdict = Reply(decision={"consensus": True, "direction": ""})
    async with room({"Ada": "It is 14.", "Ben": "It is 15.", "Captain": verdict}, tmp_path) as table:
        await run_single(table, folder, "debate", ("Ada", "Ben"), captain=True)
        offered = {
            seen.system.split(".")[0]: "read_file" in str(seen.body.get("tools"))
            for seen in table.fake.requests
        }
    assert offered == {"You are Ada": True, "You are Ben": True, "You are Captain": False}


async def test_loop_usage_and_time_of_all_replies_count(tmp_path: Path, folder: Path) -> None:
    usage = {"prompt_tokens": 100, "completion_tokens": 10}
    script = [Reply(calls=[READ], usage=usage), Reply("14", usage=usage)]
    async with room(script, tmp_path) as table:
        await run_single(table, folder)
        (end,) = table.told(events.TurnFinished)
        total = table.told(events.UsageUpdated)[-1]
        started, returned = table.told(events.TurnStarted)[0], table.told(events.ToolReturned)[0]
    assert end.elapsed_s >= returned.t - started.t > 0, "the time of the first reply and of the tool counts"
    assert (end.usage["prompt_tokens"], end.usage["completion_tokens"]) == (200, 20)
    assert (total.prompt_tokens, total.completion_tokens, total.calls) == (200, 20, 1)


async def test_loop_budget_counts_earlier_replies_of_the_turn(tmp_path: Path, folder: Path) -> None:
    usage = {"prompt_tokens": 3_000, "completion_tokens": 900}
    script = [Reply(calls=[READ], usage=usage), Reply("14", usage=usage)]
    async with room(script, tmp_path) as table:
        plan = replace(table.plan("single", ("Ada",), captain=False), budget=4_500)
        plan = replace(plan, tools=await plan_tools(RunRequest(roots=(folder,)), None))
        outcome = await table.run(plan).execute()
        (failed,) = table.told(events.TurnFailed)
    assert len(table.fake.requests) == 1 and outcome.status == "failed"
    assert failed.kind == "budget" and failed.usage["prompt_tokens"] == 3_000


async def test_loop_citations_are_checked_in_report_and_exports(tmp_path: Path, folder: Path) -> None:
    answer = 'There are "14 arches" [notes.md:2], and it is new [notes.md:9].'
    async with room([Reply(calls=[READ]), answer], tmp_path) as table:
        await run_single(table, folder)
        recorded = table.runs[-1].events
    report = build_report(recorded)
    assert [(one["text"], one["status"]) for one in report["report"]["file_citations"]] == [
        ("notes.md:2", "checked"), ("notes.md:9", "range")
    ]  # fmt: skip
    assert (
        report["report"]["tools"][0]["calls"] == 1
        and report["turns"][0]["tools"][0]["title"] == "notes.md:1-3"
    )
    assert "1 of 2 in the answer could not be verified" in report["report"]["warnings"][0]
    transcript = render_transcript(recorded)
    assert "▸ read notes.md:1-3 · " in transcript
    assert "[notes.md:9\\] not verified: the file has no such lines: it has 3 lines" in transcript.replace(
        "\\[", "["
    )
