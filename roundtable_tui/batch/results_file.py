"""A results file: one JSON object per finished run, appended whole. A torn line loses one line."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from roundtable_tui.errors import FileError
from roundtable_tui.utils import files, paths
from roundtable_tui.utils.nesting import load_json
from roundtable_tui.utils.text import to_safe_json


class ResultsFile:
    """Rows of a results file. Open it with `with`; rows that are there are read with `read_rows`.

    One process at a time can have it open.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd: int | None = None

    def __enter__(self) -> ResultsFile:
        try:
            paths.make_private_dir(self.path.parent)
            self._fd = files.open_regular_fd(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT)
            self._lock()
            size = os.fstat(self._fd).st_size
            # A line that was cut off must not join to the next one.
            if size and os.pread(self._fd, 1, size - 1) != b"\n":
                self._write(b"\n")
        except OSError as error:
            self._close()
            raise self._error(error) from error
        except FileError:
            self._close()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        self._close()

    def append(self, row: Mapping[str, Any]) -> None:
        """Append a row. Raises FileError; the file is then as it was, as on a full disk."""
        assert self._fd is not None
        try:
            self._write(to_safe_json(dict(row)).encode() + b"\n")
        except OSError as error:
            raise self._error(error) from error

    def _write(self, data: bytes) -> None:
        assert self._fd is not None
        size = os.fstat(self._fd).st_size
        try:
            while data:
                data = data[os.write(self._fd, data) :]
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._fd, size)
            raise

    def _lock(self) -> None:
        assert self._fd is not None
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            where = files.format_location(self.path)
            raise FileError("another process is writing to it", where=where, hint="Wait for it.") from None
        except OSError:
            pass  # Some file systems have no locks.

    def _close(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def _error(self, error: OSError) -> FileError:
        what = f"cannot be written: {error.strerror or type(error).__name__}"
        return FileError(what, where=files.format_location(self.path))


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a results file; lines that are not JSON objects are skipped. Raises FileError."""
    if not files.path_exists(path):
        return
    with files.open_regular(path) as file:
        for line in file:
            try:
                row = load_json(line)
            except (ValueError, json.JSONDecodeError):
                continue
            if isinstance(row, dict):
                yield row
