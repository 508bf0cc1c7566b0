"""First calls written as a file of requests, and runs from the answers to it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from roundtable_tui.batch.results_file import read_rows
from tests.support.cli_run import CommandResult
from tests.support.fake_server import FakeServer, served

CliRun = Callable[..., CommandResult]
TASKS: list[dict[str, Any]] = [
    {"id": "vote", "question": "Which one?", "mode": "vote", "options": {"agents": 5}},
    {"id": "pro", "question": "What is it?", "mode": "pro", "options": {"agents": 3}},
    {"id": "one", "question": "And this?", "mode": "single"},
    {"id": "files", "question": "Again?", "mode": "fanout", "options": {"calls": 7, "agents": 2}},
]


def write_tasks(path: Path, tasks: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(task) + "\n" for task in tasks))


def answer(line: dict[str, Any], text: str) -> dict[str, Any]:
    """Return the line of a batch service for a request."""
    message = {"role": "assistant", "content": text}
    usage = {"prompt_tokens": 10, "completion_tokens": 2, "total_tokens": 12}
    body = {"id": "x", "object": "chat.completion", "model": line["body"]["model"], "usage": usage,
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}  # fmt: skip
    response = {"status_code": 200, "request_id": "r", "body": body}
    return {"id": "b", "custom_id": line["custom_id"], "response": response, "error": None}


def server(fake: FakeServer) -> tuple[str, ...]:
    return "--base-url", fake.url, "--model", "fake", "--out", "out"


def test_emit_and_collect_ask_the_server_for_the_synthesis_only(cli_run: CliRun, here: Path) -> None:
    write_tasks(here / "t.jsonl", TASKS)
    with served("The merged text.") as fake:
        result = cli_run(
            "batch", "t.jsonl", *server(fake), "--emit-openai-batch", "requests.jsonl", "--quiet"
        )
        assert result.code == 0 and "16 requests of 4 runs" in result.out, result.err
        assert not fake.requests and not (here / "multi_call_outputs").exists()
        lines = list(read_rows(here / "requests.jsonl"))
        assert len({line["custom_id"] for line in lines}) == 16
        assert all(len(line["custom_id"]) <= 64 and "stream" not in line["body"] for line in lines)
        assert len({json.dumps(line["body"]["messages"]) for line in lines}) >= 4

        def reply(line: dict[str, Any]) -> str:
            said = str(line["body"]["messages"])
            return "[[ANSWER]]\nB" if "Which one?" in said else "<think>Hm.</think>\nA draft."

        # In another order, with one that failed and one that never arrived.
        votes = [line for line in lines if "Which one?" in str(line["body"]["messages"])]
        answers = [answer(line, reply(line)) for line in reversed(lines) if line is not votes[0]]
        failed = {"custom_id": votes[0]["custom_id"], "response": None, "error": {"message": "expired"}}
        write_tasks(here / "answers.jsonl", [*answers, failed])
        result = cli_run("batch", "t.jsonl", *server(fake), "--collect", "answers.jsonl", "--quiet")
        assert result.code == 0, result.err
        assert len(fake.requests) == 1 and "What is it?" in fake.requests[0].user
        assert "A draft." in fake.requests[0].user and "Hm." not in fake.requests[0].user
    rows = {row["id"]: row for row in read_rows(here / "out" / "results.jsonl")}
    assert rows["vote"]["answer"] == "B" and rows["vote"]["how"] == "4 of 4 votes; 4 of 5 voted"
    assert rows["pro"]["answer"] == "The merged text." and rows["one"]["answer"] == "A draft."
    assert rows["one"]["prompt_tokens"] == 10 and rows["files"]["how"].startswith("7 of 7 answers")
    assert all((here / "out" / row["run_folder"] / "events.jsonl").is_file() for row in rows.values())


def test_emit_task_with_rounds_is_left_out_by_name(cli_run: CliRun, here: Path) -> None:
    write_tasks(here / "t.jsonl", [{"id": "long", "question": "Why?", "mode": "debate"}, TASKS[2]])
    with served("A") as fake:
        result = cli_run(
            "batch", "t.jsonl", *server(fake), "--emit-openai-batch", "requests.jsonl", "--quiet"
        )
        assert result.code == 1 and "task long: mode debate has rounds" in result.err
        assert len(list(read_rows(here / "requests.jsonl"))) == 1 and not fake.requests
        (here / "wrong.jsonl").write_text('{"custom_id": "mine"}\n')
        result = cli_run("batch", "t.jsonl", *server(fake), "--collect", "wrong.jsonl")
        assert result.code == 2 and "holds no answers" in result.err
