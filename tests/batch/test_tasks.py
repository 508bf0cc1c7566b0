"""The formats that tasks are read from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui.batch.tasks.model import BatchTask, TaskError, parse_task
from roundtable_tui.batch.tasks.openai_batch import parse_batch_line
from roundtable_tui.batch.tasks.read import BadRecord, iter_tasks
from roundtable_tui.errors import FileError
from roundtable_tui.setup.request import RunRequest


def read(path: Path) -> list[BatchTask]:
    found = list(iter_tasks(path))
    assert all(isinstance(one, BatchTask) for one in found), found
    return [one for one in found if isinstance(one, BatchTask)]


def batch_line(body: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"custom_id": "c1", "method": "POST", "url": "/v1/chat/completions", "body": body, **more}


def user(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


def test_iter_tasks_jsonl_and_csv_with_equal_content_are_equal(tmp_path: Path) -> None:
    lines = [
        {"id": "a", "question": "Why, and how?", "mode": "vote", "options": {"agents": "3"}},
        {"id": 7, "question": "Two\nlines", "models": ["m1", "m2"], "budget": 500, "source": "ignored"},
    ]
    (tmp_path / "t.jsonl").write_text("\n\n".join(map(json.dumps, lines)))
    (tmp_path / "t.csv").write_text(
        "id;question;mode;options;models;budget;source\n"
        'a;Why, and how?;vote;agents=3;;;\n\n7;"Two\nlines";;;m1,m2;500;ignored\n',
        encoding="utf-8-sig",
    )
    assert read(tmp_path / "t.jsonl") == read(tmp_path / "t.csv")
    (tmp_path / "t.csv").rename(tmp_path / "input")
    assert read(tmp_path / "input") == read(tmp_path / "t.jsonl"), "by the first character"
    request = read(tmp_path / "t.jsonl")[0].apply(
        RunRequest(mode="debate", options={"agents": "2", "x": "1"})
    )
    assert (request.mode, request.options) == ("vote", {"agents": "3", "x": "1"})


def test_apply_models_of_a_record_are_checked_and_those_of_the_request_are_not() -> None:
    task = parse_task({"question": "x", "models": {"Voter 2": "m"}}, 1)
    assert task.apply(RunRequest()).check_names
    assert not task.apply(RunRequest(models={"Harper": "m"})).check_names
    assert not parse_task({"question": "x"}, 1).apply(RunRequest()).check_names


def test_parse_batch_line_fields_that_change_no_answer_are_read_over() -> None:
    harmless = {
        "n": 1,
        "tools": [],
        "logprobs": False,
        "response_format": {"type": "text"},
        "user": "u",
        "store": True,
    }
    found = parse_batch_line(batch_line({"model": "m", "messages": user("x"), "stream": True, **harmless}), 1)
    assert found.fields == {"question": "x", "mode": "single", "model": "m"}


def test_iter_tasks_table_of_excel_has_windows_line_ends_and_names_in_capitals(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"\xef\xbb\xbfID;Question;Mode;Remark\r\n7;Gr\xc3\xb6\xc3\x9fe?;vote;x\r\n")
    (task,) = read(path)
    assert (task.id, task.question, task.fields["mode"]) == ("7", "Größe?", "vote")


@pytest.mark.parametrize("indent", [None, 2])
def test_iter_tasks_json_list_is_refused_in_one_line(tmp_path: Path, indent: int | None) -> None:
    (tmp_path / "t.json").write_text(json.dumps([{"question": "a?"}, {"question": "b?"}], indent=indent))
    with pytest.raises(FileError, match="is a JSON list, not JSONL"):
        list(iter_tasks(tmp_path / "t.json"))


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16"])
def test_iter_tasks_other_encoding_is_refused_in_one_line(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "t.csv").write_bytes("question\nGröße?\n".encode(encoding))
    with pytest.raises(FileError, match="is not UTF-8"):
        list(iter_tasks(tmp_path / "t.csv"))


def test_iter_tasks_folder_of_tasks_has_a_run_for_each_question(tmp_path: Path) -> None:
    for name, questions in {"one": "Why?\n", "two": "- First?\n- Second?\n"}.items():
        (tmp_path / "all" / name).mkdir(parents=True)
        (tmp_path / "all" / name / "context.txt").write_text("Some text.")
        (tmp_path / "all" / name / "questions.txt").write_text(questions)
    found = read(tmp_path / "all")
    assert [(task.id, task.question) for task in found] == [
        ("one", "Why?"), ("two/1", "First?"), ("two/2", "Second?"),
    ]  # fmt: skip
    (tmp_path / "t.jsonl").write_text(json.dumps({"task": str(tmp_path / "all" / "two"), "mode": "vote"}))
    assert [(task.id, task.question, task.fields["mode"]) for task in read(tmp_path / "t.jsonl")] == [
        ("1/1", "First?", "vote"), ("1/2", "Second?", "vote"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("record", "what"),
    [
        ({"mode": "vote"}, "neither a question nor a task"),
        ({"question": "x", "optoins": {}}, "did you mean options"),
        ({"question": ["x"]}, "question should be text, not a list"),
        ({"question": "x", "budget": "many"}, "budget should be a whole number"),
        ({"question": "x", "options": "3"}, "options should be name=value"),
        ({"question": "x", "id": {}}, ""),
        ({"question": "x", "id": 1.5}, "id should be text or a number"),
        ({"question": "x", "models": {"a": 1}}, "models should be text"),
    ],
)
def test_parse_task_wrong_record_is_named(record: dict[str, Any], what: str) -> None:
    if not what:
        assert parse_task(record, 3).id == "3"
        return
    with pytest.raises(TaskError, match=what):
        parse_task(record, 1)


def test_iter_tasks_bad_lines_are_named_and_the_others_read(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text('{"question": "a"}\n{"question": \n[1]\n\n{"question": "b"}\n')
    found = list(iter_tasks(tmp_path / "t.jsonl"))
    assert [one.id for one in found if isinstance(one, BatchTask)] == ["1", "4"]
    assert [one.place for one in found if isinstance(one, BadRecord)] == ["line 2", "line 3"]
    (tmp_path / "t.csv").write_text("prompt\nx\n")
    with pytest.raises(FileError, match="neither a column question"):
        read(tmp_path / "t.csv")
    (tmp_path / "l.jsonl").write_bytes(b'{"question": "\xff"}\n')
    with pytest.raises(FileError, match="is not UTF-8"):
        read(tmp_path / "l.jsonl")


def test_parse_batch_line_conversation_and_options_become_a_request() -> None:
    body = {
        "model": "roundtable/debate:max_rounds=2",
        "messages": [
            {"role": "system", "content": "Be short."},
            {"role": "user", "content": "Hello"},
            {"role": "assistant", "content": "Hi."},
            {"role": "user", "content": [{"type": "text", "text": "And now?"}]},
        ],
        "temperature": 0.2,
        "max_completion_tokens": 50,
        "roundtable": {"team": "A", "options": {"secret": "yes"}},
    }
    task = parse_batch_line(batch_line(body), 1)
    assert task.id == "c1" and task.batch_model == body["model"]
    assert task.fields == {
        "question": "And now?", "mode": "debate", "team": "A",
        "context": "Be short.\n\nThe conversation so far:\n\nUser: Hello\n\nAssistant: Hi.",
        "options": {"max_rounds": "2", "secret": "yes"}, "params": {"temperature": 0.2}, "max_tokens": 50,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        ("qwen3:8b", {"mode": "single", "model": "qwen3:8b"}),
        ("roundtable/single", {"mode": "single"}),
        ("roundtable/team/Five Thinkers", {"team": "Five Thinkers"}),
    ],
)
def test_parse_batch_line_model_names(model: str, fields: dict[str, str]) -> None:
    found = parse_batch_line(batch_line({"model": model, "messages": user("Why?")}), 1)
    assert found.fields == {"question": "Why?", **fields}


@pytest.mark.parametrize(
    "line",
    [
        batch_line({"model": "m", "messages": []}),
        batch_line({"model": "m", "messages": [{"role": "assistant", "content": "x"}]}),
        batch_line({"model": "", "messages": user("x")}),
        batch_line({"model": "m", "messages": user("x")}, url="/v1/embeddings"),
        batch_line({"model": "roundtable/other/x", "messages": user("x")}),
        batch_line({"model": "m", "messages": [{"role": "user", "content": [{"type": "image_url"}]}]}),
        {"custom_id": "c", "body": "text"},
        batch_line({"model": "m", "messages": user("x"), "tools": [{"type": "function"}]}),
        batch_line({"model": "m", "messages": user("x"), "functions": [{"name": "f"}]}),
        batch_line({"model": "m", "messages": user("x"), "response_format": {"type": "json_object"}}),
        batch_line({"model": "m", "messages": user("x"), "n": 2}),
        batch_line({"model": "m", "messages": user("x"), "logprobs": True}),
        batch_line({"model": "m", "messages": user("x"), "modalities": ["text", "audio"]}),
    ],
)
def test_parse_batch_line_unsupported_request_is_refused(line: dict[str, Any]) -> None:
    with pytest.raises(TaskError):
        parse_batch_line(line, 1)
