"""A long text a run works on, named by its file: the record keeps where it is and what it was."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from roundtable_tui.errors import FileError, UsageError
from roundtable_tui.utils import files, paths

MOST = 64_000_000
"""Bytes of one text."""


def describe(path: Path) -> dict[str, Any]:
    """Return `{path, bytes, sha256}` of a UTF-8 text file. Raises FileError."""
    path = path.expanduser()
    text = files.read_text(path, MOST)
    return {"path": str(files.real(path)), "bytes": path.stat().st_size, "sha256": digest(text)}


def read(described: Mapping[str, Any]) -> str:
    """Return the text that `describe` described. Raises FileError if it is another one by now."""
    path = Path(str(described["path"]))
    text = files.read_text(path, MOST)
    if digest(text) != described["sha256"]:
        raise FileError(
            "is not what it was when the run began", where=files.show(path), hint="Start a new run with it."
        )
    return text


def keep(stream: BinaryIO) -> Path:
    """Write what comes from a pipe to a file of ours, so that a run can be resumed; return the file.

    The same text is kept once. Raises UsageError for one that is empty, too long or no text.
    """
    raw = stream.read(MOST + 1)
    if len(raw) > MOST:
        raise UsageError(f"standard input is longer than {MOST // files.MB} MB")
    text = raw.decode("utf-8-sig", "replace").replace("\0", "")
    if not text.strip():
        raise UsageError("there is no text on standard input", hint="Give --file PATH, or pipe it in.")
    path = paths.ensure(paths.data_dir() / "texts") / f"{digest(text)[:16]}.txt"
    if not path.exists():
        files.write_text(path, text)
    return path


def digest(text: str) -> str:
    """Return the SHA-256 of a text, in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
