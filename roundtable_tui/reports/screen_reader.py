"""Prints the progress of a run for screen readers: whole lines, each with its speaker's name.

Nothing is redrawn. One seat speaks at a time, in whole sentences: the first to begin as it streams, the
others after it has ended.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from roundtable_tui.engine import events
from roundtable_tui.reports.answer_marker import ANSWER_MARK, TRUNCATED_MARK
from roundtable_tui.reports.progress import ProgressPrinter
from roundtable_tui.reports.turn_queue import TurnQueue
from roundtable_tui.utils.text import sanitize, single_line

_SENTENCE_END = re.compile(r"[.!?…][\"'”’)\]]*[ \t]+|[。！？]+|\n")
_LIST_NUMBER = re.compile(r"(?:^|\n)[ \t]*\d{1,3}\.[ \t]+$")
"""The number of a list item: ends like a sentence, but is not one."""
_FENCE = re.compile(r"[ \t]*(?:```|~~~)")
_HEADING = re.compile(r"^[ \t]*#{1,6}[ \t]+")
_STRONG = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*")


class ScreenReaderPrinter(ProgressPrinter):
    """Prints the events of a run and the text of every turn, one sentence or line at a time."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream, show_answers=False)
        self.is_live = False
        self._queue = TurnQueue(_split_speakable)
        self._in_code: set[str] = set()
        """Turns that are inside a code block."""
        self._printed: set[str] = set()
        self._announced_reasoning: set[str] = set()
        self._trailing_lines: dict[str, list[str]] = {}
        """Turn that has ended -> lines to print after its text."""
        self._closing_line = ""

    def __call__(self, event: events.Event) -> None:
        """Print an event."""
        match event:
            case events.TurnStarted():
                self._start_turn(event)
                self._view.apply(event)
            case events.ReasoningDelta() if event.turn not in self._announced_reasoning:
                self._announced_reasoning.add(event.turn)
                self._print_line(f"{self._seat_name(event.seat)} is thinking.")
            case events.AnswerDelta() if event.turn in self._queue:
                self._queue.add(event.turn, event.text)
            case events.TurnResplit() if event.turn in self._queue and event.turn not in self._printed:
                self._queue.start(event.turn, event.text)
            case events.TurnFinished() if event.turn in self._queue:
                self._view.apply(event)
                self._trailing_lines[event.turn] = self._format_event(event)
                self._queue.end(event.turn)
            case events.RunFinished():
                self._queue.end_all()
                self._print_pending()
                self._closing_line = "" if event.answer.strip() else "There is no answer."
                super().__call__(event)
            case _:
                super().__call__(event)
        self._print_pending()

    def close(self, folder: Path | None = None, undelivered: Sequence[str] = ()) -> None:
        """Print what is left, the folder of the record, and whether an answer follows."""
        self._queue.end_all()
        self._print_pending()
        super().close(folder, undelivered)
        self._print_line(self._closing_line or "The answer follows.")

    def _start_turn(self, event: events.TurnStarted) -> None:
        if event.attempt == 1 and any(one.turn == event.turn for one in self._fold.results):
            pass  # It continues after the results of tools, which have been printed.
        elif event.turn in self._printed:
            self._print_line(f"{self._seat_name(event.seat)} starts again.")
        elif event.attempt == 1:
            self._print_line(f"{self._seat_name(event.seat)} is asked.")
        if not self._view.is_decision(event.turn):  # The text of a decision comes with its verdict.
            self._queue.start(event.turn)

    def _print_pending(self) -> None:
        for piece in self._queue.drain():
            text = TRUNCATED_MARK.sub("", piece.text) if piece.is_last else piece.text
            for line in ANSWER_MARK.sub("Answer: ", sanitize(text)).splitlines():
                if line.strip():
                    self._printed.add(piece.turn)
                    name = self._seat_name(self._view.turns[piece.turn].seat)
                    self._write_line(f"{name}: {self._strip_markup(piece.turn, line)}")
            for line in self._trailing_lines.pop(piece.turn, []) if piece.is_last else []:
                self._print_line(line)

    def _strip_markup(self, turn: str, line: str) -> str:
        """Return a line without Markdown that is only visible: fences, heading marks, bold."""
        if _FENCE.match(line):
            self._in_code ^= {turn}
            return "Code:" if turn in self._in_code else "End of code."
        if turn not in self._in_code:
            line = _STRONG.sub(r"\1", _HEADING.sub("", line, count=1))
        return line.strip()

    def _write_line(self, line: str) -> None:
        super()._write_line(_to_spoken(line))


def _split_speakable(text: str, ended: bool) -> tuple[str, str]:
    """Split growing text after its last whole sentence or line."""
    at = len(text) if ended else _complete_length(text)
    return text[:at], text[at:]


def _complete_length(text: str) -> int:
    start = text.rfind("\n") + 1
    if text[start:].lstrip(" \t*_`#").startswith("["):  # This may become an answer marker.
        return start
    ends = (found.end() for found in _SENTENCE_END.finditer(text))
    return max((end for end in ends if not _LIST_NUMBER.search(text[:end])), default=0)


def _to_spoken(line: str) -> str:
    """Return a progress line without symbols that are not spoken, starting with a capital letter."""
    line = line.strip()
    if line.startswith("— "):
        line = f"{line[2:]} begins."
    return single_line(line[:1].upper() + line[1:], 100_000)
