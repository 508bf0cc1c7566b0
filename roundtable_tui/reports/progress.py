"""The story of a run in lines: who is asked, who answered, who failed and why, what was decided.

What several seats meet alike, such as a server that is not there, is one line. On a terminal the last line is
live: it shows what streams, and is drawn over at most ten times a second.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO

from roundtable_tui.engine import board, events
from roundtable_tui.engine.calls.forecast import in_words as forecast_text
from roundtable_tui.engine.calls.pricing import dollars
from roundtable_tui.engine.citations import from_fields
from roundtable_tui.engine.seat_changes import in_words as change_text
from roundtable_tui.engine.seat_changes import said_of
from roundtable_tui.reports.wording import in_words, sent_in_words
from roundtable_tui.utils import files
from roundtable_tui.utils.text import clean, one_line, shorten

_REDRAW_S = 0.1
_ALIKE_S = 1.5
"""How long a line is held back for seats that have the same to say."""
_CLEAR = "\r\x1b[K"
_NAME = 24


class Narrator:
    """Tells a run's events to a stream, one line each; with `whole`, what was said too.

    A stream that is gone is told nothing more.
    """

    def __init__(self, stream: TextIO, *, whole: bool = False) -> None:
        self._stream = stream
        self._whole = whole
        self.live = stream.isatty() and os.environ.get("TERM") != "dumb"
        """True where there is a line to draw over."""
        self._gone = False
        self._drawn = ""
        self._last = 0.0
        self._started = time.monotonic()
        self._names: dict[str, str] = {}
        self._doing: dict[str, str] = {}
        self._chars: dict[str, int] = {}
        self._phase = ""
        self._deciding: set[str] = set()
        self._alike: tuple[str, list[str]] = ("", [])
        """What was just said of seats, with a place for who they are; and their names: told later."""
        self._since = 0.0

    def __call__(self, event: events.Event) -> None:
        """Tell one event."""
        match event:
            case events.TurnQueued(decides=True):
                self._deciding.add(event.turn)
            case events.AnswerDelta() | events.ReasoningDelta():
                self._chars[event.seat] = self._chars.get(event.seat, 0) + len(event.text)
                thinks = "thinks " if isinstance(event, events.ReasoningDelta) else ""
                self._doing[event.seat] = f"{thinks}{self._chars[event.seat]:,}"
                self._status()
            case events.TurnStarted():
                self._chars[event.seat] = 0
                self._doing[event.seat] = "is asked"
            case events.TurnFinished() | events.TurnFailed():
                self._doing.pop(event.seat, None)
        if isinstance(event, events.TurnFailed | events.TurnWaiting):
            self._add_alike(event)
            return
        for line in self._lines(event):
            self._say(line)

    def tick(self) -> None:
        """Draw the live line anew: time goes by even when nothing comes."""
        if time.monotonic() - self._since >= _ALIKE_S:
            self._say_alike()
        self._status()

    def close(self, folder: Path | None = None, unheard: Sequence[str] = ()) -> None:
        """Take the live line away; say what the person said that nobody heard, and where the record is."""
        self._say_alike()
        self._wipe()
        for words in unheard:
            self._say(
                f"  Nobody has heard what you said: no turn came after it. It was: {one_line(words, 200)}"
            )
        if folder is not None:
            self._say(f"The record: {files.show(folder)}")

    def _lines(self, event: events.Event) -> list[str]:
        match event:
            case events.RunStarted():
                self._names = {str(seat["seat"]): one_line(str(seat["name"]), _NAME) for seat in event.seats}
                return [f"{event.mode}: {', '.join(map(_sits, event.seats))}"]
            case events.PhaseStarted():
                many = event.of and event.of > 1
                self._phase = one_line(event.name, 40) + (f" {event.number} of {event.of}" if many else "")
                return [f"— {self._phase}"]
            case events.StageEnded(status="complete"):
                return [f"  stage {event.stage} ({one_line(event.mode, 30)}) is done: {one_line(event.how)}"]
            case events.PassagesUsed():
                where = ", ".join(one_line(name, 40) for name in event.knowledge)
                used = from_fields(event.passages)
                return [f"  {one_line(passage.label, 160)}" for passage in used] or [
                    f"  nothing in {where or 'the documents'} bears on this question"
                ]
            case events.TurnFinished():
                warnings = [f"  {self._name(event.seat)}: {one_line(warning)}" for warning in event.warnings]
                said = clean(event.text or event.tool_arguments).strip() if self._whole else ""
                if event.turn in self._deciding:
                    said = sent_in_words(said)
                words = [f"{self._name(event.seat)}: {said}", ""] if said else []
                return [*words, f"  {self._name(event.seat)} is done: {_cost(event)}", *warnings]
            case events.EntryPosted(author=board.MODERATOR):
                return [f"  {board.name_shown(event.author)}: {one_line(event.content)}"]
            case events.Verdict():
                said = in_words(event.decision)
                if event.rung == "clusters":
                    return [f"  {self._name(event.seat)} decided nothing. Going by the answers alone: {said}"]
                return [f"  {self._name(event.seat)} decides: {said}"]
            case events.AnswersGrouped() if event.agreement is not None:
                measure = "likeness in wording" if event.basis == "wording" else "agreement"
                count = len(event.groups)
                return [f"  {measure} {event.agreement:.0%}, {count} {'answer' if count == 1 else 'answers'}"]
            case events.Forecast():
                return [f"  {forecast_text(event)}"]
            case events.SeatChanged():
                line = change_text(event, self._name)
                if event.what == "persona":
                    self._names[event.seat] = one_line(str(event.value.get("name", "")), _NAME)
                return [f"  {line}"]
            case events.RoundsChanged() | events.BudgetChanged():
                return [f"  {said_of(event)}"]
            case events.PersonSpoke():
                return [f"  You: {one_line(event.text)}"]
            case events.Notice():
                return [f"  {one_line(event.text)}"]
            case events.RunFinished():
                cost = event.usage.get("cost")
                about = "~" if event.usage.get("estimated") else ""
                money = f", {about}{dollars(cost)}" if isinstance(cost, float) else ""
                story = one_line(event.error or event.how, 600)
                return [f"{event.status} in {event.elapsed_s:.1f} s{money}: {story}"]
        return []

    def _add_alike(self, event: events.TurnFailed | events.TurnWaiting) -> None:
        """Hold what is said of a seat until it is known whether others have the same to say."""
        name = self._name(event.seat)
        if isinstance(event, events.TurnFailed):
            full = next((one for one in (name, event.seat) if event.error.startswith(f"{one}: ")), "")
            other = " (it is asked in another way)" if event.kind == "shape" else ""
            what = f"{one_line(event.error.removeprefix(f'{full}: ') if full else event.error)}{other}"
            said = f"{{who}}: {_braces(what)}" if full else _braces(what)
        else:
            seconds = event.until - event.t if event.until is not None else 0
            wait = f" {seconds:.0f} s" if seconds >= 1 else ""
            said = f"{{who}} {{waits}}{wait}: {_braces(one_line(event.why))}"
        if said != self._alike[0]:
            self._say_alike()
            self._alike, self._since = (said, []), time.monotonic()
        if name not in self._alike[1]:
            self._alike[1].append(name)
        if not self._doing and isinstance(event, events.TurnFailed):
            self._say_alike()  # Nobody is left who could have the same to say.

    def _say_alike(self) -> None:
        said, names = self._alike
        self._alike = ("", [])
        if names:
            who = names[0] if len(names) == 1 else f"{len(names)} seats ({', '.join(names)})"
            self._put(f"  {said.format(who=who, waits='waits' if len(names) == 1 else 'wait')}")

    def _name(self, seat: str) -> str:
        return self._names.get(seat, one_line(seat, _NAME))

    def _say(self, line: str) -> None:
        self._say_alike()
        self._put(line)

    def _put(self, line: str) -> None:
        self._wipe()
        self._write(line + "\n")

    def _status(self) -> None:
        now = time.monotonic()
        if not self.live or not self._doing or now - self._last < _REDRAW_S:
            return
        self._last = now
        doing = " · ".join(f"{self._name(seat)} {what}" for seat, what in self._doing.items())
        width = shutil.get_terminal_size().columns - 1
        line = shorten(f"  {now - self._started:.0f} s  {doing}", width)
        if line != self._drawn:
            self._write(_CLEAR + line)
            self._drawn = line

    def _wipe(self) -> None:
        if self._drawn:
            self._write(_CLEAR)
            self._drawn = ""

    def _write(self, text: str) -> None:
        if self._gone:
            return
        try:
            self._stream.write(text)
            self._stream.flush()
        except (BrokenPipeError, ValueError):
            self._gone, self.live = True, False


def _braces(text: str) -> str:
    """Return text that `format` leaves as it is."""
    return text.replace("{", "{{").replace("}", "}}")


def _sits(seat: Mapping[str, object]) -> str:
    name, model = one_line(str(seat.get("name", "")), _NAME), one_line(str(seat.get("model", "")), 40)
    return f"{name} ({model})" if model else name


def _cost(event: events.TurnFinished) -> str:
    tokens = int(event.usage.get("completion_tokens", 0))
    about = "~" if event.usage.get("estimated") else ""
    cost = event.usage.get("cost")
    money = f", {about}{dollars(cost)}" if isinstance(cost, float) else ""
    return f"{about}{tokens:,} tokens in {event.elapsed_s:.1f} s{money}"
