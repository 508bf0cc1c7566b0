"""Paths as terminals paste them for dropped files."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from roundtable_tui.utils.texts.dropped_paths import find_dropped_files


@pytest.fixture
def dropped(tmp_path: Path) -> list[Path]:
    files = [tmp_path / "Möve's card.png", tmp_path / "b.json"]
    for file in files:
        file.write_text("x")
    return files


@pytest.mark.parametrize(
    "paste",
    [
        lambda files: str(files[0]),
        lambda files: f'"{files[0]}"',
        lambda files: shlex.quote(str(files[0])),
        lambda files: str(files[0]).replace(" ", r"\ ").replace("'", r"\'"),
        lambda files: files[0].as_uri() + "\r\n",
        lambda files: "\n".join(map(str, files)),
        lambda files: " ".join(shlex.quote(str(file)) for file in files) + " ",
        lambda files: f"{files[0].as_uri()} {files[1].as_uri()}",
    ],
)
def test_find_dropped_files_reads_every_way_of_writing(dropped: list[Path], paste) -> None:  # type: ignore[no-untyped-def]
    text = paste(dropped)
    assert find_dropped_files(text) == (dropped if "b.json" in text else dropped[:1])


@pytest.mark.parametrize("text", ["", "Why?", "/gone/x.json", "b.json", "/", "'/x", "\0", "/x " * 9999])
def test_find_dropped_files_of_other_text_is_empty(dropped: list[Path], text: str) -> None:
    assert find_dropped_files(text) == []


def test_find_dropped_files_one_that_is_missing_makes_it_text(dropped: list[Path]) -> None:
    assert find_dropped_files(f"{dropped[1]}\n/gone/x.json") == []
