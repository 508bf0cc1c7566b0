"""The model client imports nothing heavy until a call is made."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["client", "types", "errors.classify", "http.retry"])
def test_llm_module_imports_nothing_heavy(module: str) -> None:
    heavy = ("openai", "httpx2", "pydantic", "textual", "anyio")
    code = (
        f"import sys, roundtable_tui.llm.{module}; print([name for name in {heavy} if name in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
