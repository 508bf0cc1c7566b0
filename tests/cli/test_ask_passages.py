"""Passages of documents reach every seat, in the modes that build prompts of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.cli_run import CommandResult
from tests.support.fake_server import FakeServer, Reply
from tests.support.resource_files import write_task


@pytest.mark.parametrize(
    ("mode", "flags"),
    [("chain", ["--chunk-size", "200", "--chunk-overlap", "0"]), ("loop", ["--turns", "3"])],
)
def test_ask_with_documents_sends_passages_to_every_seat(
    here: Path,
    cli_run: Callable[..., CommandResult],
    fake: Callable[..., FakeServer],
    mode: str,
    flags: list[str],
) -> None:
    folder = write_task(here / "task", questions="How wide is the gate?", context="Words of the book. " * 30)
    (folder / "documents").mkdir()
    (folder / "documents" / "gate.md").write_text("The gate is 92 cm wide.")
    server = fake(lambda request, nth: Reply(f"Is the gate {nth} cm wide?"))
    result = cli_run(
        "ask", "--task", "./task", "--mode", mode, *flags, "--base-url", server.url, "--model", "m"
    )
    assert result.code == 0, result.err
    assert len(server.requests) >= 4
    assert all("The gate is 92 cm wide." in seen.user for seen in server.requests)
