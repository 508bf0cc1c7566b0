"""Files that an option of a mode names: a document is turned into a text file."""

from __future__ import annotations

import stat
from functools import lru_cache
from pathlib import Path

from roundtable_tui.attachments.documents import CONVERTED_KINDS, detect_document_kind, read_document_text
from roundtable_tui.errors import FileError
from roundtable_tui.utils import files
from roundtable_tui.utils.paths import expand_user
from roundtable_tui.utils.texts import text_input


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
    if detect_document_kind(given.name, start) not in CONVERTED_KINDS:
        return path
    return _convert(str(given), status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=8)
def _convert(path: str, _changed: int, _size: int) -> str:
    data = files.read_bytes(Path(path), text_input.MAX_TEXT_BYTES)
    return str(text_input.store_text(read_document_text(Path(path), data).text))
