"""The whole program from socket to screen: the real app in a terminal, many models streaming at once.

A server in a process of its own streams Markdown at a set pace to each seat of a `pro` run. The app's own
event loop carries a 10 ms timer ("lag" is how late it came); keys are pressed and their letters waited for on
the other end of the terminal, while everything streams.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import pty
import random
import select
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.paths import ROOT

if TYPE_CHECKING:
    from roundtable_tui.engine.run import Run

RATE = 100
WARM_S, MEASURED_S = 3.0, 8.0
"""Seconds of streaming before the measurement, and of the measurement itself."""
LETTERS = [chr(code) for code in (*range(0x430, 0x450), *range(0x3B1, 0x3C9))]
"""Letters that no token has, so that one of them on the screen is the key's own effect."""
FEW_TOKENS, MANY_TOKENS = 5_000, 50_000
"""Tokens of each answer of the two runs whose memory is compared; nine answers a run."""
TOO_LONG_S = 120


def rows() -> list[tuple[str, ...]]:
    """Return a row for each figure of the whole program."""
    many = measured(seats=32, count=int(RATE * (WARM_S + MEASURED_S + 6)), pace=RATE)
    keys = measured(seats=8, count=int(RATE * 30), pace=RATE, press=True)
    full = measured(seats=8, count=MANY_TOKENS, pace=0)
    waits = sorted(keys["waits"])
    return [
        ("socket to screen, 32 panes x 100 tok/s", f"{many['core'] * 100:.0f} %", "one core", "", "33 %"),
        ("loop lag p99, the same", f"{many['lag_p99']:.1f} ms", f"p50 {many['lag_p50']:.1f} ms", "", "50 ms"),
        (
            "key to repaint p95, 8 panes x 100 tok/s",
            f"{waits[int(len(waits) * 0.95)] * 1000:.1f} ms",
            f"p50 {statistics.median(waits) * 1000:.1f} ms, {len(waits)} keys",
            "",
            "25 ms",
        ),
        (
            "memory for 100,000 tokens, with record",
            f"{full['grown_mb']:.1f} MB",
            f"{9 * FEW_TOKENS:,} to {9 * MANY_TOKENS:,} in 9 panes",
            "",
            "6 MB",
        ),
    ]


def measured(*, seats: int, count: int, pace: int, press: bool = False) -> dict:
    """Run the app on a server of its own and return what it cost."""
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.whole_program", "serve", str(count), str(pace), str(seats)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True,
    )  # fmt: skip
    assert server.stdout and server.stdin
    url = server.stdout.readline().strip()
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 60, 200, 0, 0))
    with tempfile.TemporaryDirectory() as home:
        out = Path(home) / "figures.json"
        environ = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES", "NO_COLOR")}
        environ |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "ROUNDTABLE_HOME": home}
        command = [
            sys.executable,
            "-m",
            "tests.bench.whole_program",
            "app",
            url,
            str(seats),
            str(out),
            str(pace),
        ]
        app = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, env=environ, cwd=ROOT, start_new_session=True
        )
        os.close(slave)
        waits = _watch(app, master, pressing=press, after=out.with_suffix(".go"))
        os.close(master)
        server.stdin.close()
        server.wait()
        if not out.exists():
            raise RuntimeError("the app ended before it had measured")
        return {**json.loads(out.read_text()), "waits": waits}


def _watch(app: subprocess.Popen, master: int, *, pressing: bool, after: Path) -> list[float]:
    """Read the terminal until the app ends; once `after` is there, press keys and time their effect."""
    waits: list[float] = []
    deadline = time.monotonic() + TOO_LONG_S
    left = list(LETTERS) if pressing else []
    random.Random(1).shuffle(left)
    letter, pressed, pause_until, seen = b"", 0.0, 0.0, b""
    while True:
        now = time.monotonic()
        if now > deadline:
            app.kill()
            raise RuntimeError(f"the app has not ended in {TOO_LONG_S} s; last on the screen: {seen!r}")
        if left and not letter and now >= pause_until and after.exists():
            letter = left.pop().encode()
            seen = b""
            pressed = time.monotonic()
            os.write(master, letter)
        try:
            data = os.read(master, 1 << 16) if select.select([master], [], [], 0.02)[0] else b""
        except OSError:
            return waits
        seen = seen[-200:] + data
        if letter and letter in seen:
            waits.append(time.monotonic() - pressed)
            letter = b""
            pause_until = time.monotonic() + random.uniform(0.05, 0.2)
        if not data and app.poll() is not None:
            return waits


def _app(url: str, seats: int, out: Path, pace: int) -> None:
    """Run the app: ask one question, measure while the answers stream, and quit."""
    import resource

    from roundtable_tui.cli import app as _sets_the_frame_rate  # noqa: F401
    from roundtable_tui.config import Settings
    from roundtable_tui.setup.request import RunRequest
    from roundtable_tui.tui.app import RoundtableApp
    from roundtable_tui.tui.screens.main.screen import MainScreen
    from roundtable_tui.tui.widgets.prompt import Prompt

    app = RoundtableApp(
        # The default limit would stop the long answers.
        RunRequest(base_url=url, model="m", mode="pro", agents=seats, answer_tokens=2 * MANY_TOKENS),
        Settings(discovery=False, theme="textual-dark", confirm_quit=False),
    )

    def cpu() -> float:
        used = resource.getrusage(resource.RUSAGE_SELF)
        return used.ru_utime + used.ru_stime

    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()

    async def ended(run: Run) -> None:
        while run.result is None:
            await asyncio.sleep(0.1)
        await asyncio.sleep(1.5)

    async def measure() -> None:
        screen = app.screen_stack[0]
        assert isinstance(screen, MainScreen)
        figures: dict[str, float] = {}
        await asyncio.sleep(2.5)  # Until all is imported that a run needs.

        async def ask() -> Run:
            screen.post_message(Prompt.Submitted("What is it?"))
            while app.session.run is None:
                await asyncio.sleep(0.01)
            return app.session.run

        run = await ask()
        if pace:
            await asyncio.sleep(WARM_S)
            out.with_suffix(".go").touch()
            lags: list[float] = []
            ticking = asyncio.create_task(_lag(lags))
            used, begun = cpu(), time.monotonic()
            await asyncio.sleep(MEASURED_S)
            figures["core"] = (cpu() - used) / (time.monotonic() - begun)
            ticking.cancel()
            lags.sort()
            figures["lag_p50"] = statistics.median(lags) * 1000
            figures["lag_p99"] = lags[int(len(lags) * 0.99)] * 1000
        else:
            await ended(run)
            screen.action_new_question()
            before, grown = resident(), MANY_TOKENS - FEW_TOKENS
            await ended(await ask())
            figures["grown_mb"] = (resident() - before) / ((seats + 1) * grown) * 100_000 / 2**20
        out.write_text(json.dumps(figures))
        await app.action_quit()

    async def main() -> None:
        app.call_later(lambda: tasks.append(asyncio.create_task(measure())))
        await app.run_async()

    tasks: list[asyncio.Task[None]] = []
    asyncio.run(main())


async def _lag(lags: list[float]) -> None:
    """Record how late a 10 ms timer fires."""
    while True:
        at = time.monotonic()
        await asyncio.sleep(0.01)
        lags.append(time.monotonic() - at - 0.01)


async def _serve(count: int, pace: int, seats: int) -> None:
    """Stream `count` tokens of Markdown to each request, `pace` a second.

    At a pace of 0 they come as fast as they are read, and the first run's answers are short.
    """
    from tests.bench.stream_view import tokens

    texts = [tokens(seed, count) for seed in range(8)]
    serial = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal serial
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:  # A connection that was opened ahead and not used.
            writer.close()
            return
        if not head.startswith(b"POST"):
            body = b'{"data": [{"id": "m"}]}'
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n")
            writer.write(b"content-length: %d\r\n\r\n" % len(body) + body)
            await writer.drain()
            writer.close()
            return
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
        await reader.readexactly(int(length.split(b":")[1]))
        serial += 1
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n")
        begun = time.monotonic()
        try:
            text = texts[serial % len(texts)]
            for n, token in enumerate(text if pace or serial > seats + 1 else text[:FEW_TOKENS]):
                writer.write(_event({"content": token}))
                if pace or n % 50 == 0:
                    await writer.drain()
                    await asyncio.sleep(max(0, begun + (n + 1) / pace - time.monotonic()) if pace else 0)
            writer.write(_event({}, "stop") + b"data: [DONE]\n\n")
            await writer.drain()
        except OSError:
            pass  # The app has exited, as expected.
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


def _event(delta: dict, finish: str | None = None) -> bytes:
    choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": choices}
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve", count, pace, seats]:
            asyncio.run(_serve(int(count), int(pace), int(seats)))
        case ["app", url, seats, out, pace]:
            _app(url, int(seats), Path(out), int(pace))
        case _:
            for row in rows():
                print(*row, sep="  ")
