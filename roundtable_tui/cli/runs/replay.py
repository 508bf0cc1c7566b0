"""Tells a run as one text: who speaks, word for word as it comes, one after the other.

Where several speak at once, the first is told as it speaks; the others are told when it has ended.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from roundtable_tui.cli.runs.flags import DEFAULT_SIZE
from roundtable_tui.engine import events
from roundtable_tui.engine.record import serialize
from roundtable_tui.errors import UsageError
from roundtable_tui.history.constants import FORMATS
from roundtable_tui.history.export import export_run, suggest_file_name, validate_format
from roundtable_tui.history.find import find_run
from roundtable_tui.history.player import INSTANT, RecordPlayer
from roundtable_tui.history.reader import read_run
from roundtable_tui.reports.answer_marker import ANSWER_MARK, replace_marks
from roundtable_tui.reports.progress import ProgressPrinter
from roundtable_tui.utils import files
from roundtable_tui.utils.text import sanitize, single_line, to_safe_json


class _LineBuffer:
    """A stream for the narrator's lines, kept until nobody speaks."""

    def __init__(self) -> None:
        self.chunks: list[str] = []

    def isatty(self) -> bool:
        return False

    def write(self, text: str) -> None:
        self.chunks.append(text)

    def flush(self) -> None:
        pass


class ReplayPrinter:
    """Tells events to a stream. `close` tells what is left at the end of a record that was cut off."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._lines = _LineBuffer()
        self._narrator = ProgressPrinter(self._lines)  # type: ignore[arg-type]
        self._names: dict[str, str] = {}
        self._speaking: dict[str, str] = {}
        """Turn -> what of its text is still to be told, in the order they began."""
        self._ended: set[str] = set()
        self._begun = ""
        self._seats: dict[str, str] = {}

    def __call__(self, event: events.Event) -> None:
        """Tell an event."""
        match event:
            case events.RunStarted():
                self._names = {str(seat["seat"]): single_line(str(seat["name"]), 40) for seat in event.seats}
                self._out.write(f"{single_line(event.question, 2000)}\n\n")
                self._narrator(event)
            case events.TurnStarted():
                self._restart_turn(event)
            case events.AnswerDelta() if event.turn in self._speaking:
                self._speaking[event.turn] += event.text
            case events.TurnResplit() if event.turn in self._speaking and event.turn != self._begun:
                self._speaking[event.turn] = event.text
            case events.TurnFinished() | events.TurnFailed():
                if event.turn not in self._speaking and isinstance(event, events.TurnFinished):
                    self._seats[event.turn] = event.seat
                    self._speaking[event.turn] = event.text
                self._ended.add(event.turn)
                self._narrator(event)
            case events.RunFinished():
                self._print_answer(event)
            case events.ReasoningDelta():
                return
            case _:
                self._narrator(event)
        self._print_pending()

    def close(self) -> None:
        """Tell what is left."""
        self._ended |= set(self._speaking)
        self._narrator.close()
        self._print_pending()
        self._out.flush()

    def _restart_turn(self, event: events.TurnStarted) -> None:
        self._seats[event.turn] = event.seat
        if event.turn == self._begun and event.attempt > 1:
            self._out.write(" ...\n(begins again)\n")
        self._speaking[event.turn] = ""

    def _print_pending(self) -> None:
        """Tell what there is of the one who speaks; when it has ended, of the next, and the rest."""
        while self._speaking:
            turn = next(iter(self._speaking))
            text, self._speaking[turn] = _split_printable(self._speaking[turn], turn in self._ended)
            if text and self._begun != turn:
                name = self._names.get(self._seats[turn], single_line(self._seats[turn], 40))
                self._out.write(f"\n{name}:\n")
                self._begun = turn
            self._out.write(sanitize(text))
            if turn not in self._ended:
                break
            if self._begun == turn:
                self._out.write("\n")
            del self._speaking[turn]
        if not self._speaking and self._lines.chunks:
            self._out.write("".join(self._lines.chunks))
            self._lines.chunks.clear()
        self._out.flush()

    def _print_answer(self, event: events.RunFinished) -> None:
        self._ended |= set(self._speaking)
        self._print_pending()
        if event.answer.strip():
            self._out.write(f"\nThe answer:\n{sanitize(replace_marks(event.answer)).strip()}\n\n")
        self._narrator(event)


def _split_printable(text: str, ended: bool) -> tuple[str, str]:
    """Return what of a text can be told, and the rest that may still become the mark of an answer."""
    at = text.rfind("\n") + 1
    held = "" if ended or not text[at:].lstrip(" \t*_`#").startswith("[") else text[at:]
    text = text[: len(text) - len(held)]
    return (ANSWER_MARK.sub("Answer: ", text) if "[[" in text else text), held


_MAX_SIZE, _MIN_SIZE = (400, 200), (40, 10)


def run_export(args: argparse.Namespace) -> int:
    """Write a run to a file, or to standard output."""
    folder = find_run(args.run)
    out = Path(args.out).expanduser() if args.out and args.out != "-" else None
    form = validate_format(args.format or _format_from_name(out))
    text = _render_cast(folder, args) if form == "cast" else export_run(folder, form)
    if out is None:
        sys.stdout.write(text)
        return 0
    if out.is_dir():
        out = out / suggest_file_name(folder, form)
    files.write_text(out, text, mode=0o644)
    print(f"Written: {files.display_path(out)}", file=sys.stderr)
    return 0


def _format_from_name(out: Path | None) -> str:
    end = out.suffix.lstrip(".").lower() if out else ""
    return {"markdown": "md", "htm": "html"}.get(end, end if end in FORMATS else "md")


def _render_cast(folder: Path, args: argparse.Namespace) -> str:
    import asyncio

    from roundtable_tui.tui.screens.replay.cast import render_cast

    return asyncio.run(render_cast(folder, size=parse_size(args.size), speed=parse_speed(args.speed)))


def parse_size(typed: str) -> tuple[int, int]:
    """Return columns and rows. Raises UsageError."""
    columns, x, rows = typed.strip().lower().partition("x")
    if not (x and columns.isascii() and columns.isdigit() and rows.isascii() and rows.isdigit()):
        raise UsageError(
            f"--size {single_line(typed, 40)}: no such size", hint=f"Write it as {DEFAULT_SIZE}."
        )
    found = int(columns), int(rows)
    if not all(low <= value <= high for low, value, high in zip(_MIN_SIZE, found, _MAX_SIZE, strict=True)):
        least, most = ("x".join(map(str, ends)) for ends in (_MIN_SIZE, _MAX_SIZE))
        raise UsageError(f"--size should be from {least} to {most}, not {single_line(typed, 40)}")
    return found


TICK_S = 0.05
_MAX_SPEED, _MIN_SPEED = 1000.0, 0.05


def run_replay(args: argparse.Namespace) -> int:
    """Tell a run once more."""
    tape = RecordPlayer(read_run(find_run(args.run)).events)
    tape.speed = parse_speed(args.speed)
    if args.events:
        play(tape, lambda event: print(to_safe_json(serialize.to_dict(event)), flush=True))
        return 0
    teller = ReplayPrinter(sys.stdout)
    play(tape, teller)
    teller.close()
    return 0


def play(player: RecordPlayer, on_event: Callable[[events.Event], None]) -> None:
    """Tell a tape from where it is to its end, in its time."""
    player.play()
    last = time.monotonic()
    while player.is_playing:
        now = time.monotonic()
        for event in player.advance(now - last):
            on_event(event)
        last = now
        if player.is_playing:
            time.sleep(TICK_S)


def parse_speed(typed: str) -> float:
    """Return a speed as typed: `4`, `0.5`, `8x`, `instant`. Raises UsageError."""
    if typed.strip().lower() in ("instant", "inf"):
        return INSTANT
    try:
        value = float(typed.strip().lower().removesuffix("x"))
    except ValueError:
        value = 0.0
    if not _MIN_SPEED <= value <= _MAX_SPEED:
        what = f"--speed should be a number from {_MIN_SPEED:g} to {_MAX_SPEED:g}, or instant"
        raise UsageError(f"{what}, not {single_line(typed, 40)}")
    return value
