"""A run without a screen: the answer on stdout, the story on stderr, nothing else."""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import suppress
from typing import TextIO

from roundtable_tui.narration import Narrator
from roundtable_tui.table import Answer, events
from roundtable_tui.table.report import report
from roundtable_tui.table.run import Result, Run
from roundtable_tui.text import clean, to_json

CODES = {"complete": 0, "partial": 0, "failed": 1, "cancelled": 130}


async def run_headless(
    run: Run, *, as_json: bool = False, as_events: bool = False, quiet: bool = False,
    out: TextIO | None = None, err: TextIO | None = None,
) -> int:  # fmt: skip
    """Take `run` to its end and return the exit code: 0 an answer, 1 none, 130 interrupted.

    `as_json` prints one object (see `table.report`); `as_events` prints each event as a line of
    JSON while it happens. Interrupt and terminate end the run cleanly, with its record.
    """
    out, err = out or sys.stdout, err or sys.stderr
    if as_events:
        run.listen(lambda event: _print(out, to_json(events.to_dict(event))))
    narrator = None if quiet else Narrator(err)
    if narrator:
        run.listen(narrator)
    task = asyncio.ensure_future(run.execute())
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        with suppress(
            NotImplementedError, RuntimeError, ValueError
        ):  # Not on Windows, not off the main thread.
            loop.add_signal_handler(name, task.cancel)
    with suppress(asyncio.CancelledError):
        await task
    if narrator:
        narrator.close()
    result = run.result or Result("cancelled", Answer(""))
    if as_json:
        _print(out, to_json(report(run.events, run.folder), indent=2))
    elif not as_events and result.answer.text:
        _print(out, clean(result.answer.text))
    if quiet and result.error and not as_json and not as_events:
        _print(err, f"roundtable: {result.error}")
    return CODES[result.status]


def _print(stream: TextIO, line: str) -> None:
    stream.write(line + "\n")
    stream.flush()
