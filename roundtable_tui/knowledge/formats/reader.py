"""Read documents of every kind: plain text here, everything else in a worker process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from roundtable_tui.errors import FileError
from roundtable_tui.knowledge.passages import DocumentText
from roundtable_tui.utils import files
from roundtable_tui.utils.worker import Worker, WorkerError

READ_TIMEOUT_S = 120.0
"""Seconds for one file."""
MAX_MEMORY_BYTES = 2_000_000_000
_IN_PROCESS_KINDS = ("text", "markdown")


class DocumentReader:
    """Reads one file after another; `close` it at the end."""

    def __init__(self, timeout_s: float = READ_TIMEOUT_S, max_memory_bytes: int = MAX_MEMORY_BYTES) -> None:
        handler = "roundtable_tui.knowledge.formats.child:read_document"
        self._worker = Worker(handler, timeout_s=timeout_s, max_memory_bytes=max_memory_bytes)

    def read(self, path: Path, kind: str, data: bytes) -> DocumentText:
        """Return the text of a file.

        Args:
            path: The file, for error messages only.
            kind: What `detect_kind` returns.
            data: The bytes of the file.

        Raises:
            FileError: The file cannot be read; one line says why.
        """
        if kind in _IN_PROCESS_KINDS:
            return DocumentText(files.decode_text(data, path), headed=kind == "markdown")
        answer = self._read_in_worker(kind, data)
        if "error" in answer:
            raise FileError(answer["error"], where=files.format_location(path))
        return DocumentText(**answer)

    def close(self) -> None:
        """End the worker process."""
        self._worker.close()

    def _read_in_worker(self, kind: str, data: bytes) -> dict[str, Any]:
        try:
            return self._worker.request({"kind": kind}, data)
        except WorkerError as error:
            reasons = {
                "timeout": f"cannot be read: it takes more than {self._worker.timeout_s:g} s",
                "stopped": "cannot be read: the reader process stopped",
                "memory": "takes too much memory to read",
                "recursion": "is nested too deeply to read",
                "exception": f"cannot be read: {error.detail}",
            }
            return {"error": reasons[error.problem]}
