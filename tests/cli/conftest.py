"""What these tests stand on: an empty folder, a demo that does not wait, nothing found by chance."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from roundtable_tui.cli import main
from tests.support.cli_run import CommandResult, ask_report, cli_run  # noqa: F401
from tests.support.fake_server import FakeServer, served
from tests.support.isolation import here  # noqa: F401


@pytest.fixture
def fake() -> Iterator[Callable[..., FakeServer]]:
    """Start a scripted server in a thread: `fake(script, models=[...])`."""
    with ExitStack() as stack:
        yield lambda *script, **how: stack.enter_context(served(*script, **how))


@pytest.fixture
def runs(capsys: pytest.CaptureFixture[str]) -> Callable[..., CommandResult]:
    """Run `roundtable runs WORDS`."""

    def run(*words: str) -> CommandResult:
        capsys.readouterr()
        try:
            code = main.main(["runs", *words])
        except SystemExit as exit_error:  # --help
            code = int(exit_error.code or 0)
        out, err = capsys.readouterr()
        return CommandResult(code, out, err)

    return run
