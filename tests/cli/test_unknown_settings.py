"""Settings that do not exist are named in one line on stderr by every command that reads the file."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from roundtable_tui import Roundtable
from tests.support.cli_run import CommandResult

FILE = """wibble = 3
[servers.az]
base_url = "http://127.0.0.1:9/v1"
extra_body = { a = 1 }
[options.debat]
max_rounds = 2
"""
NAMES = "wibble, servers.az.extra_body (here: params)"


@pytest.fixture(autouse=True)
def _settings(roundtable_home: Path) -> None:
    (roundtable_home / "settings.toml").write_text(FILE)


@pytest.mark.parametrize(
    "words",
    [
        ("keys",),
        ("models", "--demo"),
        ("ask", "--demo", "--mode", "single", "Why?"),
        ("ask", "--demo", "--mode", "single", "--json", "Why?"),
    ],
    ids=" ".join,
)
def test_command_names_unknown_settings_in_one_line(
    words: tuple[str, ...], cli_run: Callable[..., CommandResult]
) -> None:
    result = cli_run(*words)
    (line,) = [line for line in result.err.splitlines() if "wibble" in line]
    assert "settings.toml: " in line and NAMES in line and "have no effect" in line
    assert ("options.debat" in line) == (words[0] == "ask"), "where the modes are known"
    assert result.code == 0 and "wibble" not in result.out


def test_quiet_ask_says_nothing(cli_run: Callable[..., CommandResult]) -> None:
    assert "wibble" not in cli_run("ask", "--demo", "--mode", "single", "--quiet", "Why?").err


def test_doctor_names_unknown_settings(cli_run: Callable[..., CommandResult]) -> None:
    said = " ".join(cli_run("doctor", "--demo").out.split())
    assert f"{NAMES}, options.debat are not settings" in said


def test_python_logs_unknown_settings(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert Roundtable(demo=True).pool
    assert NAMES in caplog.text
