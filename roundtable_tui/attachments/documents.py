"""The text of a document from its bytes: PDF, Word and notebooks, else text in a known encoding."""

from __future__ import annotations

import stat
from functools import lru_cache
from pathlib import Path

from roundtable_tui.errors import FileError
from roundtable_tui.knowledge.formats import detect_kind
from roundtable_tui.knowledge.passages import DocumentText
from roundtable_tui.utils import files
from roundtable_tui.utils.paths import expand_user
from roundtable_tui.utils.texts import text_input
from roundtable_tui.utils.texts.decoding import decode_any

CONVERTED_KINDS = ("pdf", "docx", "notebook")
"""Kinds of documents whose bytes are not their text."""
READ_TIMEOUT_S = 30.0
MAX_MEMORY_BYTES = 1_000_000_000
_DOCX_PARTS = (b"word/document", b"[Content_Types].xml")


def detect_document_kind(name: str, data: bytes) -> str:
    """Return the kind of a document by its first bytes, else by its name; "" for an unknown one."""
    if data.startswith(b"%PDF-"):
        return "pdf"
    by_name = detect_kind(name)
    if data.startswith(b"PK\x03\x04") and (not by_name or by_name == "docx"):
        return "docx" if by_name == "docx" or any(part in data[:4096] for part in _DOCX_PARTS) else by_name
    return "" if by_name == "pdf" else by_name


def read_document_text(path: Path, data: bytes) -> DocumentText:
    """Return the text of the bytes of a file; `path` is for its name and for errors. Raises FileError."""
    kind = detect_document_kind(path.name, data)
    if kind not in CONVERTED_KINDS:
        return DocumentText(decode_any(data, path), headed=kind == "markdown")
    from roundtable_tui.knowledge.formats.reader import DocumentReader

    reader = DocumentReader(READ_TIMEOUT_S, MAX_MEMORY_BYTES)
    try:
        return reader.read(path, kind, data)
    finally:
        reader.close()


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
    return _convert_document(str(given), status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=8)
def _convert_document(path: str, _changed: int, _size: int) -> str:
    data = files.read_bytes(Path(path), text_input.MAX_TEXT_BYTES)
    return str(text_input.store_text(read_document_text(Path(path), data).text))
