"""The floors of the house: what a room may know, and what must not be loaded for a glance at the help."""

from __future__ import annotations

import pkgutil
import re
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest

import roundtable_tui
from tests.support.paths import ROOT

SCREEN = {"__main__", "cli", "commands", "tui", "web"}


def floors() -> list[list[str]]:
    """Return the rooms floor by floor, from the roof down, as the import contracts have them."""
    contracts = ConfigParser()
    contracts.read(ROOT / ".importlinter")
    lines = contracts["importlinter:contract:floors"]["layers"].strip().splitlines()
    return [re.findall(r"\w+", line) for line in lines]


HEAVY = {"textual", "openai", "pydantic", "httpx2", "rich"}
IMPORT_ALL = """
import importlib, pkgutil, sys
room = importlib.import_module("roundtable_tui." + sys.argv[1])
for info in pkgutil.walk_packages(getattr(room, "__path__", []), room.__name__ + "."):
    importlib.import_module(info.name)
print("\\n".join(sys.modules))
"""


def python(code: str, *args: str) -> str:
    """Run code in a fresh interpreter and return what it prints."""
    command = [sys.executable, "-c", code, *args]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "code",
    [
        "import roundtable_tui.cli.main, sys; print(*sys.modules)",
        "import sys\nfrom roundtable_tui.cli.main import main\n"
        "try: main(['-h'])\nexcept SystemExit: print(*sys.modules)",
        "import sys\nfrom roundtable_tui.cli.main import main\nmain(['--version'])\nprint(*sys.modules)",
    ],
    ids=["import", "help", "version"],
)
def test_help_and_version_import_nothing_heavy(code: str) -> None:
    assert HEAVY.isdisjoint(python(code).split())


@pytest.mark.parametrize("room", [room for floor in floors() for room in floor if room != "__main__"])
def test_package_imports_nothing_from_higher_layers(room: str) -> None:
    above: list[str] = []
    for floor in floors():
        if room in floor:
            break
        above += floor
    loaded = set(python(IMPORT_ALL, room).split())
    assert not [other for other in above if f"roundtable_tui.{other}" in loaded]
    if room not in SCREEN:
        assert "textual" not in loaded


def test_every_package_has_a_layer() -> None:
    rooms = {info.name for info in pkgutil.iter_modules(roundtable_tui.__path__)}
    assert rooms == {room for floor in floors() for room in floor}


def test_import_contracts_are_kept() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-logo"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stdout + done.stderr
