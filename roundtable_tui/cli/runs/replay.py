"""`roundtable runs replay` and `export`: prints a recorded run at its own pace, or writes it to a file.

Where several seats speak at once, the first is printed as it streams, the others after it has ended.
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
from roundtable_tui.reports.run_view import RunView
from roundtable_tui.reports.turn_queue import TurnQueue
from roundtable_tui.utils import files
from roundtable_tui.utils.paths import expand_user
from roundtable_tui.utils.text import sanitize, single_line, to_safe_json


class _LineBuffer:
    """A stream that keeps progress lines until no turn is being printed."""

    def __init__(self) -> None:
        self.chunks: list[str] = []

    def isatty(self) -> bool:
        return False

    def write(self, text: str) -> None:
        self.chunks.append(text)

    def flush(self) -> None:
        pass


class ReplayPrinter:
    """Prints the events of a run as one text: the turns as they stream, progress lines between them."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._lines = _LineBuffer()
        self._progress = ProgressPrinter(self._lines)  # type: ignore[arg-type]
        self._view = RunView()
        self._queue = TurnQueue(_split_printable)
        self._printed_turn = ""
        """The turn whose text was printed last."""

    def __call__(self, event: events.Event) -> None:
        """Print an event."""
        self._view.apply(event)
        match event:
            case events.RunStarted():
                self._out.write(f"{single_line(event.question, 2000)}\n\n")
                self._progress(event)
            case events.TurnStarted():
                if event.turn == self._printed_turn:  # With the first attempt: after calls of tools.
                    self._out.write(" ...\n(starts again)\n" if event.attempt > 1 else "\n")
                self._queue.start(event.turn)
            case events.AnswerDelta():
                self._queue.add(event.turn, event.text)
            case events.TurnResplit() if event.turn in self._queue and event.turn != self._printed_turn:
                self._queue.start(event.turn, event.text)
            case events.TurnFinished() | events.TurnFailed():
                if event.turn not in self._queue and isinstance(event, events.TurnFinished):
                    self._queue.start(event.turn, event.text)
                self._queue.end(event.turn)
                self._progress(event)
            case events.RunFinished():
                self._print_answer(event)
            case events.ReasoningDelta():
                return
            case _:
                self._progress(event)
        self._print_pending()

    def close(self) -> None:
        """Print what is left at the end of a record that was cut off."""
        self._queue.end_all()
        self._progress.close()
        self._print_pending()
        self._out.flush()

    def _print_pending(self) -> None:
        for piece in self._queue.drain():
            if piece.text and self._printed_turn != piece.turn:
                self._out.write(f"\n{self._view.seat_name(self._view.turns[piece.turn].seat)}:\n")
                self._printed_turn = piece.turn
            self._out.write(sanitize(piece.text))
            if piece.is_last and self._printed_turn == piece.turn:
                self._out.write("\n")
        if not self._queue and self._lines.chunks:
            self._out.write("".join(self._lines.chunks))
            self._lines.chunks.clear()
        self._out.flush()

    def _print_answer(self, event: events.RunFinished) -> None:
        self._queue.end_all()
        self._print_pending()
        if event.answer.strip():
            self._out.write(f"\nAnswer:\n{sanitize(replace_marks(event.answer)).strip()}\n\n")
        self._progress(event)


def _split_printable(text: str, ended: bool) -> tuple[str, str]:
    """Split off a last line that may still become an answer marker."""
    at = text.rfind("\n") + 1
    held = "" if ended or not text[at:].lstrip(" \t*_`#").startswith("[") else text[at:]
    text = text[: len(text) - len(held)]
    return (ANSWER_MARK.sub("Answer: ", text) if "[[" in text else text), held


_MAX_SIZE, _MIN_SIZE = (400, 200), (40, 10)


def run_export(args: argparse.Namespace) -> int:
    """Write a run to a file or to standard output."""
    folder = find_run(args.run)
    out = expand_user(args.out) if args.out and args.out != "-" else None
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
    """Parse `120x36` into columns and rows. Raises UsageError."""
    columns, x, rows = typed.strip().lower().partition("x")
    if not (x and columns.isascii() and columns.isdigit() and rows.isascii() and rows.isdigit()):
        raise UsageError(
            f"--size {single_line(typed, 40)} is not a size", hint=f"Use the form {DEFAULT_SIZE}."
        )
    found = int(columns), int(rows)
    if not all(low <= value <= high for low, value, high in zip(_MIN_SIZE, found, _MAX_SIZE, strict=True)):
        low_end, high_end = ("x".join(map(str, ends)) for ends in (_MIN_SIZE, _MAX_SIZE))
        raise UsageError(f"--size should be from {low_end} to {high_end}, not {single_line(typed, 40)}")
    return found


TICK_S = 0.05
_MAX_SPEED, _MIN_SPEED = 1000.0, 0.05


def run_replay(args: argparse.Namespace) -> int:
    """Print a recorded run at its own pace, or at `--speed`."""
    player = RecordPlayer(read_run(find_run(args.run)).events)
    player.speed = parse_speed(args.speed)
    if args.events:
        play(player, lambda event: print(to_safe_json(serialize.to_dict(event)), flush=True))
        return 0
    printer = ReplayPrinter(sys.stdout)
    play(player, printer)
    printer.close()
    return 0


def play(player: RecordPlayer, on_event: Callable[[events.Event], None]) -> None:
    """Play a record from its position to its end in real time."""
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
    """Parse a speed: `4`, `0.5`, `8x` or `instant`. Raises UsageError."""
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
