"""A batch on two fast fake servers: wall time over what their slots allow, runs per second, memory.

The servers are a process of their own and answer each call after a fixed time, which they measure. With S
slots on each of two servers, calls of T seconds together cannot take less than T / (2 * S) seconds.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.support.paths import ROOT

SECONDS = 0.25
"""Of each call."""
CALLS = {"single": 1, "pro": 6}
_MB = 1024 * 1024


def rows() -> list[tuple[str, ...]]:
    """Return a row for each mode and for the memory."""
    out: list[tuple[str, ...]] = []
    for mode, runs, slots in (("single", 2000, 8), ("pro", 500, 8)):
        found = once(mode, runs, slots)
        assert found["calls"] == runs * CALLS[mode]
        allowed = found["busy"] / (2 * slots)
        wall = found["wall"]
        name = f"{runs:,} runs of {mode}, 2 servers with {slots} slots"
        out.append((name, f"{wall:.1f} s", f"slots {allowed:.1f} s", f"{wall / allowed:.3f}", "1.1"))
        grown = found["end_mb"] / found["middle_mb"]
        memory = f"{found['end_mb']:.0f} MB"
        middle = f"half-way {found['middle_mb']:.0f} MB"
        out.append(("  memory at the end", memory, middle, f"{grown:.2f}", "1.1; 250 MB"))
    found = once("single", 2000, 48)
    rate = 2000 / found["wall"]
    cpu = found["cpu"] / found["wall"]
    out.append(("2,000 runs of single, 96 slots", f"{rate:.0f} a second", f"{cpu:.0%} of a core", "", "40"))
    return out


def once(mode: str, runs: int, slots: int) -> dict[str, float]:
    """Run a batch in a process of its own and return its figures."""
    command = [sys.executable, "-m", "tests.bench.batch"]
    pipe = subprocess.PIPE
    server = subprocess.Popen([*command, "serve"], stdin=pipe, stdout=pipe, cwd=ROOT, text=True)
    assert server.stdout and server.stdin
    urls = server.stdout.readline().split()
    with tempfile.TemporaryDirectory() as home:
        environ = {**os.environ, "ROUNDTABLE_HOME": home}
        arguments = [*command, "run", mode, str(runs), str(slots), *urls]
        found = subprocess.run(arguments, stdout=pipe, cwd=ROOT, text=True, env=environ, check=True)
    server.stdin.close()
    served = json.loads(server.stdout.read())
    server.wait()
    return {**served, **json.loads(found.stdout)}


async def _run(mode: str, runs: int, slots: int, urls: list[str]) -> dict[str, float]:
    from roundtable_tui.batch.rows import BatchRow
    from roundtable_tui.batch.runner import Batch
    from roundtable_tui.batch.servers import BatchServerPool, ServerBalancer
    from roundtable_tui.config import ServerSettings, Settings
    from roundtable_tui.setup.request import RunRequest

    servers = {f"s{n}": ServerSettings(f"s{n}", url, concurrency=slots) for n, url in enumerate(urls)}
    memory: dict[int, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "tasks.jsonl"
        tasks = (json.dumps({"question": f"What is {number} and {number}?"}) for number in range(runs))
        source.write_text("\n".join(tasks))
        async with BatchServerPool(Settings(servers=servers, discovery=False), {}) as pool:
            balancer = ServerBalancer(pool, RunRequest(mode=mode, model="m"), tuple(servers))
            await balancer.prepare()
            batch = Batch(source, balancer, Path(folder) / "out")
            await batch.prepare()

            def note(row: BatchRow) -> None:
                assert row.ok, row.error
                if batch.counter.done in (runs // 2, runs):
                    memory[batch.counter.done] = _read_memory_mb()

            batch.on_row = note
            start, cpu = time.perf_counter(), time.process_time()
            await batch.run()
            wall, cpu = time.perf_counter() - start, time.process_time() - cpu
    return {
        "wall": wall, "cpu": cpu, "middle_mb": memory[runs // 2], "end_mb": memory[runs],
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }  # fmt: skip


def _read_memory_mb() -> float:
    """Return the resident memory of this process."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:  # No Linux: the peak.
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return pages * os.sysconf("SC_PAGE_SIZE") / _MB


_took: list[float] = []
"""Seconds of each answer: the sleeps take longer than asked for where the machine is busy."""


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer requests of one connection: the list of models at once, all others after `SECONDS`."""
    deltas = [{"role": "assistant", "content": ""}, {"content": "The answer is 42."}]
    usage = {"prompt_tokens": 40, "completion_tokens": 8, "total_tokens": 48}
    events: list[dict[str, object]] = [
        {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas
    ]
    events.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    events.append({"choices": [], "usage": usage})
    stream = b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events)
    listed = json.dumps({"object": "list", "data": [{"id": "m", "object": "model"}]}).encode()
    head = "HTTP/1.1 200 OK\r\ncontent-type: {}\r\ncontent-length: {}\r\n\r\n"
    try:
        while True:
            request = await reader.readuntil(b"\r\n\r\n")
            lengths = [line for line in request.lower().split(b"\r\n") if line.startswith(b"content-length:")]
            await reader.readexactly(int(lengths[0].split(b":")[1]) if lengths else 0)
            kind, body = "application/json", listed
            if lengths:
                start = time.perf_counter()
                await asyncio.sleep(SECONDS)
                _took.append(time.perf_counter() - start)
                kind, body = "text/event-stream", stream + b"data: [DONE]\n\n"
            writer.write(head.format(kind, len(body)).encode() + body)
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def _serve() -> None:
    servers = [await asyncio.start_server(_answer, "127.0.0.1", 0) for _ in range(2)]
    ports = [server.sockets[0].getsockname()[1] for server in servers]
    print(*(f"http://127.0.0.1:{port}/v1" for port in ports), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    print(json.dumps({"calls": len(_took), "busy": sum(_took)}), flush=True)


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        asyncio.run(_serve())
    elif sys.argv[1:2] == ["run"]:
        print(json.dumps(asyncio.run(_run(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5:]))))
    else:
        for row in rows():
            print(*row, sep="  ")
