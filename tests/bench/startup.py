"""Start-up time: `--help` against a bare interpreter, the first frame against a hello-world app."""

from __future__ import annotations

import os
import pty
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence

BARE = ("-c", "pass")
HELP = ("-m", "roundtable_tui", "--help")
HELLO = """
import os
os.environ.setdefault("TEXTUAL_FPS", "120")
from textual.app import App
from textual.widgets import Static
class Hello(App):
    def compose(self):
        yield Static("Type a question and press")
Hello().run()
"""
APP = ("-m", "roundtable_tui", "--demo")
MARK = b"Type a question"
"""Words of the welcome, which stands in the first frame."""
RUNS = 7


def rows() -> list[tuple[str, ...]]:
    """Return the rows of start-up."""
    bare, helped = interleaved(lambda: cpu(BARE), lambda: cpu(HELP))
    with tempfile.NamedTemporaryFile("w", suffix=".py") as hello:
        hello.write(HELLO)
        hello.flush()
        first, ours = interleaved(lambda: first_frame((hello.name,)), lambda: first_frame(APP))
    return [
        ("--help, CPU", ms(helped), f"bare interpreter {ms(bare)}", f"{helped / bare:.1f}", "5"),
        ("first frame", ms(ours), f"hello-world app {ms(first)}", f"{ours / first:.2f}", "1.3"),
    ]


def interleaved(*measures) -> list[float]:
    """Return the median of each measure, taken in turn so that changes of the machine's speed affect all."""
    taken = [[measure() for measure in measures] for _ in range(RUNS)]
    return [statistics.median(column) for column in zip(*taken, strict=True)]


def cpu(args: Sequence[str]) -> float:
    """Return the CPU seconds of a Python process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *args], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def first_frame(args: Sequence[str]) -> float:
    """Return the seconds until an app in a terminal of its own has drawn `MARK`."""
    with tempfile.TemporaryDirectory() as home:
        env = os.environ | {
            "TERM": "xterm-256color",
            "ROUNDTABLE_HOME": home,
            "COLUMNS": "120",
            "LINES": "40",
        }
        main, child = pty.openpty()
        start = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, *args], stdin=child, stdout=child, stderr=child, env=env, close_fds=True
        )
        os.close(child)
        seen = b""
        try:
            while MARK not in seen:
                seen += os.read(main, 65536)
            return time.perf_counter() - start
        finally:
            process.kill()
            process.wait()
            os.close(main)


def ms(seconds: float) -> str:
    """Return seconds as milliseconds."""
    return f"{seconds * 1000:.0f} ms"


if __name__ == "__main__":
    for row in rows():
        print(*row, sep="  ")
