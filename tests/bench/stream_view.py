"""What drawing a stream costs: our view against Textual's own widgets, in one process, on one screen.

python -m tests.bench.stream_view [--quick]
CPU milliseconds of the whole program per 1,000 streamed tokens (4.5 characters each), in a
pseudo-terminal of 200 x 60 whose other end is read; "lag" is how late a 10 ms timer of the event
loop came. Figures of different machines cannot be compared, ratios within one table can.
"""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import gc
import json
import os
import platform
import pty
import random
import resource
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tests.support.paths import ROOT

FLUSHES = 15
"""What `Log` is written to a second: as often as our ticker draws eight streams."""
WORDS = "the stream of a model answers quickly because nothing it has said is ever drawn again here"


@dataclass(frozen=True)
class Case:
    """One measurement: a way of drawing, so many panes, so many tokens a second and already there."""

    way: str
    panes: int
    rate: int
    before: int
    live: int = 0
    """How many of the panes stream; 0 means all."""


@dataclass(frozen=True)
class Result:
    """The cost of a case."""

    cpu_per_1k: float
    core: float
    lag_p99: float
    mb_per_100k: float
    delivered: float
    """Tokens drawn for each that should have been."""


COMPARED = [
    Case("stream", 8, 100, 10_000),
    Case("log", 8, 100, 10_000),
    Case("markdown", 8, 100, 10_000),
]
LENGTHS = [Case("stream", 8, 100, 2_000, 1), Case("stream", 8, 100, 200_000, 1)]
MANY = [Case("stream", 32, 100, 1_000)]


def tokens(seed: int, count: int) -> list[str]:
    """Return `count` pieces of about 4.5 characters: prose with headings, lists and code."""
    chance = random.Random(seed)
    words = WORDS.split()
    out: list[str] = []
    line = 0
    while len(out) < count:
        kind = chance.random()
        if kind < 0.06:
            out += ["\n\n", "## ", "A ", "head", "ing ", chance.choice(words), "\n\n"]
        elif kind < 0.14:
            out += ["\n\n", "```py", "thon", "\n"]
            for _ in range(chance.randrange(3, 12)):
                out += ["    ", "total", " = to", "tal +", f" {line}", "  # s", "um up", "\n"]
                line += 1
            out += ["```", "\n\n"]
        elif kind < 0.35:
            for _ in range(chance.randrange(2, 6)):
                out += ["- ", "**", chance.choice(words), "**", ":"]
                out += [" " + chance.choice(words) for _ in range(chance.randrange(5, 25))]
                out.append("\n")
            out.append("\n")
        else:
            out += [" " + chance.choice(words) for _ in range(chance.randrange(30, 140))]
            out.append(".\n\n")
    return out[:count]


async def measure(case: Case, seconds: float) -> Result:
    """Run a case in an app of its own and return what it cost."""
    from textual.app import App, ComposeResult
    from textual.containers import Grid, VerticalScroll
    from textual.widget import Widget
    from textual.widgets import Log, Markdown

    from roundtable_tui.tui.widgets.transcript import StreamView

    columns = {1: 1, 8: 4, 32: 8}[case.panes]

    class Screen(App[None]):
        CSS = f"Grid {{ grid-size: {columns}; }}  Log {{ scrollbar-size: 1 1; }}"

        def compose(self) -> ComposeResult:
            with Grid():
                for _ in range(case.panes):
                    if case.way == "markdown":
                        with VerticalScroll():
                            yield Markdown()
                    else:
                        yield Log() if case.way == "log" else StreamView()

    app = Screen()
    result: list[Result] = []

    async def run() -> None:
        live = case.live or case.panes
        texts = [tokens(seed, case.before + int(case.rate * seconds * 1.5) + 100) for seed in range(live)]
        panes = [pane for pane in app.query("*") if isinstance(pane, Markdown | Log | StreamView)][:live]
        await asyncio.sleep(0.5)
        gc.unfreeze()
        gc.collect()
        memory = _memory()
        writers: list[Callable[[str], Any]] = []
        streams = []
        for pane, text in zip(panes, texts, strict=True):
            first = "".join(text[: case.before])
            if isinstance(pane, Markdown):
                await pane.update(first)
                assert isinstance(pane.parent, Widget)
                pane.parent.anchor()
                streams.append(Markdown.get_stream(pane))
                writers.append(streams[-1].write)
            elif isinstance(pane, Log):
                pane.write(first)
                writers.append(pane.write)
            elif isinstance(pane, StreamView):
                pane.begin("t.1")
                pane.feed("t.1", first)
                writers.append(partial(pane.feed, "t.1"))
        await asyncio.sleep(2.0)
        gc.collect()
        grown = (_memory() - memory) / max(1, case.before * live) * 100_000 / 2**20
        gc.freeze()
        lags: list[float] = []
        ticking = asyncio.create_task(_lag(lags))
        cpu, begun, sent = _cpu(), time.monotonic(), 0
        pending: list[list[str]] = [[] for _ in panes]
        flushed = begun
        while (now := time.monotonic()) - begun < seconds:
            due = min(int((now - begun) * case.rate), sent + case.rate // 4)
            for index, text in enumerate(texts):
                piece = text[case.before + sent : case.before + due]
                if case.way == "log":
                    pending[index] += piece
                else:
                    for token in piece:
                        answer = writers[index](token)
                        if asyncio.iscoroutine(answer):
                            await answer
            sent = due
            if case.way == "log" and now - flushed >= 1 / FLUSHES:
                flushed = now
                for index, waiting in enumerate(pending):
                    writers[index]("".join(waiting))
                    waiting.clear()
            await asyncio.sleep(0.01)
        took = time.monotonic() - begun
        spent = _cpu() - cpu
        ticking.cancel()
        for stream in streams:
            await stream.stop()
        lags.sort()
        result.append(
            Result(
                cpu_per_1k=spent * 1000 / (sent * live / 1000),
                core=spent / took,
                lag_p99=lags[int(len(lags) * 0.99)] * 1000,
                mb_per_100k=grown,
                delivered=sent / (case.rate * took),
            )
        )
        app.exit()

    task: asyncio.Task[None] | None = None

    def ready() -> None:
        nonlocal task
        task = asyncio.create_task(run())

    app.call_later(ready)
    await app.run_async()
    if task is not None:
        await task
    return result[0]


async def _lag(lags: list[float]) -> None:
    """Record how late a 10 ms timer fires."""
    while True:
        at = time.monotonic()
        await asyncio.sleep(0.01)
        lags.append(time.monotonic() - at - 0.01)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _memory() -> int:
    """Return the bytes this process has resident."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def run_cases(cases: list[Case], seconds: float) -> list[Result]:
    """Run cases one after another in one process, on a pseudo-terminal whose other end is read here."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 60, 200, 0, 0))
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "results.json"
        environ = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES", "NO_COLOR")}
        environ |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(ROOT)}
        given = json.dumps([asdict(case) for case in cases])
        command = [sys.executable, str(Path(__file__).resolve()), "--cases", given, "--out", str(out)]
        child = subprocess.Popen(
            [*command, "--seconds", str(seconds)],
            stdin=slave, stdout=slave, stderr=slave, env=environ, start_new_session=True,
        )  # fmt: skip
        os.close(slave)
        tail = b""
        while True:
            try:
                data = os.read(master, 1 << 16) if select.select([master], [], [], 0.5)[0] else b""
            except OSError:
                break
            tail = (tail + data)[-2000:]
            if not data and child.poll() is not None:
                break
        os.close(master)
        if child.wait() != 0:
            raise RuntimeError(f"the measurement failed:\n{tail.decode('utf-8', 'replace')}")
        return [Result(**result) for result in json.loads(out.read_text())]


def rows(quick: bool = False) -> list[tuple[str, ...]]:
    """Return the table: a header, then a row for each case."""
    seconds = 3.0 if quick else 8.0
    table: list[tuple[str, ...]] = [
        (
            "drawing a stream",
            "cpu ms / 1,000 tokens",
            "ratio",
            "% of a core",
            "lag p99 ms",
            "MB / 100k",
            "kept up",
        )
    ]
    names = {"stream": "StreamView", "log": "Log", "markdown": "Markdown + MarkdownStream"}
    for group in (COMPARED, LENGTHS, MANY):
        results = run_cases(group, seconds)
        for case, result in zip(group, results, strict=True):
            live = f", {case.live} live" if case.live else ""
            what = f"{case.panes} panes{live} x {case.rate} tok/s, {case.before:,} tokens in"
            table.append(
                (
                    f"{names[case.way]}: {what}",
                    f"{result.cpu_per_1k:.0f}",
                    f"{result.cpu_per_1k / results[0].cpu_per_1k:.2f}",
                    f"{result.core * 100:.0f}",
                    f"{result.lag_p99:.1f}",
                    f"{result.mb_per_100k:.1f}" if case.before >= 10_000 else "",
                    f"{min(1.0, result.delivered) * 100:.0f} %",
                )
            )
    return table


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--cases", help=argparse.SUPPRESS)
    parser.add_argument("--out", help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, default=8.0, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.cases:
        cases = [Case(**case) for case in json.loads(args.cases)]
        results = [asyncio.run(measure(case, args.seconds)) for case in cases]
        Path(args.out).write_text(json.dumps([asdict(result) for result in results]))
        return
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    table = rows(args.quick)
    widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
    for row in table:
        print(
            "  ".join(
                text.ljust(w) if i == 0 else text.rjust(w)
                for i, (text, w) in enumerate(zip(row, widths, strict=True))
            )
        )


if __name__ == "__main__":
    main()
