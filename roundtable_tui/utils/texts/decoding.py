"""Decodes text of unknown encoding: correctly, or not at all."""

from __future__ import annotations

import codecs
from pathlib import Path

from roundtable_tui.errors import FileError
from roundtable_tui.utils import files

# UTF-32 first: its mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE_BYTES = 4096
_HINT = "Convert it to UTF-8, such as with: iconv -f ENCODING -t UTF-8"
_BINARY_HINT = "Name a text, a PDF, or a notebook"


def decode_any(data: bytes, path: Path) -> str:
    r"""Return bytes as text, line ends as `\n`, no byte order mark.

    UTF-8 is decoded, and UTF-16 and UTF-32 (with a mark, or if every second byte of the beginning is zero).
    Other encodings cannot be told apart for certain and are refused.

    Args:
        data: the bytes.
        path: the file, for error messages only.

    Raises:
        FileError: the bytes are not text in one of these encodings; the line where known.
    """
    encoding = _detect(data)
    if encoding is None:
        try:
            return files.decode_text(data, path)
        except FileError as error:
            hint = _BINARY_HINT if b"\0" in data else _HINT
            raise FileError(error.what, where=error.where, hint=hint) from None
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        what = f"is not {encoding.upper()[:6]}, as its beginning says: byte {error.start + 1} does not fit"
        raise FileError(what, where=files.format_location(path), hint=_HINT) from None
    if "\0" in text:
        raise FileError(
            "is not a text file (a NUL character)", where=files.format_location(path), hint=_BINARY_HINT
        )
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _detect(data: bytes) -> str | None:
    """Return the encoding that the beginning of the bytes shows, None for UTF-8 or an unknown one."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    sample = data[: min(_SAMPLE_BYTES, len(data) // 2 * 2)]
    even, odd = sample[::2], sample[1::2]
    if sample and even.count(0) * 2 > len(even) and not odd.count(0):
        return "utf-16-be"
    if sample and odd.count(0) * 2 > len(odd) and not even.count(0):
        return "utf-16-le"
    return None
