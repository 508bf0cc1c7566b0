"""A run that is killed at any moment, or whose record was cut at any byte, opens, resumes and ends.

No turn that had ended is requested again, by the server's log.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import time
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from roundtable_tui.config import Settings
from roundtable_tui.engine import events
from roundtable_tui.engine.record.recorder import EVENTS_FILE, RunRecord, read_record
from roundtable_tui.engine.run import RunOutcome
from roundtable_tui.errors import FileError
from roundtable_tui.setup import resume
from roundtable_tui.setup.request import ResumeRequest
from roundtable_tui.setup.server_pool import ServerPool
from roundtable_tui.utils import paths
from tests.support.fake_server import FakeServer, served
from tests.support.stress.fork_server import Nursery
from tests.support.stress.runs import CASES, Brain, seat_of
from tests.support.torture import FULL, share

KILLS = 100 if FULL else 1
PACE_S = 0.001


def finished(recording: RunRecord) -> Counter[str]:
    """Return how many turns of each seat have ended."""
    ends = (e for e in recording.events if isinstance(e, events.TurnFinished | events.TurnFailed))
    return Counter(end.seat.rpartition("-")[2] for end in ends)  # In a pipeline: the stage, and who.


def sent(fake: FakeServer) -> int:
    return sum(seen.bytes_sent for seen in fake.requests)


def quiet(fake: FakeServer) -> None:
    """Wait until the server has noticed that its client is gone."""
    calm = 0
    while calm < 5:
        time.sleep(0.004)
        calm = calm + 1 if all(seen.ended.is_set() for seen in fake.requests) else 0


async def resumed(folder: Path) -> RunOutcome:
    backends = ServerPool(Settings(), {})
    try:
        run = await resume.resume(ResumeRequest(folder), backends)
        return await run.execute()
    finally:
        await backends.aclose()


@pytest.mark.parametrize("mode", share(CASES, 2))
def test_run_killed_at_any_moment_resumes_without_repeated_calls(
    mode: str, nursery: Nursery, roundtable_home: Path
) -> None:
    random = Random(mode)
    whole = 0
    for number in range(KILLS + 1):
        with served(Brain(delay=PACE_S)) as fake:
            # The first run is not killed: it gives the bytes of a whole run.
            moment = random.uniform(0, whole * 1.02) if number else float("inf")
            name = f"run-{number}"
            out = roundtable_home / f"{name}.out"
            pid = nursery.child(
                "run", mode=mode, url=fake.url, home=str(roundtable_home), name=name, out=str(out)
            )
            kills = killed(fake, nursery, pid, moment)
            if not number:
                whole = sent(fake)
                assert kills == 0
                continue
            while kills and random.random() < 0.4:  # And killed again while it is resumed.
                check_prints(out, paths.runs_dir() / name)
                if not opens(paths.runs_dir() / name, fake) or over(paths.runs_dir() / name):
                    break
                more = sent(fake) + random.uniform(0, whole / 2)
                again_ = {"home": str(roundtable_home), "name": name, "out": str(out)}
                kills = killed(fake, nursery, nursery.child("resume", **again_), more)
            check_goes_on(fake, paths.runs_dir() / name, out)


def killed(fake: FakeServer, nursery: Nursery, pid: int, moment: float) -> int:
    """Kill the child after so many bytes; return 0 if it had already ended."""
    ended = Path(f"/proc/{pid}/stat")
    while sent(fake) < moment:
        if ended.read_text().rsplit(")", 1)[1].split()[0] == "Z":
            break
        time.sleep(0.0005)
    os.kill(pid, signal.SIGKILL)
    code = nursery.wait(pid)
    quiet(fake)
    assert code in (0, -signal.SIGKILL)
    return int(code != 0)


def opens(folder: Path, fake: FakeServer) -> bool:
    """Return whether there is a record; without one, no request was sent."""
    try:
        read_record(folder)
    except FileError:
        assert not fake.requests
        return False
    return True


def over(folder: Path) -> bool:
    """Return whether the run had ended before it was killed."""
    return read_record(folder).run_finished is not None


def check_prints(out: Path, folder: Path) -> None:
    """Events that a program printed before it was killed are in the run's record."""
    if not opens_at_all(folder):
        return
    kept = (folder / EVENTS_FILE).read_text(encoding="utf-8", errors="replace").splitlines()
    there = {without_deltas(line) for line in kept}
    told = out.read_text(encoding="utf-8", errors="replace").split("\n")[:-1]
    lost = [line for line in map(without_deltas, told) if line and line not in there]
    assert not lost, lost


def opens_at_all(folder: Path) -> bool:
    return (folder / EVENTS_FILE).is_file()


def without_deltas(line: str) -> str:
    """Return the line of an event, "" for deltas, which the record joins, and for incomplete lines."""
    try:
        event = json.loads(line)
    except ValueError:
        return ""
    # Events replayed on resuming are in the record once, at their first place.
    plain = event["type"] in ("turn_finished", "turn_failed", "verdict", "entry_posted")
    return json.dumps({k: v for k, v in event.items() if k != "t"}) if plain else ""


def check_goes_on(fake: FakeServer, folder: Path, out: Path) -> None:
    """The run opens, resumes and ends; finished turns are not requested again."""
    if not opens(folder, fake):
        return
    check_prints(out, folder)
    before, asked = read_record(folder), len(fake.requests)
    done = finished(before)
    if before.run_finished is None:
        assert asyncio.run(resumed(folder)).status == "complete"
    after = read_record(folder)
    assert after.run_finished is not None and after.run_finished.status == "complete"
    assert after.skipped_lines <= before.skipped_lines + 1
    new = Counter(seat_of(seen.body).lower() for seen in fake.requests[asked:])
    assert new == finished(after) - done, "only what had not ended is asked"
    queued = [event.turn for event in after.events if isinstance(event, events.TurnFinished)]
    assert len(queued) == len(set(queued))


@pytest.mark.parametrize("mode", share(CASES, 6))
def test_record_cut_at_any_byte_of_its_end_is_readable(
    mode: str, nursery: Nursery, roundtable_home: Path
) -> None:
    with served(Brain()) as fake:
        home = {"home": str(roundtable_home), "name": "whole"}
        assert nursery.wait(nursery.child("run", mode=mode, url=fake.url, **home)) == 0
        whole = paths.runs_dir() / "whole"
        record = (whole / EVENTS_FILE).read_bytes()
        size = len(record)
        read: set[int] = set()
        for number, cut in enumerate(share(range(size - 1024, size), 11)):
            folder = paths.runs_dir() / f"cut-{cut}"
            folder.mkdir()
            (folder / EVENTS_FILE).write_bytes(record[:cut])
            read.add(len(read_record(folder).events))
            if FULL or number % 31 == 0:
                shutil.copytree(whole, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(EVENTS_FILE))
                check_goes_on(fake, folder, folder / EVENTS_FILE)
            else:
                shutil.rmtree(folder)
        assert len(read) > 2, "the cuts went through several lines"
