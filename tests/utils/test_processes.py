"""One module starts all other programs, and hands on to them nothing of the current folder."""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import roundtable_tui
from roundtable_tui.utils import processes

PACKAGE = Path(roundtable_tui.__file__).parent
STARTS = {
    "subprocess", "multiprocessing", "pty", "webbrowser", "concurrent.futures.process", "asyncio.subprocess",
    "anyio.to_process", "_posixsubprocess", "mcp.client.stdio",
}  # fmt: skip
"""Modules whose purpose is to start processes, or which do so when used."""
LAST = {name.rpartition(".")[2] for name in STARTS}
NAMES = {
    "ProcessPoolExecutor", "create_subprocess_exec", "create_subprocess_shell", "subprocess_exec",
    "subprocess_shell", "run_process", "open_process", "open_url",
}  # fmt: skip
"""Functions that do so, whatever module or object has them."""


def starters(source: str) -> Iterator[str]:
    """Yield the places that start a process; what is imported for types alone starts none."""
    nodes = list(ast.walk(ast.parse(source)))
    typing = {
        id(inner)
        for node in nodes
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in nodes:
        if id(node) in typing:
            continue
        found: list[str] = []
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names if alias.name in STARTS]
        elif isinstance(node, ast.ImportFrom):
            names = [(alias.name, f"{node.module}.{alias.name}") for alias in node.names]
            found = [node.module] if node.module in STARTS else []
            found += [
                whole for name, whole in names if whole in STARTS or suspicious(node.module or "", name)
            ]
        elif isinstance(node, ast.Attribute):
            # A longer owner than a name matters only for what is listed with one.
            owner = ast.unparse(node.value) if isinstance(node.value, ast.Name) or node.attr in LAST else ""
            if f"{owner}.{node.attr}" in STARTS or suspicious(owner, node.attr):
                found = [f"{owner}.{node.attr}"]
        elif isinstance(node, ast.Constant) and node.value in STARTS:
            found = [repr(node.value)]
        yield from (f"line {getattr(node, 'lineno', 0)}: {what}" for what in found)


def suspicious(owner: str, name: str) -> bool:
    if owner == "os":
        return name.startswith(("exec", "spawn", "posix_spawn", "system", "popen", "fork", "startfile"))
    # The path of this Python has one use: to start it.
    return name in NAMES or (owner == "sys" and name == "executable")


def test_sources_start_processes_in_one_module_only() -> None:
    found = {
        str(path.relative_to(PACKAGE)): list(starters(path.read_text(encoding="utf-8")))
        for path in sorted(PACKAGE.rglob("*.py"))
    }
    assert len(found) > 100 and found.pop("utils/processes.py")
    # The SDK starts MCP servers itself; program, environment and folder come from there.
    (place,) = found.pop("tools/mcp/connection.py")
    assert place.endswith("mcp.client.stdio")
    assert {name: places for name, places in found.items() if places} == {}


@pytest.mark.parametrize(
    "code",
    [
        "import subprocess",
        "from subprocess import run",
        "def f():\n    import multiprocessing",
        "from concurrent.futures import ProcessPoolExecutor",
        "import asyncio\nasyncio.create_subprocess_exec('x')",
        "import asyncio\nasyncio.subprocess.PIPE",
        "from asyncio import create_subprocess_shell as go",
        "import os\nos.execv('x', ['x'])",
        "import os\nos.posix_spawn('x', ['x'], {})",
        "import os\nos.system('x')",
        "from os import popen",
        "import importlib\nimportlib.import_module('pty')",
        "import sys\nsys.executable",
        "app.open_url('http://h')",
        "from mcp.client.stdio import stdio_client",
    ],
)
def test_starters_any_way_to_start_a_process_is_seen(code: str) -> None:
    assert len(list(starters(code))) == 1


def test_starters_types_and_like_names_are_left_alone() -> None:
    code = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from subprocess import Popen\n"
    assert list(starters(code + "import platform\nplatform.system()\nmode.execute()")) == []


def tool(folder: Path, name: str = "tool") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text("#!/bin/sh\nexit 0\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("searched", ["", ".", ":", "here:", "./here", ":/nowhere::"])
def test_find_program_empty_and_relative_entries_do_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, searched: str
) -> None:
    tool(tmp_path)
    tool(tmp_path / "here")
    monkeypatch.chdir(tmp_path)
    assert processes.find_program("tool", {"PATH": searched}) is None
    found = tool(tmp_path / "there")
    assert processes.find_program("tool", {"PATH": f"{searched}:{found.parent}"}) == str(found)


def test_find_program_a_path_must_be_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tool(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert processes.find_program("./tool") is None
    assert processes.find_program(str(path)) == str(path)
    with pytest.raises(FileNotFoundError, match="neither on PATH nor an absolute path"):
        processes.start(["./tool"])


def test_environment_search_paths_keep_absolute_entries_only() -> None:
    given = {"PATH": "::/bin:.:x", "LD_LIBRARY_PATH": ":", "PYTHONPATH": "a:/b:", "OTHER": ":."}
    assert processes.environment(given) == {"PATH": "/bin", "PYTHONPATH": "/b", "OTHER": ":."}
    own = {"PATH": ".:", "HOME": "/h"}
    processes.secure_path(own)
    assert own == {"PATH": os.defpath, "HOME": "/h"}


def test_environment_for_python_nothing_is_left_that_brings_code() -> None:
    names = (
        "PATH",
        "STARTUP",
        "HOME",
        "INSPECT",
        "BREAKPOINT",
        "PYCACHEPREFIX",
        "WARNINGS",
        "USERBASE",
        "UTF8",
    )
    given = {f"PYTHON{name}": "/x" for name in names} | {"HOME": "/h"}
    assert processes.environment(given, for_python=True) == {"PYTHONUTF8": "/x", "HOME": "/h"}


def test_import_path_only_the_current_folder_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    below = str(tmp_path / "venv")
    link = tmp_path / "link"
    link.symlink_to(tmp_path)
    entries = ["", ".", str(tmp_path), str(link), below, "/usr/lib"]
    assert processes.import_path(entries) == [below, "/usr/lib"]


def test_start_only_the_standard_streams_are_handed_on() -> None:
    read, write = os.pipe()
    os.set_inheritable(write, True)
    try:
        code = f"import os, sys\ntry:\n    os.fstat({write})\nexcept OSError:\n    sys.exit(7)"
        assert processes.start(processes.python("-c", code)).wait() == 7
    finally:
        os.close(read)
        os.close(write)


def test_start_a_stream_that_is_not_asked_for_is_nothing() -> None:
    code = "import os, sys\nnull = os.stat(os.devnull).st_rdev\n"
    code += "sys.exit(sum(os.fstat(number).st_rdev == null for number in range(3)))"
    assert processes.start([sys.executable, "-c", code]).wait() == 3
    piped = processes.start([sys.executable, "-c", code], stdout="pipe", stdin="pipe")
    piped.communicate()
    assert piped.returncode == 1


def test_communicate_keeps_the_ends_of_streams_only() -> None:
    code = "import sys\nsys.stdin.read()\nprint('x' * 3_000_000 + 'end')\nsys.stderr.write('y' * 3_000_000)"
    process = processes.start([sys.executable, "-c", code], stdin="pipe", stdout="pipe", stderr="pipe")
    found = processes.communicate(process, b"z" * 1_000_000, 60, max_bytes=1_000)
    assert found is not None and process.returncode == 0
    assert found[0].endswith(b"xend\n") and [len(one) for one in found] == [1_000, 1_000]


def test_communicate_process_that_neither_reads_nor_ends_is_killed() -> None:
    code = "import time\ntime.sleep(600)"
    process = processes.start([sys.executable, "-c", code], stdin="pipe", stdout="pipe", stderr="pipe")
    assert processes.communicate(process, b"z" * 1_000_000, 0.2) is None
    assert process.returncode is not None and process.returncode < 0
