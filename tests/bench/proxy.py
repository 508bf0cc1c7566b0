"""The proxy under load: what it adds to the first byte, what 1,000 requests in turn leave behind."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp

from tests.support.fake_server import FakeServer, Reply

STREAMS, REQUESTS, WARM = 50, 1_000, 200
FIRST_DELAY_S = 0.3
TEXT = b"word0"
"""What every answer begins with."""
ROUNDTABLE = Path(sys.executable).parent / "roundtable"


def rows() -> list[tuple[Any, ...]]:
    """Return the rows of the table."""
    return asyncio.run(_measure())


async def _measure() -> list[tuple[Any, ...]]:
    text = " ".join(f"word{number}" for number in range(40))
    async with FakeServer(Reply(text, first_delay=FIRST_DELAY_S)) as fake:
        with tempfile.TemporaryDirectory() as home, _proxy(fake.url, home) as (url, pid):
            connector = aiohttp.TCPConnector(limit=0)
            async with aiohttp.ClientSession(connector=connector) as http:
                out = await _measure_first_bytes(http, fake, url)
                fake.script = Reply(text)
                return [*out, *await _measure_in_turn(http, url, pid)]


async def _measure_first_bytes(
    http: aiohttp.ClientSession, fake: FakeServer, url: str
) -> list[tuple[Any, ...]]:
    out = []
    await _ask_all(http, url, "roundtable/single")  # Imports, connections.
    for name, model in (("single", "roundtable/single"), ("vote of 1", "roundtable/vote:agents=1")):
        # In turn, so that both meet the same load of the machine.
        pairs = [(await _ask_all(http, fake.url, "fake"), await _ask_all(http, url, model)) for _ in range(5)]
        for at, kind in enumerate(("byte", "text")):
            one, other = (min(median(times[at]) for times in each) for each in reversed(list(zip(*pairs))))
            what = f"first {kind} of {STREAMS} streams at once, {name}, against the server itself"
            out.append((what, f"{one * 1000:.0f} ms", f"{other * 1000:.0f} ms", one / other, "1"))
        alone = [(await _ask(http, url, model, f"alone {n}"))[0] for n in range(10)]
        bare = [(await _ask(http, fake.url, "fake", f"alone {n}"))[0] for n in range(10)]
        what = f"first byte of one stream, {name}, against the server itself"
        one, other = median(alone), median(bare)
        out.append((what, f"{one * 1000:.0f} ms", f"{other * 1000:.0f} ms", one / other, "1"))
        one, other = [await _ask_among_others(http, fake, *at) for at in ((url, model), (fake.url, "fake"))]
        what = f"first byte of one stream while {STREAMS - 1} are open, {name}, against the server itself"
        out.append((what, f"{one * 1000:.0f} ms", f"{other * 1000:.0f} ms", one / other, "1"))
    return out


async def _ask_among_others(http: aiohttp.ClientSession, fake: FakeServer, url: str, model: str) -> float:
    """Return the median of the seconds to the first byte of a stream while the others are open."""
    before, gate = fake.script, asyncio.Event()
    fake.script = Reply("word0 two three", gates={1: gate})
    others = [asyncio.create_task(_ask(http, url, model, f"{time.monotonic()}")) for _ in range(STREAMS - 1)]
    await fake.seen(len(fake.requests) + STREAMS - 1)
    await asyncio.sleep(1)  # Until all of them have their first piece.
    fake.script = before
    times = [(await _ask(http, url, model, f"among others {number}"))[0] for number in range(10)]
    gate.set()
    await asyncio.gather(*others)
    return median(times)


async def _measure_in_turn(http: aiohttp.ClientSession, url: str, pid: int) -> list[tuple[Any, ...]]:
    memory, sockets, began = 0, 0, time.monotonic()
    for number in range(REQUESTS):
        await _ask(http, url, "roundtable/single", f"question {number}")
        if number == WARM:
            memory, sockets = _resident_bytes(pid), _open_files(pid)
    seconds = time.monotonic() - began
    after, left = _resident_bytes(pid), _open_files(pid)
    what = f"memory after {REQUESTS:,} requests in turn, against {WARM}"
    return [
        (what, f"{after / 2**20:.0f} MB", f"{memory / 2**20:.0f} MB", after / memory, "1"),
        (f"open files after {REQUESTS:,}, against {WARM}", left, sockets, left / sockets, "1"),
        ("requests per second in turn, recorded", f"{REQUESTS / seconds:.0f}", "", "", ""),
    ]


async def _ask_all(http: aiohttp.ClientSession, url: str, model: str) -> tuple[list[float], list[float]]:
    """Return the seconds to the first byte, and to the first text, of streams that are asked for at once."""
    marks = (f"{time.monotonic()} {number}" for number in range(STREAMS))
    times = await asyncio.gather(*(_ask(http, url, model, mark) for mark in marks))
    return [first for first, _ in times], [text for _, text in times]


async def _ask(http: aiohttp.ClientSession, url: str, model: str, text: str) -> tuple[float, float]:
    """Return the seconds to the first byte of a stream and to its first text."""
    body = {"model": model, "messages": [{"role": "user", "content": text}], "stream": True}
    began = time.monotonic()
    async with http.post(f"{url}/chat/completions", json=body) as response:
        assert response.status == 200, await response.text()
        received = await response.content.readany()
        first = time.monotonic() - began
        while TEXT not in received and (more := await response.content.readany()):
            received += more
        first_text = time.monotonic() - began
        received += await response.content.read()
    assert received.endswith(b"data: [DONE]\n\n")
    return first, first_text


@contextmanager
def _proxy(server: str, home: str) -> Iterator[tuple[str, int]]:
    """Run the proxy in a process of its own; the value is its base URL and the process."""
    # A server of the settings, as it may have more calls at a time than the 32 of others.
    entry = f'[servers.fake]\nbase_url = "{server}"\nmodel = "fake"\nconcurrency = {STREAMS * 2}\n'
    (Path(home) / "settings.toml").write_text(entry, encoding="utf-8")
    command = [
        str(ROUNDTABLE), "proxy", "--port", "0", "--runs", str(STREAMS * 2), "--server", "fake",
    ]  # fmt: skip
    environ = os.environ | {"ROUNDTABLE_HOME": home}
    process = subprocess.Popen(
        command, env=environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip(), process.pid
    finally:
        process.terminate()
        process.wait(20)


def _resident_bytes(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _open_files(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))
