"""Modes of other packages: an entry point is all it takes, and a broken one does no harm."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui import modes
from roundtable_tui.errors import UsageError
from tests.support.paths import ROOT

OUTSIDER = """
from pydantic import Field
from roundtable_tui.table import Answer, Mode, Options

class EchoOptions(Options):
    times: int = Field(2, ge=1, le=5, description="how often")

async def echo(table, options):
    turns = [await table.ask(table.seats[0], table.question) for _ in range(options.times)]
    return Answer(" ".join(turn.text for turn in turns), turns[0].seat)

ECHO = Mode(name="echo", summary="says it again", options=EchoOptions, run=echo, team="", captain=False)
TAKEN = Mode(name="debate", summary="another debate", options=EchoOptions, run=echo, team="")
ODD = Mode(name="../x\\x1b[2J", summary="", options=EchoOptions, run=echo, team="")
FORMLESS = Mode(name="formless", summary="", options=dict, run=echo, team="")
SEATED = Mode(name="seated", summary="", options=EchoOptions, run=echo, team="", seats="copys")
IDLE = Mode(name="idle", summary="", options=EchoOptions, run=None, team="")
NOT_A_MODE = "echo"
"""
POINTS = """[roundtable.modes]
echo = outsider:ECHO
again = outsider:ECHO
taken = outsider:TAKEN
odd = outsider:ODD
formless = outsider:FORMLESS
seated = outsider:SEATED
idle = outsider:IDLE
none = outsider:NOT_A_MODE
gone = outsider:GONE
away = nowhere_at_all:MODE
quits = outsider_quits:MODE
raises = outsider_raises:MODE
"""
LOOK = """
import json
from roundtable_tui import modes
mode = modes.get_mode("echo")
debate = modes.get_mode("debate").summary
print(json.dumps([list(modes.all_modes()), modes.load_errors(), list(mode.options.model_fields), debate]))
"""
RUN = """
import asyncio, json
from tests.support.fake_server import FakeServer
from tests.support.run_builder import told, taken
from roundtable_tui.engine import events
run, fake = asyncio.run(taken("Hello.", "echo", names="Ada", captain="", options={"times": 3}))
result = run.result
finished = told(run, events.TurnFinished)
print(json.dumps([result.status, result.answer.text, len(fake.requests), len(finished)]))
"""


def outside(tmp_path: Path) -> Path:
    """Make a folder as `pip install` would leave it."""
    (tmp_path / "outsider.py").write_text(OUTSIDER)
    (tmp_path / "outsider_quits.py").write_text("import sys\nsys.exit('I quit')\n")
    (tmp_path / "outsider_raises.py").write_text("raise ValueError('two\\nlines \\x1b[2J')\n")
    info = tmp_path / "outsider-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: outsider\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(POINTS)
    return tmp_path


def python(code: str, folder: Path) -> Any:
    path = f"import sys; sys.path[:0] = [{str(folder)!r}, {str(ROOT)!r}]\n"
    done = subprocess.run([sys.executable, "-c", path + code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_all_modes_with_plugins_lists_valid_and_names_invalid(tmp_path: Path) -> None:
    names, broken, options, debate = python(LOOK, outside(tmp_path))
    assert names[:3] == ["auto", "debate", "pro"] and names.count("echo") == 1
    assert options == ["times"] and debate != "another debate"
    assert not {"formless", "seated", "idle", "../x\x1b[2J"} & set(names)
    lines = {line.split()[1]: line for line in broken}
    known = ["away", "formless", "gone", "idle", "none", "odd", "quits", "raises", "seated", "taken"]
    assert sorted(lines) == known
    assert "copys is none of one_each, copies, one" in lines["seated"] and "nothing to run" in lines["idle"]
    assert "wants the name debate" in lines["taken"] and "not a Mode" in lines["none"]
    assert "I quit" in lines["quits"] and "nowhere_at_all" in lines["away"]
    assert all("\n" not in line and "\x1b" not in line for line in broken)


def test_run_with_plugin_mode_completes(tmp_path: Path) -> None:
    assert python(RUN, outside(tmp_path)) == ["complete", "Hello. Hello. Hello.", 3, 3]


def test_get_mode_unknown_name_suggests_nearest() -> None:
    with pytest.raises(UsageError, match="debate"):
        modes.get_mode("debat")


def test_all_modes_built_in_have_descriptions() -> None:
    for name, mode in modes.all_modes().items():
        assert mode.name == name and mode.summary and modes.get_mode(name) is mode
        mode.options()
        for field in mode.options.model_fields.values():
            assert field.description
