"""Turns what the user names as a text into a text file: documents, notebooks, pipes, standard input."""

from __future__ import annotations

import stat
import sys
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from roundtable_tui.errors import FileError, UsageError
from roundtable_tui.knowledge.formats import detect_kind
from roundtable_tui.utils import files
from roundtable_tui.utils.paths import expand_user
from roundtable_tui.utils.texts import text_input
from roundtable_tui.utils.texts.decoding import decode_any

STDIN_NAME = "standard input"
_STDIN_PATHS = ("-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0")
_CONVERTED_KINDS = ("pdf", "docx", "notebook")
_DOCX_PARTS = (b"word/document", b"[Content_Types].xml")


def is_stdin(value: str) -> bool:
    """Return whether a path given for a text means standard input."""
    return value in _STDIN_PATHS


def store_stdin() -> Path:
    """Save the text on standard input to a file; return the file. Raises UsageError, FileError."""
    raw = text_input.read_stream(_binary(sys.stdin), STDIN_NAME)
    text = _to_text(Path(STDIN_NAME), raw)
    if not text.strip():
        raise UsageError("there is no text on standard input", hint="Give --file PATH, or pipe it in.")
    return text_input.store_text(text)


def read_stdin_text(max_bytes: int) -> str:
    """Return the text on standard input, of at most `max_bytes`. Raises UsageError, FileError."""
    raw = text_input.read_stream(_binary(sys.stdin), STDIN_NAME)
    if len(raw) > max_bytes:
        raise UsageError(f"{STDIN_NAME} is longer than {max_bytes // files.BYTES_PER_MB} MB")
    return decode_any(raw, Path(STDIN_NAME))


def store_pipe(path: Path) -> Path:
    """Return the file of a pipe's text, such as of a process substitution; another path as it is.

    A pipe can be read only once. Raises UsageError, FileError.
    """
    try:
        if not stat.S_ISFIFO(path.stat().st_mode):
            return path
        with path.open("rb") as stream:
            raw = text_input.read_stream(stream, files.display_path(path))
    except (OSError, ValueError):
        return path  # Reading it as a file reports the problem.
    text = _to_text(path, raw)
    if not text.strip():
        raise FileError("holds no text", where=files.display_path(path), hint="The program wrote none.")
    return text_input.store_text(text)


def to_text_file(path: str) -> str:
    """Return the path of the text of a document (PDF, Word, notebook); another path as it is.

    Raises FileError.
    """
    given = expand_user(path)
    try:
        status = given.stat()
        if not stat.S_ISREG(status.st_mode):
            return path
        with files.open_regular(given) as file:
            start = file.read(8)
    except (OSError, ValueError, FileError):
        return path  # Reading it reports the problem.
    if _kind_of(given.name, start) not in _CONVERTED_KINDS:
        return path
    return _convert(str(given), status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=8)
def _convert(path: str, _changed: int, _size: int) -> str:
    data = files.read_bytes(Path(path), text_input.MAX_TEXT_BYTES)
    return str(text_input.store_text(_to_text(Path(path), data)))


def _to_text(path: Path, data: bytes) -> str:
    """Return the text of a file's bytes. Raises FileError."""
    kind = _kind_of(path.name, data)
    if kind not in _CONVERTED_KINDS:
        return decode_any(data, path)
    from roundtable_tui.knowledge.formats.reader import DocumentReader

    reader = DocumentReader()
    try:
        return reader.read(path, kind, data).text
    finally:
        reader.close()


def _kind_of(name: str, data: bytes) -> str:
    """Return the kind of a document by its first bytes, else by its name."""
    if data.startswith(b"%PDF-"):
        return "pdf"
    by_name = detect_kind(name)
    if data.startswith(b"PK\x03\x04") and (not by_name or by_name == "docx"):
        return "docx" if by_name == "docx" or any(part in data[:4096] for part in _DOCX_PARTS) else by_name
    return "" if by_name == "pdf" else by_name


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
