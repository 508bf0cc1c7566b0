"""Reads the text chunks of a PNG picture, with limits, without decoding the picture."""

from __future__ import annotations

import zlib
from collections.abc import Collection

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_TEXT_BYTES = 8_000_000
"""Bytes of one text, after unpacking."""
_MAX_CHUNKS = 10_000


class PngError(ValueError):
    """The picture is damaged or a text in it is too large; the message is for the user."""


def read_text_chunks(data: bytes, keywords: Collection[str]) -> dict[str, bytes]:
    """Return the first text chunk (tEXt, zTXt, iTXt) of each of the keywords. Raises PngError.

    Source: PNG specification, third edition, section 11.3.3.
    """
    found: dict[str, bytes] = {}
    at = len(SIGNATURE)
    for _ in range(_MAX_CHUNKS):
        if at + 8 > len(data):
            break
        size, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        content = data[at + 8 : at + 8 + size]
        if len(content) < size:
            raise PngError("is cut off")
        at += size + 12  # The checksum is not of interest: what is read is checked as text.
        if kind == b"IEND":
            break
        if kind in (b"tEXt", b"zTXt", b"iTXt"):
            keyword, _, rest = content.partition(b"\0")
            name = keyword.decode("latin-1")
            if name in keywords and name not in found:  # Others are not unpacked: there may be many.
                found[name] = _unpack(kind, rest)
    return found


def _unpack(kind: bytes, rest: bytes) -> bytes:
    if kind == b"tEXt":
        return rest
    if kind == b"zTXt":
        return _inflate(rest[1:])
    is_compressed, rest = rest[:1] == b"\x01", rest[2:]
    _language, _, rest = rest.partition(b"\0")
    _translated, _, rest = rest.partition(b"\0")
    return _inflate(rest) if is_compressed else rest


def _inflate(data: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(data, MAX_TEXT_BYTES + 1)
    except zlib.error:
        raise PngError("has a text that cannot be unpacked") from None
    if len(text) > MAX_TEXT_BYTES:
        raise PngError(f"has a text that unpacks to more than {MAX_TEXT_BYTES // 1_000_000} MB")
    return text
