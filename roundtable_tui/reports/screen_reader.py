"""The story of a run for ears: plain lines, each with its speaker's name in front; nothing is drawn over.

One speaks at a time, in whole lines and sentences: the first to begin as it speaks, the others after it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from roundtable_tui.engine import events
from roundtable_tui.reports.answer_marker import ANSWER_MARK, TRUNCATED_MARK
from roundtable_tui.reports.progress import ProgressPrinter
from roundtable_tui.utils.text import sanitize, single_line

_SENTENCE_END = re.compile(r"[.!?…][\"'”’)\]]*[ \t]+|[。！？]+|\n")
"""Where a text can be broken off for a while: after a sentence or a line."""
_LIST_NUMBER = re.compile(r"(?:^|\n)[ \t]*\d{1,3}\.[ \t]+$")
"""The number of an item in a list: no sentence, although it ends like one."""
_FENCE = re.compile(r"[ \t]*(?:```|~~~)")
_HEADING = re.compile(r"^[ \t]*#{1,6}[ \t]+")
_STRONG = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*")


class ScreenReaderPrinter(ProgressPrinter):
    """Tells a run's events, and what everybody says, to a stream, a sentence or a line at a time."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream, show_answers=False)
        self.is_live = False
        self._pending_texts: dict[str, str] = {}
        """Turn -> what of its text is still to be told, in the order they began."""
        self._seats: dict[str, str] = {}
        self._in_code: set[str] = set()
        """Turns in the middle of a piece of code."""
        self._printed: set[str] = set()
        self._announced_reasoning: set[str] = set()
        self._trailing_lines: dict[str, list[str]] = {}
        """Turn that has ended -> what is to be told after its text."""
        self._closing_line = ""

    def __call__(self, event: events.Event) -> None:
        """Tell one event."""
        match event:
            case events.TurnStarted():
                self._start_turn(event)
            case events.ReasoningDelta() if event.turn not in self._announced_reasoning:
                self._announced_reasoning.add(event.turn)
                self._print_line(f"{self._seat_name(event.seat)} thinks.")
            case events.AnswerDelta() if event.turn in self._pending_texts:
                self._pending_texts[event.turn] += event.text
            case events.TurnResplit() if (
                event.turn in self._pending_texts and event.turn not in self._printed
            ):
                self._pending_texts[event.turn] = event.text
            case events.TurnFinished() if event.turn in self._pending_texts:
                self._trailing_lines[event.turn] = self._format_event(event)
            case events.RunFinished():
                self._trailing_lines.update(
                    {turn: [] for turn in self._pending_texts if turn not in self._trailing_lines}
                )
                self._print_pending()
                self._closing_line = "" if event.answer.strip() else "There is no answer."
                super().__call__(event)
            case _:
                super().__call__(event)
        self._print_pending()

    def close(self, folder: Path | None = None, undelivered: Sequence[str] = ()) -> None:
        """Say what is left, where the record is, and that the answer follows."""
        self._trailing_lines.update(
            {turn: [] for turn in self._pending_texts if turn not in self._trailing_lines}
        )
        self._print_pending()
        super().close(folder, undelivered)
        self._print_line(self._closing_line or "The answer follows.")

    def _start_turn(self, event: events.TurnStarted) -> None:
        if event.turn in self._printed:
            self._print_line(f"{self._seat_name(event.seat)} begins again.")
        elif event.attempt == 1:
            self._print_line(f"{self._seat_name(event.seat)} is asked.")
        if event.turn not in self._deciding:  # A decision is told in words, once it is made.
            self._pending_texts[event.turn], self._seats[event.turn] = "", event.seat

    def _print_pending(self) -> None:
        """Tell what is whole of the one who speaks; when it has ended, the rest, and then the next."""
        while self._pending_texts:
            turn = next(iter(self._pending_texts))
            at = len(self._pending_texts[turn])
            if turn not in self._trailing_lines:
                at = _complete_length(self._pending_texts[turn])
            text, self._pending_texts[turn] = self._pending_texts[turn][:at], self._pending_texts[turn][at:]
            if turn in self._trailing_lines:
                text = TRUNCATED_MARK.sub("", text)
            for line in ANSWER_MARK.sub("Answer: ", sanitize(text)).splitlines():
                if line.strip():
                    self._printed.add(turn)
                    self._write_line(
                        f"{self._seat_name(self._seats[turn])}: {self._strip_markup(turn, line)}"
                    )
            if turn not in self._trailing_lines:
                return
            del self._pending_texts[turn]
            for line in self._trailing_lines.pop(turn):
                self._print_line(line)

    def _strip_markup(self, turn: str, line: str) -> str:
        """Return a line of what somebody says without the signs that only look like something."""
        if _FENCE.match(line):
            self._in_code ^= {turn}
            return "Code:" if turn in self._in_code else "End of code."
        if turn not in self._in_code:
            line = _STRONG.sub(r"\1", _HEADING.sub("", line, count=1))
        return line.strip()

    def _write_line(self, line: str) -> None:
        super()._write_line(_to_spoken(line))


def _complete_length(text: str) -> int:
    """Return how much of a text that still grows can be told."""
    start = text.rfind("\n") + 1
    if text[start:].lstrip(" \t*_`#").startswith("["):  # This may become the mark of an answer.
        return start
    ends = (found.end() for found in _SENTENCE_END.finditer(text))
    return max((end for end in ends if not _LIST_NUMBER.search(text[:end])), default=0)


def _to_spoken(line: str) -> str:
    """Return a line of the story without signs that are not spoken."""
    line = line.strip()
    if line.startswith("— "):
        line = f"{line[2:]} begins."
    return single_line(line[:1].upper() + line[1:], 100_000)
