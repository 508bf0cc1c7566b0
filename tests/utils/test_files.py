"""Files of people: read with care, written whole or not at all."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

from roundtable_tui.errors import FileError
from roundtable_tui.utils import files


def fault(path: Path, limit: int = files.BYTES_PER_MB) -> str:
    with pytest.raises(FileError) as caught:
        files.read_text(path, limit)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_read_text_removes_bom_and_normalizes_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbfone\r\ntwo\rthr\xc3\xa9e\n")
    assert files.read_text(path) == "one\ntwo\nthrée\n"


def test_read_text_with_any_locale_is_utf8(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C")
    path = files.write_text(tmp_path / "a.txt", "žluťoučký 🐎")
    assert files.read_text(path) == "žluťoučký 🐎"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("héllo".encode("utf-16"), "is UTF-16. Save it as UTF-8."),
        (b"\xfe\xff\x00h", "is UTF-16"),
        ("one\ntwo\nhéllo".encode("cp1252"), "line 3: is not UTF-8: byte 10 is 0xe9. Save it as UTF-8."),
        (b"ab\n\x00\x01", "line 2: is not a text file (a NUL byte)"),
        ("hello".encode("utf-16-le"), "line 1: is not a text file (a NUL byte)"),
        (b"\xef\xbb\xbf\xff", "line 1: is not UTF-8: byte 1 is 0xff"),
    ],
)
def test_read_text_not_utf8_raises_with_position(tmp_path: Path, content: bytes, expected: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    assert expected in fault(path)


def test_read_text_not_a_regular_file_raises_without_opening(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as plug:
        plug.bind("plug")
    assert "is a folder, not a file" in fault(tmp_path)
    assert "is a device or a pipe, not a file" in fault(tmp_path / "pipe")
    assert "is a device or a pipe, not a file" in fault(tmp_path / "plug")
    assert "is a device or a pipe, not a file" in fault(Path("/dev/zero"))


def test_resolve_path_follows_links_except_loops(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    (tmp_path / "real").write_text("x")
    (tmp_path / "link").symlink_to("real")
    assert files.read_text(tmp_path / "link") == "x"
    assert "its link leads back to itself" in fault(tmp_path / "a")
    with pytest.raises(FileError, match="its link leads back to itself"):
        files.write_text(tmp_path / "a", "x")


def test_read_text_too_large_raises_before_reading(tmp_path: Path) -> None:
    path = tmp_path / "huge"
    with path.open("wb") as file:
        file.truncate(1_000_000_000)
    assert "is too large (1,000.0 MB). At most 1 MB is read." in fault(path)
    path.write_bytes(b"x" * 11)
    assert files.read_text(path, 11) == "x" * 11
    assert "is too large" in fault(path, 10)


def test_read_bytes_endless_file_with_size_zero_raises() -> None:
    assert "is too large (larger than its reported size)" in fault(Path("/proc/self/mountinfo"), 8)


def test_read_text_missing_or_invalid_name_raises(tmp_path: Path) -> None:
    assert "cannot be read: No such file or directory" in fault(tmp_path / "no")
    assert "cannot be read: File name too long" in fault(tmp_path / ("x" * 300))
    assert "cannot be read" in fault(tmp_path / "a\x00b")


def test_display_path_is_relative_to_current_folder_or_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    assert files.display_path(tmp_path / "work" / "a" / "b.json") == "a/b.json"
    assert files.display_path(tmp_path / "home" / "b.json") == "~/b.json"
    assert files.display_path(Path("/etc/x\x1b[2J\n")) == "/etc/x␛[2J"
    assert files.format_location(Path("/x"), 3) == "/x, line 3"
    assert files.format_location(None, 3) == "line 3"


def test_write_text_creates_folders_and_sets_permissions(tmp_path: Path) -> None:
    path = files.write_text(tmp_path / "new" / "a.txt", "x", mode=0o644)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert stat.S_IMODE(files.write_text(path, "y").stat().st_mode) == 0o600
    assert path.read_text() == "y"
    assert [one.name for one in path.parent.iterdir()] == ["a.txt"]


def test_write_text_repairs_lone_surrogates(tmp_path: Path) -> None:
    assert files.write_text(tmp_path / "a", "a\ud800b\ud83d\ude00").read_text(encoding="utf-8") == "a�b😀"


def test_write_text_over_a_folder_raises(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(FileError, match="cannot be written"):
        files.write_text(tmp_path / "a", "x")
    assert [one.name for one in tmp_path.iterdir()] == ["a"]
    with pytest.raises(FileError, match="cannot be written"):
        files.write_text(Path("/proc/none/a"), "x")


def test_snapshot_files_after_any_change_differs(tmp_path: Path) -> None:
    file, other = tmp_path / "a", tmp_path / "b"
    states = [files.snapshot_files([file, other])]
    file.write_text("one")
    states.append(files.snapshot_files([file, other]))
    assert files.snapshot_files([file, other]) == states[-1]
    file.write_text("three")
    states.append(files.snapshot_files([file, other]))
    other.write_text("x")
    states.append(files.snapshot_files([file, other]))
    file.unlink()
    states.append(files.snapshot_files([file, other, tmp_path / "\0"]))
    assert len(set(states)) == len(states)
