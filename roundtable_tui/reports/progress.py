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
from roundtable_tui.engine.calls.forecast import describe_forecast as forecast_text
from roundtable_tui.engine.calls.pricing import format_dollars
from roundtable_tui.engine.citations import passages_from_dicts
from roundtable_tui.engine.seat_changes import describe_run_change
from roundtable_tui.engine.seat_changes import describe_seat_change as change_text
from roundtable_tui.reports.wording import describe_decision, describe_raw_decision
from roundtable_tui.utils import files
from roundtable_tui.utils.text import sanitize, single_line, truncate

_MIN_REDRAW_INTERVAL_S = 0.1
_GROUP_WINDOW_S = 1.5
"""How long a line is held back for seats that have the same to say."""
_CLEAR_LINE = "\r\x1b[K"
_MAX_NAME_CHARS = 24


class ProgressPrinter:
    """Tells a run's events to a stream, one line each; with `whole`, what was said too.

    A stream that is gone is told nothing more.
    """

    def __init__(self, stream: TextIO, *, show_answers: bool = False) -> None:
        self._stream = stream
        self._show_answers = show_answers
        self.is_live = stream.isatty() and os.environ.get("TERM") != "dumb"
        """True where there is a line to draw over."""
        self._stream_closed = False
        self._drawn_line = ""
        self._last_draw = 0.0
        self._started = time.monotonic()
        self._names: dict[str, str] = {}
        self._activities: dict[str, str] = {}
        self._char_counts: dict[str, int] = {}
        self._phase = ""
        self._deciding: set[str] = set()
        self._grouped: tuple[str, list[str]] = ("", [])
        """What was just said of seats, with a place for who they are; and their names: told later."""
        self._grouped_since = 0.0

    def __call__(self, event: events.Event) -> None:
        """Tell one event."""
        match event:
            case events.TurnQueued(decides=True):
                self._deciding.add(event.turn)
            case events.AnswerDelta() | events.ReasoningDelta():
                self._char_counts[event.seat] = self._char_counts.get(event.seat, 0) + len(event.text)
                thinks = "thinks " if isinstance(event, events.ReasoningDelta) else ""
                self._activities[event.seat] = f"{thinks}{self._char_counts[event.seat]:,}"
                self._draw_status()
            case events.TurnStarted():
                self._char_counts[event.seat] = 0
                self._activities[event.seat] = "is asked"
            case events.TurnFinished() | events.TurnFailed():
                self._activities.pop(event.seat, None)
        if isinstance(event, events.TurnFailed | events.TurnWaiting):
            self._group_message(event)
            return
        for line in self._format_event(event):
            self._print_line(line)

    def tick(self) -> None:
        """Draw the live line anew: time goes by even when nothing comes."""
        if time.monotonic() - self._grouped_since >= _GROUP_WINDOW_S:
            self._flush_grouped()
        self._draw_status()

    def close(self, folder: Path | None = None, undelivered: Sequence[str] = ()) -> None:
        """Take the live line away; say what the person said that nobody heard, and where the record is."""
        self._flush_grouped()
        self._clear_status()
        for words in undelivered:
            self._print_line(
                f"  Nobody has heard what you said: no turn came after it. It was: {single_line(words, 200)}"
            )
        if folder is not None:
            self._print_line(f"The record: {files.display_path(folder)}")

    def _format_event(self, event: events.Event) -> list[str]:
        match event:
            case events.RunStarted():
                self._names = {
                    str(seat["seat"]): single_line(str(seat["name"]), _MAX_NAME_CHARS) for seat in event.seats
                }
                return [f"{event.mode}: {', '.join(map(_describe_seat, event.seats))}"]
            case events.PhaseStarted():
                many = event.of and event.of > 1
                self._phase = single_line(event.name, 40) + (f" {event.number} of {event.of}" if many else "")
                return [f"— {self._phase}"]
            case events.StageEnded(status="complete"):
                return [
                    f"  stage {event.stage} ({single_line(event.mode, 30)}) is done: {single_line(event.how)}"
                ]
            case events.PassagesUsed():
                where = ", ".join(single_line(name, 40) for name in event.knowledge)
                used = passages_from_dicts(event.passages)
                return [f"  {single_line(passage.label, 160)}" for passage in used] or [
                    f"  nothing in {where or 'the documents'} bears on this question"
                ]
            case events.TurnFinished():
                warnings = [
                    f"  {self._seat_name(event.seat)}: {single_line(warning)}" for warning in event.warnings
                ]
                said = sanitize(event.text or event.tool_arguments).strip() if self._show_answers else ""
                if event.turn in self._deciding:
                    said = describe_raw_decision(said)
                words = [f"{self._seat_name(event.seat)}: {said}", ""] if said else []
                return [
                    *words,
                    f"  {self._seat_name(event.seat)} is done: {_describe_usage(event)}",
                    *warnings,
                ]
            case events.EntryPosted(author=board.MODERATOR):
                return [f"  {board.display_name(event.author)}: {single_line(event.content)}"]
            case events.Verdict():
                said = describe_decision(event.decision)
                if event.rung == "clusters":
                    return [
                        f"  {self._seat_name(event.seat)} decided nothing. Going by the answers alone: {said}"
                    ]
                return [f"  {self._seat_name(event.seat)} decides: {said}"]
            case events.AnswersGrouped() if event.agreement is not None:
                measure = "likeness in wording" if event.basis == "wording" else "agreement"
                count = len(event.groups)
                return [f"  {measure} {event.agreement:.0%}, {count} {'answer' if count == 1 else 'answers'}"]
            case events.CallsForecast():
                return [f"  {forecast_text(event)}"]
            case events.SeatChanged():
                line = change_text(event, self._seat_name)
                if event.what == "persona":
                    self._names[event.seat] = single_line(str(event.value.get("name", "")), _MAX_NAME_CHARS)
                return [f"  {line}"]
            case events.RoundsChanged() | events.BudgetChanged():
                return [f"  {describe_run_change(event)}"]
            case events.PersonSpoke():
                return [f"  You: {single_line(event.text)}"]
            case events.Notice():
                return [f"  {single_line(event.text)}"]
            case events.RunFinished():
                cost = event.usage.get("cost")
                about = "~" if event.usage.get("estimated") else ""
                money = f", {about}{format_dollars(cost)}" if isinstance(cost, float) else ""
                story = single_line(event.error or event.how, 600)
                return [f"{event.status} in {event.elapsed_s:.1f} s{money}: {story}"]
        return []

    def _group_message(self, event: events.TurnFailed | events.TurnWaiting) -> None:
        """Hold what is said of a seat until it is known whether others have the same to say."""
        name = self._seat_name(event.seat)
        if isinstance(event, events.TurnFailed):
            full = next((one for one in (name, event.seat) if event.error.startswith(f"{one}: ")), "")
            other = " (it is asked in another way)" if event.kind == "shape" else ""
            what = f"{single_line(event.error.removeprefix(f'{full}: ') if full else event.error)}{other}"
            said = f"{{who}}: {_escape_braces(what)}" if full else _escape_braces(what)
        else:
            seconds = event.until - event.t if event.until is not None else 0
            wait = f" {seconds:.0f} s" if seconds >= 1 else ""
            said = f"{{who}} {{waits}}{wait}: {_escape_braces(single_line(event.why))}"
        if said != self._grouped[0]:
            self._flush_grouped()
            self._grouped, self._grouped_since = (said, []), time.monotonic()
        if name not in self._grouped[1]:
            self._grouped[1].append(name)
        if not self._activities and isinstance(event, events.TurnFailed):
            self._flush_grouped()  # Nobody is left who could have the same to say.

    def _flush_grouped(self) -> None:
        said, names = self._grouped
        self._grouped = ("", [])
        if names:
            who = names[0] if len(names) == 1 else f"{len(names)} seats ({', '.join(names)})"
            self._write_line(f"  {said.format(who=who, waits='waits' if len(names) == 1 else 'wait')}")

    def _seat_name(self, seat: str) -> str:
        return self._names.get(seat, single_line(seat, _MAX_NAME_CHARS))

    def _print_line(self, line: str) -> None:
        self._flush_grouped()
        self._write_line(line)

    def _write_line(self, line: str) -> None:
        self._clear_status()
        self._write(line + "\n")

    def _draw_status(self) -> None:
        now = time.monotonic()
        if not self.is_live or not self._activities or now - self._last_draw < _MIN_REDRAW_INTERVAL_S:
            return
        self._last_draw = now
        doing = " · ".join(f"{self._seat_name(seat)} {what}" for seat, what in self._activities.items())
        width = shutil.get_terminal_size().columns - 1
        line = truncate(f"  {now - self._started:.0f} s  {doing}", width)
        if line != self._drawn_line:
            self._write(_CLEAR_LINE + line)
            self._drawn_line = line

    def _clear_status(self) -> None:
        if self._drawn_line:
            self._write(_CLEAR_LINE)
            self._drawn_line = ""

    def _write(self, text: str) -> None:
        if self._stream_closed:
            return
        try:
            self._stream.write(text)
            self._stream.flush()
        except (BrokenPipeError, ValueError):
            self._stream_closed, self.is_live = True, False


def _escape_braces(text: str) -> str:
    """Return text that `format` leaves as it is."""
    return text.replace("{", "{{").replace("}", "}}")


def _describe_seat(seat: Mapping[str, object]) -> str:
    name, model = (
        single_line(str(seat.get("name", "")), _MAX_NAME_CHARS),
        single_line(str(seat.get("model", "")), 40),
    )
    return f"{name} ({model})" if model else name


def _describe_usage(event: events.TurnFinished) -> str:
    tokens = int(event.usage.get("completion_tokens", 0))
    about = "~" if event.usage.get("estimated") else ""
    cost = event.usage.get("cost")
    money = f", {about}{format_dollars(cost)}" if isinstance(cost, float) else ""
    return f"{about}{tokens:,} tokens in {event.elapsed_s:.1f} s{money}"
