"""A call while it runs: what has come of it, and the event that its end becomes."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from roundtable_tui.engine.calls.budget import CUT, OVER, Share, with_cost
from roundtable_tui.engine.events import TurnFailed, TurnFinished, TurnQueued
from roundtable_tui.engine.seat import Seat
from roundtable_tui.engine.turn import UNNEEDED
from roundtable_tui.errors import RoundtableError
from roundtable_tui.llm.types import Failed, Finished, Growing, Server, Usage
from roundtable_tui.utils.text import one_line

Outcome = TurnFinished | TurnFailed


@dataclass(slots=True)
class Live:
    """The text of a running call, and how it ended."""

    seat: Seat
    queued: TurnQueued
    server: Server
    model: str
    answer: Growing = field(default_factory=Growing)
    thought: Growing = field(default_factory=Growing)
    attempt: int = 0
    end: Finished | Failed | None = None
    share: Share | None = None
    """What it takes of the purse, from when it may start."""
    sent: bool = False
    """A request was made."""
    over: bool = False
    """With it more has come than the budget has."""
    lost: Usage = field(default_factory=Usage)
    """What was used before the person had it started anew."""

    @property
    def text(self) -> str:
        """The answer so far."""
        return str(self.answer)

    @property
    def reasoning(self) -> str:
        """The reasoning so far."""
        return str(self.thought)

    @property
    def used(self) -> Usage:
        """What it has used by now, as far as can be told from here."""
        return self.lost + self.share.usage if self.share and self.sent else self.lost

    def restate(self, reasoning: str = "", text: str = "") -> None:
        """Start over with these."""
        self.thought, self.answer = Growing(reasoning), Growing(text)

    def start(self, share: Share) -> None:
        """It may start, perhaps anew, and with what the seat has by now."""
        self.share, self.sent, self.end, self.over = share, False, None, False
        self.server, self.model = self.seat.server, self.seat.model

    def outcome(self, *, may_call: bool, elapsed_s: float) -> Outcome:
        """Return how the call ended; one without a word is no answer, unless it `may_call` a tool instead."""
        seat = self.seat
        match self.end:
            case Finished() as end if end.text.strip() or (may_call and end.tool_arguments):
                capped = self.share is not None and self.share.capped and end.finish_reason == "length"
                return TurnFinished(
                    turn=self.queued.turn, seat=seat.id, text=end.text, reasoning=end.reasoning,
                    finish_reason=end.finish_reason, ttft_s=end.ttft_s,
                    usage=self._usage(self.lost + end.usage),
                    # Of several calls all are kept: contrary ones decide nothing.
                    tool_arguments="\n".join(end.tool_calls) or end.tool_arguments,
                    elapsed_s=end.elapsed_s, attempts=max(1, self.attempt),
                    warnings=(*end.warnings, CUT) if capped else end.warnings,
                )  # fmt: skip
            case Finished() as end:
                return self._failed("empty", f"{self.model} gave no answer", end)
            case Failed() as end:
                return self._failed(end.kind, end.message, end)
        if self.over and self.text.strip():
            return TurnFinished(
                turn=self.queued.turn, seat=seat.id, text=self.text, reasoning=self.reasoning,
                finish_reason="length", usage=self._usage(self.used), elapsed_s=elapsed_s,
                attempts=max(1, self.attempt), warnings=(CUT,),
            )  # fmt: skip
        if self.over:
            return self.failed(OVER, "its answer had not begun when the budget was used up", elapsed_s)
        return self.failed("cut", f"the call to {self.model} ended without a word", elapsed_s)

    def stopped(self, elapsed_s: float) -> TurnFailed:
        """Return the failed turn of a call that the person has ended."""
        return self.failed("stopped", "stopped by you", elapsed_s, named=False)

    def excused(self) -> TurnFailed:
        """Return the failed turn of a call that was ended because the run could do without it."""
        return self.failed(UNNEEDED, "not needed any more")

    def unasked(self, kind: str, why: str) -> TurnFailed:
        """Return the failed turn of a call that was never made, or was not made again."""
        turn = self.failed(kind, why)
        return turn if self.attempt else TurnFailed(
            turn=turn.turn, seat=turn.seat, kind=kind, error=turn.error, attempts=0
        )  # fmt: skip

    def faulted(self, error: Exception) -> TurnFailed:
        """Return the failed turn that a fault of our own is: it must not take the other seats with it."""
        return self.failed("fault", str(error) if isinstance(error, RoundtableError) else repr(error))

    def failed(self, kind: str, why: str, elapsed_s: float = 0.0, *, named: bool = True) -> TurnFailed:
        """Return a failed turn with what has come; what was used is our own estimate."""
        return TurnFailed(
            turn=self.queued.turn, seat=self.seat.id, kind=kind, text=self.text, reasoning=self.reasoning,
            error=one_line(f"{self.seat.name}: {why}", 1000) if named else why,
            usage=self._usage(self.used) if self.attempt else {}, elapsed_s=elapsed_s,
            attempts=max(1, self.attempt),
        )  # fmt: skip

    def _failed(self, kind: str, why: str, end: Finished | Failed) -> TurnFailed:
        return TurnFailed(
            turn=self.queued.turn, seat=self.seat.id, kind=kind, error=f"{self.seat.name}: {why}",
            text=end.text, reasoning=end.reasoning, usage=self._usage(self.lost + end.usage),
            ttft_s=end.ttft_s, elapsed_s=end.elapsed_s, attempts=max(1, self.attempt),
        )  # fmt: skip

    def _usage(self, usage: Usage) -> dict[str, Any]:
        return with_cost(asdict(usage), self.server, self.model)
