"""The command line as a whole: quick to start, plain when it is used wrongly."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui.cli import arguments, main
from roundtable_tui.utils import paths

Run = Callable[..., Any]
ASK = ("ask", "--demo", "--mode", "single")
HEAVY = ("openai", "httpx2", "pydantic", "textual", "rich", "asyncio", "tomllib")


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["runs", "--help"], ["frobnicate"]])
def test_main_help_and_errors_import_nothing_heavy(words: list[str]) -> None:
    look = (
        "import sys\nfrom roundtable_tui.cli.main import main\n"
        f"try: main({words!r})\nexcept SystemExit: pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stderr.splitlines()[-1] == "[]"


def test_package_import_loads_nothing_heavy() -> None:
    look = f"import sys, roundtable_tui; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_main_help_names_every_command_within_80_columns(cli_run: Run) -> None:
    result = cli_run("--help")
    assert result.code == 0
    for name in arguments.COMMANDS:
        assert f"    {name} " in result.out
    assert max(map(len, result.out.splitlines())) <= 80


@pytest.mark.parametrize("mode", ["debate", "pro", "roundtable"])
def test_ask_help_describes_the_selected_mode(cli_run: Run, mode: str) -> None:
    from roundtable_tui import modes

    result = cli_run("ask", "--mode", mode, "--help")
    assert result.code == 0 and f"options of {mode}:" in result.out
    for name in modes.get_mode(mode).options.model_fields:
        assert f"--{name.replace('_', '-')}" in result.out
    assert max(map(len, result.out.splitlines())) <= 80


def test_main_version_prints_the_version(cli_run: Run) -> None:
    from importlib.metadata import version

    assert cli_run("--version").out == f"roundtable {version('roundtable-tui')}\n"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["modez"], "unknown command: modez. Did you mean modes?"),
        (["aks"], "unknown command: aks. Did you mean ask?"),
        (["asks"], "unknown command: asks. Did you mean ask?"),
        (["why is it blue?"], 'unknown command: why is it blue?. To ask a question: roundtable ask "..."'),
        (["--demmo"], "unknown flag: --demmo. Did you mean --demo?"),
        (["--mod", "pro"], "unknown flag: --mod. Did you mean --mode?"),
        (["runs", "--jsn"], "unknown flag: --jsn. Did you mean --json?"),
        (["runs", "-n", "few"], "-n: invalid int value: 'few'. See roundtable runs list --help."),
        (
            ["ask", "Why?", "--budget", "9" * 20],
            "--budget: should be from -9,223,372,036,854,775,807 to 9,223,372,036,854,775,807, not "
            "99999999999999999999. See roundtable ask --help.",
        ),
        (
            ["modes", "a", "b"],
            "unexpected argument: b. See roundtable modes --help.",
        ),
        (["\x1b[2Jevil"], 'unknown command: ␛[2Jevil. To ask a question: roundtable ask "..."'),
    ],
)
def test_main_wrong_usage_prints_one_line(cli_run: Run, words: list[str], line: str) -> None:
    result = cli_run(*words)
    assert (result.code, result.out, result.err) == (2, "", f"roundtable: {line}\n")


def test_main_stdout_without_utf8_replaces_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii"))
    assert main.main(["doctor", "--demo"]) == 0
    sys.stdout.flush()
    assert written.getvalue().startswith(b"+  Python")


def test_main_runs_as_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "roundtable_tui", "--version"], capture_output=True, text=True
    )
    assert done.returncode == 0 and done.stdout.startswith("roundtable ")


@pytest.mark.parametrize("words", [["modes"], [*ASK, "Which?"], [*ASK, "Which?", "--events"]])
def test_main_unwritable_stdout_is_reported(words: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "roundtable_tui", *words]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1 and "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr and "Exception ignored" not in done.stderr


def test_main_closed_stdout_is_not_an_error() -> None:
    command = f"{sys.executable} -m roundtable_tui ask --demo --mode single --quiet Which? >&- 2>&-"
    assert subprocess.run(["bash", "-c", command]).returncode == 0


def test_main_unexpected_error_prints_one_line_and_is_logged(
    cli_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError("oh\x1b[2J")

    monkeypatch.setattr("roundtable_tui.cli.paths.run", broken)
    result = cli_run("paths")
    assert (result.code, result.out, result.err.count("\n")) == (1, "", 1)
    assert "ZeroDivisionError" in result.err and "Traceback" not in result.err and "\x1b" not in result.err
    assert "Traceback" in paths.log_file().read_text()
    monkeypatch.setattr(paths, "log_file", lambda: Path("/dev/null/no"))
    assert "Details could not be logged: File exists" in cli_run("paths").err


def test_app_accepts_the_flags_of_ask(cli_run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Any] = []

    def open_with(wish: Any, settled: Any, *, mouse: bool) -> int:
        opened.append((wish, mouse))
        return 0

    monkeypatch.setattr("roundtable_tui.cli.app.open_app", open_with)
    assert cli_run("--demo", "--mode", "pro", "--pick", "--agents", "3", "--no-mouse").code == 0
    (wish, mouse), plain = opened.pop(), cli_run("--demo", "--mode", "pro")
    assert (wish.mode, wish.options, wish.agents, wish.demo, mouse) == ("pro", {"pick": True}, 3, True, False)
    assert plain.code == 0 and (opened[0][0].mode, opened[0][1]) == ("pro", True)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (
            ["--max-rounds", "2", "--json"],
            "--json can be used with `roundtable ask` only. Type the question in the app.",
        ),
        (["--pick"], "unknown flag: --pick. It is an option of pro; the selected mode is debate."),
    ],
)
def test_app_flags_for_ask_only_are_rejected(cli_run: Run, words: list[str], line: str) -> None:
    result = cli_run(*words)
    assert (result.code, result.out, result.err) == (2, "", f"roundtable: {line}\n")


def test_app_without_terminal_prints_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["--demo"]) == 2
    assert "needs a terminal" in capsys.readouterr().err
