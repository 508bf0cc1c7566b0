"""Import rules: packages import only from lower layers, and `--help` imports nothing heavy."""

from __future__ import annotations

import json
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
IMPORT_IN_ORDER = """
import importlib, json, os, pkgutil, sys

def load(packages):
    for name, above in packages:
        package = importlib.import_module("roundtable_tui." + name)
        for info in pkgutil.walk_packages(getattr(package, "__path__", []), package.__name__ + "."):
            importlib.import_module(info.name)
        print(name, *(other for other in above if other in sys.modules), flush=True)

common, *branches = json.loads(sys.argv[1])
load(common)
for branch in branches:
    if (pid := os.fork()) == 0:
        load(branch)
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
"""
"""Imports packages in an order; of several branches, each stands on what is common alone."""


def run_python(code: str, *args: str) -> str:
    """Run code in a fresh interpreter and return what it prints."""
    command = [sys.executable, "-c", code, *args]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
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


def test_models_of_the_demo_import_no_web_server() -> None:
    code = "import sys\nfrom roundtable_tui.cli.main import main\nmain(['models', '--demo'])"
    assert {"uvicorn", "aiohttp"}.isdisjoint(run_python(f"{code}\nprint(*sys.modules)").split())


FIRST_FRAME = """
import os, sys
from roundtable_tui.cli import app as cli_app
from roundtable_tui.cli.main import main
from roundtable_tui.tui.app import RoundtableApp
from roundtable_tui.tui.screens.main.screen import MainScreen

def report(screen):
    os.write(1, " ".join(sys.modules).encode())
    os._exit(0)

MainScreen._finish_startup = report  # It is called after the first frame.
cli_app.has_terminal = lambda: True
run = RoundtableApp.run
RoundtableApp.run = lambda self, **given: run(self, headless=True)
main(["--demo"])
"""
MAX_FIRST_FRAME_MODULES = 63
"""Modules of ours that the first frame imports; others are imported where they are first used."""


def test_first_frame_imports_few_modules() -> None:
    loaded = run_python(FIRST_FRAME).split()
    ours = [name for name in loaded if name.startswith("roundtable_tui.")]
    assert "roundtable_tui.tui.screens.main.screen" in ours
    assert len(ours) <= MAX_FIRST_FRAME_MODULES, (len(ours), ours)
    later = ("config.validate", "config.api_keys", "llm.types", "engine", "setup.open_run", "utils.redact")
    assert not [name for name in ours if name.removeprefix("roundtable_tui.").startswith(later)]
    assert {"json", "tomllib", "pydantic", "httpx2", "textual.widgets._footer"}.isdisjoint(loaded)


def test_help_imports_few_modules() -> None:
    code = "import sys\nfrom roundtable_tui.cli.main import main\n"
    loaded = run_python(f"{code}try: main(['-h'])\nexcept SystemExit: print(*sys.modules)").split()
    ours = {name for name in loaded if name.startswith("roundtable_tui.")}
    expected = {"cli", "cli.main", "cli.streams", "cli.arguments", "cli.argparser", "errors", "utils"}
    assert ours == {f"roundtable_tui.{name}" for name in (*expected, "utils.processes")}
    assert {"typing", "pathlib", "json"}.isdisjoint(loaded)


def packages_from_below() -> list[tuple[str, list[str]]]:
    """Return each package with the modules above it; those of lower layers first."""
    found: list[tuple[str, list[str]]] = []
    above: list[str] = []
    for layer in read_layers():
        found += [(name, list(above)) for name in layer if name != "__main__"]
        above += [f"roundtable_tui.{name}" for name in layer]
    return found[::-1]


def import_in_order(*branches: list[tuple[str, list[str]]]) -> dict[str, list[str]]:
    """Import packages, the common ones first; return the forbidden modules that are loaded after each."""
    lines = run_python(IMPORT_IN_ORDER, json.dumps(branches)).splitlines()
    return {name: loaded for name, *loaded in map(str.split, lines)}


def test_package_imports_nothing_from_higher_layers_and_textual_only_for_the_app() -> None:
    packages = packages_from_below()
    below = next(n for n, (name, _) in enumerate(packages) if name in TEXTUAL_PACKAGES)
    rest = [(name, [*above, "textual"]) for name, above in packages if name not in TEXTUAL_PACKAGES]
    app = [(name, above) for name, above in packages if name in TEXTUAL_PACKAGES]
    assert below > 12 and len(app) == len(TEXTUAL_PACKAGES) - 1
    loaded = import_in_order(rest[:below], rest[below:], app)
    assert loaded == {name: [] for name, _ in packages}


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
