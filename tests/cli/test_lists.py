"""What there is: modes, personas, teams, tasks, models, runs, places."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui import modes
from roundtable_tui.llm.servers.discovery import FoundServer
from roundtable_tui.utils import paths
from tests.support.fake_server import FakeServer, error
from tests.support.isolation import found_here
from tests.support.resource_files import write_persona, write_task, write_team

Run = Callable[..., Any]
Fake = Callable[..., FakeServer]


def fits(result: Any) -> bool:
    """Say whether all lines fit 80 columns."""
    return max(map(len, result.out.splitlines())) <= 80


def test_modes_lists_options_with_types(cli_run: Run) -> None:
    result = cli_run("modes")
    assert (result.code, result.err) == (0, "") and fits(result)
    for name in modes.all_modes():
        assert f"\n{name} " in f"\n{result.out}"
    one = cli_run("modes", "debate")
    assert "--max-rounds" in one.out and "1 to 8 (3)" in one.out and "--[no-]mask" in one.out
    assert "\npro " not in one.out


def test_modes_json_has_all_options(cli_run: Run) -> None:
    listed = {mode["name"]: mode for mode in json.loads(cli_run("modes", "--json").out)}
    assert set(listed) == set(modes.all_modes())
    rounds = next(option for option in listed["debate"]["options"] if option["name"] == "max_rounds")
    assert {k: rounds[k] for k in ("type", "minimum", "maximum", "default")} == {
        "type": "integer", "minimum": 1, "maximum": 8, "default": 3,
    }  # fmt: skip
    assert rounds["description"]


def test_modes_broken_plugin_is_reported(cli_run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        modes, "load_errors", lambda: ["mode theirs (their.module:MODE) cannot be loaded: oh"]
    )
    result = cli_run("modes")
    assert result.code == 0 and result.err == "! mode theirs (their.module:MODE) cannot be loaded: oh\n"


def test_personas_and_teams_are_listed_with_origin(cli_run: Run, here: Path, roundtable_home: Path) -> None:
    write_persona(here / "personas", "Wu", role="poet")
    write_persona(roundtable_home / "personas", "Li", full_name="Li the Brief")
    write_persona(here / "given", "Zoe")
    write_team(here / "personas/teams", "duo", ["Wu", "Li"], captain="Sol")
    result = cli_run("personas", "--personas", "given")
    rows = [line.split(maxsplit=2) for line in result.out.splitlines()]
    assert (result.code, result.err) == (0, "") and fits(result)
    assert rows[:3] == [["Zoe", "given"], ["Wu", "here", "poet"], ["Li", "yours", "Li the Brief"]]
    assert ["Harper", "shipped"] in [row[:2] for row in rows]
    teams = cli_run("teams")
    assert "Wu, Li; captain Sol" in teams.out and fits(teams)
    listed = json.loads(cli_run("personas", "--json").out)
    assert {"name": "Wu", "role": "poet", "origin": "here"}.items() <= listed[0].items()
    assert json.loads(cli_run("teams", "--json").out)[0]["members"] == ["Wu", "Li"]


def test_personas_invalid_file_is_reported_on_stderr(cli_run: Run, here: Path) -> None:
    write_persona(here / "personas", "Wu")
    (here / "personas/bad.json").write_text('{\n "name": "Bad",\n "promt": "You are Bad."\n}')
    write_team(here / "personas/teams", "duo", ["Wu", "Lo"])
    result = cli_run("personas")
    assert result.code == 0 and "Wu" in result.out
    assert "! personas/bad.json, line 3: there is no field promt. Did you mean prompt?\n" in result.err
    assert "personas/teams/duo.json" in cli_run("teams").err


def test_personas_all_invalid_returns_2(cli_run: Run, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "bundled_dir", lambda kind: here / "nothing" / kind)
    (here / "personas").mkdir()
    (here / "personas/bad.json").write_text("{")
    write_task(here / "tasks/bad", toml="mode = 3")
    for what in ("personas", "teams", "tasks"):
        assert cli_run(what).code == 2


def test_tasks_lists_mode_and_questions(cli_run: Run, here: Path) -> None:
    write_task(here / "tasks/tea", questions="Hot?\nCold?\n", toml='title = "All about tea"\nmode = "pro"\n')
    result = cli_run("tasks")
    assert (result.code, result.err) == (0, "") and fits(result)
    assert result.out.splitlines()[0].split("  ")[0] == "tea" and "2 questions" in result.out.splitlines()[0]
    assert json.loads(cli_run("tasks", "--json").out)[0]["questions"] == ["Hot?", "Cold?"]


def test_tasks_with_name_shows_its_texts(cli_run: Run, here: Path) -> None:
    toml = 'title = "All about tea"\nmode = "debate"\n[options]\nmax_rounds = 2\n'
    write_task(here / "tasks/tea", questions="Hot?\nCold?\n", context="Water \x1b[2J boils.", toml=toml)
    result = cli_run("tasks", "Tea")
    assert (result.code, result.err) == (0, "") and "\x1b" not in result.out
    for part in ("tea: All about tea", "max_rounds", "1. Hot?\n2. Cold?", "Background:\nWater ␛[2J boils."):
        assert part in result.out
    assert json.loads(cli_run("tasks", "tea", "--json").out)["context"] == "Water \x1b[2J boils."
    assert cli_run("tasks", "teaa").err.startswith(
        "roundtable: there is no task called teaa. Did you mean tea?"
    )


def test_tasks_new_from_run_saves_its_personas(cli_run: Run, here: Path) -> None:
    assert cli_run("ask", "--demo", "--quiet", "--mode", "pro", "--agents", "2", "A name?").code == 0
    result = cli_run("tasks", "--new", "Names", "--from-run", "last")
    assert (result.code, result.err) == (0, "")
    made = json.loads(cli_run("tasks", "names", "--json").out)
    assert (made["questions"], made["mode"], made["options"]) == (["A name?"], "pro", {"agents": 2})
    again = cli_run("tasks", "--new", "Names", "--from-run", "last")
    assert again.code == 2 and "there is a task names already" in again.err
    assert cli_run("tasks", "--new", "Names").code == 2


def test_models_lists_the_given_server(cli_run: Run, fake: Fake) -> None:
    server = fake(models=["one", "two\x1b[2J"])
    result = cli_run("models", "--base-url", server.url)
    assert result.code == 0 and result.out.splitlines()[1:] == ["  one", "  two␛[2J"]
    assert cli_run("models", "--demo").out.split()[-3:] == ["demo-large", "demo-small", "demo-thinker"]
    listed = json.loads(cli_run("models", "--base-url", server.url, "--json").out)
    assert [model["id"] for model in listed[0]["models"]] == ["one", "two\x1b[2J"]


def test_models_lists_all_discovered_servers(
    cli_run: Run, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = fake(models=["a"]), fake(models_reply=error(500, "on fire"))
    found = [FoundServer("Ollama", one.url, ("a",)), FoundServer("vLLM", two.url, ())]
    found_here(monkeypatch, found)
    result = cli_run("models")
    assert (result.code, result.out) == (0, f"Ollama at {one.url}\n  a\n") and "on fire" in result.err


def test_models_without_server_returns_2(cli_run: Run) -> None:
    result = cli_run("models")
    assert result.code == 2 and "none was found on this machine" in result.err
    nobody = cli_run("models", "--base-url", "http://127.0.0.1:9/v1")
    assert (nobody.code, nobody.out) == (1, "") and "connection refused" in nobody.err


def test_keys_lists_names_of_the_settings(cli_run: Run, roundtable_home: Path) -> None:
    result = cli_run("keys")
    assert (result.code, result.err) == (0, "") and fits(result) and "stop_run" in result.out
    (roundtable_home / "settings.toml").write_text('[keys]\nstop_run = "ctrl+x"\n')
    listed = {key["name"]: key["keys"] for key in json.loads(cli_run("keys", "--json").out)}
    assert listed["stop_run"] == ["ctrl+x"] and listed["help"] == ["f1"]


def test_paths_prints_all_paths(cli_run: Run, roundtable_home: Path) -> None:
    result = cli_run("paths")
    assert result.code == 0 and str(roundtable_home / "settings.toml") in result.out
    listed = json.loads(cli_run("paths", "--json").out)
    assert listed["runs"] == str(roundtable_home / "runs") and Path(listed["shipped personas"]).is_dir()


def test_runs_lists_newest_first(cli_run: Run, roundtable_home: Path) -> None:
    assert cli_run("runs").out == "No runs yet.\n"
    for number, question in enumerate(("First?", "A question that goes on and on " * 9)):
        cli_run("ask", "--demo", question, "--out", str(roundtable_home / f"runs/2026-{number}"))
    result = cli_run("runs")
    first, first_id, second, _ = result.out.splitlines()
    assert result.code == 0 and fits(result) and first_id.strip() == "2026-1"
    assert (
        "debate  done" in first and "A question that" in first and first.endswith("…") and "First?" in second
    )
    assert len(json.loads(cli_run("runs", "--json", "-n", "1").out)) == 1


def test_runs_unreadable_ones_are_reported(cli_run: Run, roundtable_home: Path) -> None:
    folder = roundtable_home / "runs"
    cli_run("ask", "--demo", "Which?", "--out", str(folder / "2026-1"))
    whole = (folder / "2026-1/events.jsonl").read_bytes()
    for name, content in (("2026-2", whole[:-9]), ("2026-3", b"[1]\n"), ("2026-4", b"")):
        (folder / name).mkdir()
        (folder / name / "events.jsonl").write_bytes(content)
    result = cli_run("runs")
    assert (result.code, result.err) == (0, "") and "2026-3" in result.out
    listed = json.loads(cli_run("runs", "--json").out)
    assert {run["run_id"]: run["status"] for run in listed} == {
        "2026-1": "complete", "2026-2": "interrupted", "2026-3": "unreadable", "2026-4": "unreadable",
    }  # fmt: skip


def test_runs_search_lists_matches(cli_run: Run) -> None:
    for words in (["Which wood for a gate?"], ["Which colour?", "--mode", "pro", "--agents", "1"]):
        assert cli_run("ask", "--demo", *words).code == 0

    def found(*flags: str) -> list[str]:
        return [run["question"] for run in json.loads(cli_run("runs", "--json", *flags).out)]

    assert found("--search", "gate") == ["Which wood for a gate?"]
    assert found("--mode", "pro") == ["Which colour?"] == found("--mode", "pro", "--status", "complete")
    assert found("--search", "which") == ["Which colour?", "Which wood for a gate?"]
    assert len(found("--model", "demo")) == 2
    assert cli_run("runs", "--search", "giraffe").out == "No matching runs.\n"
    wrong = cli_run("runs", "--status", "complet")
    assert (wrong.code, wrong.err) == (2, "roundtable: unknown status: complet. Did you mean complete?\n")


def test_runs_show_prints_the_transcript(cli_run: Run) -> None:
    answer = cli_run("ask", "--demo", "Which colour?", "--quiet").out
    shown = cli_run("runs", "show", "last")
    assert shown.code == 0 and shown.out.startswith("# Which colour?\n") and answer.strip() in shown.out
    assert json.loads(cli_run("runs", "show", "--json").out)["answer"].strip() == answer.strip()


def test_runs_rename_delete_and_restore_print_results(cli_run: Run) -> None:
    cli_run("ask", "--demo", "Which colour?")
    assert cli_run("runs", "rename", "last", "About", "colours").out == "Title set: About colours\n"
    assert "About colours" in cli_run("runs").out
    deleted = cli_run("runs", "delete", "last")
    assert deleted.code == 0 and cli_run("runs").out == "No runs yet.\n"
    name = deleted.out.split()[-1]
    assert cli_run("runs", "restore", name).code == 0 and "About colours" in cli_run("runs").out
    assert cli_run("runs", "rename", "last").out == "Title removed.\n"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["last"], "unknown action: runs last. To print a run: roundtable runs show last."),
        (["shwo", "last"], "unknown action: runs shwo last. Did you mean show?"),
        (
            ["show", "a", "b"],
            "unexpected argument: b. See roundtable runs show --help.",
        ),
        (["delete"], "no run given. Use roundtable runs delete RUN."),
        (["show"], "run not found: last. To list runs: roundtable runs."),
    ],
)
def test_runs_wrong_usage_prints_one_line(cli_run: Run, words: list[str], line: str) -> None:
    result = cli_run("runs", *words)
    assert (result.code, result.out, result.err) == (2, "", f"roundtable: {line}\n")
