"""`roundtable doctor`: a line for each thing, what to do about it, and never a key."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui.llm.local import model, requirements
from roundtable_tui.llm.servers.discovery import FoundServer
from tests.support.fake_server import FakeServer, Reply
from tests.support.isolation import found_here
from tests.support.resource_files import write_task

Run = Callable[..., Any]
Fake = Callable[..., FakeServer]


@pytest.fixture
def checks(cli_run: Run) -> Callable[..., dict[str, Any]]:
    """Run the doctor and return its checks by name; the last of a name counts."""

    def run(*words: str) -> dict[str, Any]:
        result = json.loads(cli_run("doctor", "--json", *words).out)
        return {check["name"]: check for check in result["checks"]} | {"ok": result["ok"]}

    return run


def test_doctor_with_demo_passes(cli_run: Run) -> None:
    result = cli_run("doctor", "--demo")
    assert (result.code, result.err) == (0, "")
    for name in (
        "Python",
        "packages",
        "maths",
        "terminal",
        "settings",
        "folders",
        "files",
        "modes",
        "local model",
        "ask",
    ):
        assert f"  {name} " in result.out
    assert "uses demo, demo-large" in result.out


@pytest.mark.parametrize(("installed", "text"), [(True, "by math-verify"), (False, "roundtable-tui[maths]")])
def test_doctor_says_how_expressions_are_compared(
    cli_run: Run, monkeypatch: pytest.MonkeyPatch, installed: bool, text: str
) -> None:
    monkeypatch.setattr("roundtable_tui.answers.maths.is_installed", lambda: installed)
    result = cli_run("doctor", "--demo")
    assert result.code == 0 and text in " ".join(result.out.split())


def test_doctor_shows_the_limit_of_an_answer(checks: Run, roundtable_home: Path) -> None:
    assert checks("--demo")["answers"]["what"].startswith(
        "stopped at about 32,768 tokens, reasoning included"
    )
    (roundtable_home / "settings.toml").write_text("answer_tokens = 5000\n", encoding="utf-8")
    assert checks("--demo")["answers"]["what"].startswith("stopped at about 5,000 tokens, reasoning included")


def test_doctor_without_server_has_a_hint(cli_run: Run) -> None:
    result = cli_run("doctor")
    assert result.code == 1 and "there is no server to ask. Give --base-url" in result.out


def test_doctor_reports_servers_and_keys(
    checks: Run, fake: Fake, monkeypatch: pytest.MonkeyPatch, roundtable_home: Path
) -> None:
    good, found = fake(models=["a", "b"]), fake(models=["c"])
    (roundtable_home / "settings.toml").write_text(
        f'server = "good"\n[servers.good]\nbase_url = "{good.url}"\napi_key_env = "GOOD_KEY"\nmodel = "b"\n'
        '[servers.gone]\nbase_url = "http://127.0.0.1:9/v1"\n'
    )
    monkeypatch.setenv("GOOD_KEY", "sk-very-secret-1234")
    found_here(monkeypatch, [FoundServer("Ollama", found.url, ("c",))])
    seen = checks()
    assert seen["ok"] is False, "one of the named servers is gone"
    assert seen["key of good"]["what"] == f"GOOD_KEY is set and sent to {good.root}"
    assert seen["ask"]["what"] == "uses good, b"
    assert "very-secret" not in json.dumps(seen)
    assert good.model_requests[0]["authorization"] == "Bearer sk-very-secret-1234"


def test_doctor_reports_each_server(cli_run: Run, fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = fake(models=["a"]), fake(models_reply=Reply(body={"data": []}))
    found_here(monkeypatch, [FoundServer("Ollama", one.url, ("a",)), FoundServer("vLLM", two.url, ())])
    result = json.loads(cli_run("doctor", "--json").out)["checks"]
    servers = [(check["mark"], check["what"]) for check in result if check["name"] == "server"]
    assert servers == [("ok", f"Ollama at {one.url}, 1 model"), ("note", f"vLLM at {two.url} lists no model")]
    assert next(check for check in result if check["name"] == "ask")["what"] == "uses Ollama, a"


def test_doctor_unset_key_is_bad(checks: Run, roundtable_home: Path) -> None:
    (roundtable_home / "settings.toml").write_text(
        '[servers.mine]\nbase_url = "http://127.0.0.1:9/v1"\napi_key_env = "NO_SUCH_KEY_1"\n'
    )
    seen = checks()
    assert (seen["key of mine"]["mark"], seen["key of mine"]["do"]) == ("bad", "export NO_SUCH_KEY_1=...")


def test_doctor_invalid_settings_and_files_are_all_reported(
    checks: Run, here: Path, roundtable_home: Path
) -> None:
    (roundtable_home / "settings.toml").write_text("agents = 0\n")
    (here / "personas").mkdir()
    (here / "personas/bad.json").write_text("{")
    write_task(here / "tasks/bad", questions="Why?", toml="mode = 3")
    seen = checks("--demo")
    assert seen["ok"] is False
    assert "settings.toml, line 1: agents should be a whole number from 1 to 64" in seen["settings"]["what"]
    assert "personas/bad.json, line 1" in seen["persona"]["what"]
    assert "tasks/bad/task.toml, line 1" in seen["task"]["what"]
    assert seen["ask"]["mark"] == "ok", "the rest is looked at all the same"


def test_doctor_unknown_settings_are_a_note(checks: Run, roundtable_home: Path) -> None:
    (roundtable_home / "settings.toml").write_text("wibble = 3\n")
    assert checks("--demo")["settings"]["mark"] == "note"


def test_doctor_home_not_a_folder_is_bad(checks: Run, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "file").write_text("")
    monkeypatch.setenv("ROUNDTABLE_HOME", str(here / "file"))
    seen = checks("--demo")
    assert seen["folders"]["mark"] == "bad" and "ROUNDTABLE_HOME" in seen["folders"]["do"]


@pytest.mark.parametrize(
    ("environ", "name", "mark", "words"),
    [
        ({"TERM": "dumb"}, "terminal", "note", "cursor control"),
        (
            {"TERM": "xterm", "COLORTERM": "truecolor", "NO_COLOR": "1"},
            "terminal",
            "ok",
            "24-bit color, NO_COLOR",
        ),
        ({"TERM": "xterm", "COLUMNS": "50"}, "terminal", "note", "60x15"),
        ({"TERM": "xterm", "TMUX": "/tmp/x"}, "clipboard", "ok", "tmux set -g set-clipboard on"),
        ({"TERM": "xterm", "SSH_CONNECTION": "x"}, "clipboard", "ok", "because of ssh"),
    ],
)
def test_doctor_reports_the_terminal(
    environ: dict[str, str], name: str, mark: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from roundtable_tui.cli.doctor.machine import check_machine

    class Terminal:
        encoding = "utf-8"
        isatty = staticmethod(lambda: True)

    monkeypatch.setattr("sys.stdout", Terminal())
    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setenv("COLUMNS", environ.get("COLUMNS", "100"))
    monkeypatch.setenv("LINES", "30")
    monkeypatch.setattr(
        "shutil.which", lambda name, path: f"/usr/bin/{name}" if name == "tmux" and path else None
    )
    check = next(check for check in check_machine(environ) if check.name == name)
    assert check.mark == mark and words in f"{check.what}. {check.hint}"


def test_doctor_reports_the_local_model(checks: Run, monkeypatch: pytest.MonkeyPatch, here: Path) -> None:
    monkeypatch.setattr(
        requirements,
        "missing_requirement",
        lambda: "the local model needs a processor with AVX2: use the demo",
    )
    assert checks("--demo")["local model"]["mark"] == "note"
    monkeypatch.setattr(requirements, "missing_requirement", lambda: None)
    monkeypatch.setattr("roundtable_tui.cli.doctor.servers.metadata.version", lambda name: "1.0")
    monkeypatch.setattr(model, "find_model", lambda: None)
    assert "fetch-model" in checks("--demo")["local model"]["do"]
    (here / model.FILE_NAME).write_bytes(b"not a model")
    monkeypatch.setattr(model, "find_model", lambda: here / model.FILE_NAME)
    assert "its SHA-256 differs" in checks("--demo")["local model"]["what"]
    monkeypatch.setattr(model, "is_intact", lambda path: True)
    assert checks("--demo")["local model"]["mark"] == "ok"


def test_doctor_shows_openai_variables_their_server_and_params(
    checks: Run, cli_run: Run, fake: Fake, monkeypatch: pytest.MonkeyPatch, roundtable_home: Path
) -> None:
    server = fake(models=["a"])
    (roundtable_home / "settings.toml").write_text(
        f'[servers.home]\nbase_url = "{server.url}"\n[servers.home.params]\ntop_k = 5\n'
    )
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789abcdef")
    monkeypatch.setenv("OPENAI_MODEL", "own-model")
    monkeypatch.setenv("OPENAI_RPM", "30")
    found = checks()
    assert found["OPENAI_* variables"]["what"] == (
        f"for {server.url} only: OPENAI_MODEL=own-model, OPENAI_RPM=30"
    )
    assert found["params of home"]["what"] == "top_k=5"
    assert "own-model" in found["ask"]["what"]
    where = server.url.removesuffix("/v1")
    assert found["key of home"]["what"] == f"OPENAI_API_KEY is set and sent to {where}"
    assert "sk-0123456789" not in cli_run("doctor").out
    monkeypatch.setenv("OPENAI_TOP_P", "high")
    wrong = checks()["OPENAI_* variables"]
    assert wrong["mark"] == "bad" and wrong["what"].startswith("OPENAI_TOP_P should be a number from 0 to 1")


def test_doctor_lists_every_server_found_and_the_given_one(
    cli_run: Run, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, given = fake(models=["a"]), fake(models=["b", "c"]), fake(models=["d"])
    found_here(
        monkeypatch,
        [
            FoundServer("Ollama", one.url, ("a",)),
            FoundServer("vLLM", two.url, ("b", "c")),
            FoundServer("LiteLLM", "http://127.0.0.1:9/v1", (), wants_key=True),
        ],
    )
    result = cli_run("doctor", "--json", "--base-url", given.url)
    lines = [check["what"] for check in json.loads(result.out)["checks"] if check["name"] == "server"]
    assert lines[0] == f"{given.url.split('/')[2]} at {given.url}, 1 model"
    assert lines[1:3] == [f"Ollama at {one.url}, 1 model", f"vLLM at {two.url}, 2 models"]
    assert lines[3].startswith("LiteLLM at http://127.0.0.1:9/v1")


def test_doctor_of_litellm_without_a_key_says_that_none_is_set(cli_run: Run, fake: Fake) -> None:
    refusal = {"error": {"message": "No connected db.", "type": "no_db_connection", "code": "400"}}
    server = fake(models_reply=Reply(status=400, body=refusal))
    result = cli_run("doctor", "--base-url", server.url)
    assert result.code == 1 and "a key is required" in " ".join(result.out.split())
