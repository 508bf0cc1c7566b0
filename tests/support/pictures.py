"""Pictures for tests, and hostile ones."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image


def make_picture(
    width: int = 40,
    height: int = 20,
    *,
    kind: str = "PNG",
    mode: str = "RGB",
    color: Any = "teal",
    **how: Any,
) -> bytes:
    """Return the bytes of a picture of one colour."""
    out = BytesIO()
    Image.new(mode, (width, height), color).save(out, kind, **how)
    return out.getvalue()


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def make_png_of_size(width: int, height: int, data: bytes = b"", *, before: bytes = b"") -> bytes:
    """Return a PNG that gives this size, whatever its data is; `before` stands before its data."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = _chunk(b"IDAT", data or zlib.compress(b"\0" * 100))
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + before + body + _chunk(b"IEND", b"")


def make_png_bomb(megabytes: int) -> bytes:
    """Return a small PNG with a text that unpacks to this size."""
    text = b"Comment\0\0" + zlib.compress(b"x" * (megabytes * 1_000_000), 1)
    return make_png_of_size(4, 4, zlib.compress((b"\0" + b"abc" * 4) * 4), before=_chunk(b"zTXt", text))
