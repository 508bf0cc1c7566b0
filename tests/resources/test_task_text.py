from __future__ import annotations

from pathlib import Path

import pytest

from roundtable_tui.errors import FileError
from roundtable_tui.resources.task_storage import TextFormat, read_text_file, write_text_file


@pytest.mark.parametrize(
    ("data", "saved"),
    [
        (b"a\nb\n", b"a\nc\n"),
        (b"a\r\nb\r\n", b"a\r\nc\r\n"),
        (b"a\rb\r", b"a\rc\r"),
        (b"\xef\xbb\xbfa\r\nb", b"\xef\xbb\xbfa\r\nc"),
        ("é\n雪".encode(), "é\nc".encode()),
    ],
)
def test_write_text_file_keeps_line_ends_bom_and_permissions(
    tmp_path: Path, data: bytes, saved: bytes
) -> None:
    path = tmp_path / "context.txt"
    path.write_bytes(data)
    path.chmod(0o640)
    text, form = read_text_file(path)
    assert "\r" not in text and not form.is_mixed
    write_text_file(path, text.replace("b", "c").replace("雪", "c"), form)
    assert path.read_bytes() == saved and path.stat().st_mode & 0o777 == 0o640


def test_write_text_file_mixed_line_ends_become_the_most_frequent(tmp_path: Path) -> None:
    path = tmp_path / "context.txt"
    path.write_bytes(b"a\r\nb\r\nc\n")
    text, form = read_text_file(path)
    assert text == "a\nb\nc\n" and form.is_mixed
    write_text_file(path, text, form)
    assert path.read_bytes() == b"a\r\nb\r\nc\r\n"


def test_write_text_file_missing_file_is_created(tmp_path: Path) -> None:
    path = tmp_path / "new/context.txt"
    text, form = read_text_file(path)
    assert text == "" and form == TextFormat()
    write_text_file(path, "words\n", form)
    assert path.read_text() == "words\n" and path.stat().st_mode & 0o777 == 0o644


def test_write_text_file_folder_in_its_place_raises(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot be written"):
        write_text_file(tmp_path, "mine", TextFormat())


def test_read_text_file_not_text_raises_and_is_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "context.txt"
    path.write_bytes(b"\xff\xfea\x00")
    with pytest.raises(FileError, match="UTF-16"):
        read_text_file(path)
    assert path.read_bytes() == b"\xff\xfea\x00"
