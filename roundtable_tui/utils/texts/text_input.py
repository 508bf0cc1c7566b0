"""A text file that a run works on. The record has its path and a digest, not the text."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from roundtable_tui.errors import FileError, UsageError
from roundtable_tui.utils import files, paths
from roundtable_tui.utils.paths import expand_user
from roundtable_tui.utils.texts.decoding import decode_any

MAX_TEXT_BYTES = 64_000_000
"""Bytes of one text."""


def fingerprint(path: Path) -> dict[str, Any]:
    """Return `{path, bytes, sha256}` of a text file. Raises FileError, also for one without text."""
    path = expand_user(path)
    data = files.read_bytes(path, MAX_TEXT_BYTES)
    text = decode_any(data, path)
    if not text.strip():
        raise FileError("holds no text", where=files.display_path(path), hint="Name a file with a text.")
    return {"path": str(files.resolve_path(path)), "bytes": len(data), "sha256": sha256_hex(text)}


def read_verified(expected: Mapping[str, Any]) -> str:
    """Return the text whose `fingerprint` was taken. Raises FileError if it has changed."""
    path = Path(str(expected["path"]))
    text = decode_any(files.read_bytes(path, MAX_TEXT_BYTES), path)
    if sha256_hex(text) != expected["sha256"]:
        raise FileError(
            "is not what it was when the run began",
            where=files.display_path(path),
            hint="Start a new run with it.",
        )
    return text


def read_stream(stream: BinaryIO | None, name: str) -> bytes:
    """Return all bytes of a stream, such as standard input or a pipe.

    Raises UsageError, with the `name` of the stream, for one that is closed, cannot be read or is too long.
    """
    try:
        if stream is None:
            raise UsageError(f"{name} is closed", hint="Give --file PATH, or pipe it in.")
        raw = stream.read(MAX_TEXT_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or "it is closed"
        what = f"{name} cannot be read: {reason}"
        raise UsageError(what, hint="Give --file PATH, or pipe it in.") from None
    if len(raw) > MAX_TEXT_BYTES:
        raise UsageError(f"{name} is longer than {MAX_TEXT_BYTES // files.BYTES_PER_MB} MB")
    return raw


def store_text(text: str, folder: Path | None = None) -> Path:
    """Save a text to a file in `folder`, by default that of texts, so that the run can be resumed.

    The same text is kept once. Returns the file.
    """
    path = paths.make_private_dir(folder or paths.data_dir() / "texts") / f"{sha256_hex(text)[:16]}.txt"
    if not path.exists():
        files.write_text(path, text)
    return path


def sha256_hex(text: str) -> str:
    """Return the SHA-256 of a text, in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
