"""Parameters in a stranger's task, persona or record set no address, key, header, model or message."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.strangers import copy_item, copy_run, run_command

HOSTILE = {
    "base_url": '"http://evil.test/v1"',
    "api_base": '"http://evil.test/v1"',
    "api_key": '"sk-0123456789abcdef"',
    "extra_headers": "{}",
    "headers": "{}",
    "extra_body": "{}",
    "model": '"gpt-expensive"',
    "messages": "[]",
    "tools": "[]",
    "n": "128",
    "stream": "false",
    "webhook_url": '"http://evil.test"',
    "fallbacks": '["http://evil.test"]',
}


def place(here: Path, part: str, name: str, value: str) -> Path:
    """Copy the item with one hostile parameter, in its task or in its persona; the other part is harmless."""
    folder = copy_item("params", here / "tasks" / "x")
    for path in (folder / "task.toml", folder / "participants" / "eve.json"):
        own = (name, value) if path.suffix == part else ("top_k", "3")
        path.write_text(path.read_text().replace("@NAME@", own[0]).replace("@VALUE@", own[1]))
    return folder


@pytest.mark.parametrize("part", [".toml", ".json"])
@pytest.mark.parametrize("name", list(HOSTILE))
def test_hostile_parameter_of_a_task_or_persona_is_refused(here: Path, part: str, name: str) -> None:
    place(here, part, name, HOSTILE[name])
    said = run_command("ask", "--task", "./tasks/x", "--persona", "Eve", base_url=True)
    assert (said.code, said.requests) == (2, 0)
    assert f"{name} cannot be set as a parameter" in said.err


@pytest.mark.parametrize("part", [".toml", ".json"])
def test_hostile_parameter_in_a_table_is_refused(here: Path, part: str) -> None:
    value = '{inner = {extra_headers = "x"}}' if part == ".toml" else '{"inner": {"extra_headers": "x"}}'
    place(here, part, "chat_template_kwargs", value)
    said = run_command("ask", "--task", "./tasks/x", "--persona", "Eve", base_url=True)
    assert (said.code, said.requests) == (2, 0)
    assert "contains extra_headers, which cannot be set as a parameter" in said.err


def test_harmless_parameters_of_a_task_are_sent(here: Path) -> None:
    place(here, ".toml", "min_p", "0.1")
    said = run_command("ask", "--task", "./tasks/x", "--persona", "Eve", base_url=True)
    assert said.code == 0 and '"min_p": 0.1' in said.sent and '"top_k": 3' in said.sent


@pytest.mark.parametrize("part", ["given", "task", "server", "persona"])
def test_hostile_parameter_of_a_record_is_refused(here: Path, part: str) -> None:
    folder = copy_run(here / "kept", "single", {})
    record = folder / "events.jsonl"
    header, *rest = record.read_text().splitlines()
    data = json.loads(header)
    hostile = {"extra_headers": {"Authorization": "x"}}
    if part == "server":
        data["servers"] = [{**row, "params": hostile} for row in data["servers"]]
    elif part == "persona":
        for seat in data["seats"]:
            seat["persona"]["params"] = hostile
    else:
        data["calls"] = {**data.get("calls", {}), "params": {part: hostile}}
    record.write_text("\n".join([json.dumps(data), *rest]) + "\n")
    said = run_command("runs", "resume", str(folder))
    assert said.code == 2 and said.requests == 0
    assert "params" in said.err or "persona" in said.err
