"""What tests of runs stand on: a demo that does not wait, a folder of their own, the command line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from roundtable_tui.cli import main


@dataclass
class Said:
    """What a command came to."""

    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ROUNDTABLE_DEMO_PACE", "0")
    return tmp_path


@pytest.fixture
def runs(capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Run `roundtable runs WORDS`."""

    def run(*words: str) -> Said:
        capsys.readouterr()
        try:
            code = main.main(["runs", *words])
        except SystemExit as leaving:  # --help
            code = int(leaving.code or 0)
        out, err = capsys.readouterr()
        return Said(code, out, err)

    return run
