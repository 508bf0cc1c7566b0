from __future__ import annotations

from pathlib import Path

import pytest

from roundtable_tui.errors import FileError
from roundtable_tui.resources.task_storage import TextFile


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
def test_text_file_save_keeps_line_ends_and_bom(tmp_path: Path, data: bytes, saved: bytes) -> None:
    path = tmp_path / "context.txt"
    path.write_bytes(data)
    path.chmod(0o640)
    file = TextFile(path)
    text = file.read()
    assert "\r" not in text and not file.has_changed() and not file.has_mixed_line_ends
    file.save(text.replace("b", "c").replace("雪", "c"))
    assert path.read_bytes() == saved and path.stat().st_mode & 0o777 == 0o640
    assert not file.has_changed()


def test_text_file_save_mixed_line_ends_become_the_most_frequent(tmp_path: Path) -> None:
    path = tmp_path / "context.txt"
    path.write_bytes(b"a\r\nb\r\nc\n")
    file = TextFile(path)
    assert file.read() == "a\nb\nc\n" and file.has_mixed_line_ends
    file.save("a\nb\nc\n")
    assert path.read_bytes() == b"a\r\nb\r\nc\r\n"


def test_text_file_changed_by_another_program_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "context.txt"
    file = TextFile(path)
    assert file.read() == "" and not file.has_changed()
    path.write_text("theirs")
    assert file.has_changed() and file.read() == "theirs" and not file.has_changed()
    path.unlink()
    assert file.has_changed()
    path.mkdir()
    assert file.has_changed()
    with pytest.raises(FileError, match="cannot be written"):
        file.save("mine")


def test_text_file_save_missing_file_is_created(tmp_path: Path) -> None:
    file = TextFile(tmp_path / "new/context.txt")
    assert file.read() == "" and file.line_end == "\n"
    file.save("words\n")
    assert file.path.read_text() == "words\n" and file.path.stat().st_mode & 0o777 == 0o644
    file.save("more\n", tmp_path / "copy/context.txt")
    assert file.path == tmp_path / "copy/context.txt" and not file.has_changed()


def test_text_file_not_text_raises_and_is_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "context.txt"
    path.write_bytes(b"\xff\xfea\x00")
    with pytest.raises(FileError, match="UTF-16"):
        TextFile(path).read()
    assert path.read_bytes() == b"\xff\xfea\x00"
