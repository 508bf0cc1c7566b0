"""Processes to be killed: one that has imported everything forks a child for each run.

Its commands are lines of JSON: `{"do": "run", "mode", "url", "home", "name"}`, `{"do": "resume",
...}` or `{"do": "wait", "pid"}`. A child prints its events to `out`, and everything else to `err`.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support.paths import ROOT


class Nursery:
    """Starts the process that forks; `with Nursery() as nursery`."""

    def __enter__(self) -> Nursery:
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.stress.fork_server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=env,
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)

    def child(self, do: str, **how: Any) -> int:
        """Start a child, and return its process id."""
        return int(self._tell(do=do, **how)["pid"])

    def wait(self, pid: int) -> int:
        """Wait for the end of a child: its exit code, below 0 for a signal."""
        return int(self._tell(do="wait", pid=pid)["code"])

    def _tell(self, **what: Any) -> Mapping[str, Any]:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "the nursery has ended"
        return dict(json.loads(answer))


# --- in the fork server ---------------------------------------------------------------------------


def _serve() -> None:
    _import_everything()
    for line in sys.stdin:
        what = json.loads(line)
        if what["do"] == "wait":
            _, status = os.waitpid(what["pid"], 0)
            answer = {"code": os.waitstatus_to_exitcode(status)}
        else:
            pid = os.fork()
            if pid == 0:
                _be_a_child(what)
            answer = {"pid": pid}
        print(json.dumps(answer), flush=True)


def _import_everything() -> None:
    """Execute and resume a run, so that children have nothing left to import."""
    from tests.support.fake_server import FakeServer
    from tests.support.stress.runs import Brain

    async def once(home: str) -> None:
        async with FakeServer(Brain()) as fake:
            await _go({"do": "run", "home": home, "name": "first", "mode": "debate", "url": fake.url})
        await _go({"do": "resume", "home": home, "name": "first"})

    with tempfile.TemporaryDirectory() as home:
        os.environ["ROUNDTABLE_HOME"] = home
        kept = os.dup(1), os.dup(2)
        for number in (1, 2):
            os.dup2(os.open(os.devnull, os.O_WRONLY), number)
        asyncio.run(once(home))
        sys.stdout.flush()
        for number, was in enumerate(kept, 1):
            os.dup2(was, number)


def _be_a_child(what: Mapping[str, Any]) -> None:
    code = 99
    try:
        home = Path(what["home"])
        os.environ["ROUNDTABLE_HOME"] = str(home)
        for name, fd in (("out", 1), ("err", 2)):
            os.dup2(os.open(what.get(name, os.devnull), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), fd)
            if "fsize" in what:  # Which is for the record, not for what is printed.
                os.dup2(subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=fd).stdin.fileno(), fd)  # type: ignore[union-attr]
        sys.stdin.close()
        if "fsize" in what:
            resource.setrlimit(resource.RLIMIT_FSIZE, (what["fsize"], what["fsize"]))
        if "uid" in what:
            os.setgid(what["uid"])
            os.setuid(what["uid"])
        code = asyncio.run(_go(what))
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


async def _go(what: Mapping[str, Any]) -> int:
    from roundtable_tui.cli.headless import run_headless
    from roundtable_tui.config import Settings
    from roundtable_tui.engine.run import Run
    from roundtable_tui.errors import RoundtableError
    from roundtable_tui.llm.types import Server
    from roundtable_tui.setup import resume
    from roundtable_tui.setup.request import ResumeRequest
    from roundtable_tui.setup.server_pool import ServerPool
    from roundtable_tui.utils import paths
    from tests.support.stress.runs import plan

    backends = ServerPool(Settings(), {})
    folder = paths.runs_dir() / what["name"]
    try:
        if what["do"] == "resume":
            run = await resume.resume(ResumeRequest(folder), backends)
        else:
            run = Run(
                plan(what["mode"], Server("fake", what["url"])), backends.client.for_run(), run_dir=folder
            )
        return await run_headless(run, as_events=True)
    except RoundtableError as error:
        print(f"roundtable: {error}", file=sys.stderr)
        return error.exit_code
    finally:
        await backends.aclose()


if __name__ == "__main__":
    _serve()
