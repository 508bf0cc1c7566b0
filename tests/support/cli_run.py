"""Runs the command line in the process of the test."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from roundtable_tui.cli import main


@dataclass
class CommandResult:
    """Exit code and output of a command."""

    code: int
    out: str
    err: str


@pytest.fixture
def cli_run(capsys: pytest.CaptureFixture[str]) -> Callable[..., CommandResult]:
    """Run `roundtable WORDS`, in this process."""

    def run(*words: str) -> CommandResult:
        capsys.readouterr()
        try:
            code = main.main(list(words))
        except SystemExit as exit_error:  # --help
            code = int(exit_error.code or 0)
        out, err = capsys.readouterr()
        return CommandResult(code, out, err)

    return run


@pytest.fixture
def ask_report(cli_run: Callable[..., CommandResult]) -> Callable[..., dict[str, Any]]:
    """Run `roundtable ask WORDS --json` and return the report; on the demo if no server is given."""

    def ask(*words: str) -> dict[str, Any]:
        source = () if "--base-url" in words else ("--demo",)
        result = cli_run("ask", *words, *source, "--json")
        assert result.out, result.err
        return dict(json.loads(result.out))

    return ask
