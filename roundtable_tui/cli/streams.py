"""Makes the standard streams of the program safe to use, whatever its parent process gave it."""

from __future__ import annotations

import errno
import io
import os
import sys
from contextlib import suppress

_OUTPUT_ERRORS = frozenset({errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EFBIG, errno.EBADF})


def open_closed_descriptors() -> None:
    """Open the null device in place of standard streams that are closed.

    Otherwise the next file that is opened, such as a database, would take the number of such a stream.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            # The lowest free number is used, which is this one.
            os.open(os.devnull, os.O_RDWR)
            os.set_inheritable(number, True)


def prepare_streams() -> None:
    """Make stdin, stdout and stderr usable if they are closed, and able to print any text."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # closed by the parent process
            setattr(sys, name, open(os.devnull, mode))  # noqa: PTH123, SIM115
    for name in ("stdout", "stderr"):
        # A terminal that cannot show a character gets a question mark, not a traceback.
        with suppress(AttributeError, ValueError):
            getattr(sys, name).reconfigure(errors="replace")


def tolerate_stderr_errors() -> None:
    """Let the program continue if stderr cannot be written: it has progress and warnings, not results."""
    before = sys.stderr
    raw = _LossyFile(2, "w", closefd=False)
    encoding = getattr(before, "encoding", None) or "utf-8"
    buffer = io.BufferedWriter(raw)
    sys.stderr = io.TextIOWrapper(buffer, encoding, "replace", line_buffering=True)


def is_output_error(error: OSError) -> bool:
    """Return whether an error is that of writing to stdout: it names no file."""
    return error.filename is None and error.errno in _OUTPUT_ERRORS


def is_folder_gone() -> bool:
    """Return whether the current folder was deleted."""
    try:
        os.getcwd()  # noqa: PTH109
    except FileNotFoundError:
        return True
    return False


def discard_output() -> None:
    """Discard what is still to be written to stdout."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _LossyFile(io.FileIO):
    """A file whose failed writes are ignored."""

    def write(self, data: object) -> int:
        """Write bytes; return how many were written or ignored."""
        try:
            return super().write(data) or 0  # type: ignore[arg-type]
        except OSError:
            return len(memoryview(data).cast("B"))  # type: ignore[arg-type]
