"""A results file: one JSON object per finished run, appended and flushed. A torn line loses one line."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from roundtable_tui.errors import FileError
from roundtable_tui.utils import files, paths
from roundtable_tui.utils.nesting import load_json
from roundtable_tui.utils.text import to_safe_json


class ResultsFile:
    """Rows of a results file. Open it with `with`; rows that are there are read with `read_rows`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[bytes] | None = None

    def __enter__(self) -> ResultsFile:
        paths.make_private_dir(self.path.parent)
        try:
            self._file = self.path.open("ab+")
            self._file.seek(0, os.SEEK_END)
            if self._file.tell():  # A line that was cut off must not join to the next one.
                self._file.seek(-1, os.SEEK_END)
                if self._file.read(1) != b"\n":
                    self._file.write(b"\n")
        except OSError as error:
            raise self._error(error) from error
        return self

    def __exit__(self, *exception: object) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def append(self, row: Mapping[str, Any]) -> None:
        """Append a row and flush it. Raises FileError."""
        assert self._file is not None
        try:
            self._file.write(to_safe_json(dict(row)).encode() + b"\n")
            self._file.flush()
        except OSError as error:
            raise self._error(error) from error

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
