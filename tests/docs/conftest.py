"""A folder, a home and a server for the commands of the documents."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from roundtable_tui.llm.demo.port import serve_demo
from roundtable_tui.llm.demo.responder import DemoApi
from tests.support.markdown_docs import DEMO


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Change to an empty folder, with the demo as the server of the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ROUNDTABLE_DEMO_PACE", "0")
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    for name in ("CLOUD_API_KEY", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    with DEMO(serve_demo(DemoApi(pace=0))) as url:
        monkeypatch.setenv("OPENAI_BASE_URL", url)
        monkeypatch.setenv("ROUNDTABLE_MODEL", "demo-small")
        (tmp_path / "notes.md").write_text("Monday: the gate was measured. Tuesday: it rained.\n")
        yield tmp_path
