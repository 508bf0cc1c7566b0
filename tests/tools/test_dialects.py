"""Tool calls in the dialects of servers: refused, in pieces, as text, malformed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui.engine import events
from roundtable_tui.engine.tools.requests import parse_request, read_requests
from roundtable_tui.llm.types import Finished, ToolRequest
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.setup.tools import plan_tools
from tests.support.fake_server import Reply, error
from tests.support.mode_run import Room, room

pytestmark = pytest.mark.anyio
ARGUMENTS = '{"path": "notes.md", "first_line": 2}'
FINAL = "It has 14 arches [notes.md:2]."
NAMES = ("read_file", "search_files")


def call_chunks(*deltas: Mapping[str, Any], finish: str | None = "tool_calls") -> Reply:
    """Return a stream of these pieces of tool calls."""
    chunks = [{"choices": [{"index": 0, "delta": {"tool_calls": [delta]}}]} for delta in deltas]
    return Reply(chunks=[*chunks, {"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]}])


def function(name: str | None = None, arguments: str | None = None, **fields: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "arguments": arguments}, **fields}


async def ask(table: Room, folder: Path) -> str:
    """Ask one seat with the tools of a folder, and return the answer."""
    folder.mkdir(exist_ok=True)
    (folder / "notes.md").write_text("# Notes\nIt has 14 arches.\n", encoding="utf-8")
    plan = table.plan("single", ("Ada",), captain=False)
    tools = await plan_tools(RunRequest(roots=(folder,)), None)
    return (await table.run(replace(plan, tools=tools)).execute()).answer.text


STREAMS = {
    "in pieces": call_chunks(
        function("read_file", "", index=0, id="a"), *(function(arguments=c, index=0) for c in ARGUMENTS)
    ),
    "brace with the name, null pieces": call_chunks(
        function("read_file", "{", index=0, id="a"), function(None, None, index=0),
        function(None, ARGUMENTS[1:], index=0),
    ),
    "late name, no index, null id": call_chunks(
        function(None, "", id=None), function("read_file", ARGUMENTS, id=None)
    ),
    "a name and a new id in every piece": call_chunks(
        function("read_file", ARGUMENTS[:9], id="a"), function("read_file", ARGUMENTS[9:], id="b")
    ),
    "an empty object before the real one": call_chunks(
        function("read_file", "{}", index=0, id="a"), function(None, ARGUMENTS, index=0)
    ),
    "a whole object as value, finish stop": call_chunks(
        {"index": 0, "id": "a", "function": {"name": "read_file", "arguments": json.loads(ARGUMENTS)}},
        finish="stop",
    ),
    "texts for numbers, null for nothing": call_chunks(
        function("read_file", '{"path": "notes.md", "first_line": "2", "last_line": null}', index=0)
    ),
    "an extra brace": call_chunks(function("read_file", ARGUMENTS + "}", index=0, id="a")),
    "encoded twice": call_chunks(function("read_file", json.dumps(ARGUMENTS), index=0, id="a")),
}  # fmt: skip


@pytest.mark.parametrize("name", STREAMS)
async def test_dialect_of_a_native_call_is_read(tmp_path: Path, name: str) -> None:
    async with room([STREAMS[name], FINAL], tmp_path) as table:
        assert await ask(table, tmp_path / "papers") == FINAL
        (returned,) = table.told(events.ToolReturned)
    assert returned.ok and returned.title == "notes.md:2"


async def test_dialect_two_calls_that_share_an_index_are_two(tmp_path: Path) -> None:
    both = call_chunks(
        function("read_file", ARGUMENTS, index=0, id="a"), function("list_files", "{}", index=0, id="b")
    )
    async with room([both, FINAL], tmp_path) as table:
        await ask(table, tmp_path / "papers")
        results = [said for said in table.fake.requests[1].body["messages"] if said["role"] == "tool"]
    assert [one["tool_call_id"] for one in results] == ["a", "b"]


async def test_dialect_calls_without_ids_get_ids_that_all_servers_accept(tmp_path: Path) -> None:
    async with room([call_chunks(function("list_files", "", index=0)), FINAL], tmp_path) as table:
        await ask(table, tmp_path / "papers")
        said = table.fake.requests[1].body["messages"]
    assert said[-1]["tool_call_id"] == said[-2]["tool_calls"][0]["id"] == "call00001"
    assert said[-2]["tool_calls"][0]["function"]["arguments"] == "{}"


REFUSALS = {
    "ollama": error(400, "registry.ollama.ai/library/x:latest does not support tools"),
    "vllm": error(
        400, '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'
    ),
    "llama.cpp": error(500, "tools param requires --jinja flag"),
    "openrouter": error(404, "No endpoints found that support tool use"),
    "strict": error(422, "body.tools: Extra inputs are not permitted"),
    "unspecific": error(400, "Bad Request"),
}


@pytest.mark.parametrize("name", REFUSALS)
async def test_dialect_refused_tools_come_as_json_in_prose(tmp_path: Path, name: str) -> None:
    def script(request: dict[str, Any], nth: int) -> Any:
        if "tools" in request:
            return REFUSALS[name]
        return FINAL if "Results of the tools" in request["messages"][-1]["content"] else Reply(calls=[call])

    call = ("read_file", json.loads(ARGUMENTS))
    async with room(script, tmp_path) as table:
        assert await ask(table, tmp_path / "papers") == FINAL
        refused = [seen for seen in table.fake.requests if "tools" in seen.body]
        asked = [seen for seen in table.fake.requests if "tools" not in seen.body]
        (returned,) = table.told(events.ToolReturned)
    assert returned.ok and len(asked) == 2
    assert len(refused) == (2 if name == "unspecific" else 1), "what was refused is remembered"
    assert '{"tool": "NAME", "arguments": {...}}' in asked[0].system and "You are Ada." in asked[0].system
    roles = [said["role"] for said in asked[1].body["messages"]]
    assert roles == ["system", "user", "assistant", "user"]
    assert "notes.md:2: It has 14 arches." in asked[1].user


@pytest.mark.parametrize(
    "message",
    [
        "Function call is missing a thought_signature in functionCall parts",
        "The `reasoning_content` in the thinking mode must be passed back to the API",
        "After the optional system message, conversation roles must alternate user/assistant",
        "messages[2].role: unknown variant `tool`, expected one of `system`, `user`, `assistant`",
    ],
)
async def test_dialect_refused_results_are_sent_again_in_prose(tmp_path: Path, message: str) -> None:
    def script(request: dict[str, Any], nth: int) -> Any:
        if any(said["role"] == "tool" for said in request["messages"]):
            return error(400, message)
        return FINAL if nth > 1 else Reply(calls=[("read_file", json.loads(ARGUMENTS))])

    async with room(script, tmp_path) as table:
        assert await ask(table, tmp_path / "papers") == FINAL
        last = table.fake.requests[-1]
    assert "tools" not in last.body and "notes.md:2: It has 14 arches." in last.user


@pytest.mark.parametrize("is_late", [False, True], ids=["before the stream", "inside the stream"])
async def test_dialect_failed_generation_is_read(tmp_path: Path, is_late: bool) -> None:
    failed = {
        "message": "Failed to call a function. Please adjust your prompt. See 'failed_generation'.",
        "type": "invalid_request_error", "code": "tool_use_failed",
        "failed_generation": f"<function=read_file>{ARGUMENTS}</function>",
    }  # fmt: skip
    reply = Reply(chunks=[{"error": failed}]) if is_late else Reply(status=400, body={"error": failed})
    async with room([reply, FINAL], tmp_path) as table:
        assert await ask(table, tmp_path / "papers") == FINAL
        (returned,) = table.told(events.ToolReturned)
    assert returned.title == "notes.md:2"


async def test_dialect_cut_arguments_are_not_followed(tmp_path: Path) -> None:
    cut = call_chunks(
        function("list_files", "{}", index=0, id="a"),
        function("read_file", '{"path": "not', index=1, id="b"),
        finish="length",
    )  # fmt: skip
    async with room(cut, tmp_path) as table:
        assert await ask(table, tmp_path / "papers") == ""
        assert table.told(events.ToolCalled) == []


TEXTS: dict[str, str] = {
    "json": 'I look. {"tool": "read_file", "arguments": {"path": "a.md"}}',
    "llama": '{"name": "read_file", "parameters": {"path": "a.md"}}',
    "fenced": '```json\n{"tool": "read_file", "arguments": {"path": "a.md"}}\n```',
    "openai": json.dumps(
        {"tool_calls": [{"function": {"name": "read_file", "arguments": '{"path": "a.md"}'}}]}
    ),
    "hermes": '<tool_call>\n{"name": "read_file", "arguments": {"path": "a.md"}}\n</tool_call>',
    "function tag": '<function=read_file>{"path": "a.md"}</function>',
    "function tag without end": '<function=read_file{"path": "a.md"}',
    "parameters": "<tool_call><function=read_file>\n<parameter=path>\na.md\n</parameter></function>",
    "glm": "<tool_call>read_file\n<arg_key>path</arg_key>\n<arg_value>a.md</arg_value>\n</tool_call>",
    "mistral": '[TOOL_CALLS]read_file[ARGS]{"path": "a.md"}',
    "mistral list": '[TOOL_CALLS] [{"name": "read_file", "arguments": {"path": "a.md"}}]',
}


@pytest.mark.parametrize("name", TEXTS)
def test_call_as_text_is_read(name: str) -> None:
    (request,) = read_requests(Finished(TEXTS[name]), NAMES)
    assert request.name == "read_file" and json.loads(request.arguments) == {"path": "a.md"}


@pytest.mark.parametrize(
    "text",
    [
        "I would call read_file with the path a.md.",
        '{"tool": "delete_all", "arguments": {"path": "read_file"}}',
        '{"tool": "read_file"}',
        '{"path": "a.md", "of": "read_file"}',
        "<function=read_file>",
        "[TOOL_CALLS]read_file",
    ],
)
def test_text_without_a_call_is_an_answer(text: str) -> None:
    found = read_requests(Finished(text), NAMES)
    assert [one for one in found if one.arguments != "{}"] == []


def test_native_calls_come_before_calls_in_the_text() -> None:
    native = ToolRequest("a", "search_files", "{}")
    assert read_requests(Finished(TEXTS["json"], calls=(native,)), NAMES) == (native,)


@pytest.mark.parametrize(
    "make",
    [
        lambda n: "<function=read_file>" * n,
        lambda n: "<tool_call>" * n,
        lambda n: "[TOOL_CALLS]read_file" * n,
        lambda n: '{"tool": "read_file", "arguments": ' * n,
        lambda n: "<function=read_file>" + "<parameter=a>" * n,
    ],
)
def test_hostile_text_is_read_in_bounded_steps(make: Callable[[int], str]) -> None:
    assert len(read_requests(Finished(make(20_000)), NAMES)) < 40


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ('{"n": "7", "x": "1.5", "on": "true"}', {"n": 7, "x": 1.5, "on": True}),
        ('{"tags": "a", "s": 5}', {"tags": ["a"], "s": "5"}),
        ('{"n": 7.0, "s": null}', {"n": 7}),
        ("", {}),
    ],
)  # fmt: skip
def test_arguments_are_converted_to_the_types_of_the_schema(arguments: str, expected: dict[str, Any]) -> None:
    kinds = {"n": "integer", "x": "number", "on": "boolean", "tags": "array", "s": "string"}
    schema = {"type": "object", "properties": {name: {"type": kind} for name, kind in kinds.items()}}
    call = parse_request(ToolRequest("a", "t", arguments), schema)
    assert (call.arguments, call.problem) == (expected, "")


def test_arguments_that_do_not_fit_say_why() -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    assert "must be integer" in parse_request(ToolRequest("a", "t", '{"n": "many"}'), schema).problem
    assert "must contain ['n']" in parse_request(ToolRequest("a", "t", "{}"), schema).problem
    assert parse_request(ToolRequest("a", "t", '{"n": 1}'), {"type": "nonsense"}).problem == ""


@pytest.mark.parametrize(("prompt_tokens", "is_ignored"), [(150, True), (700, False), (0, False)])
async def test_dialect_tools_that_the_template_leaves_out_come_in_prose(
    tmp_path: Path, prompt_tokens: int, is_ignored: bool
) -> None:
    def script(request: dict[str, Any], nth: int) -> Reply:
        read = {"prompt_tokens": prompt_tokens, "completion_tokens": 5}
        return Reply("I cannot see files.", usage=read) if "tools" in request else Reply(FINAL)

    async with room(script, tmp_path) as table:
        assert (await ask(table, tmp_path / "papers") == FINAL) == is_ignored
        (end,) = table.told(events.TurnFinished)
    assert any("ignores tools" in warning for warning in end.warnings) == is_ignored
    assert len(table.fake.requests) == 1 + is_ignored and end.usage["prompt_tokens"] >= prompt_tokens
