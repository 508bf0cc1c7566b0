"""The story of a run in lines: who is asked, who answered, who failed and why, what was decided.

On a terminal the last line is live: it shows what streams, and is drawn over at most ten times a second.
"""

from __future__ import annotations

import time
from typing import TextIO

from roundtable_tui.table import events
from roundtable_tui.text import one_line, shorten

_REDRAW_S = 0.1
_CLEAR = "\r\x1b[K"


class Narrator:
    """Tells a run's events to a stream, one line each."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._live = stream.isatty()
        self._drawn = False
        self._last = 0.0
        self._names: dict[str, str] = {}
        self._chars: dict[str, int] = {}
        self._phase = ""

    def __call__(self, event: events.Event) -> None:
        """Tell one event."""
        match event:
            case events.RunStarted():
                self._names = {str(s["seat"]): one_line(str(s["name"]), 24) for s in event.seats}
                seats = ", ".join(
                    f"{one_line(str(s['name']), 24)} ({one_line(str(s['model']), 40)})" for s in event.seats
                )
                self._say(f"{event.mode}: {seats}")
            case events.PhaseStarted():
                many = event.of and event.of > 1
                self._phase = event.name + (f" {event.number} of {event.of}" if many else "")
                self._say(f"— {self._phase}")
            case events.AnswerDelta() | events.ReasoningDelta():
                self._chars[event.seat] = self._chars.get(event.seat, 0) + len(event.text)
                self._status()
            case events.TurnStarted():
                self._chars[event.seat] = 0
            case events.TurnWaiting():
                wait = f" for {event.until - event.t:.0f} s" if event.until else ""
                self._say(f"  {self._name(event.seat)} waits{wait}: {one_line(event.why)}")
            case events.TurnFinished():
                self._chars.pop(event.seat, None)
                tokens = event.usage.get("completion_tokens", 0)
                about = "~" if event.usage.get("estimated") else ""
                self._say(
                    f"  {self._name(event.seat)} is done: {about}{tokens} tokens in {event.elapsed_s:.1f} s"
                )
                for warning in event.warnings:
                    self._say(f"  {self._name(event.seat)}: {one_line(warning)}")
            case events.TurnFailed():
                self._chars.pop(event.seat, None)
                self._say(
                    f"  {one_line(event.error)}"
                    + (" (its other way is tried)" if event.kind == "shape" else "")
                )
            case events.EntryPosted(author="moderator"):
                self._say(f"  Moderator: {one_line(event.content)}")
            case events.Verdict():
                said = ", ".join(
                    f"{k}: {one_line(str(v), 200)}" for k, v in event.decision.items() if v != ""
                )
                self._say(f"  {self._name(event.seat)} decides ({event.rung}): {said}")
            case events.AnswersGrouped() if event.agreement is not None:
                measure = "agreement" if event.basis == "exact" else "likeness in wording"
                self._say(f"  {measure} {event.agreement:.0%} in {len(event.groups)} group(s)")
            case events.PersonSpoke():
                self._say(f"  You: {one_line(event.text)}")
            case events.Notice():
                self._say(f"  {one_line(event.text)}")
            case events.RunFinished():
                self._say(f"{event.status} in {event.elapsed_s:.1f} s: {one_line(event.how or event.error)}")

    def close(self) -> None:
        """Take the live line away."""
        self._wipe()

    def _name(self, seat: str) -> str:
        return self._names.get(seat, seat)

    def _say(self, line: str) -> None:
        self._wipe()
        self._stream.write(line + "\n")
        self._stream.flush()

    def _status(self) -> None:
        if not self._live or time.monotonic() - self._last < _REDRAW_S:
            return
        self._last = time.monotonic()
        speaking = " · ".join(f"{self._name(seat)} {chars}" for seat, chars in self._chars.items())
        self._stream.write(_CLEAR + shorten(f"  {self._phase}: {speaking} characters", 78))
        self._stream.flush()
        self._drawn = True

    def _wipe(self) -> None:
        if self._drawn:
            self._stream.write(_CLEAR)
            self._drawn = False
