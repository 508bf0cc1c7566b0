"""The file tools before hostile folders, paths and patterns: bounded, and without names that act."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui.engine.tools.tool import CallContext, ToolResult
from roundtable_tui.tools.files import roots as roots_module
from roundtable_tui.tools.files.open_roots import open_root
from roundtable_tui.tools.files.roots import FileRoots
from roundtable_tui.tools.files.tools import file_tools


def call(root: Path, name: str, **arguments: Any) -> ToolResult:
    tool = {one.name: one for one in file_tools(FileRoots([open_root(root)]))}[name]
    return asyncio.run(tool.run(arguments, CallContext("ada.1", "ada", "1")))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "name", ["two\nlines.md", "\x1b]0;owned\x07.md", "\u202egpj.md", "\ud800.md", "a\0b", "x" * 5000]
)
def test_read_file_of_a_name_that_acts_on_terminals_is_refused_as_in_lists(tmp_path: Path, name: str) -> None:
    if name[0] in "t\x1b\u202e":
        (tmp_path / name).write_text("forged\n", encoding="utf-8")
    result = call(tmp_path, "read_file", path=name)
    assert not result.ok and result.text == "the path is not valid"


def test_walk_ends_in_a_tree_of_empty_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roots_module, "MAX_ENTRIES", 50)
    for outer in range(20):
        for inner in range(20):
            (tmp_path / f"{outer:02}" / f"{inner:02}").mkdir(parents=True)
    (tmp_path / "zz.md").touch()
    listed = list[str]()
    read_folder = FileRoots.entries
    monkeypatch.setattr(
        FileRoots,
        "entries",
        lambda self, folder: [listed.append(folder.name), *read_folder(self, folder)][1:],
    )
    assert call(tmp_path, "list_files", glob="*.md").text == "(nothing)"
    assert len(listed) <= 51, "folders count, not only files"


def test_read_file_ignores_arguments_of_other_names(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("one\n", encoding="utf-8")
    assert call(tmp_path, "read_file", path="a.md", context="x", self="y").text == "a.md:1: one"


def test_search_files_pattern_that_takes_long_to_compile_is_not_compiled_in_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.md").write_text("one\n", encoding="utf-8")
    monkeypatch.setattr("re.compile", lambda *_: pytest.fail("compiled here"))
    assert call(tmp_path, "search_files", text="n.$", regex=True).text == "a.md:1: one"
    assert call(tmp_path, "search_files", text="(", regex=True).text.startswith("not a regular expression: ")
