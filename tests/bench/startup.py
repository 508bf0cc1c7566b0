"""Start-up time: `--help` against a bare interpreter, the first frame against a hello-world app."""

from __future__ import annotations

import os
import pty
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from tests.bench.frame_driver import MARK
from tests.support.paths import ROOT

BARE = ("-c", "pass")
PROGRAM = str(Path(sys.executable).with_name("roundtable"))
"""The command that users run; `python -m` imports more."""
HELP = (PROGRAM, "--help")
HELLO = f"""
import os
os.environ.setdefault("TEXTUAL_FPS", "120")
from textual.app import App
from textual.widgets import Static
class Hello(App):
    def compose(self):
        yield Static("{MARK}")
Hello().run()
"""
APP = (PROGRAM, "--demo")
RUNS = 7


def rows() -> list[tuple[str, ...]]:
    """Return the rows of start-up."""
    bare, helped = interleaved(lambda: cpu(BARE), lambda: cpu(HELP))
    with tempfile.NamedTemporaryFile("w", suffix=".py") as hello:
        hello.write(HELLO)
        hello.flush()
        first, ours = interleaved(lambda: first_frame_cpu((hello.name,)), lambda: first_frame_cpu(APP))
    return [
        ("--help, CPU", ms(helped), f"bare interpreter {ms(bare)}", f"{helped / bare:.1f}", "3.5"),
        ("first frame, CPU", ms(ours), f"hello-world app {ms(first)}", f"{ours / first:.2f}", "1.25"),
    ]


def interleaved(*measures) -> list[float]:
    """Return the median of each measure, taken in turn so that changes of the machine's speed affect all."""
    for measure in measures:
        measure()  # Bytecode is written.
    taken = [[measure() for measure in measures] for _ in range(RUNS)]
    return [statistics.median(column) for column in zip(*taken, strict=True)]


def children_cpu() -> float:
    """Return the CPU seconds of all child processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def cpu(args: Sequence[str]) -> float:
    """Return the CPU seconds of a Python process."""
    before = children_cpu()
    subprocess.run([sys.executable, *args], check=True, stdout=subprocess.DEVNULL, env=environ())
    return children_cpu() - before


def environ() -> dict[str, str]:
    """Return the environment of the programs: with bytecode, as it is where a program was installed."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def first_frame_cpu(args: Sequence[str]) -> float:
    """Return the CPU seconds until an app in a terminal of its own draws its first frame."""
    before = children_cpu()
    with tempfile.TemporaryDirectory() as home:
        env = environ() | {
            "TERM": "xterm-256color",
            "TEXTUAL_DRIVER": "tests.bench.frame_driver:FirstFrameDriver",
            "PYTHONPATH": str(ROOT),
            "ROUNDTABLE_HOME": home,
            "COLUMNS": "120",
            "LINES": "40",
        }
        main, child = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, *args], stdin=child, stdout=child, stderr=child, env=env, close_fds=True
        )
        os.close(child)
        with suppress(OSError):  # The terminal is closed.
            while os.read(main, 65536):
                pass
        os.close(main)
        if process.wait():
            raise RuntimeError("the app ended before its first frame")
    return children_cpu() - before


def ms(seconds: float) -> str:
    """Return seconds as milliseconds."""
    return f"{seconds * 1000:.0f} ms"


if __name__ == "__main__":
    for row in rows():
        print(*row, sep="  ")
