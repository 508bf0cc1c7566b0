"""What every test stands on: asyncio, a home of its own, and an environment that points nowhere."""

from __future__ import annotations

import gc
import os
import sys
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support.order import sort_for_workers
from tests.support.torture import FULL, examples

# Hundreds of thousands of objects are made while tests are collected, and stay; `pytest_collection_finish`.
gc.disable()

# Otherwise each worker rewrites the assertions of all tests, and each child process compiles the package.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# A busy machine makes an example slow at any time. The suite has the same examples each time and on every
# machine; `pytest --hypothesis-profile explore` looks for others.
_ANYWHERE = settings(
    max_examples=examples(100), deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("suite", _ANYWHERE, derandomize=True)
settings.register_profile("explore", _ANYWHERE, print_blob=True)
settings.load_profile("explore" if FULL else "suite")

# Tests end processes, not machines: what is written need not be on the disk, which they would wait for.
os.fsync = lambda fd: None

FROM_OUTSIDE = (
    "OPENAI_BASE_URL",
    "OPENAI_API_KEY",
    "API_URL",
    "API_KEY",
    "ROUNDTABLE_MODEL",
    "OLLAMA_HOST",
    "NO_COLOR",
    "COLUMNS",
    "LINES",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "TMUX",
    "WSL_DISTRO_NAME",
    "SSH_CONNECTION",
    "SSH_TTY",
    "TEXTUAL_ANIMATIONS",
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let parallel workers begin with the long tests; mark those of `make torture`."""
    for item in items if FULL else ():
        if item.nodeid.startswith("tests/stress/"):
            item.add_marker("torture")
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if workers > 1:
        items[:] = sort_for_workers(items, workers)


def pytest_collection_finish() -> None:
    """Set aside what collecting has made, so that no garbage collection looks at it."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)  # As in the app.
    gc.enable()


@pytest.fixture
def anyio_backend() -> str:
    """Async tests run on asyncio, as the program does."""
    return "asyncio"


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, count[int]]:
    """The folder of all homes and the number of the next: `mktemp` lists all others before each one."""
    return tmp_path_factory.mktemp("homes"), count()


@pytest.fixture
def tmp_path(homes: tuple[Path, count[int]]) -> Path:
    """Return a folder of the test's own. That of pytest lists those of all other tests first."""
    folder, numbers = homes
    path = folder / f"tmp{next(numbers)}"
    path.mkdir()
    return path


@pytest.fixture(autouse=True)
def roundtable_home(homes: tuple[Path, count[int]], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings, personas and runs of a test live in a folder of its own; no server is found by accident."""
    folder, numbers = homes
    home = folder / f"home{next(numbers)}"
    home.mkdir()
    monkeypatch.setenv("ROUNDTABLE_HOME", str(home))
    for name in FROM_OUTSIDE:
        monkeypatch.delenv(name, raising=False)
    return home
