"""The structure of the package: paths named in the documents, sizes of folders, names of classes."""

from __future__ import annotations

import ast
import re
from collections import Counter

import pytest

from tests.support.paths import ROOT

PACKAGE = ROOT / "roundtable_tui"
MAX_FILES = 20
MAX_PATH_FILES = {
    "From a typed question to the HTTP request": 12,
    "From a persona's `creativity` to the request's `temperature`": 6,
    "From a chunk of a stream to its pane": 15,
}


@pytest.mark.parametrize("title", MAX_PATH_FILES)
def test_path_in_architecture_names_existing_files_within_its_limit(title: str) -> None:
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    section = text.split(f"{title}:\n\n", 1)[1].split("\n\n", 1)[0]
    files = re.findall(r"^\d+\. `([^`]+)`$", section, re.MULTILINE)
    assert 1 < len(files) <= MAX_PATH_FILES[title]
    assert [name for name in files if not (ROOT / name).is_file()] == []


def test_folder_outside_modes_has_at_most_20_files() -> None:
    folders = [folder for folder in PACKAGE.rglob("*") if folder.is_dir() and folder.name != "__pycache__"]
    assert len(folders) > 30
    counts = {str(folder.relative_to(PACKAGE)): len(list(folder.glob("*.py"))) for folder in folders}
    assert {name: count for name, count in counts.items() if count > MAX_FILES and name != "modes"} == {}


def test_class_name_in_package_is_used_once() -> None:
    names = Counter(
        node.name
        for path in PACKAGE.rglob("*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef)
    )
    assert len(names) > 200
    assert [name for name, count in names.items() if count > 1] == []
