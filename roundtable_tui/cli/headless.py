"""A run without a screen: the answer on stdout, the story on stderr, nothing else."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

from roundtable_tui.engine import Answer
from roundtable_tui.engine.citations import with_sources
from roundtable_tui.engine.record import serialize
from roundtable_tui.engine.run import Result, Run
from roundtable_tui.errors import NoAnswer
from roundtable_tui.reports.json_report import report
from roundtable_tui.reports.progress import Narrator
from roundtable_tui.reports.screen_reader import Linear
from roundtable_tui.utils.crash_log import write_down
from roundtable_tui.utils.text import clean, one_line, to_json

CODES = {"complete": 0, "partial": 0, "failed": 1, "cancelled": 130}
_TICK_S = 0.5


async def run_headless(
    run: Run,
    *,
    as_json: bool = False,
    as_events: bool = False,
    quiet: bool = False,
    whole: bool = False,
    linear: bool = False,
    out: TextIO | None = None,
    err: TextIO | None = None,
) -> int:
    """Take `run` to its end and return the exit code: 0 an answer, 1 none, 130 interrupted.

    `as_json` prints one object (see `table.report`); `as_events` prints each event as a line of
    JSON while it happens; `whole` tells on `err` what everybody said, `linear` the same for ears.
    Interrupt and terminate end the run cleanly, with its record; a second interrupt ends the program.
    Where `out` cannot be written any more the run ends too, and BrokenPipeError (its reader has gone)
    or NoAnswer is raised.
    """
    out, err = out or sys.stdout, err or sys.stderr
    task = asyncio.ensure_future(run.execute())
    pipe = _Pipe(out, task)
    if as_events:
        run.listen(lambda event: pipe.print(to_json(serialize.to_dict(event))))
    narrator = None if quiet else Linear(err) if linear else Narrator(err, whole=whole)
    if narrator:
        run.listen(narrator)
    with _signals(task):
        ticking = asyncio.ensure_future(_tick(narrator)) if narrator else None
        with suppress(asyncio.CancelledError):
            await task
        if ticking:
            ticking.cancel()
    result = run.result or Result("cancelled", Answer(""))
    if narrator:
        narrator.close(run.folder, run.table.controls.unheard())
    elif result.error and not pipe.gone:
        err.write(f"roundtable: {one_line(result.error, 600)}\n")
    if run.fault is not None:
        err.write(f"roundtable: {write_down(run.fault)}\n")
    if as_json:
        pipe.print(to_json(report(run.events, run.folder), indent=2))
    elif not as_events and result.answer.text:
        pipe.print(clean(with_sources(result.answer.text, run.table.passages)).rstrip())
    if isinstance(pipe.gone, BrokenPipeError):
        raise pipe.gone
    if pipe.gone:
        raise NoAnswer(f"standard output cannot be written: {pipe.gone.strerror}")
    return CODES[result.status]


async def _tick(narrator: Narrator) -> None:
    while True:
        await asyncio.sleep(_TICK_S)
        narrator.tick()


class _Pipe:
    """Stdout, and what follows when nobody reads it any more."""

    def __init__(self, out: TextIO, task: asyncio.Future[Result]) -> None:
        self._out = out
        self._task = task
        self.gone: OSError | None = None

    def print(self, line: str) -> None:
        """Write a line at once; when that cannot be, end the run."""
        if self.gone:
            return
        try:
            self._out.write(line + "\n")
            self._out.flush()
        except OSError as error:
            self.gone = error
            self._task.cancel()


@contextmanager
def _signals(task: asyncio.Future[Result]) -> Iterator[None]:
    """Let the first interrupt or terminate end the run cleanly; the next does what it always does."""
    loop = asyncio.get_running_loop()
    held: list[signal.Signals] = []

    def end() -> None:
        release()
        task.cancel()

    def release() -> None:
        for number in held:
            loop.remove_signal_handler(number)
        held.clear()

    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError, RuntimeError, ValueError):  # Not off the main thread.
            loop.add_signal_handler(number, end)
            held.append(number)
    try:
        yield
    finally:
        release()
