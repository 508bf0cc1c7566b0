"""The bytes of attached pictures, kept beside the record of a run under their hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from roundtable_tui.engine.material.attachments import Attachment
from roundtable_tui.errors import FileError
from roundtable_tui.resources.inside import inside, own
from roundtable_tui.utils import files, paths

PICTURES_FOLDER = "pictures"
"""The folder of pictures in the folder of a record."""
MAX_PICTURE_BYTES = 8 * files.BYTES_PER_MB
"""Bytes of a picture as it is sent."""


def save_pictures(folder: Path, attachments: Iterable[Attachment]) -> None:
    """Write the pictures that are not in the folder of the record yet. Raises FileError, OSError."""
    for one in attachments:
        if one.is_picture and one.data:
            path = own(folder, f"{PICTURES_FOLDER}/{one.file_name}")
            if not path.exists():
                paths.make_private_dir(path.parent)
                files.write_bytes(path, one.data)


def load_pictures(
    folder: Path, attachments: Iterable[Attachment]
) -> tuple[tuple[Attachment, ...], tuple[Attachment, ...]]:
    """Return the attachments with the bytes of their pictures, and those whose bytes are not there any more.

    The record may come from elsewhere: a file counts only if it is in the folder and has the recorded hash.
    """
    found, missing = [], []
    for one in attachments:
        if one.is_picture and not one.data:
            one = replace(one, data=_read(folder, one))
            if not one.data:
                missing.append(one)
        found.append(one)
    return tuple(found), tuple(missing)


def _read(folder: Path, one: Attachment) -> bytes:
    name = f"{PICTURES_FOLDER}/{one.file_name}"
    if inside(folder, name) is None:
        return b""
    try:
        data = files.read_bytes(folder / name, MAX_PICTURE_BYTES)
    except FileError:
        return b""
    return data if hashlib.sha256(data).hexdigest() == one.sha256 else b""
