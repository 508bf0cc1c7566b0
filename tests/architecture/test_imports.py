"""Import rules: packages import only from lower layers, and `--help` imports nothing heavy."""

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

TEXTUAL_PACKAGES = {"__main__", "cli", "tui", "web"}


def read_layers() -> list[list[str]]:
    """Return the packages of each layer in the import contracts, from the top."""
    contracts = ConfigParser()
    contracts.read(ROOT / ".importlinter")
    lines = contracts["importlinter:contract:layers"]["layers"].strip().splitlines()
    return [re.findall(r"\w+", line) for line in lines]


HEAVY_LIBRARIES = {"textual", "openai", "pydantic", "httpx2", "rich"}
IMPORT_ALL = """
import importlib, pkgutil, sys
package = importlib.import_module("roundtable_tui." + sys.argv[1])
for info in pkgutil.walk_packages(getattr(package, "__path__", []), package.__name__ + "."):
    importlib.import_module(info.name)
print("\\n".join(sys.modules))
"""


def run_python(code: str, *args: str) -> str:
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
    assert HEAVY_LIBRARIES.isdisjoint(run_python(code).split())


@pytest.mark.parametrize("package", [name for layer in read_layers() for name in layer if name != "__main__"])
def test_package_imports_nothing_from_higher_layers(package: str) -> None:
    above: list[str] = []
    for layer in read_layers():
        if package in layer:
            break
        above += layer
    loaded = set(run_python(IMPORT_ALL, package).split())
    assert not [other for other in above if f"roundtable_tui.{other}" in loaded]
    if package not in TEXTUAL_PACKAGES:
        assert "textual" not in loaded


def test_every_package_has_a_layer() -> None:
    packages = {info.name for info in pkgutil.iter_modules(roundtable_tui.__path__)}
    assert packages == {name for layer in read_layers() for name in layer}


def test_import_contracts_are_kept() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-logo"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stdout + done.stderr
