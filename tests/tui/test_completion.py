"""What is completed in the input, and what counts as a command or a path."""

from __future__ import annotations

from pathlib import Path

import pytest

from roundtable_tui.tui.completion import find_token, list_files, parse_pasted_path


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (["/mo"], ("/", "mo", 0, 0)),
        (["/"], ("/", "", 0, 0)),
        (["/usr/bin"], None),
        (["/mode vote"], None),
        (["a /mo"], None),
        (["first", "/mo"], None),
        (["ask @har"], ("@", "har", 4, 0)),
        (["@"], ("@", "", 0, 0)),
        (["one", "two @do"], ("@", "do", 4, 1)),
        (["a@b"], None),
        (["@harper hello"], None),
    ],
)
def test_find_token_at_cursor(before: list[str], expected: tuple[str, str, int, int] | None) -> None:
    found = find_token(before)
    assert (found and (found.sign, found.word, found.start, found.row)) == expected


def test_list_files_folders_first_hidden_only_by_name(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    for name in ("note.txt", ".notes", "other.md", "notes/deep.md"):
        (tmp_path / name).write_text("x")
    assert [one.text for one in list_files("No", tmp_path)] == ["notes/", "note.txt"]
    assert [one.text for one in list_files("notes/", tmp_path)] == ["notes/deep.md"]
    assert [one.text for one in list_files(".n", tmp_path)] == [".notes"]
    assert [one.is_final for one in list_files("note", tmp_path)] == [False, True]
    assert list_files("missing/x", tmp_path) == []


@pytest.mark.parametrize("form", ["{}", "'{}'", '"{}"', " {}\n", "file://{}", "{} "])
def test_pasted_path_of_existing_file_is_recognized(form: str, tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    path.write_text("x")
    assert parse_pasted_path(form.format(path)) == path


def test_pasted_path_with_escaped_spaces_and_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "my report.txt"
    path.write_text("x")
    assert parse_pasted_path(str(path).replace(" ", "\\ ")) == path
    monkeypatch.chdir(tmp_path)
    for text in (
        "",
        "my report.txt",
        "two\nlines",
        "/no/such/file",
        str(tmp_path),
        "~nobody-here/x",
        "x" * 9_000,
    ):
        assert parse_pasted_path(text) is None
