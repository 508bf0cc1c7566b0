"""Reads what comes through standard input and other pipes: questions, texts of modes, attachments."""

from __future__ import annotations

import os
import stat
import sys
import threading
from pathlib import Path
from typing import BinaryIO

from roundtable_tui.attachments.documents import read_document_text
from roundtable_tui.attachments.read import attach_bytes
from roundtable_tui.engine.material.attachments import Attachment
from roundtable_tui.errors import FileError, UsageError
from roundtable_tui.utils import files
from roundtable_tui.utils.texts import text_input
from roundtable_tui.utils.texts.decoding import decode_any

STDIN_NAME = "standard input"
WAITING_LINE = "Reading standard input. To ask without it, add: < /dev/null\n"
_WAIT_NOTICE_S = 3.0
_FD_FOLDERS = (Path("/dev/fd"), Path("/proc/self/fd"))
_STDIN_PATHS = ("-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0")


def is_stdin(value: str) -> bool:
    """Return whether a path given for a text means standard input."""
    return value in _STDIN_PATHS


def store_stdin() -> Path:
    """Save the text on standard input to a file; return the file. Raises UsageError, FileError."""
    raw = text_input.read_stream(_binary(sys.stdin), STDIN_NAME)
    text = read_document_text(Path(STDIN_NAME), raw).text
    if not text.strip():
        raise UsageError("there is no text on standard input", hint="Give --file PATH, or pipe it in.")
    return text_input.store_text(text)


def read_stdin_text(max_bytes: int) -> str:
    """Return the text on standard input, of at most `max_bytes`. Raises UsageError, FileError."""
    raw = text_input.read_stream(_binary(sys.stdin), STDIN_NAME)
    if len(raw) > max_bytes:
        raise UsageError(f"{STDIN_NAME} is longer than {max_bytes // files.BYTES_PER_MB} MB")
    return decode_any(raw, Path(STDIN_NAME))


def read_piped_attachment(*, show_waiting: bool = True) -> list[Attachment]:
    """Return what is piped or redirected into standard input as an attachment; none if it holds nothing.

    It is read to its end. `show_waiting` says so on stderr if that takes long: a script may leave it open.

    Raises FileError if it is not text, a document or a picture.
    """
    if not _is_piped():
        return []
    timer = threading.Timer(_WAIT_NOTICE_S, sys.stderr.write, (WAITING_LINE,))
    timer.daemon = True
    if show_waiting:
        timer.start()
    try:
        data = text_input.read_stream(_binary(sys.stdin), STDIN_NAME)
    except UsageError as error:
        if not isinstance(error.__context__, OSError | ValueError):
            raise
        return []  # It cannot be read: nothing was piped in.
    finally:
        timer.cancel()
    return [attach_bytes(STDIN_NAME, data)] if data.strip() else []


def _is_piped() -> bool:
    """Return whether standard input is a pipe or a file, not a terminal or a device."""
    if not has_piped_input():
        return False
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (OSError, ValueError):
        return _binary(sys.stdin) is not None  # A stream of the program itself.
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode) or stat.S_ISSOCK(mode)


def store_pipe(path: Path) -> Path:
    """Return the file of a pipe's text, such as of a process substitution; another path as it is.

    A pipe can be read only once. Raises UsageError, FileError.
    """
    if (raw := _read_pipe(path, files.display_path(path))) is None:
        return path
    text = read_document_text(path, raw).text
    if not text.strip():
        raise FileError("holds no text", where=files.display_path(path), hint="The program wrote none.")
    return text_input.store_text(text)


def read_pipe_attachment(given: str) -> Path | Attachment:
    """Return the output of a process substitution as an attachment; another path as it is.

    Only pipes that the shell has opened are read: another pipe may have no writer.

    Raises UsageError, FileError.
    """
    path = Path(given)
    if path.parent not in _FD_FOLDERS or (data := _read_pipe(path, given)) is None:
        return path
    if not data.strip():
        raise FileError("holds nothing", where=files.display_path(path), hint="The program wrote nothing.")
    return attach_bytes(f"pipe {path.name}", data)


def _read_pipe(path: Path, name: str) -> bytes | None:
    """Return what a pipe holds; None for anything else. Raises UsageError, FileError."""
    try:
        if not stat.S_ISFIFO(path.stat().st_mode):
            return None
        with path.open("rb") as stream:
            return text_input.read_stream(stream, name)
    except (OSError, ValueError):
        return None  # Reading it as a file reports the problem.


def _binary(stream: object) -> BinaryIO | None:
    """Return the bytes under a text stream, None if it is closed."""
    if stream is None or getattr(stream, "closed", False):
        return None
    found: BinaryIO | None = getattr(stream, "buffer", None)
    return found


def has_piped_input() -> bool:
    """Return whether standard input is open and is not a terminal."""
    try:
        return sys.stdin is not None and not getattr(sys.stdin, "closed", False) and not sys.stdin.isatty()
    except (OSError, ValueError):
        return False
