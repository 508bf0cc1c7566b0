"""Runs the command line in the process of the test."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from roundtable_tui.cli import main


@dataclass
class Said:
    """What a command came to."""

    code: int
    out: str
    err: str


@pytest.fixture
def cli_run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Run `roundtable WORDS`, in this process."""

    def run(*words: str) -> Said:
        capsys.readouterr()
        try:
            code = main.main(list(words))
        except SystemExit as leaving:  # --help
            code = int(leaving.code or 0)
        out, err = capsys.readouterr()
        return Said(code, out, err)

    return run


@pytest.fixture
def story(cli_run: Callable[..., Said]) -> Callable[..., dict[str, Any]]:
    """Run `roundtable ask WORDS --json` and return the object; on the demo, if no server is given."""

    def ask(*words: str) -> dict[str, Any]:
        source = () if "--base-url" in words else ("--demo",)
        said = cli_run("ask", *words, *source, "--json")
        assert said.out, said.err
        return dict(json.loads(said.out))

    return ask
