"""`roundtable runs replay`: a run once more in the terminal, from its record alone."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable

from roundtable_tui.commands.runs_teller import Teller
from roundtable_tui.errors import UsageError
from roundtable_tui.runs.find import find_run
from roundtable_tui.runs.read import read_run
from roundtable_tui.runs.tape import INSTANT, Tape
from roundtable_tui.table import event_lines, events
from roundtable_tui.text import one_line, to_json

TICK_S = 0.05
_FASTEST, _SLOWEST = 1000.0, 0.05


def run_replay(args: argparse.Namespace) -> int:
    """Tell a run once more."""
    tape = Tape(read_run(find_run(args.run)).events)
    tape.speed = speed(args.speed)
    if args.events:
        play(tape, lambda event: print(to_json(event_lines.to_dict(event)), flush=True))
        return 0
    teller = Teller(sys.stdout)
    play(tape, teller)
    teller.close()
    return 0


def play(tape: Tape, told: Callable[[events.Event], None]) -> None:
    """Tell a tape from where it is to its end, in its time."""
    tape.play()
    last = time.monotonic()
    while tape.playing:
        now = time.monotonic()
        for event in tape.advance(now - last):
            told(event)
        last = now
        if tape.playing:
            time.sleep(TICK_S)


def speed(typed: str) -> float:
    """Return a speed as typed: `4`, `0.5`, `8x`, `instant`. Raises UsageError."""
    if typed.strip().lower() in ("instant", "inf"):
        return INSTANT
    try:
        value = float(typed.strip().lower().removesuffix("x"))
    except ValueError:
        value = 0.0
    if not _SLOWEST <= value <= _FASTEST:
        what = f"--speed should be a number from {_SLOWEST:g} to {_FASTEST:g}, or instant"
        raise UsageError(f"{what}, not {one_line(typed, 40)}")
    return value
