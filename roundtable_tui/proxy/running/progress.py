"""What is sent while a run lasts: finished turns by name as reasoning, or the one answer as it is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from roundtable_tui.engine import board, events
from roundtable_tui.engine.turn import INTERRUPTED, MUTED, UNNEEDED
from roundtable_tui.proxy.running.pieces import Piece
from roundtable_tui.reports.answer_marker import replace_marks
from roundtable_tui.reports.run_view import RunView
from roundtable_tui.reports.tool_calls import describe_result
from roundtable_tui.reports.wording import describe_decision
from roundtable_tui.utils.text import sanitize, single_line, truncate

Emit = Callable[[Piece], None]
MAX_BRIEF_CHARS = 200
_NO_FAILURES = (INTERRUPTED, MUTED, UNNEEDED)


class PanelProgress:
    """A listener of a panel: each finished turn is one block, so that seats are never interleaved."""

    def __init__(self, emit: Emit, begin: Callable[[], None], show: Literal["full", "brief", "none"]) -> None:
        """`begin` is called once a model has begun to answer."""
        self._emit, self._begin, self._show = emit, begin, show
        self._view = RunView()
        self._held: list[tuple[str, str]] = []
        """Blocks of the captain with the raw text: the last may be the answer, which is not sent twice."""

    def __call__(self, event: events.Event) -> None:
        """Send what an event says."""
        if isinstance(event, events.AnswerDelta | events.ReasoningDelta):
            self._begin()
            return
        self._view.apply(event)
        if isinstance(event, events.RunFinished):
            self._release(unless=event.answer)
            return
        if isinstance(event, events.TurnFinished):
            self._begin()
        if self._show == "none" or not (block := self._format(event)):
            return
        self._release()
        seat = self._view.seats.get(getattr(event, "seat", ""))
        if isinstance(event, events.TurnFinished) and seat is not None and seat.is_captain:
            self._held.append((block, event.text))
        else:
            self._emit(Piece(reasoning=block))

    def _release(self, unless: str | None = None) -> None:
        for block, text in self._held:
            if unless is None or text.strip() != unless.strip():
                self._emit(Piece(reasoning=block))
        self._held.clear()

    def _format(self, event: events.Event) -> str:
        view = self._view
        match event:
            case events.TurnFinished() if not view.is_decision(event.turn):
                turn = view.turns[event.turn]
                where = f"round {turn.round}" if turn.round else single_line(turn.label, 40)
                text = replace_marks(sanitize(view.turn_text(event))).strip()
                if self._show == "brief":
                    text = truncate(single_line(text, MAX_BRIEF_CHARS), MAX_BRIEF_CHARS)
                return f"**{view.seat_name(event.seat)}** ({where}): {text}\n\n"
            case events.TurnFailed() if event.attempts and event.kind not in _NO_FAILURES:
                return f"**{view.seat_name(event.seat)}** failed: {single_line(event.error, 200)}\n\n"
            case events.Verdict():
                picked = view.seat_name(event.picked) if event.picked else ""
                decision = single_line(describe_decision(event.decision, picked=picked), 400)
                return f"**{view.seat_name(event.seat)}** decides: {decision}\n\n"
            case events.ToolReturned():
                return f"**{view.seat_name(event.seat)}** {describe_result(event)}\n\n"
            case events.EntryPosted(author=board.MODERATOR):
                return f"{single_line(event.content, 400)}\n\n"
        return ""


class AnswerProgress:
    """A listener of a run of one call: its tokens as they come."""

    def __init__(self, emit: Emit, begin: Callable[[], None], *, is_live: bool) -> None:
        """`begin` is called once the model has begun; without `is_live` the answer is not sent in pieces."""
        self._emit, self._begin, self._is_live = emit, begin, is_live
        self.sent = ""
        """The answer so far, as it was sent."""
        self.is_broken = False
        """True if text that was sent turned out to be void: a second attempt writes another one."""
        self.is_resplit = False
        """True if a part of what was sent turned out to be reasoning."""

    def __call__(self, event: events.Event) -> None:
        """Send what an event says."""
        match event:
            case events.AnswerDelta():
                self._begin()
                if self._is_live and not self.is_broken:
                    self.sent += event.text
                    self._emit(Piece(content=event.text))
            case events.ReasoningDelta():
                self._begin()
                self._emit(Piece(reasoning=event.text))
            case events.TurnStarted() if event.attempt > 1 and self.sent:
                self.is_broken = True
            case events.TurnResplit():
                self.is_resplit = True
            case events.TurnFinished():
                self._begin()
