"""`roundtable ask`: the answer on stdout, the report on stderr, the exit code for scripts."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui.utils import paths
from tests.support.fake_server import FakeServer, Reply, error
from tests.support.resource_files import AGREE, write_persona, write_task, write_team

Run = Callable[..., Any]
Fake = Callable[..., FakeServer]
THREE = "Harper", "Benjamin", "Lucas"


def test_ask_prints_only_the_answer_to_stdout(cli_run: Run, fake: Fake) -> None:
    server = fake({"Captain": AGREE, "": "The river is blue."})
    result = cli_run("ask", "Which colour?", "--base-url", server.url, "--mode", "debate")
    assert (result.code, result.out) == (0, "The river is blue.\n")
    assert "Harper" in result.err and "done in" in result.err and "Record: " in result.err


def test_ask_quiet_prints_nothing_to_stderr(cli_run: Run) -> None:
    result = cli_run("ask", "--demo", "Which colour?", "--quiet")
    assert result.code == 0 and result.out.strip() and result.err == ""


def test_ask_flags_before_command_and_unquoted_words_are_accepted(cli_run: Run) -> None:
    result = cli_run("--demo", "ask", "which", "colour", "--json", "has", "rain")
    assert json.loads(result.out)["question"] == "which colour has rain"


def test_ask_question_from_stdin_is_read(cli_run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("\ufeffWas it\r\nblue? ä".encode())))
    result = cli_run("ask", "-", "--demo", "--json")
    assert json.loads(result.out)["question"] == "Was it\nblue? ä"


def test_ask_empty_stdin_is_rejected(cli_run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b" \n")))
    result = cli_run("ask", "-", "--demo")
    assert (result.code, result.out) == (2, "") and "stdin contains no question" in result.err


def test_ask_json_prints_one_report(ask_report: Run) -> None:
    told = ask_report("Which colour?", "--max-rounds", "1")
    assert told["schema_version"] == 1
    assert told["status"] == "complete" and told["answer"] and told["error"] is None
    assert [seat["persona"] for seat in told["seats"]] == [*THREE, "Captain"]
    assert {turn["status"] for turn in told["turns"]} == {"ok"}
    assert Path(told["record"]).is_dir()


def test_ask_events_prints_json_lines(cli_run: Run) -> None:
    result = cli_run("ask", "--demo", "Which colour?", "--events", "--quiet")
    lines = [json.loads(line) for line in result.out.splitlines()]
    assert lines[0]["type"] == "run_started" and lines[-1]["type"] == "run_finished"
    assert {"phase_started", "turn_started", "answer", "turn_finished"} <= {line["type"] for line in lines}


def test_ask_out_sets_the_folder_of_the_record(cli_run: Run, here: Path) -> None:
    result = cli_run("ask", "--demo", "Which colour?", "--out", "kept/run")
    assert result.code == 0
    assert {"events.jsonl", "transcript.md", "answer.md"} <= {
        path.name for path in (here / "kept/run").iterdir()
    }
    again = cli_run("ask", "--demo", "Which colour?", "--out", "kept/run")
    assert (again.code, again.out) == (2, "") and "kept/run: it holds the record of another run" in again.err


def test_ask_persona_and_team_select_the_seats(ask_report: Run) -> None:
    def seated(*flags: str) -> list[str]:
        return [seat["persona"] for seat in ask_report("Which?", "--max-rounds", "1", *flags)["seats"]]

    assert seated("--persona", "iris", "--persona", "THEO") == ["Iris", "Theo", "Captain"]
    assert seated("--persona", "Iris", "--captain", "Sol") == ["Iris", "Sol"]
    assert seated("--team", "a") == ["Iris", "Theo", "June", "Captain"]
    assert seated("--team", "A", "--persona", "Ada") == ["Iris", "Theo", "June", "Ada", "Captain"]
    assert seated("--agents", "2") == ["Harper", "Benjamin", "Captain"]
    again = [name.split()[0] for name in seated("--agents", "4")]
    assert again == [*THREE, "Harper", "Captain"], "the team once more from its start"


def test_ask_personas_folder_is_used(cli_run: Run, here: Path) -> None:
    write_persona(here / "people", "Zoe", role="poet")
    report = json.loads(
        cli_run("ask", "--demo", "Which?", "--json", "--personas", "people", "--persona", "zoe").out
    )
    assert report["seats"][0]["role"] == "poet"


def test_ask_pro_accepts_its_flags(cli_run: Run) -> None:
    report = json.loads(
        cli_run("ask", "--demo", "Which?", "--mode", "pro", "--agents", "3", "--pick", "--json").out
    )
    assert len(report["candidates"]) == 3 and report["answer"] in report["candidates"]


def test_ask_option_pairs_equal_flags(cli_run: Run) -> None:
    by_name = ("--option", "max-rounds=2", "--option", "mask=no")
    for how in (by_name, ("--max-rounds", "2", "--no-mask")):
        header = json.loads(cli_run("ask", "--demo", "Which?", "--events", *how).out.partition("\n")[0])
        assert header["options"] | {"max_rounds": 2, "mask": False} == header["options"]


def test_ask_models_apply_to_all_or_single_seats(cli_run: Run, fake: Fake) -> None:
    server = fake({"Captain": AGREE, "": "Blue."}, models=["one", "two"])
    cli_run("ask", "Which?", "--base-url", server.url, "--model", "one", "--model-for", "lucas=two")
    asked = {name: seen.body["model"] for name in THREE for seen in server.requests if name in seen.system}
    assert asked == {"Harper": "one", "Benjamin": "one", "Lucas": "two"}


def test_ask_same_seed_gives_same_answers(ask_report: Run) -> None:
    one, two = (ask_report("Which colour?", "--seed", "7") for _ in range(2))
    assert one["seed"] == 7 and one["answer"] == two["answer"]
    texts = [{turn["turn"]: turn["text"] for turn in told["turns"]} for told in (one, two)]
    assert texts[0] == texts[1]


def test_ask_timeouts_and_token_limit_apply_to_calls(cli_run: Run, fake: Fake) -> None:
    server = fake(Reply(text="late", stall_after=0))
    how = ("--mode", "pro", "--agents", "1", "--turn-timeout", "0.2", "--max-tokens", "77")
    result = cli_run("ask", "Which?", "--base-url", server.url, *how)
    body = server.requests[0].body
    assert result.code == 1 and 77 in (body.get("max_tokens"), body.get("max_completion_tokens"))


def test_ask_task_sets_question_mode_team_and_options(cli_run: Run, ask_report: Run, here: Path) -> None:
    toml = 'mode = "pro"\nteam = "C"\n[options]\nagents = 2\n'
    write_task(here / "tasks/tea", questions="Hot?\nCold?\n", context="We drink tea.", toml=toml)
    first = ask_report("--task", "tea")
    assert (first["mode"], first["question"], len(first["candidates"])) == ("pro", "Hot?", 2)
    assert [seat["persona"] for seat in first["seats"]] == ["Theo", "Cora", "Captain"]
    assert ask_report("--task", "tea", "--question-number", "2")["question"] == "Cold?"
    own = ask_report("--task", "./tasks/tea", "Iced?", "--agents", "1")
    assert (own["question"], len(own["candidates"])) == ("Iced?", 1)
    result = cli_run("ask", "--demo", "--task", "tea", "--question-number", "3")
    assert result.code == 2 and "task tea has 2 questions, and no number 3" in result.err
    both = cli_run("ask", "--demo", "--task", "tea", "Iced?", "--question-number", "2")
    assert both.code == 2 and "question and --question-number cannot be combined" in both.err


def test_ask_task_personas_are_used(ask_report: Run, here: Path) -> None:
    write_task(here / "tasks/tea", questions="Hot?\n", toml='mode = "roundtable"\n[options]\nturns = 2\n')
    for number, name in enumerate(("Wu", "Li"), 1):
        write_persona(here / "tasks/tea/participants", name, file=f"role{number}.json")
    assert [seat["persona"] for seat in ask_report("--task", "tea")["seats"]] == ["Wu", "Li"]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("", "there is no question. Give one, or a task that has one."),
        ("x --pick", "unknown flag: --pick. It is an option of pro; the selected mode is debate."),
        (
            "x --no-pick --mode roundtable",
            "unknown flag: --no-pick. It is an option of pro; the selected mode is roundtable.",
        ),
        ("x --max-round 2", "unknown flag: --max-round. Did you mean --max-rounds?"),
        ("x --frobnicate", "unknown flag: --frobnicate. See roundtable ask --help."),
        ("x --mode debat", "there is no mode debat. Did you mean debate?"),
        ("x --team role", "there is no team called role. Did you mean roles?"),
        ("x --task math", "there is no task called math. Did you mean maths?"),
        ("x --persona Harpr", "there is no persona called Harpr. Did you mean Harper?"),
        ("x --captain Captan", "there is no persona called Captan. Did you mean Captain?"),
        ("x --personas nowhere", "nowhere: is not there. Give a folder of personas."),
        ("x --max-rounds 99", "max_rounds of mode debate should be a whole number from 1 to 8, not 99"),
        ("x --max-rounds two", "max_rounds of mode debate should be a whole number from 1 to 8, not two"),
        ("x --option max_rouns=2", "mode debate has no option max_rouns. Did you mean max_rounds?"),
        ("x --option 3", "--option 3 is not a pair. Use the form --option KEY=VALUE."),
        ("x --agents 0", "--agents should be a whole number from 1 to 64, not 0"),
        ("x --agents many", "--agents: invalid int value: 'many'. See roundtable ask --help."),
        ("x --mode", "--mode: expected one argument. See roundtable ask --help."),
        ("x --idle-timeout 0", "--idle-timeout should be seconds above 0, not 0"),
        ("x --turn-timeout nan", "--turn-timeout should be seconds above 0, not nan"),
        ("x --max-tokens 0", "--max-tokens should be 1 or more, not 0"),
        ("x --quiet --verbose", "--quiet and --verbose cannot be combined. Use one of them."),
        ("x --json --events", "--json and --events cannot be combined. Use one of them."),
        (
            "x --server home",
            "more than one server is asked for. Give one of --server, --base-url, --demo, --local.",
        ),
    ],
)
def test_ask_wrong_usage_prints_one_line_and_returns_2(cli_run: Run, words: str, line: str) -> None:
    result = cli_run("ask", "--demo", *words.split())
    assert (result.code, result.out, result.err) == (2, "", f"roundtable: {line}\n")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("--follow-up last", "--follow-up needs a question. Add the question."),
        ("x --follow-up last --task maths", "--follow-up and --task cannot be combined. Use one of them."),
        (
            "x --follow-up last --pick",
            "unknown flag: --pick. It is an option of pro; the selected mode is debate.",
        ),
        ("x --follow-up nothing", "run not found: nothing. To list runs: roundtable runs."),
    ],
)
def test_ask_follow_up_wrong_usage_prints_one_line(cli_run: Run, words: str, line: str) -> None:
    cli_run("ask", "--demo", "Which?")
    result = cli_run("ask", *words.split())
    assert (result.code, result.out, result.err.count("\n")) == (2, "", 1) and result.err.endswith(
        f"{line}\n"
    )


def test_ask_invalid_settings_are_reported_with_line(cli_run: Run, roundtable_home: Path) -> None:
    (roundtable_home / "settings.toml").write_text('mode = "debate"\nagnets = 3\n')
    result = cli_run("ask", "--demo", "x")
    assert (
        result.code == 2
        and "settings.toml, line 2: agnets is not a setting. Did you mean agents?" in result.err
    )


def test_ask_without_server_prints_instructions(cli_run: Run) -> None:
    result = cli_run("ask", "x")
    assert result.code == 2 and result.err.startswith(
        "roundtable: there is no server to ask. Give --base-url URL, "
    )


@pytest.mark.parametrize("command", ["ask x", "models"])
def test_command_without_server_names_the_ollama_that_does_not_answer(
    cli_run: Run, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("OLLAMA_HOST", '"127.0.0.1:9"')
    result = cli_run(*command.split())
    assert result.code == 2 and ": Ollama at 127.0.0.1:9 (OLLAMA_HOST) does not answer. " in result.err


def test_ask_unreachable_host_returns_1(cli_run: Run) -> None:
    result = cli_run("ask", "x", "--base-url", "http://127.0.0.1:9/v1")
    assert (
        (result.code, result.out) == (1, "")
        and result.err.count("\n") == 1
        and "connection refused" in result.err
    )
    named = cli_run(
        "ask", "x", "--base-url", "http://127.0.0.1:9/v1", "--model", "m", "--mode", "pro", "--quiet"
    )
    assert (
        (named.code, named.out) == (1, "")
        and named.err.count("\n") == 1
        and "connection refused" in named.err
    )


def test_ask_wrong_key_returns_1_without_showing_it(
    cli_run: Run, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = fake(error(401, "no such key: sk-very-secret-1234"))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret-1234")
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    result = cli_run("ask", "x", "--model", "m")
    assert (result.code, result.out) == (1, "")
    assert "the key was refused" in result.err and "very-secret" not in result.err
    assert server.requests[0].headers["authorization"] == "Bearer sk-very-secret-1234"


def test_ask_unknown_model_suggests_the_nearest(cli_run: Run, fake: Fake) -> None:
    server = fake(
        error(404, "model 'qwen3:7b' not found", code="model_not_found"), models=["qwen3:8b", "llama3"]
    )
    result = cli_run("ask", "x", "--base-url", server.url, "--model", "qwen3:7b")
    assert (result.code, result.out) == (1, "") and "qwen3:8b" in result.err


def test_ask_named_model_needs_no_model_list(cli_run: Run, fake: Fake) -> None:
    server = fake({"Captain": AGREE, "": "Blue."}, models_reply=Reply(status=404, body="404 page not found"))
    result = cli_run("ask", "x", "--base-url", server.url, "--model", "m")
    assert (result.code, result.out) == (0, "Blue.\n")
    assert server.model_requests == []


def test_ask_with_failed_seats_prints_the_answer(cli_run: Run, fake: Fake) -> None:
    server = fake({"Captain": AGREE, "Lucas": error(400, "no"), "": "Blue."})
    result = cli_run("ask", "x", "--base-url", server.url, "--json")
    report = json.loads(result.out)
    assert (result.code, report["status"], report["answer"]) == (0, "partial", "Blue.")
    assert [seat["status"] for seat in report["seats"]] == ["answered", "answered", "failed", "answered"]


def test_ask_json_without_answer_has_the_reason(cli_run: Run, fake: Fake) -> None:
    server = fake(error(400, "no"))
    result = cli_run("ask", "x", "--base-url", server.url, "--json", "--quiet")
    report = json.loads(result.out)
    assert (result.code, report["status"], report["answer"]) == (1, "failed", "") and "no" in report["error"]


def test_ask_hostile_answer_is_sanitized(cli_run: Run, fake: Fake) -> None:
    server = fake({"Captain": AGREE, "": "Blue.\x1b]52;c;aGk=\x07\x1b[2J\u202e"})
    result = cli_run("ask", "x", "--base-url", server.url)
    assert result.code == 0 and "\x1b" not in result.out and "\u202e" not in result.out
    events = cli_run("ask", "x", "--base-url", server.url, "--events")
    assert "\x1b" not in events.out and "\u202e" not in events.out


def test_ask_follow_up_has_the_run_as_context(cli_run: Run, fake: Fake, roundtable_home: Path) -> None:
    server = fake({"Captain": AGREE, "": "Blue."})
    cli_run("ask", "Which colour?", "--base-url", server.url)
    result = cli_run("ask", "And at night?", "--base-url", server.url, "--follow-up", "last")
    asked = [seen.user for seen in server.requests if "Harper" in seen.system]
    assert (
        result.code == 0
        and "And at night?" in asked[-1]
        and "Which colour?" in asked[-1]
        and "Blue." in asked[-1]
    )
    runs = sorted((roundtable_home / "runs").iterdir(), key=lambda run: run.stat().st_mtime_ns)
    headers = [json.loads((run / "events.jsonl").read_text().splitlines()[0]) for run in runs]
    assert sorted(header["parent"] for header in headers) == ["", runs[0].name]


def test_ask_crashing_mode_is_reported_and_logged(
    cli_run: Run, monkeypatch: pytest.MonkeyPatch, roundtable_home: Path
) -> None:
    async def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr("roundtable_tui.engine.table.Table.ask_all", broken)
    result = cli_run("ask", "--demo", "x", "--mode", "pro")
    assert (result.code, result.out) == (1, "") and "ZeroDivisionError" in result.err
    assert "Traceback" not in result.err and "Traceback" in paths.log_file().read_text()


def test_ask_team_file_of_the_current_folder_is_found(ask_report: Run, here: Path) -> None:
    write_persona(here / "personas", "Wu")
    write_team(here / "personas/teams", "duo", ["Wu", "Ada"], captain="Sol")
    assert [seat["persona"] for seat in ask_report("x", "--team", "duo")["seats"]] == ["Wu", "Ada", "Sol"]
