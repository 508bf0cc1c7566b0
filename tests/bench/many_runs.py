"""The cost of `roundtable bench` itself: 1,000 questions x 3 arms against a fast fake server.

The server is a process of its own. Memory is that of this process. Where the server is the limit, the wall
time is compared with what its limits allow: the seconds that it was busy, by the calls it takes at once.
"""

from __future__ import annotations

import asyncio
import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.paths import ROOT

if TYPE_CHECKING:
    from roundtable_tui.bench.results import ResultRow
    from roundtable_tui.bench.runner import Bench

QUESTIONS, ARMS = 1000, "single,vote:agents=3,temperature=0.7,pro:agents=3"
LIMITED_QUESTIONS, LIMITED_CALLS, LIMITED_SECONDS = 150, 4, 0.5
_PAGE = resource.getpagesize()


def rows() -> list[tuple[Any, ...]]:
    """Return pace and memory of the large bench, and the wall time of one that waits for its server."""
    cpu = time.process_time()
    with Server(0.0) as server:
        bench, seconds, memory = asyncio.run(measure(server.url, QUESTIONS, ARMS, 32))
    cpu = time.process_time() - cpu
    runs = len(bench.rows)
    calls = sum(row.calls for row in bench.rows.values())
    start, end, most = memory[len(memory) // 10], memory[-1], max(memory)
    with Server(LIMITED_SECONDS) as server:
        limited, wall, _ = asyncio.run(measure(server.url, LIMITED_QUESTIONS, "single", LIMITED_CALLS))
    busy = sum(server.took) / LIMITED_CALLS
    assert len(server.took) == len(limited.rows) == LIMITED_QUESTIONS
    return [
        ("runs per second", f"{runs / seconds:.1f}", "15", runs / seconds / 15, "over 1"),
        ("calls per second", f"{calls / seconds:.1f}", "60", calls / seconds / 60, "over 1"),
        ("runs per second of CPU", f"{runs / cpu:.1f}", "15", runs / cpu / 15, "over 1"),
        ("calls per second of CPU", f"{calls / cpu:.1f}", "60", calls / cpu / 60, "over 1"),
        ("memory at the end", f"{end:.0f} MB", f"{start:.0f} MB after a tenth", end / start, "1.1"),
        ("most memory", f"{most:.0f} MB", "200 MB", most / 200, "under 1"),
        ("wall time, server limited", f"{wall:.2f} s", f"{busy:.2f} s", wall / busy, "1.1"),
    ]


async def measure(url: str, count: int, arms: str, concurrency: int) -> tuple[Bench, float, list[float]]:
    """Return the finished bench, its seconds, and the memory in MB after each run."""
    from roundtable_tui.bench.arms import parse_arms
    from roundtable_tui.bench.questions.model import AnswerCheck, BenchQuestion
    from roundtable_tui.bench.runner import Bench, BenchOptions
    from roundtable_tui.config import ServerSettings, Settings
    from roundtable_tui.setup.request import RunRequest
    from roundtable_tui.setup.server_pool import ServerPool

    questions = [
        BenchQuestion(f"q{n}", f"What is {n} + {n}?", (AnswerCheck("number", (str(2 * n),)),))
        for n in range(count)
    ]
    home = ServerSettings(name="home", base_url=url, model="m", concurrency=concurrency)
    memory: list[float] = []

    def note(row: ResultRow) -> None:
        memory.append(int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE / 1e6)

    with tempfile.TemporaryDirectory() as folder:
        async with ServerPool(Settings(servers={"home": home}, discovery=False), {}) as servers:
            request = RunRequest(server="home", model="m")
            # More runs than the server takes at once: while one is written down, another one is answered.
            options = BenchOptions(concurrency=min(12, 3 * concurrency), pool_size=1)
            bench = Bench(questions, parse_arms(arms), request, servers, Path(folder), options, on_row=note)
            await bench.prepare()
            began = time.perf_counter()
            await bench.run()
            seconds = time.perf_counter() - began
    errors = [row.error for row in bench.rows.values() if row.error]
    assert not errors, errors[0]
    return bench, seconds, memory


class Server:
    """The fake server in another process; `took` has the seconds of each call after the `with`."""

    def __init__(self, seconds: float) -> None:
        command = [sys.executable, "-m", "tests.bench.many_runs", "serve", str(seconds)]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, cwd=ROOT, text=True)
        assert self._process.stdout
        self.url = self._process.stdout.readline().strip()
        self.took: list[float] = []

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *exception: object) -> None:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self.took = json.loads(self._process.stdout.read())
        self._process.wait()


async def _serve(seconds: float) -> None:
    from tests.support.fake_server import FakeServer, Reply

    def reply(request: dict, nth: int) -> Reply:
        found = re.search(r"What is (\d+) \+", json.dumps(request["messages"]))
        answer = f"Adding the two numbers is enough here.\n\nAnswer: {2 * int(found[1]) if found else 0}"
        # Answers of a real server do not all end at the same moment.
        return Reply(answer, burst=True, first_delay=seconds * (0.5 + nth * 0.618 % 1))

    async with FakeServer(reply) as fake:
        print(fake.url, flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        print(json.dumps([(seen.ended_at or seen.at) - seen.at for seen in fake.requests]), flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        asyncio.run(_serve(float(sys.argv[2])))
    else:
        for row in rows():
            print(*row, sep="  ")
