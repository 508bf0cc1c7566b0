"""A run whose result is saved before it is reported: a worker that is lost afterwards loses nothing."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from pathlib import Path

from roundtable_tui.batch.run_once import FinishedRun, run_once
from roundtable_tui.errors import FileError
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.setup.server_pool import ServerPool
from roundtable_tui.utils import files
from roundtable_tui.utils.nesting import load_json

_FILE = "result.json"
_MAX_BYTES = 100_000_000


async def run_and_save(request: RunRequest, folder: Path, pool: ServerPool) -> FinishedRun:
    """Run a request, unless its result is saved already, and save the result. Failed runs are not saved.

    A run with a record needs no further file: its result is read from the record.

    Args:
        request: the request.
        folder: the folder of the run, where the result is saved.
        pool: the servers.

    Raises UsageError and FileError, see `run_once`; also if the result cannot be saved.
    """
    if (saved := load_result(folder)) is not None:
        return saved
    run = await run_once(request, pool)
    if run.has_answer and request.folder is None:
        files.write_text(folder / _FILE, json.dumps(asdict(run), ensure_ascii=False))
    return run


def load_result(folder: Path) -> FinishedRun | None:
    """Return the saved result of a run; None if there is none."""
    path = folder / _FILE
    if not files.path_exists(path):
        return None
    try:
        data = load_json(files.read_text(path, _MAX_BYTES))
        known = {one.name for one in fields(FinishedRun)}
        return FinishedRun(**{name: value for name, value in data.items() if name in known})
    except (FileError, ValueError, TypeError, AttributeError):
        return None


def discard_result(folder: Path) -> None:
    """Delete the saved result of a run that has its row."""
    try:
        (folder / _FILE).unlink(missing_ok=True)
        folder.rmdir()  # Without a record.
    except OSError:
        return  # It holds a record; or the file stays, and has the same result.
