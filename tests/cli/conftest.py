"""What these tests stand on: an empty folder, a demo that does not wait, nothing found by chance."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from roundtable_tui.cli import main
from tests.support.cli_run import Said, cli_run, story  # noqa: F401
from tests.support.fake_server import FakeServer, served
from tests.support.isolation import here  # noqa: F401


@pytest.fixture
def fake() -> Iterator[Callable[..., FakeServer]]:
    """Start a scripted server in a thread: `fake(script, models=[...])`."""
    with ExitStack() as stack:
        yield lambda *script, **how: stack.enter_context(served(*script, **how))


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
