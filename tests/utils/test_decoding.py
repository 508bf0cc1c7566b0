"""Text in any encoding is decoded correctly or refused, never with replacement characters."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundtable_tui.errors import FileError
from roundtable_tui.utils.texts.decoding import decode_any

TEXT = "Zoë,\nžluťoučký kůň 🐎 神经"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_decode_any_unicode_with_mark_is_decoded(encoding: str) -> None:
    assert decode_any(TEXT.encode(encoding), Path("a")) == TEXT


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_decode_any_utf16_without_mark_is_decoded(encoding: str) -> None:
    assert decode_any("What was it?\r\nBlue ë".encode(encoding), Path("a")) == "What was it?\nBlue ë"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("one\nZoë".encode("cp1252"), "a, line 2: is not UTF-8: byte 7 is 0xeb. Convert it to UTF-8"),
        ("質問".encode("shift_jis"), "a, line 1: is not UTF-8"),
        (b"\xff\xfea\x00\x00", "a: is not UTF-16, as its beginning says: byte 5 does not fit"),
        (b"ab\n\x00\x01", "a, line 2: is not a text file (a NUL byte)"),
        ("a\0b".encode("utf-16"), "a: is not a text file (a NUL character)"),
    ],
)
def test_decode_any_other_encoding_is_refused(data: bytes, expected: str) -> None:
    with pytest.raises(FileError) as caught:
        decode_any(data, Path("a"))
    assert str(caught.value).startswith(expected)


@given(st.binary(max_size=60))
def test_decode_any_bytes_never_become_replacement_characters(data: bytes) -> None:
    try:
        text = decode_any(data, Path("a"))
    except FileError:
        return
    decoded = []
    for encoding in ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"):
        with suppress(UnicodeDecodeError):
            decoded.append(data.decode(encoding).replace("\r\n", "\n").replace("\r", "\n"))
    assert text in decoded
