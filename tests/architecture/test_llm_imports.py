"""The model client imports nothing heavy until a call is made."""

from __future__ import annotations

import subprocess
import sys


def test_llm_modules_import_nothing_heavy() -> None:
    heavy = ("openai", "httpx2", "pydantic", "textual", "anyio")
    modules = ("client", "types", "errors.classify", "http.retry")
    code = (
        "import importlib, sys\n"
        f"for module in {modules}:\n"
        "    importlib.import_module('roundtable_tui.llm.' + module)\n"
        f"    print(module, *(name for name in {heavy} if name in sys.modules))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.split() == list(modules)
