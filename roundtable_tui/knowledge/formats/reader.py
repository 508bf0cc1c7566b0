"""Reads documents of any kind. The child that helps is started when first needed, and again if it dies."""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roundtable_tui.errors import FileError
from roundtable_tui.knowledge.formats import child
from roundtable_tui.knowledge.passages import DocumentText
from roundtable_tui.utils import files, processes

if TYPE_CHECKING:
    from subprocess import Popen

READ_TIMEOUT_S = 120.0
"""Seconds for one file."""
_IN_PROCESS_KINDS = ("text", "markdown")


class DocumentReader:
    """Reads one file after another; `close` it at the end."""

    def __init__(self, timeout_s: float = READ_TIMEOUT_S) -> None:
        self._timeout_s = timeout_s
        self._child: Popen[bytes] | None = None

    def read(self, path: Path, kind: str, data: bytes) -> DocumentText:
        """Return `data`, the bytes of the file `path`, as text. Raises FileError with one line."""
        if kind in _IN_PROCESS_KINDS:
            return DocumentText(files.decode_text(data, path), headed=kind == "markdown")
        answer = self._request(kind, data)
        if "error" in answer:
            raise FileError(answer["error"], where=files.format_location(path))
        return DocumentText(**answer)

    def close(self) -> None:
        """End the child."""
        process, self._child = self._child, None
        if process is not None:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    with suppress(OSError):
                        stream.close()

    def _request(self, kind: str, data: bytes) -> dict[str, Any]:
        """Return the child's answer; what became of the child, where it has none."""
        if self._child is None:
            self._child = _start_child()
        process = self._child
        assert process.stdin is not None and process.stdout is not None
        late = threading.Event()

        def stop() -> None:
            late.set()
            process.kill()

        clock = threading.Timer(self._timeout_s, stop)
        clock.start()
        answer = None
        with suppress(OSError):  # It has ended: told below.
            process.stdin.write(json.dumps({"kind": kind, "size": len(data)}).encode() + b"\n" + data)
            process.stdin.flush()
            answer = child.receive_message(process.stdout)
        clock.cancel()
        if answer is None:
            self.close()
            took = f"it takes more than {self._timeout_s:g} s"
            return {
                "error": f"cannot be read: {took if late.is_set() else 'the program that reads it broke off'}"
            }
        return answer


def _start_child(program: str = "") -> Popen[bytes]:
    """Start the child; `program` stands in for its code in tests."""
    command = processes.python_code(program) if program else processes.python_main(child.__name__)
    return processes.start(command, stdin="pipe", stdout="pipe", folder=processes.NOWHERE)
