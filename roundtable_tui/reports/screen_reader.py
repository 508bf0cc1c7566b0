"""The story of a run for ears: plain lines, each with its speaker's name in front; nothing is drawn over.

One speaks at a time, in whole lines and sentences: the first to begin as it speaks, the others after it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from roundtable_tui.engine import events
from roundtable_tui.reports.answer_marker import CUT_MARK, MARK
from roundtable_tui.reports.progress import Narrator
from roundtable_tui.utils.text import clean, one_line

_END = re.compile(r"[.!?…][\"'”’)\]]*[ \t]+|[。！？]+|\n")
"""Where a text can be broken off for a while: after a sentence or a line."""
_NUMBER = re.compile(r"(?:^|\n)[ \t]*\d{1,3}\.[ \t]+$")
"""The number of an item in a list: no sentence, although it ends like one."""
_FENCE = re.compile(r"[ \t]*(?:```|~~~)")
_HEADING = re.compile(r"^[ \t]*#{1,6}[ \t]+")
_STRONG = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*")


class Linear(Narrator):
    """Tells a run's events, and what everybody says, to a stream, a sentence or a line at a time."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream, whole=False)
        self.live = False
        self._texts: dict[str, str] = {}
        """Turn -> what of its text is still to be told, in the order they began."""
        self._seats: dict[str, str] = {}
        self._coding: set[str] = set()
        """Turns in the middle of a piece of code."""
        self._told: set[str] = set()
        self._thinks: set[str] = set()
        self._ended: dict[str, list[str]] = {}
        """Turn that has ended -> what is to be told after its text."""
        self._ends = ""

    def __call__(self, event: events.Event) -> None:
        """Tell one event."""
        match event:
            case events.TurnStarted():
                self._begin(event)
            case events.ReasoningDelta() if event.turn not in self._thinks:
                self._thinks.add(event.turn)
                self._say(f"{self._name(event.seat)} thinks.")
            case events.AnswerDelta() if event.turn in self._texts:
                self._texts[event.turn] += event.text
            case events.TurnRestated() if event.turn in self._texts and event.turn not in self._told:
                self._texts[event.turn] = event.text
            case events.TurnFinished() if event.turn in self._texts:
                self._ended[event.turn] = self._lines(event)
            case events.RunFinished():
                self._ended.update({turn: [] for turn in self._texts if turn not in self._ended})
                self._tell()
                self._ends = "" if event.answer.strip() else "There is no answer."
                super().__call__(event)
            case _:
                super().__call__(event)
        self._tell()

    def close(self, folder: Path | None = None, unheard: Sequence[str] = ()) -> None:
        """Say what is left, where the record is, and that the answer follows."""
        self._ended.update({turn: [] for turn in self._texts if turn not in self._ended})
        self._tell()
        super().close(folder, unheard)
        self._say(self._ends or "The answer follows.")

    def _begin(self, event: events.TurnStarted) -> None:
        if event.turn in self._told:
            self._say(f"{self._name(event.seat)} begins again.")
        elif event.attempt == 1:
            self._say(f"{self._name(event.seat)} is asked.")
        if event.turn not in self._deciding:  # A decision is told in words, once it is made.
            self._texts[event.turn], self._seats[event.turn] = "", event.seat

    def _tell(self) -> None:
        """Tell what is whole of the one who speaks; when it has ended, the rest, and then the next."""
        while self._texts:
            turn = next(iter(self._texts))
            at = len(self._texts[turn])
            if turn not in self._ended:
                at = _whole(self._texts[turn])
            text, self._texts[turn] = self._texts[turn][:at], self._texts[turn][at:]
            if turn in self._ended:
                text = CUT_MARK.sub("", text)
            for line in MARK.sub("Answer: ", clean(text)).splitlines():
                if line.strip():
                    self._told.add(turn)
                    self._put(f"{self._name(self._seats[turn])}: {self._heard(turn, line)}")
            if turn not in self._ended:
                return
            del self._texts[turn]
            for line in self._ended.pop(turn):
                self._say(line)

    def _heard(self, turn: str, line: str) -> str:
        """Return a line of what somebody says without the signs that only look like something."""
        if _FENCE.match(line):
            self._coding ^= {turn}
            return "Code:" if turn in self._coding else "End of code."
        if turn not in self._coding:
            line = _STRONG.sub(r"\1", _HEADING.sub("", line, count=1))
        return line.strip()

    def _put(self, line: str) -> None:
        super()._put(_spoken(line))


def _whole(text: str) -> int:
    """Return how much of a text that still grows can be told."""
    start = text.rfind("\n") + 1
    if text[start:].lstrip(" \t*_`#").startswith("["):  # This may become the mark of an answer.
        return start
    ends = (found.end() for found in _END.finditer(text))
    return max((end for end in ends if not _NUMBER.search(text[:end])), default=0)


def _spoken(line: str) -> str:
    """Return a line of the story without signs that are not spoken."""
    line = line.strip()
    if line.startswith("— "):
        line = f"{line[2:]} begins."
    return one_line(line[:1].upper() + line[1:], 100_000)
