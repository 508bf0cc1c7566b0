"""Tells a run as one text: who speaks, word for word as it comes, one after the other.

Where several speak at once, the first is told as it speaks; the others are told when it has ended.
"""

from __future__ import annotations

from typing import TextIO

from roundtable_tui.narration import Narrator
from roundtable_tui.runs.shown import MARK, without_marks
from roundtable_tui.table import events
from roundtable_tui.text import clean, one_line


class _Lines:
    """A stream for the narrator's lines, kept until nobody speaks."""

    def __init__(self) -> None:
        self.kept: list[str] = []

    def isatty(self) -> bool:
        return False

    def write(self, text: str) -> None:
        self.kept.append(text)

    def flush(self) -> None:
        pass


class Teller:
    """Tells events to a stream. `close` tells what is left at the end of a record that was cut off."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._lines = _Lines()
        self._narrator = Narrator(self._lines)  # type: ignore[arg-type]
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
                self._names = {str(seat["seat"]): one_line(str(seat["name"]), 40) for seat in event.seats}
                self._out.write(f"{one_line(event.question, 2000)}\n\n")
                self._narrator(event)
            case events.TurnStarted():
                self._again(event)
            case events.AnswerDelta() if event.turn in self._speaking:
                self._speaking[event.turn] += event.text
            case events.TurnRestated() if event.turn in self._speaking and event.turn != self._begun:
                self._speaking[event.turn] = event.text
            case events.TurnFinished() | events.TurnFailed():
                if event.turn not in self._speaking and isinstance(event, events.TurnFinished):
                    self._seats[event.turn] = event.seat
                    self._speaking[event.turn] = event.text
                self._ended.add(event.turn)
                self._narrator(event)
            case events.RunFinished():
                self._answer(event)
            case events.ReasoningDelta():
                return
            case _:
                self._narrator(event)
        self._tell()

    def close(self) -> None:
        """Tell what is left."""
        self._ended |= set(self._speaking)
        self._narrator.close()
        self._tell()
        self._out.flush()

    def _again(self, event: events.TurnStarted) -> None:
        self._seats[event.turn] = event.seat
        if event.turn == self._begun and event.attempt > 1:
            self._out.write(" ...\n(begins again)\n")
        self._speaking[event.turn] = ""

    def _tell(self) -> None:
        """Tell what there is of the one who speaks; when it has ended, of the next, and the rest."""
        while self._speaking:
            turn = next(iter(self._speaking))
            text, self._speaking[turn] = _whole(self._speaking[turn], turn in self._ended)
            if text and self._begun != turn:
                name = self._names.get(self._seats[turn], one_line(self._seats[turn], 40))
                self._out.write(f"\n{name}:\n")
                self._begun = turn
            self._out.write(clean(text))
            if turn not in self._ended:
                break
            if self._begun == turn:
                self._out.write("\n")
            del self._speaking[turn]
        if not self._speaking and self._lines.kept:
            self._out.write("".join(self._lines.kept))
            self._lines.kept.clear()
        self._out.flush()

    def _answer(self, event: events.RunFinished) -> None:
        self._ended |= set(self._speaking)
        self._tell()
        if event.answer.strip():
            self._out.write(f"\nThe answer:\n{clean(without_marks(event.answer)).strip()}\n\n")
        self._narrator(event)


def _whole(text: str, ended: bool) -> tuple[str, str]:
    """Return what of a text can be told, and the rest that may still become the mark of an answer."""
    at = text.rfind("\n") + 1
    held = "" if ended or not text[at:].lstrip(" \t*_`#").startswith("[") else text[at:]
    text = text[: len(text) - len(held)]
    return (MARK.sub("Answer: ", text) if "[[" in text else text), held
