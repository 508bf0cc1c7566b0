"""Hostile items as downloaded, and commands that use them with a scripted server."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from roundtable_tui.cli import main
from tests.support.fake_server import served

ITEMS = Path(__file__).parents[1] / "strangers" / "items"
SECRET = "PRIVATE-7f3a: words that are not for others"


@dataclass(frozen=True)
class ServedCommandResult:
    """Exit code and output of a command, and its requests to the server."""

    code: int
    out: str
    err: str
    sent: str
    requests: int


def copy_item(name: str, to: Path) -> Path:
    """Copy a hostile item to a folder."""
    shutil.copytree(ITEMS / name, to)
    return to


def write_task(here: Path, toml: str = "", **texts: str) -> Path:
    """Write a task of the current folder, called `x`."""
    folder = here / "tasks" / "x"
    folder.mkdir(parents=True)
    for name, text in {"questions": "What does the text say?", **texts}.items():
        (folder / f"{name}.txt").write_text(text)
    if toml:
        (folder / "task.toml").write_text(toml)
    return folder


def copy_run(to: Path, mode: str, options: dict[str, Any]) -> Path:
    """Write a downloaded run with these options."""
    copy_item("run", to)
    record = to / "events.jsonl"
    text = record.read_text().replace("@MODE@", mode).replace('"@OPTIONS@"', json.dumps(options))
    record.write_text(text)
    return to


def list_names(folder: Path) -> Sequence[str]:
    """Return the names of all entries of a folder."""
    return sorted(path.name for path in folder.iterdir())


def run_command(*words: str, base_url: bool = False) -> ServedCommandResult:
    """Run the command in this process, with `base_url` on a recording server."""
    out, err = StringIO(), StringIO()
    with served("It says little.") as server:
        more = ("--base-url", server.url) if base_url else ()
        with redirect_stdout(out), redirect_stderr(err):
            try:
                code = main.main([*words, *more])
            except SystemExit as exit_error:
                code = int(exit_error.code or 0)
        sent = "\n".join(json.dumps(dict(one.body), ensure_ascii=False) for one in server.requests)
        return ServedCommandResult(code, out.getvalue(), err.getvalue(), sent, len(server.requests))
