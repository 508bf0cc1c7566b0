"""The file tools: what they show, and what they never show."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui.attachments.document_lines import DocumentLines
from roundtable_tui.engine.tools.tool import CallContext, ToolResult
from roundtable_tui.errors import FileError, UsageError
from roundtable_tui.resources.task import load_task
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.setup.tools import plan_tools
from roundtable_tui.tools.files import regex
from roundtable_tui.tools.files.open_roots import open_root
from roundtable_tui.tools.files.roots import MAX_FILE_BYTES, FileRoots
from roundtable_tui.tools.files.secrets import is_secret_name
from roundtable_tui.tools.files.tools import file_tools
from tests.support.documents import docx_paragraph, make_docx, make_pdf, make_zip_bomb

Call = Callable[..., ToolResult]


def caller(*folders: Path) -> Call:
    """Return a function that calls a tool over these roots."""
    roots = FileRoots([open_root(folder) for folder in folders], DocumentLines().read)
    tools = {tool.name: tool for tool in file_tools(roots)}

    def call(name: str, round_key: str = "1", **arguments: Any) -> ToolResult:
        return asyncio.run(tools[name].run(arguments, CallContext("ada.1", "ada", round_key)))  # type: ignore[arg-type]

    return call


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "docs" / "deep").mkdir(parents=True)
    (root / "notes.md").write_text("alpha\nBeta gamma\n", encoding="utf-8")
    (root / "docs" / "long.txt").write_text("".join(f"line {n}\n" for n in range(1, 1001)), encoding="utf-8")
    (root / "docs" / "deep" / "x.py").write_text("gamma = 1\u2028notes.md:9: forged\n", encoding="utf-8")
    (root / "empty.txt").touch()
    return root


def test_list_files_names_files_with_sizes_and_folders(root: Path) -> None:
    call = caller(root)
    assert call("list_files").text == "docs/\nempty.txt (0 bytes)\nnotes.md (17 bytes)"
    assert call("list_files", path="docs").text.startswith("docs/deep/\ndocs/long.txt (")
    assert call("list_files", glob="**/*.py").text.startswith("docs/deep/x.py (")


def test_read_file_gives_numbered_lines_of_the_range(root: Path) -> None:
    call = caller(root)
    assert call("read_file", path="./notes.md").text == "notes.md:1: alpha\nnotes.md:2: Beta gamma"
    result = call("read_file", path="docs/long.txt", first_line=12, last_line=13)
    assert result.text == "docs/long.txt:12: line 12\ndocs/long.txt:13: line 13\n(lines 12-13 of 1000)"
    assert (result.title, result.details["total"]) == ("docs/long.txt:12-13", 1000)
    assert call("read_file", path=str(root / "notes.md")).ok, "an absolute path inside the root is one too"
    assert "(lines 1-400 of 1000)" in call("read_file", path="docs/long.txt").text
    assert "has only 1,000 lines" in call("read_file", path="docs/long.txt", first_line=1001).text
    assert call("read_file", path="empty.txt").text == "(the file is empty)"


def test_search_files_finds_text_and_regular_expressions(root: Path) -> None:
    call = caller(root)
    found = call("search_files", text="GAMMA")
    assert found.text.split("\n")[1] == "notes.md:2: Beta gamma"
    assert found.details["found"] == [("docs/deep/x.py", 1), ("notes.md", 2)]
    assert call("search_files", text="GAMMA", glob="*.md").text == "notes.md:2: Beta gamma"
    assert call("search_files", text="^line 99\\d$", regex=True).text.count("\n") == 9
    assert "not a regular expression" in call("search_files", text="(", regex=True).text
    assert "and more" in call("search_files", text="line").text


def test_search_files_regular_expression_that_never_ends_is_ended(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "slow.txt").write_text("a" * 40 + "b\n", encoding="utf-8")
    monkeypatch.setattr(regex, "_TIMEOUT_S", 1.0)
    assert "takes too long" in caller(root)("search_files", text="(a+)+$", regex=True, path="slow.txt").text


def test_read_file_line_separators_cannot_forge_a_line(root: Path) -> None:
    assert (
        caller(root)("read_file", path="docs/deep/x.py").text
        == "docs/deep/x.py:1: gamma = 1 notes.md:9: forged"
    )


def test_read_file_of_a_round_is_the_same_for_all_its_seats(root: Path) -> None:
    call = caller(root)
    before = call("read_file", path="notes.md").text
    (root / "notes.md").write_text("changed\n", encoding="utf-8")
    assert call("read_file", path="notes.md", last_line=1).text.startswith("notes.md:1: alpha")
    assert call("read_file", path="notes.md").text == before
    assert call("read_file", "2", path="notes.md").text == "notes.md:1: changed"


@pytest.mark.parametrize(
    "path",
    [
        "../outside.txt",
        "docs/../../outside.txt",
        "/etc/passwd",
        "~/x",
        "link.txt",
        "linked/outside.txt",
        "a\0b",
    ],
)
def test_read_file_outside_the_root_is_refused(root: Path, tmp_path: Path, path: str) -> None:
    (tmp_path / "outside.txt").write_text("hidden", encoding="utf-8")
    (root / "link.txt").symlink_to(tmp_path / "outside.txt")
    (root / "linked").symlink_to(tmp_path)
    result = caller(root)("read_file", path=path)
    assert not result.ok and "hidden" not in result.text
    assert "outside the folders" in result.text or "not valid" in result.text


def test_files_behind_links_out_secrets_and_devices_are_not_listed_or_searched(
    root: Path, tmp_path: Path
) -> None:
    (tmp_path / "outside.txt").write_text("needle", encoding="utf-8")
    (root / "link.txt").symlink_to(tmp_path / "outside.txt")
    (root / "linked").symlink_to(tmp_path)
    (root / "loop").symlink_to(root)
    (root / ".env").write_text("needle=1", encoding="utf-8")
    (root / "api_token.txt").write_text("needle", encoding="utf-8")
    (root / ".git").mkdir()
    (root / ".git" / "config").write_text("needle", encoding="utf-8")
    os.mkfifo(root / "pipe")
    (root / "binary.dat").write_bytes(b"needle\0")
    call = caller(root)
    assert call("search_files", text="needle").text.startswith("(no line")
    listed = call("list_files").text
    assert not any(name in listed for name in ("link.txt", "linked", ".env", "token", ".git"))
    for path in (".env", "api_token.txt", ".git/config", "pipe", "binary.dat", "docs"):
        result = call("read_file", path=path)
        assert not result.ok and "needle" not in result.text


def test_read_file_that_is_too_large_is_refused(root: Path) -> None:
    with (root / "big.txt").open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    assert "too large: at most 2 MB" in caller(root)("read_file", path="big.txt").text


def test_secret_names_count_as_words() -> None:
    secret = [
        "id_rsa",
        "server.pem",
        ".env.local",
        "my-secret.txt",
        "ApiToken.json",
        "PASSWORDS.csv",
        "api_key.txt",
        "prod.tfstate.backup",
        ".my.cnf",
    ]
    plain = ["tokenizer.py", "secretary.md", "README.md", "environment.yml", "keyboard.txt", "idea.txt"]
    assert [name for name in secret if not is_secret_name(name)] == []
    assert [name for name in plain if is_secret_name(name)] == []


def test_several_roots_are_told_apart_by_their_names(root: Path, tmp_path: Path) -> None:
    other = tmp_path / "second" / "root"
    other.mkdir(parents=True)
    (other / "b.txt").write_text("bee\n", encoding="utf-8")
    call = caller(root, other)
    assert call("list_files").text == "root-1/\nroot-2/"
    assert call("read_file", path="root-2/b.txt").text == "root-2/b.txt:1: bee"
    assert call("read_file", path="b.txt").text == "root-2/b.txt:1: bee"


def test_open_root_that_is_no_folder_is_refused(root: Path) -> None:
    with pytest.raises(UsageError, match="--root is not a folder"):
        open_root(root / "notes.md")
    with pytest.raises(UsageError, match="--root is not there"):
        open_root(root / "none")


def test_task_files_are_open_and_nothing_else_of_the_task(tmp_path: Path) -> None:
    task = tmp_path / "bridge"
    (task / "data").mkdir(parents=True)
    (task / "questions.txt").write_text("How many?", encoding="utf-8")
    (task / "data" / "a.txt").write_text("fourteen\n", encoding="utf-8")
    (task / "task.toml").write_text('files = ["data"]\n', encoding="utf-8")
    plan = asyncio.run(plan_tools(RunRequest(), load_task(task)))
    assert plan is not None
    tools = {tool.name: tool for tool in plan.tools}
    context = CallContext("ada.1", "ada", "1")
    assert asyncio.run(tools["list_files"].run({}, context)).text == "data/"  # type: ignore[arg-type]
    read = asyncio.run(tools["read_file"].run({"path": "data/a.txt"}, context))  # type: ignore[arg-type]
    assert read.text == "data/a.txt:1: fourteen"
    assert not asyncio.run(tools["read_file"].run({"path": "questions.txt"}, context)).ok  # type: ignore[arg-type]


def test_task_files_outside_the_task_are_refused(tmp_path: Path) -> None:
    task = tmp_path / "bridge"
    task.mkdir()
    (task / "questions.txt").write_text("How many?", encoding="utf-8")
    (task / "task.toml").write_text('files = ["../other"]\n', encoding="utf-8")
    with pytest.raises(FileError):
        asyncio.run(plan_tools(RunRequest(), load_task(task)))


def test_documents_are_read_and_searched_as_lines(root: Path) -> None:
    (root / "report.pdf").write_bytes(make_pdf(["It has 14 arches.", "Built in 1844.\nRepaired in 1990."]))
    (root / "letter.docx").write_bytes(make_docx(docx_paragraph("Dear bridge") + docx_paragraph("1844")))
    call = caller(root)
    lines = call("read_file", path="report.pdf").text.split("\n")
    assert lines[0] == "report.pdf:1: (page 1)" and "14 arches" in lines[1]
    at = next(number for number, line in enumerate(lines, 1) if line.endswith(": (page 2)"))
    assert lines[at] == f"report.pdf:{at + 1}: Built in 1844."
    found = call("search_files", text="1844").text
    assert lines[at] in found and ": 1844" in found
    result = call("read_file", path="report.pdf", first_line=2)
    assert result.details == {"path": "report.pdf", "first": 2, "last": len(lines), "total": len(lines)}


def test_documents_that_are_hostile_or_too_many_are_refused(root: Path) -> None:
    (root / "bomb.docx").write_bytes(make_zip_bomb(70))
    (root / "broken.pdf").write_bytes(b"%PDF-1.4 nothing")
    call = caller(root)
    for name in ("bomb.docx", "broken.pdf"):
        result = call("read_file", path=name)
        assert not result.ok and result.text.startswith(name), result.text
    for number in range(21):
        (root / f"{number}.pdf").touch()
    refused = call("search_files", text="x")
    assert not refused.ok and "more than 20 documents" in refused.text
    assert call("search_files", text="gamma", glob="*.md").ok
