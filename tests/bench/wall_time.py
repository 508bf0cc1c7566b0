"""How much longer a run takes than the server needs: wall time over the critical path.

The server is a process of its own and times each answer from the last byte of the request to the last
byte of the reply. A phase cannot be shorter than its longest answer; the phases follow one another.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from typing import TYPE_CHECKING

from tests.support.paths import ROOT

if TYPE_CHECKING:
    from roundtable_tui.engine.events import Event

TOKENS, GAP, FIRST = 120, 0.008, 0.15


def rows() -> list[tuple[str, ...]]:
    """Return a row for each mode and number of seats."""
    out = []
    for mode, seats, target in (
        ("pro", 5, "1.02"),
        ("debate", 5, "1.02"),
        ("pro", 32, "1.05"),
        ("debate", 32, "1.05"),
    ):
        ratios, walls, paths, gaps = zip(*(once(mode, seats) for _ in range(3)), strict=True)
        wall, path = statistics.median(walls), statistics.median(paths)
        name = f"wall time of {mode}, {seats} seats"
        out.append(
            (name, f"{wall:.2f} s", f"critical path {path:.2f} s", f"{statistics.median(ratios):.3f}", target)
        )
        share = statistics.median(gaps) / path
        cpu = f"{statistics.median(gaps) * 1000:.0f} ms"
        out.append(("  CPU between an answer and the requests after it", cpu, "", f"{share:.3f}", ""))
    return out


def once(mode: str, seats: int) -> tuple[float, float, float, float]:
    """Return (ratio, wall seconds, critical path seconds, CPU seconds between the batches) of one run."""
    command = [sys.executable, "-m", "tests.bench.wall_time", "serve"]
    pipe = subprocess.PIPE
    server = subprocess.Popen(command, stdin=pipe, stdout=pipe, cwd=ROOT, text=True)
    assert server.stdout and server.stdin
    url = server.stdout.readline().strip()
    with tempfile.TemporaryDirectory() as home:
        os.environ["ROUNDTABLE_HOME"] = home
        wall, phases, gaps = asyncio.run(_run(url, mode, seats))
    server.stdin.close()
    took = json.loads(server.stdout.read())
    server.wait()
    path, at = 0.0, 0
    for calls in phases:
        path += max(took[at : at + calls])
        at += calls
    return wall / path, wall, path, gaps


async def _run(url: str, mode: str, seats: int) -> tuple[float, list[int], float]:
    """Return wall seconds, the number of calls of each batch, and CPU seconds between the batches."""
    from roundtable_tui.config import Settings
    from roundtable_tui.setup.open_run import build_run
    from roundtable_tui.setup.request import RunRequest
    from roundtable_tui.setup.server_pool import ServerPool

    backends = ServerPool(Settings(), {})
    # The first connection and the imports are start-up, which is measured elsewhere.
    await backends.list_model_names(await backends.get_server(base_url=url))
    run = await build_run(
        RunRequest(question="Which?", mode=mode, base_url=url, model="m", agents=seats), backends
    )
    batches: list[int] = []
    """How many calls were begun at once: between two of them an answer came in."""
    came = [True]
    finished = time.process_time()
    gaps: list[float] = []
    """CPU seconds from the last answer to the last request of each batch."""

    def count(event: Event) -> None:
        nonlocal finished
        if event.type == "turn_queued":
            if came.pop():
                batches.append(0)
                gaps.append(0.0)
            batches[-1] += 1
            came.append(False)
        elif event.type == "turn_started":
            gaps[-1] = max(gaps[-1], time.process_time() - finished) if not came[0] else gaps[-1]
        elif event.type == "turn_finished":
            came[0] = True
            finished = time.process_time()

    run.add_listener(count)
    start = time.perf_counter()
    result = await run.execute()
    wall = time.perf_counter() - start
    assert result.status == "complete", result
    await backends.aclose()
    return wall, batches, sum(gaps)


async def _serve() -> None:
    from tests.support.fake_server import FakeServer, Reply

    def reply(request: dict, nth: int) -> Reply:
        if request.get("response_format"):
            form = json.dumps(request["response_format"])
            decision = {"choice": 1} if "choice" in form else {"consensus": False, "direction": "Which one?"}
            return Reply(decision=decision, first_delay=FIRST, delay=GAP)
        return Reply(
            " ".join(f"word{n}" for n in range(TOKENS - nth % 7)) + f" {nth}", first_delay=FIRST, delay=GAP
        )

    async with FakeServer(reply) as fake:
        print(fake.url, flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        print(json.dumps([(seen.ended_at or 0) - seen.at for seen in fake.requests]), flush=True)


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        asyncio.run(_serve())
    else:
        for row in rows():
            print(*row, sep="  ")
