"""A text file that a run works on. The record has its path and a digest, not the text."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from roundtable_tui.errors import FileError, UsageError
from roundtable_tui.utils import files, paths
from roundtable_tui.utils.paths import expand_user

MAX_TEXT_BYTES = 64_000_000
"""Bytes of one text."""


def fingerprint(path: Path) -> dict[str, Any]:
    """Return `{path, bytes, sha256}` of a UTF-8 text file. Raises FileError."""
    path = expand_user(path)
    text = files.read_text(path, MAX_TEXT_BYTES)
    return {"path": str(files.resolve_path(path)), "bytes": path.stat().st_size, "sha256": sha256_hex(text)}


def read_verified(expected: Mapping[str, Any]) -> str:
    """Return the text whose `fingerprint` was taken. Raises FileError if it has changed."""
    path = Path(str(expected["path"]))
    text = files.read_text(path, MAX_TEXT_BYTES)
    if sha256_hex(text) != expected["sha256"]:
        raise FileError(
            "is not what it was when the run began",
            where=files.display_path(path),
            hint="Start a new run with it.",
        )
    return text


def store_stdin(stream: BinaryIO) -> Path:
    """Save text from standard input to a file, so that the run can be resumed; return the file.

    The same text is kept once. Raises UsageError for one that is empty, too long or no text.
    """
    raw = stream.read(MAX_TEXT_BYTES + 1)
    if len(raw) > MAX_TEXT_BYTES:
        raise UsageError(f"standard input is longer than {MAX_TEXT_BYTES // files.BYTES_PER_MB} MB")
    text = raw.decode("utf-8-sig", "replace").replace("\0", "")
    if not text.strip():
        raise UsageError("there is no text on standard input", hint="Give --file PATH, or pipe it in.")
    return store_text(text)


def store_text(text: str, folder: Path | None = None) -> Path:
    """Save a text to a file in `folder`, by default that of texts, and return the file.

    The same text is kept once.
    """
    path = paths.make_private_dir(folder or paths.data_dir() / "texts") / f"{sha256_hex(text)[:16]}.txt"
    if not path.exists():
        files.write_text(path, text)
    return path


def sha256_hex(text: str) -> str:
    """Return the SHA-256 of a text, in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
