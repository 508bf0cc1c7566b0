"""Names that are too long, homes that do not exist, and content nested deeply: one line each."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from roundtable_tui.engine.record.recorder import EVENTS_FILE
from tests.support.cli_run import CommandResult, cli_run
from tests.support.record_builder import write_run

__all__ = ["cli_run"]

LONG = "a" * 300
COMMANDS = """
ask --demo -t {0} Why?
ask --demo -t ./{0} Why?
ask --demo --persona {0} Why?
ask --demo --team {0} Why?
ask --demo --mode single --file {0} Why?
ask --demo --mode {0} Why?
ask --resume {0}
ask --fork {0}
ask --follow-up {0} Why?
ask --demo --knowledge {0} Why?
runs show {0}
runs export {0}
runs export last --out ./{0}
runs delete {0}
runs restore {0}
knowledge add ./{0}
tasks {0}
personas {0}
teams {0}
""".strip().splitlines()


def assert_one_line(said: CommandResult, what: str) -> None:
    assert said.code == 2 and said.err.strip().count("\n") == 0, f"{what}: {said.err}"
    assert "Traceback" not in said.err and "Unexpected error" not in said.err, what


def test_commands_with_a_name_over_255_characters_end_in_one_line(
    cli_run: Callable[..., CommandResult], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_run("What is a bridge?")
    for command in COMMANDS:
        assert_one_line(cli_run(*command.format(LONG).split()), command)


@pytest.mark.parametrize("command", ["runs", "ask Why? --demo", "doctor", "paths", "personas", "keys"])
def test_commands_with_a_home_of_an_unknown_user_end_in_one_line(
    command: str, cli_run: Callable[..., CommandResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROUNDTABLE_HOME", "~there-is-no-such-user/x")
    said = cli_run(*command.split())
    assert_one_line(said, command)
    assert "this user has no home folder" in said.err


def test_commands_with_content_nested_700_deep_end_in_one_line(
    cli_run: Callable[..., CommandResult],
    tmp_path: Path,
    roundtable_home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    deep = "[" * 700 + "]" * 700
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ROUNDTABLE_DEMO_PACE", "0")
    (tmp_path / "ada.json").write_text(
        f'{{"name": "Ada", "prompt": "You are Ada.", "params": {{"x": {deep}}}}}'
    )
    said = cli_run("personas", "--personas", str(tmp_path))
    assert "ada.json: is nested more than 64 levels deep" in said.err and "Unexpected" not in said.err
    (tmp_path / "task").mkdir()
    (tmp_path / "task" / "questions.txt").write_text("Why?")
    (tmp_path / "task" / "task.toml").write_text(f"x = {deep}")
    said = cli_run("ask", "--demo", "--task", "./task")
    assert_one_line(said, "task")
    assert "task.toml: is nested more than 64 levels deep" in said.err
    (tmp_path / "schema.json").write_text(f'{{"type": "object", "x": {deep}}}')
    folder = write_run("What is a bridge?")
    with (folder / EVENTS_FILE).open("a") as file:
        file.write(f'{{"type": "notice", "t": 9, "text": {deep}}}\n')
    assert json.loads(cli_run("runs", "show", "last", "--json").out)["question"] == "What is a bridge?"
    assert cli_run("runs").code == 0
    (roundtable_home / "settings.toml").write_text(f"x = {deep}")
    assert_one_line(cli_run("ask", "--demo", "Why?"), "settings")
