"""The Python in the documents passes a strict type checker, as a reader's program would.

`make check` runs it: it takes as long as a type check of the package.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import roundtable_tui
from tests.support.markdown_docs import DOCUMENTS, blocks


def type_check(folder: Path) -> str:
    """Return what mypy says about the programs in `folder`, without the settings of this repository."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--config-file", os.devnull),
            *("--cache-dir", str(folder / ".cache"), *sorted(path.name for path in folder.glob("*.py"))),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    return done.stdout + done.stderr


@pytest.mark.timeout(600)
def test_documented_python_passes_strict_mypy(tmp_path: Path) -> None:
    for document in DOCUMENTS:
        for block in blocks(document):
            if block.language == "python":
                name = re.sub(r"\W", "_", block.document.removesuffix(".md"))
                (tmp_path / f"{name}_{block.line}.py").write_text(block.text)
    examples = re.findall(r"::\n\n((?:    .*\n|\n)+)", roundtable_tui.__doc__ or "")
    # One program, as its parts share names; the second `main` replaces the first.
    code = "\n".join(map(textwrap.dedent, examples)).replace("async def main", "async def main_{}")
    parts = code.split("{}")
    code = "".join(f"{part}{number}" for number, part in enumerate(parts[:-1])) + parts[-1]
    (tmp_path / "docstring.py").write_text(code.replace("asyncio.run(main())", "asyncio.run(main_0())"))
    assert len(list(tmp_path.glob("*.py"))) >= 8
    (tmp_path / "wrong.py").write_text(
        "from roundtable_tui import Roundtable\n\n"
        "async def main() -> None:\n"
        "    async for event in Roundtable().run('Why?', agent=3):\n"
        "        print(event.seat)\n"
    )
    lines = [line for line in type_check(tmp_path).splitlines() if ": error:" in line]
    wrong = [line for line in lines if line.startswith("wrong.py")]
    assert [line for line in lines if line not in wrong] == []
    assert "agent" in wrong[0] and any("has no attribute" in line for line in wrong), "events are typed"
