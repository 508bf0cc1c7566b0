"""Prints the progress of a run: one line per event that matters, and on a terminal a live status line.

A message that concerns several seats, such as an unreachable server, is printed once. The status line shows
what streams; it is redrawn at most ten times a second.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from roundtable_tui.engine import board, events
from roundtable_tui.engine.calls.forecast import describe_forecast
from roundtable_tui.engine.calls.pricing import format_dollars
from roundtable_tui.engine.citations import passages_from_dicts
from roundtable_tui.engine.material.attachments import attachment_labels
from roundtable_tui.engine.material.earlier import earlier_from_rows
from roundtable_tui.engine.seat_changes import describe_run_change, describe_seat_change
from roundtable_tui.reports.report.fold import EventFold, read_round
from roundtable_tui.reports.report.make import report_from_fold
from roundtable_tui.reports.report.sections import describe_baseline, describe_round
from roundtable_tui.reports.report.steps import describe_steps
from roundtable_tui.reports.run_view import phase_title
from roundtable_tui.reports.sources import format_sources
from roundtable_tui.reports.tool_calls import describe_citations, describe_permission, describe_result
from roundtable_tui.reports.wording import describe_decision, status_label
from roundtable_tui.utils import files
from roundtable_tui.utils.format import count_of, format_duration
from roundtable_tui.utils.text import sanitize, single_line, truncate

_MIN_REDRAW_INTERVAL_S = 0.1
_GROUP_WINDOW_S = 1.5
"""How long a message is held back, in case it concerns other seats too."""
_CLEAR_LINE = "\r\x1b[K"
_MAX_NAME_CHARS = 24


class ProgressPrinter:
    """Prints the events of a run to a stream, one line each; stops silently once the stream is closed."""

    def __init__(self, stream: TextIO, *, show_answers: bool = False) -> None:
        """`show_answers` also prints the text of every turn when it has ended."""
        self._stream = stream
        self._show_answers = show_answers
        self.is_live = stream.isatty() and os.environ.get("TERM") != "dumb"
        """True if the stream has a line that can be redrawn."""
        self._stream_closed = False
        self._drawn_line = ""
        self._last_draw = 0.0
        self._started = time.monotonic()
        self.shows_outcome = True
        """False if the outcome is printed with the answer."""
        self._fold = EventFold()
        self._view = self._fold.view
        self._active: dict[str, str] = {}
        """Seat -> its turn that is under way, in the order they began."""
        self._grouped: tuple[str, list[str]] = ("", [])
        """The message that is held back, with a placeholder for the seats it concerns, and their names."""
        self._grouped_since = 0.0
        self._held: list[str] | None = None
        """Lines that are held back while a question stands on the terminal; None without one."""

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Print nothing while a question stands on the terminal; the lines of that time come after it."""
        self._flush_grouped()
        self._clear_status()
        self._held = []
        try:
            yield
        finally:
            held, self._held = self._held, None
            for line in held:
                self._write_line(line)

    def __call__(self, event: events.Event) -> None:
        """Print an event."""
        # Before the view changes: a message about a seat's change uses the names from before.
        lines = self._format_event(event) if isinstance(event, events.SeatChanged) else None
        self._fold.apply(event)
        match event:
            case events.AnswerDelta() | events.ReasoningDelta():
                self._active.setdefault(event.seat, event.turn)
                self._draw_status()
                return
            case events.TurnStarted():
                self._active[event.seat] = event.turn
            case events.TurnFinished() | events.TurnFailed():
                self._active.pop(event.seat, None)
        if isinstance(event, events.TurnFailed | events.TurnWaiting):
            self._group_message(event)
            return
        for line in self._format_event(event) if lines is None else lines:
            self._print_line(line)

    def tick(self) -> None:
        """Redraw the status line; call it regularly, since its clock moves when no events arrive."""
        if time.monotonic() - self._grouped_since >= _GROUP_WINDOW_S:
            self._flush_grouped()
        self._draw_status()

    def close(self, folder: Path | None = None, undelivered: Sequence[str] = ()) -> None:
        """Remove the status line; print the user's undelivered messages and the folder of the record."""
        self._flush_grouped()
        self._clear_status()
        for message in undelivered:
            self._print_line(
                f"  Your message was not delivered: no turn followed it. Message: {single_line(message, 200)}"
            )
        if folder is not None:
            self._print_line(f"Record: {files.display_path(folder)}")

    def _format_event(self, event: events.Event) -> list[str]:
        match event:
            case events.RunStarted():
                attached = attachment_labels(event.attachments)
                asked = len(earlier_from_rows(event.earlier))
                return [
                    f"{event.mode}: {', '.join(map(_describe_seat, event.seats))}",
                    *([f"  attached: {', '.join(attached)}"] if attached else []),
                    *([f"  question {asked + 1} of a conversation"] if asked else []),
                ]
            case events.PhaseStarted():
                return [f"— {phase_title(event)}"]
            case events.StageEnded(status="complete"):
                return [
                    f"  stage {event.stage} ({single_line(event.mode, 30)}) is done: {single_line(event.how)}"
                ]
            case events.PassagesUsed():
                where = ", ".join(single_line(name, 40) for name in event.knowledge)
                used = passages_from_dicts(event.passages)
                return [f"  {single_line(passage.label, 160)}" for passage in used] or [
                    f"  no passage in {where or 'the documents'} matches this question"
                ]
            case events.TurnFinished() | events.ToolReturned() | events.ToolPermission():
                return self._format_of_turn(event)
            case events.EntryPosted(author=board.MODERATOR):
                return [f"  {board.display_name(event.author)}: {single_line(event.content)}"]
            case events.Verdict():
                picked = self._seat_name(event.picked) if event.picked else ""
                decision = describe_decision(event.decision, picked=picked)
                if event.rung == "clusters":
                    name = self._seat_name(event.seat)
                    return [f"  No clear verdict from {name}. By the answers alone: {decision}"]
                return [f"  {self._seat_name(event.seat)} decides: {decision}"]
            case events.AnswersGrouped():
                split = describe_round(read_round(event))
                return [f"  votes: {split}"] if split else []
            case events.CallsForecast():
                return [f"  {describe_forecast(event)}"]
            case events.SeatChanged():
                return [f"  {describe_seat_change(event, self._seat_name)}"]
            case events.RoundsChanged() | events.BudgetChanged():
                return [f"  {describe_run_change(event)}"]
            case events.PersonSpoke():
                return [f"  You: {single_line(event.text)}"]
            case events.Notice():
                return [f"  {single_line(event.text)}"]
            case events.RunFinished():
                reason = single_line(event.error or event.how, 600)
                took = format_duration(event.elapsed_s, precise=True)
                end = f"{status_label(event.status)} in {took}{_format_cost(event.usage)}: {reason}"
                return [end, *self._format_outcome()]
        return []

    def _format_outcome(self) -> list[str]:
        """Return the outcome and the strongest dissent, where there are answers to agree on."""
        if self._view.header is None:
            return []
        report = report_from_fold(self._fold)
        if report.outcome.answers in ("", "single", "produced"):
            return []
        lines = [f"Outcome: {report.outcome.text}"] if self.shows_outcome else []
        if dissent := report.dissent:
            said = f"{single_line(dissent.name, _MAX_NAME_CHARS)}: {single_line(dissent.answer, 300)}"
            lines.append(f"Dissent ({dissent.votes} of {dissent.of}): {said}")
        if report.steps:
            lines += describe_steps(report.steps)
        lines += (f"Warning: {text}" for text in report.warnings)
        if report.baseline and report.baseline.taken:
            lines += describe_baseline(report.baseline)
        return lines

    def _format_of_turn(
        self, event: events.TurnFinished | events.ToolReturned | events.ToolPermission
    ) -> list[str]:
        name = self._seat_name(event.seat)
        if isinstance(event, events.ToolReturned):
            return [f"  {name} {describe_result(event)}"]
        if isinstance(event, events.ToolPermission):
            return [f"  {name}: {describe_permission(event)}"]
        text = sanitize(self._view.turn_text(event)).strip() if self._show_answers else ""
        return [
            *([f"{name}: {text}", ""] if text else []),
            *(f"  {name}: source {line}" for line in format_sources(event.sources)),
            f"  {name} is done: {_describe_usage(event)}",
            *(f"  {name}: {line}" for line in describe_citations(self._fold.cited.get(event.turn, ()))),
            *(f"  {name}: {single_line(warning)}" for warning in event.warnings),
        ]

    def _group_message(self, event: events.TurnFailed | events.TurnWaiting) -> None:
        """Hold a message about a seat back until it is clear whether it concerns other seats too."""
        name = self._seat_name(event.seat)
        if isinstance(event, events.TurnFailed):
            prefix = next((one for one in (name, event.seat) if event.error.startswith(f"{one}: ")), "")
            error = single_line(event.error.removeprefix(f"{prefix}: ") if prefix else event.error)
            retry = " (trying another method)" if event.kind == "shape" else ""
            message = f"{{who}}: {_escape_braces(error + retry)}" if prefix else _escape_braces(error + retry)
        else:
            seconds = event.until - event.t if event.until is not None else 0
            wait = f" {format_duration(seconds)}" if seconds >= 1 else ""
            message = f"{{who}} {{waits}}{wait}: {_escape_braces(single_line(event.why))}"
        if message != self._grouped[0]:
            self._flush_grouped()
            self._grouped, self._grouped_since = (message, []), time.monotonic()
        if name not in self._grouped[1]:
            self._grouped[1].append(name)
        if not self._active and isinstance(event, events.TurnFailed):
            self._flush_grouped()  # No other turn is under way that could fail in the same way.

    def _flush_grouped(self) -> None:
        message, names = self._grouped
        self._grouped = ("", [])
        if names:
            who = names[0] if len(names) == 1 else f"{len(names)} seats ({', '.join(names)})"
            self._write_line(f"  {message.format(who=who, waits='waits' if len(names) == 1 else 'wait')}")

    def _seat_name(self, seat: str) -> str:
        return self._view.seat_name(seat, _MAX_NAME_CHARS)

    def _print_line(self, line: str) -> None:
        self._flush_grouped()
        self._write_line(line)

    def _write_line(self, line: str) -> None:
        if self._held is not None:
            self._held.append(line)
            return
        self._clear_status()
        self._write(line + "\n")

    def _draw_status(self) -> None:
        now = time.monotonic()
        if self._is_draw_due(now) and (line := self._format_status(now)) != self._drawn_line:
            self._write(_CLEAR_LINE + line)
            self._drawn_line = line

    def _is_draw_due(self, now: float) -> bool:
        """Whether there is something to redraw, and the last time was long enough ago."""
        if (
            not self.is_live
            or self._held is not None
            or not self._active
            or now - self._last_draw < _MIN_REDRAW_INTERVAL_S
        ):
            return False
        self._last_draw = now
        return True

    def _format_status(self, now: float) -> str:
        doing = " · ".join(self._format_activity(seat, turn) for seat, turn in self._active.items())
        return truncate(f"  {now - self._started:.0f} s  {doing}", shutil.get_terminal_size().columns - 1)

    def _format_activity(self, seat: str, turn: str) -> str:
        known = self._view.turns.get(turn)
        if known is None or known.state == "waiting":
            return f"{self._seat_name(seat)} waiting"
        thinking = "thinking " if known.state == "thinking" else ""
        return f"{self._seat_name(seat)} {thinking}{known.streamed_chars:,}"

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
    """Escape braces for `str.format`."""
    return text.replace("{", "{{").replace("}", "}}")


def _describe_seat(seat: Mapping[str, object]) -> str:
    name = single_line(str(seat.get("name", "")), _MAX_NAME_CHARS)
    model = single_line(str(seat.get("model", "")), 40)
    return f"{name} ({model})" if model else name


def _format_groups(event: events.AnswersGrouped) -> list[str]:
    if event.agreement is not None and event.basis != "wording":
        return [f"  agreement {event.agreement:.0%}, {count_of(len(event.groups), 'answer')}"]
    if event.basis == "open" and len(event.groups) > 1:
        return [f"  {count_of(len(event.groups), 'text')}, not compared"]
    return []


def _describe_usage(event: events.TurnFinished) -> str:
    tokens = count_of(int(event.usage.get("completion_tokens", 0)), "token")
    about = "~" if event.usage.get("estimated") else ""
    took = format_duration(event.elapsed_s, precise=True)
    return f"{about}{tokens} in {took}{_format_cost(event.usage)}"


def _format_cost(usage: Mapping[str, object]) -> str:
    cost = usage.get("cost")
    about = "~" if usage.get("estimated") else ""
    return f", {about}{format_dollars(cost)}" if isinstance(cost, float) else ""
