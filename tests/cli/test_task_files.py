"""Tasks whose files cannot be read do not run as something else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.support.cli_run import CommandResult
from tests.support.resource_files import write_persona, write_task


def test_ask_task_with_broken_participant_does_not_run(
    here: Path, cli_run: Callable[..., CommandResult]
) -> None:
    folder = write_task(here / "tasks" / "t", questions="Who?")
    write_persona(folder / "participants", "Ada", file="role1.json")
    (folder / "participants" / "role2.json").write_text('{"name": "Bea"}')
    outcome = cli_run("ask", "--demo", "--mode", "debate", "--task", "t")
    assert outcome.code == 2
    assert "tasks/t/participants/role2.json, line 1: prompt is missing" in outcome.err


def test_ask_task_with_participants_of_another_kind_does_not_run(
    here: Path, cli_run: Callable[..., CommandResult]
) -> None:
    folder = write_task(here / "tasks" / "t", questions="Who?")
    (folder / "participants").mkdir()
    (folder / "participants" / "ada.yaml").write_text("name: Ada\n")
    outcome = cli_run("ask", "--demo", "--mode", "debate", "--task", "t")
    assert outcome.code == 2
    assert "tasks/t/participants: holds no persona, only ada.yaml" in outcome.err


def test_ask_in_airoundtable_checkout_seats_its_participants(
    here: Path, cli_run: Callable[..., CommandResult]
) -> None:
    for number, name in enumerate(("Ada", "Bea"), 1):
        write_persona(here / "participants", name, file=f"role{number}.json", creativity=0.4)
    write_task(here / "task", questions="Who?\n", context="A ship.")
    outcome = cli_run("ask", "--demo", "--task", ".", "--turns", "2", "--json")
    assert outcome.code == 0, outcome.err
    assert '"mode": "roundtable"' in outcome.out
    assert '"Ada"' in outcome.out and '"Bea"' in outcome.out
