"""The tools `python` and `search_documents`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from roundtable_tui.engine import events
from roundtable_tui.engine.citations import Passage
from roundtable_tui.engine.tools.tool import CallContext, Tool
from roundtable_tui.errors import UsageError
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.setup.tools import plan_tools
from roundtable_tui.tools import python
from roundtable_tui.tools.python_process import MAX_OUTPUT_CHARS
from tests.support.fake_server import Reply
from tests.support.mode_run import room

pytestmark = pytest.mark.anyio
ADA, BEN = CallContext("ada.1", "ada", "1"), CallContext("ben.1", "ben", "1")


@pytest.fixture
async def tool() -> AsyncIterator[Tool]:
    calls = python.PythonCalls()
    yield python.python_tool(calls)
    await calls.close()


async def test_python_returns_output_and_value_and_keeps_variables_of_a_turn(tool: Tool) -> None:
    assert (await tool.run({"code": "x = 17**5 % 23\nprint('hello')\nx"}, ADA)).text == "hello\n21"
    assert (await tool.run({"code": "x + 1"}, ADA)).text == "22"
    other = await tool.run({"code": "x"}, BEN)
    assert not other.ok and "NameError" in other.text, "another seat has variables of its own"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("1/0", "ZeroDivisionError: division by zero"),
        ("def f(:", "Expected a parameter"),
        ("open('/etc/passwd').read()", "PermissionError"),
        ("import subprocess", "ModuleNotFoundError"),
        ("import os\nos.environ", "not supported"),
        ("'a' * 10**9", "MemoryError"),
        ("print('before')\n1/0", "before\nZeroDivisionError"),
    ],
)
async def test_python_exception_is_text_for_the_model(tool: Tool, code: str, said: str) -> None:
    result = await tool.run({"code": code}, ADA)
    assert not result.ok and said in result.text
    assert (await tool.run({"code": "40 + 2"}, ADA)).text == "42", "the interpreter still works"


async def test_python_endless_program_and_endless_output_are_bounded(
    tool: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(python, "TIME_LIMIT_S", 0.2)
    result = await tool.run({"code": "while True:\n    print('x' * 100000)"}, ADA)
    assert not result.ok and "TimeoutError" in result.text and len(result.text) < 2 * MAX_OUTPUT_CHARS
    assert "too long to be shown" in (await tool.run({"code": "2**200000"}, ADA)).text


@pytest.mark.parametrize("last", ["a", "print(a)"])
async def test_python_small_value_that_is_written_out_without_end_is_stopped(
    tool: Tool, last: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(python, "_STARTUP_S", 100.0)  # The limits of the interpreter have to stop it.
    with monkeypatch.context() as patch:
        patch.setattr(python, "TIME_LIMIT_S", 0.1)
        result = await tool.run({"code": f"a = [1]\nfor i in range(40):\n    a = [a, a]\n{last}"}, ADA)
    assert not result.ok and result.text.endswith("its variables are gone")
    assert (await tool.run({"code": "40 + 2"}, ADA)).text == "42", "there is a new interpreter"


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("x = 1; x", "1"),
        ("x = 2\nx  # the value", "2"),
        ("(1,\n 2)", "(1, 2)"),
        ("'é'; 'ž' 'x'", "'žx'"),
        ("y = 3", "(no output)"),
        ("if True:\n    4", "(no output)"),
        ("print(5); None", "5\n"),
        ("# nothing", "(no output)"),
        ("[n\n for n in range(3)]; 6;", "6"),
    ],
)
async def test_python_shows_the_value_of_the_last_expression(tool: Tool, code: str, text: str) -> None:
    result = await tool.run({"code": code}, ADA)
    assert result.ok and result.text == text


async def test_python_in_a_run_ends_its_interpreter_with_the_turn(tmp_path: Path) -> None:
    call = Reply(calls=[("python", {"code": "17**5 % 23"})])
    async with room([call, "It is 21."], tmp_path) as table:
        plan = await plan_tools(RunRequest(tools=("python",)), None)
        assert plan is not None and plan.end_turn is not None
        await table.run(replace(table.plan("single", ("Ada",), captain=False), tools=plan)).execute()
        (returned,) = table.told(events.ToolReturned)
        workers = plan.end_turn.__self__._workers  # type: ignore[attr-defined]
    assert (returned.text, returned.title) == ("21", "17**5 % 23") and workers == {}


@pytest.mark.parametrize(("preferred", "answer"), [(True, "It is 21."), (False, "It is 22.")])
async def test_debate_prefers_the_answer_whose_computation_ran(
    tmp_path: Path, preferred: bool, answer: str
) -> None:
    captain = [Reply(decision={"consensus": True, "direction": ""}), Reply("I cannot say.")]
    call = Reply(calls=[("python", {"code": "17**5 % 23"})])
    script = {"Ada": [call, "It is 21."], "Ben": "It is 22.", "Cyd": "It is 22.", "Captain": captain}
    async with room(script, tmp_path) as table:
        tools = await plan_tools(RunRequest(tools=("python",)), None)
        plan = table.plan("debate", ("Ada", "Ben", "Cyd"), prefer_computed=preferred)
        outcome = await table.run(replace(plan, tools=tools)).execute()
        asked = [seen.user for seen in table.asked_of("Captain") if "The debate is over" in seen.user]
        again = await table.again()
    assert outcome.answer.text == again.answer.text == answer
    assert (", computed>>" in asked[0]) == ("marked as computed" in asked[0]) == preferred


PASSAGES = (
    Passage(1, "leave.md", "line", 4, 5, "Parental leave is\nsixteen weeks.", collection="office"),
    Passage(2, "rules.pdf", "page", 3, 4, "No smoking\nin the hall.", collection="office"),
)


async def find(query: str, tell: Callable[[str], None]) -> tuple[Passage, ...]:
    return PASSAGES if "leave" in query else ()


async def test_search_documents_finds_passages_that_can_be_cited(tmp_path: Path) -> None:
    call = Reply(calls=[("search_documents", {"query": "parental leave"})])
    answer = '"Parental leave is sixteen weeks" [leave.md:4-5]; no smoking [rules.pdf:3] [rules.pdf:9].'
    async with room([call, answer], tmp_path) as table:
        plan = await plan_tools(RunRequest(tools=("documents",)), None, None, find)
        await table.run(replace(table.plan("single", ("Ada",), captain=False), tools=plan)).execute()
        (returned,) = table.told(events.ToolReturned)
        transcript = (table.folder / "transcript.md").read_text(encoding="utf-8")
    assert returned.text.split("\n") == [
        "leave.md:4: Parental leave is", "leave.md:5: sixteen weeks.", "rules.pdf:3: No smoking in the hall."
    ]  # fmt: skip
    assert returned.title == "“parental leave”, 2 passages"
    assert "2 citations checked" in transcript and "rules.pdf:9\\] not verified" in transcript


async def test_search_documents_without_documents_is_refused() -> None:
    with pytest.raises(UsageError, match="this run has no documents"):
        await plan_tools(RunRequest(tools=("documents",)), None)
    with pytest.raises(UsageError, match="there is no tool called pyton"):
        await plan_tools(RunRequest(tools=("pyton",)), None)
