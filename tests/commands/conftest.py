"""What these tests stand on: an empty folder, a demo that does not wait, nothing found by chance."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fake.server import FakeServer
from served import found_here, served

from roundtable_tui.cli import main


@dataclass
class Said:
    """What a command came to."""

    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder a test is in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ROUNDTABLE_DEMO_PACE", "0")
    monkeypatch.setenv("COLUMNS", "80")
    found_here(monkeypatch, [])
    return tmp_path


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


@pytest.fixture
def fake() -> Iterator[Callable[..., FakeServer]]:
    """Start a scripted server in a thread: `fake(script, models=[...])`."""
    with ExitStack() as stack:
        yield lambda *script, **how: stack.enter_context(served(*script, **how))
