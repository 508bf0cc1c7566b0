"""The folders of batches on this machine, and the newest results of one, for lists."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from roundtable_tui.batch.progress import PROGRESS_FILE, BatchState, load_state
from roundtable_tui.batch.results_file import ResultsFile, read_rows
from roundtable_tui.batch.rows import RESULTS_FILE, BatchRow, parse_row
from roundtable_tui.errors import FileError
from roundtable_tui.utils import files, paths
from roundtable_tui.utils.nesting import load_json
from roundtable_tui.utils.text import safe_file_name, single_line
from roundtable_tui.utils.texts.digest import digest

MAX_LISTED_ROWS = 20_000
_MAX_TAIL_BYTES = 64_000_000
"""Bytes at the end of the results that are read for a list."""
_MAX_ANSWER_CHARS = 200
_FOLDERS_FILE = "folders.jsonl"
INTERRUPTED = "interrupted"


def batches_dir() -> Path:
    """Return the folder with the batches that were given no folder."""
    return paths.data_dir() / "batch"


def default_folder(source: Path) -> Path:
    """Return the folder of a batch that was given none: one for this file of tasks."""
    name = f"{safe_file_name(source.stem)}-{digest(str(files.resolve_path(source)))[:8]}"
    return batches_dir() / name


def remember_folder(folder: Path) -> None:
    """Remember the folder of a batch, so that `list_batches` finds it. Failing is not an error."""
    folder = folder.absolute()
    known = batches_dir() / _FOLDERS_FILE
    if folder.parent == batches_dir().absolute():
        return
    with suppress(FileError, OSError):
        if any(row.get("folder") == str(folder) for row in read_rows(known)):
            return
        with ResultsFile(known) as file:
            file.append({"folder": str(folder)})


def list_batches() -> list[Path]:
    """Return the folders of batches that are still there, the newest first."""
    home = batches_dir()
    found: dict[Path, float] = {}
    with suppress(FileError, OSError):
        inside = list(home.iterdir()) if home.is_dir() else []
        others = [Path(str(row.get("folder", ""))) for row in read_rows(home / _FOLDERS_FILE)]
        for folder in (*inside, *others):
            with suppress(OSError, ValueError):
                found[folder] = (folder / PROGRESS_FILE).stat().st_mtime
    return sorted(found, key=lambda folder: found[folder], reverse=True)


def read_state(folder: Path) -> BatchState:
    """Return the figures of a batch; one that says it is running but is not, is `interrupted`.

    Raises FileError.
    """
    state = load_state(folder)
    if state.status == "running" and not files.is_locked(folder / RESULTS_FILE):
        return replace(state, status=INTERRUPTED, running=0, seconds_left=None)
    return state


@dataclass(slots=True)
class ResultsTail:
    """The newest rows of a results file, read as it grows."""

    folder: Path
    rows: dict[str, BatchRow] = field(default_factory=dict)
    """Key -> row with the beginning of its answer, in the order in which they were written."""
    _offset: int = -1

    def read(self) -> bool:
        """Read what is new and return whether there was anything. Raises FileError, OSError."""
        path = self.folder / RESULTS_FILE
        if not files.path_exists(path):
            return False
        is_new = False
        for row in self._iter_new(path):
            self.rows.pop(row.key, None)  # A run that was repeated is as new as its last row.
            self.rows[row.key] = replace(row, answer=single_line(row.answer, _MAX_ANSWER_CHARS))
            is_new = True
        while len(self.rows) > MAX_LISTED_ROWS:
            del self.rows[next(iter(self.rows))]
        return is_new

    def _iter_new(self, path: Path) -> Iterator[BatchRow]:
        with files.open_regular(path) as file:
            size = os.fstat(file.fileno()).st_size
            if self._offset < 0 or self._offset > size:
                self._offset = max(0, size - _MAX_TAIL_BYTES)
                file.seek(self._offset)
                self._offset += len(file.readline()) if self._offset else 0
            file.seek(self._offset)
            for line in file:
                if not line.endswith(b"\n"):  # It is being written.
                    return
                self._offset += len(line)
                try:
                    data = load_json(line)
                except ValueError:
                    continue
                row = parse_row(data) if isinstance(data, dict) else None
                if row is not None:
                    yield row
