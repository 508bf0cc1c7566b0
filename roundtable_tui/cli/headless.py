"""Drives a run for the command line: the answer goes to stdout, progress to stderr."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import TextIO

from roundtable_tui.cli.terminal.permission import TerminalAsker, can_ask
from roundtable_tui.engine import Answer
from roundtable_tui.engine.citations import append_sources
from roundtable_tui.engine.record import serialize
from roundtable_tui.engine.run import Run, RunOutcome
from roundtable_tui.errors import NoAnswerError
from roundtable_tui.reports.json_report import build_report
from roundtable_tui.reports.live_progress import LiveProgressPrinter
from roundtable_tui.reports.progress import ProgressPrinter
from roundtable_tui.reports.report import Report, make_report
from roundtable_tui.reports.screen_reader import ScreenReaderPrinter
from roundtable_tui.reports.styled_answer import can_style, print_styled_answer
from roundtable_tui.utils.crash_log import log_exception
from roundtable_tui.utils.text import sanitize, single_line, to_safe_json

INTERRUPTED = 130
"""The exit code of a run that was stopped before it began; see `Report.exit_code` for the others."""
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
    """Execute a run and print its answer.

    On a terminal the answer is styled: Markdown drawn, with the outcome and the votes below it, and what the
    captain or the only seat writes is shown as it streams. Unless `quiet`, the user is asked about calls of
    tools that need permission.

    The first interrupt or terminate signal stops the run cleanly, with its record; the next one has its usual
    effect.

    Args:
        run: The run, not started.
        as_json: Print the report as one JSON object (see `reports.json_report`) instead of the answer.
        as_events: Print every event as a line of JSON as it happens instead of the answer.
        quiet: Print only errors to `err`.
        whole: Also print the text of every turn to `err`.
        linear: Print progress for screen readers.
        out: Where the answer goes (default: stdout).
        err: Where progress and errors go (default: stderr).

    Returns:
        The exit code: 0 if there is an answer, 1 if not, 130 if the run was interrupted.

    Raises:
        BrokenPipeError: The reader of `out` has exited. The run was stopped.
        NoAnswerError: `out` cannot be written for another reason. The run was stopped.
    """
    out, err = out or sys.stdout, err or sys.stderr
    task = asyncio.ensure_future(run.execute())
    pipe = _StdoutWriter(out, run, task)
    if as_events:
        run.add_listener(lambda event: pipe.print(to_safe_json(serialize.to_dict(event))))
    styled = not (as_json or as_events or quiet or linear) and can_style(out)
    progress = None if quiet else _make_progress(err, linear=linear, whole=whole, styled=styled)
    if progress:
        run.add_listener(progress)
        if can_ask(sys.stdin, err):
            name_of = partial(_seat_name, run)
            run.set_permission_asker(TerminalAsker(sys.stdin, err, name_of, progress.hold))
    with _cancel_on_signal(task):
        ticking = asyncio.ensure_future(_tick(progress)) if progress else None
        with suppress(asyncio.CancelledError):
            await task
        if ticking:
            ticking.cancel()
    result = run.result or RunOutcome("cancelled", Answer(""))
    if progress:
        progress.close(run.folder, run.table.controls.undelivered())
    elif result.error and not pipe.error:
        err.write(f"roundtable: {single_line(result.error, 600)}\n")
    if run.internal_error is not None:
        err.write(f"roundtable: {log_exception(run.internal_error)}\n")
    if as_json:
        pipe.print(to_safe_json(build_report(run.events, run.folder), indent=2))
    elif styled and result.answer.text:
        pipe.print_answer(append_sources(result.answer.text, run.table.passages), make_report(run.events))
    elif not as_events and result.answer.text:
        pipe.print(sanitize(append_sources(result.answer.text, run.table.passages)).rstrip())
    if isinstance(pipe.error, BrokenPipeError):
        raise pipe.error
    if pipe.error:
        raise NoAnswerError(f"stdout cannot be written: {pipe.error.strerror}")
    return make_report(run.events).exit_code if run.result else INTERRUPTED


def _make_progress(err: TextIO, *, linear: bool, whole: bool, styled: bool) -> ProgressPrinter:
    """Return the printer of progress; where the answer is styled, the outcome is printed with it."""
    if linear:
        return ScreenReaderPrinter(err)
    progress = (LiveProgressPrinter if styled else ProgressPrinter)(err, show_answers=whole)
    progress.shows_outcome = not styled
    return progress


def _seat_name(run: Run, seat: str) -> str:
    return run.table.seat(seat).name


async def _tick(progress: ProgressPrinter) -> None:
    while True:
        await asyncio.sleep(_TICK_S)
        progress.tick()


class _StdoutWriter:
    """Writes to stdout, and stops the run once that fails."""

    def __init__(self, out: TextIO, run: Run, task: asyncio.Future[RunOutcome]) -> None:
        self._out = out
        self._run = run
        self._task = task
        self.error: OSError | None = None

    def print(self, line: str) -> None:
        """Write and flush a line; stop the run if that fails."""
        self._try(lambda: self._out.write(line + "\n"))

    def print_answer(self, text: str, report: Report) -> None:
        """Write an answer for a terminal; stop the run if that fails."""
        self._try(lambda: print_styled_answer(self._out, text, report))

    def _try(self, write: Callable[[], object]) -> None:
        if self.error:
            return
        try:
            write()
            self._out.flush()
        except OSError as error:
            self.error = error
            self._run.stop_reason = (
                "the program that read its output has exited"
                if isinstance(error, BrokenPipeError)
                else f"its output could not be written: {error.strerror}"
            )
            self._task.cancel()


@contextmanager
def _cancel_on_signal(task: asyncio.Future[RunOutcome]) -> Iterator[None]:
    """Stop the run on the first interrupt or terminate signal; later ones have their usual effect."""
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
        with suppress(
            NotImplementedError, RuntimeError, ValueError
        ):  # Only the main thread can handle signals.
            loop.add_signal_handler(number, end)
            held.append(number)
    try:
        yield
    finally:
        release()
