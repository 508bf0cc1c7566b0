"""These modes on the command line: their flags and variables, a text through a pipe, a folder of answers."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui import modes
from roundtable_tui.cli import ask_flags, main
from roundtable_tui.config import Settings
from roundtable_tui.llm.servers import discovery
from roundtable_tui.setup.call_settings import resolve_limits
from roundtable_tui.setup.options import resolve_mode_options
from roundtable_tui.setup.participants import models_by_role
from roundtable_tui.setup.request import RunRequest


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ROUNDTABLE_DEMO_PACE", "0")
    for mode in modes.all_modes().values():
        for variable in (*mode.wiring.environ, *mode.wiring.limits):
            monkeypatch.delenv(variable, raising=False)


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*words: str) -> Any:
        capsys.readouterr()
        code = main.main(["ask", "--demo", *words])
        out, err = capsys.readouterr()
        return code, json.loads(out) if "--json" in words and code == 0 else out, err

    return run


def pipe(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


@pytest.mark.parametrize("mode", ["single", "vote", "fanout", "council"])
def test_ask_each_mode_answers_on_the_demo(ask: Any, mode: str) -> None:
    code, report, _ = ask("What is 2 + 2?", "--mode", mode, "--json")
    assert (code, report["status"], report["mode"]) == (0, "complete", mode)
    assert report["answer"].strip()


def test_ask_loop_accepts_its_former_flags(ask: Any, tmp_path: Path) -> None:
    old = "--turns 2 --interval 1 --q-model demo-small --c-model demo-large --m-model demo-thinker"
    old += " --s-model demo-small --temperature 0.5 --top-p 0.9 --literal"
    code, report, _ = ask("--mode", "loop", "--seed", "What is the sea?", *old.split(), "--json")
    assert (code, report["question"]) == (0, "What is the sea?")
    assert [seat["model"] for seat in report["seats"]] == [
        "demo-small",
        "demo-large",
        "demo-thinker",
        "demo-small",
    ]
    folder = Path(report["record"])
    assert "**mediator_interval**: 1" in (folder / "master.md").read_text("utf-8")
    assert f"{folder.name}/master.md" in (folder.parent / "index.md").read_text("utf-8")


def test_ask_loop_random_seed_is_separate_from_seed(ask: Any) -> None:
    args = ask_flags.parse_arguments(["--random-seed", "7", "--seed", "Why?"], modes.get_mode("loop"))
    assert (args.seed, ask_flags.mode_options(args)) == (7, {"seed": "Why?"})
    args = ask_flags.parse_arguments(["--seed", "7"], modes.get_mode("vote"))
    assert (args.seed, ask_flags.mode_options(args)) == (7, {})


VARIABLES = {
    "QUESTIONER_MODEL": "a",
    "CREATOR_MODEL": "b",
    "MEDIATOR_MODEL": "c",
    "SCRIBER_MODEL": "d",
    "AUTO_CHAIN": "1",
    "ECHO_STDOUT": "1",
    "ECHO_MAX_CHARS": "80",
    "GEN_TEMPERATURE": "0.6",
    "GEN_TOP_P": "0.8",
}


def test_ask_loop_former_variables_set_options() -> None:
    mode = modes.get_mode("loop")
    options = resolve_mode_options(mode, RunRequest(options={"c_model": "mine"}), None, Settings(), VARIABLES)
    given = options.model_dump()
    assert (given["q_model"], given["c_model"], given["m_model"], given["s_model"]) == ("a", "mine", "c", "d")
    assert (given["auto_chain"], given["echo"], given["echo_max_chars"]) == (True, True, 80)
    assert (given["temperature"], given["top_p"]) == (0.6, 0.8)
    assert not resolve_mode_options(mode, RunRequest(), None, Settings(), {"AUTO_CHAIN": "0"}).model_dump()[
        "auto_chain"
    ]
    other = resolve_mode_options(modes.get_mode("single"), RunRequest(), None, Settings(), VARIABLES)
    assert other == modes.get_mode("single").options()


def test_ask_loop_former_timeouts_limit_calls() -> None:
    variables = {"MF_CONNECT_TIMEOUT": "10", "MF_READ_TIMEOUT": "600", "MF_MAX_RETRIES": "5"}
    found = resolve_limits({"idle": 9.0}, Settings(), modes.get_mode("loop"), variables)
    assert (found.connect_s, found.first_token_s, found.idle_s, found.retries) == (10, 600, 9, 5)
    assert resolve_limits({}, Settings(), modes.get_mode("vote"), variables).retries == 3


@pytest.mark.parametrize(
    "wrong", [{"MF_READ_TIMEOUT": "soon"}, {"MF_MAX_RETRIES": "1.5"}, {"MF_READ_TIMEOUT": "nan"}]
)
def test_ask_loop_invalid_variable_is_named(wrong: dict[str, str]) -> None:
    with pytest.raises(Exception, match=next(iter(wrong))):
        resolve_limits({}, Settings(), modes.get_mode("loop"), wrong)


def test_ask_loop_models_follow_roles() -> None:
    from roundtable_tui.resources import PersonaLibrary

    library = PersonaLibrary.load()
    members = [found.persona for found in library.members_of(library.get_team("loop").team)[0]]
    mode = modes.get_mode("loop")
    assert models_by_role(mode, mode.options.model_validate({"s_model": "small"}), members) == {
        "Scriber": "small"
    }


def test_ask_ollama_host_may_be_a_port() -> None:
    places = discovery._list_candidates({"OLLAMA_PORT": "4321"}, {})
    assert [(place.host, place.port, place.path) for place in places] == [("127.0.0.1", 4321, "/v1")]
    places = discovery._list_candidates({"OLLAMA_HOST": "box", "OLLAMA_PORT": "4321"}, {})
    assert [(place.host, place.port) for place in places] == [("box", 4321)]
    assert discovery._list_candidates({"OLLAMA_PORT": "high"}, {}) == []


def test_ask_chain_text_from_stdin_is_stored_for_resume(ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe(monkeypatch, "A sentence of the long text. " * 400)
    code, report, _ = ask("What does it say?", "--mode", "chain", "--json")
    assert (code, report["status"]) == (0, "complete")
    assert "4 passages" in report["how"]
    header = json.loads((Path(report["record"]) / "events.jsonl").read_text("utf-8").splitlines()[0])
    assert "A sentence" in Path(header["options"]["file"]["path"]).read_text("utf-8")
    assert "A sentence" not in str(header)


class NotRead:
    """A standard input that a script has left open: reading it would never end."""

    @property
    def buffer(self) -> Any:
        raise AssertionError("standard input was read")

    def isatty(self) -> bool:
        return False


@pytest.mark.parametrize("source", ["context", "file of the task", "file of the settings"])
def test_ask_chain_text_of_task_or_settings_comes_before_standard_input(
    ask: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, roundtable_home: Path, source: str
) -> None:
    task = tmp_path / "task"
    task.mkdir()
    (task / "questions.txt").write_text("What does it say?\n")
    text = "A sentence of the text itself. " * 400
    if source == "context":
        (task / "context.txt").write_text(text)
    else:
        (task / "long.txt").write_text(text)
    if source == "file of the task":
        (task / "task.toml").write_text('mode = "chain"\noptions.file = "long.txt"\n')
    if source == "file of the settings":
        path = json.dumps(str(task / "long.txt"))
        (roundtable_home / "settings.toml").write_text(f"[options.chain]\nfile = {path}\n")
    monkeypatch.setattr(sys, "stdin", NotRead())
    code, story, err = ask("--task", str(task), "--mode", "chain", "--json")
    assert (code, story["status"]) == (0, "complete"), err
    assert story["how"].startswith(f"{len(text.strip()):,} characters") or "passages" in story["how"]


def test_ask_single_file_from_standard_input_comes_before_that_of_the_task(
    ask: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    task = tmp_path / "task"
    task.mkdir()
    (task / "questions.txt").write_text("What does it say?\n")
    (task / "own.txt").write_text("The text of the task.")
    (task / "task.toml").write_text('mode = "single"\noptions.file = "own.txt"\n')
    monkeypatch.setattr(sys, "stdin", NotRead())
    code, story, err = ask("--task", str(task), "--json")
    assert code == 0, err
    assert read_text_option(story) == "The text of the task."
    pipe(monkeypatch, "The text that is piped in.")
    code, story, err = ask("--task", str(task), "--file", "-", "--json")
    assert code == 0, err
    assert read_text_option(story) == "The text that is piped in."


def read_text_option(story: Any) -> str:
    """Return the text that a run read, by the header of its record."""
    header = json.loads((Path(story["record"]) / "events.jsonl").read_text("utf-8").splitlines()[0])
    return Path(header["options"]["file"]["path"]).read_text("utf-8")


def test_ask_file_option_may_be_stdin(ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe(monkeypatch, "The letter.")
    code, _, _ = ask("What is it?", "--mode", "single", "--file", "-", "--json")
    assert code == 0
    pipe(monkeypatch, "Both?")
    code, _, err = ask("-", "--mode", "single", "--file", "-")
    assert code == 2 and "stdin cannot be both the question and the text" in err


def test_ask_chain_without_text_prints_one_line(ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe(monkeypatch, "")
    code, _, err = ask("What?", "--mode", "chain")
    assert code == 2 and "there is no text on standard input. Give --file PATH" in err
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    code, _, err = ask("What?", "--mode", "chain")
    assert code == 2 and "there is no text to read. Give --attach PATH" in err


def test_ask_fanout_out_is_an_option_of_the_mode(ask: Any, tmp_path: Path) -> None:
    words = (
        "Make one.",
        "--mode",
        "fanout",
        "--out",
        "made",
        "--base-filename",
        "site",
        "--calls",
        "3",
        "--json",
    )
    code, report, _ = ask(*words)
    assert code == 0
    assert sorted(path.name for path in (tmp_path / "made").iterdir()) == [
        "index.json", "site_1.txt", "site_2.txt", "site_3.txt"
    ]  # fmt: skip
    assert (Path(report["record"]) / "events.jsonl").exists()
    code, report, _ = ask(*words)
    assert (code, report["turns"]) == (0, [])


def test_ask_single_has_one_seat(ask: Any) -> None:
    code, report, _ = ask("Why?", "--mode", "single", "--team", "A", "--json")
    assert [seat["persona"] for seat in report["seats"]] == ["Iris"]
    code, _, err = ask("Why?", "--mode", "single", "--agents", "3")
    assert code == 2 and "mode single has one seat" in err
