"""Quitting is immediate: sockets are closed, the record has its end, the terminal is restored.

The promise is about time, so these tests look at a clock; what they allow is several times what they measure.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from roundtable_tui.engine import events
from roundtable_tui.engine.record.recorder import RunRecord, read_record
from roundtable_tui.engine.run import Run
from roundtable_tui.llm.types import Server
from tests.support.fake_server import FakeServer, Reply, served
from tests.support.stress.runs import Caller, NothingLeft, house, plan
from tests.support.terminal import Terminal, roundtable
from tests.support.torture import FULL, share

SOCKETS_S, QUIT_S = 1.0, 3.0
"""What is allowed; promised are 0.2 s and 1 s."""
STALLS: Mapping[str, Reply] = {
    "no answer at all": Reply(stall_after=0),
    "silence after some words": Reply(text="one two three four", stall_after=2),
    "comments and nothing else": Reply(text="one two", stall_after=1, comments_every=0.05),
}
SEATS = 8 if FULL else 4


@pytest.mark.anyio
@pytest.mark.parametrize("stall", STALLS)
async def test_run_cancelled_closes_every_socket(
    stall: str, tmp_path: Path, measured: Callable[..., None]
) -> None:
    async with NothingLeft(), house(STALLS[stall]) as (fake, client):
        run = Run(plan("pro", Server("fake", fake.url)), Caller(client), run_dir=tmp_path / "run")
        task = asyncio.ensure_future(run.execute())
        await fake.seen(len(run.table.seats))
        await until(lambda: stall.startswith("no") or len(deltas(run)) == len(run.table.seats))
        left, asked = time.monotonic(), len(fake.requests)
        task.cancel()
        await asyncio.wait({task})
        for seen in fake.requests:
            await seen.ended.wait()
        late = max((seen.ended_at or left) - left for seen in fake.requests)
        for _ in range(20):
            await asyncio.sleep(0)
        assert len(fake.requests) == asked, "and nothing is asked any more"
    measured(f"cancelled with {stall}: the last socket was closed after", late)
    assert late < SOCKETS_S and all(seen.left_early for seen in fake.requests)
    recording = read_record(tmp_path / "run")
    assert recording.run_finished is not None and recording.run_finished.status == "cancelled"


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not true():
            await asyncio.sleep(0.005)


def deltas(run: Run) -> set[str]:
    """Return the seats with text in the record."""
    assert run.folder is not None
    return {event.turn for event in read_record(run.folder).events if isinstance(event, events.AnswerDelta)}


def closed(fake: FakeServer, left: float) -> float:
    """Return the seconds until the last socket was closed."""
    return max((seen.ended_at or time.monotonic()) - left for seen in fake.requests)


def recorded(home: Path) -> RunRecord:
    (folder,) = (home / "runs").iterdir()
    return read_record(folder)


@pytest.mark.parametrize("stall", share(list(STALLS), 3))
def test_app_quit_by_key_closes_sockets_and_ends(
    stall: str, roundtable_home: Path, measured: Callable[..., None]
) -> None:
    with served(STALLS[stall]) as fake, app(fake, roundtable_home) as terminal:
        ask(terminal, fake)
        left = time.monotonic()
        terminal.press("\x11")
        assert terminal.ends() == 0
        gone = time.monotonic() - left
        terminal.until(lambda: all(seen.ended.is_set() for seen in fake.requests), "all sockets are closed")
        late = closed(fake, left)
        measured(f"quit with {stall}: the last socket was closed after", late)
        measured(f"quit with {stall}: the program had ended after", gone)
        assert late < SOCKETS_S and gone < QUIT_S and terminal.restored and terminal.strange == []
    end = recorded(roundtable_home).run_finished
    assert end is not None and end.status == "cancelled"


@pytest.mark.parametrize("number", share([signal.SIGTERM, signal.SIGHUP, signal.SIGINT], 3))
def test_app_ended_by_signal_restores_terminal(number: signal.Signals, roundtable_home: Path) -> None:
    with served(STALLS["silence after some words"]) as fake, app(fake, roundtable_home) as terminal:
        ask(terminal, fake)
        terminal.signal(number)
        assert terminal.ends() in (0, 128 + number)
        assert terminal.restored and terminal.strange == []
        assert "Traceback" not in terminal.told
        terminal.until(lambda: all(seen.ended.is_set() for seen in fake.requests), "all sockets are closed")
    end = recorded(roundtable_home).run_finished
    assert end is not None and end.status == "cancelled"


@pytest.mark.parametrize(
    ("told", "reply"),
    [
        (True, STALLS["silence after some words"]),
        # There is more to draw than a closed terminal accepts.
        (False, Reply(text="word " * 100_000, delay=0.002)),
        (False, STALLS["no answer at all"]),
    ],
    ids=["told, in silence", "not told, in full stream", "not told, before the first word"],
)
def test_app_with_closed_terminal_ends(told: bool, reply: Reply, roundtable_home: Path) -> None:
    with served(reply) as fake:
        with app(fake, roundtable_home) as terminal:
            ask(terminal, fake)
            terminal.hang_up(told=told)
            terminal.process.wait(30)
        end = recorded(roundtable_home).run_finished
        assert end is not None and end.status == "cancelled"
        assert not (roundtable_home / "cache" / "roundtable.log").exists(), "which is no fault"


@pytest.mark.parametrize("stall", share(list(STALLS), 3))
def test_ask_interrupted_closes_sockets_and_ends(
    stall: str, roundtable_home: Path, measured: Callable[..., None]
) -> None:
    env = {**os.environ, "ROUNDTABLE_HOME": str(roundtable_home)}
    with served(STALLS[stall]) as fake:
        command = roundtable(
            "ask", "Why?", "--mode", "pro", "--agents", str(SEATS), "--base-url", fake.url, "--model", "m"
        )
        with subprocess.Popen(
            command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            wait(lambda: len(fake.requests) == SEATS)
            left = time.monotonic()
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=30)
            gone = time.monotonic() - left
        wait(lambda: all(seen.ended.is_set() for seen in fake.requests))
        late = closed(fake, left)
    measured(f"interrupted with {stall}: the last socket was closed after", late)
    measured(f"interrupted with {stall}: the program had ended after", gone)
    assert (process.returncode, out) == (130, "") and "Traceback" not in err
    assert late < SOCKETS_S and gone < QUIT_S


def test_app_invalid_utf8_input_is_survived(roundtable_home: Path) -> None:
    with served("Hello.") as fake, app(fake, roundtable_home) as terminal:
        terminal.press(b"caf\xe9 \xff\xfe\xc3")
        terminal.press("still here")
        terminal.shows("still here")
        terminal.press("\x11")
        assert terminal.ends() == 0 and terminal.restored


def app(fake: FakeServer, home: Path, **how: object) -> Terminal:
    """Start the app on `fake` with many seats."""
    settings = f"discovery = false\nconfirm_quit = false\n[options.pro]\nagents = {SEATS}\n"
    (home / "settings.toml").write_text(settings)
    command = roundtable("--base-url", fake.url, "--model", "m", "--mode", "pro")
    terminal = Terminal(command, {"ROUNDTABLE_HOME": str(home)}, **how)  # type: ignore[arg-type]
    terminal.shows("Type a question")
    return terminal


def ask(terminal: Terminal, fake: FakeServer) -> None:
    """Ask, and wait until every seat has been asked."""
    terminal.press("Why is it so?\r")
    terminal.until(lambda: len(fake.requests) == SEATS, "every seat is asked")
    terminal.settles()


def wait(true: Callable[[], object]) -> None:
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)
