"""The state of a running call, and the event it ends with."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any

from roundtable_tui.engine.calls.budget import BUDGET_EXCEEDED, TRUNCATED_BY_BUDGET, CallAllowance, add_cost
from roundtable_tui.engine.events import TurnFailed, TurnFinished, TurnQueued
from roundtable_tui.engine.seat import Seat
from roundtable_tui.engine.turn import INTERRUPTED, UNNEEDED
from roundtable_tui.errors import RoundtableError
from roundtable_tui.llm.finish_reasons import find_cut
from roundtable_tui.llm.types import ChatRequest, Failed, Finished, Server, TextBuffer, Usage
from roundtable_tui.utils.text import single_line

Outcome = TurnFinished | TurnFailed


@dataclass(slots=True)
class InFlightCall:
    """The received text of a running call, and how it ended."""

    seat: Seat
    queued: TurnQueued
    server: Server
    model: str
    answer_buffer: TextBuffer = field(default_factory=TextBuffer)
    reasoning_buffer: TextBuffer = field(default_factory=TextBuffer)
    request: ChatRequest | None = None
    """What was sent last."""
    attempt: int = 0
    end: Finished | Failed | None = None
    allowance: CallAllowance | None = None
    """Its part of the budget, once it may start."""
    request_sent: bool = False
    """A request was made."""
    budget_exceeded: bool = False
    """Its stream exceeded the budget."""
    earlier_usage: Usage = field(default_factory=Usage)
    """Usage of attempts before a retry by the user, and of replies that called tools."""
    trips: int = 0
    """Replies that called tools."""
    earlier_elapsed_s: float = 0.0
    """Seconds of these, with their tools."""

    @property
    def text(self) -> str:
        """The answer so far."""
        return str(self.answer_buffer)

    @property
    def reasoning(self) -> str:
        """The reasoning so far."""
        return str(self.reasoning_buffer)

    @property
    def usage_so_far(self) -> Usage:
        """Estimated usage so far, earlier attempts included."""
        return (
            self.earlier_usage + self.allowance.usage
            if self.allowance and self.request_sent
            else self.earlier_usage
        )

    @property
    def overflow(self) -> Failed | None:
        """The refusal of the prompt because it is too long for the model, if the call ended with one."""
        return self.end if isinstance(self.end, Failed) and self.end.kind == "context" else None

    def replace_text(self, reasoning: str = "", text: str = "") -> None:
        """Replace the received text."""
        self.reasoning_buffer, self.answer_buffer = TextBuffer(reasoning), TextBuffer(text)

    def start(self, allowance: CallAllowance) -> None:
        """Mark the call as started with the current server and model of the seat."""
        self.allowance, self.request_sent, self.end, self.budget_exceeded = allowance, False, None, False
        self.server, self.model = self.seat.server, self.seat.model

    def begin_trip(self, elapsed_s: float) -> None:
        """Keep the usage of a reply that called tools, before the next request of the turn."""
        usage = self.end.usage if isinstance(self.end, Finished) else Usage()
        self.earlier_usage, self.earlier_elapsed_s = self.earlier_usage + usage, elapsed_s
        self.trips, self.attempt, self.end, self.allowance = self.trips + 1, 0, None, None
        self.request_sent = False
        self.replace_text()

    def build_outcome(self, *, allow_tool_call: bool, elapsed_s: float) -> Outcome:
        """Return the final event; an empty answer is a failure, unless a tool call is allowed instead."""
        seat = self.seat
        match self.end:
            case Finished() as end if end.text.strip() or (allow_tool_call and end.tool_arguments):
                cut = end.cut or find_cut(end.finish_reason)
                capped = self.allowance is not None and self.allowance.is_capped and cut == "length"
                return TurnFinished(
                    turn=self.queued.turn, seat=seat.id, text=end.text, reasoning=end.reasoning,
                    finish_reason=end.finish_reason, ttft_s=end.ttft_s,
                    usage=self._usage_with_cost(self.earlier_usage + end.usage),
                    # All tool calls are kept, so that contradicting ones can be detected.
                    tool_arguments="\n".join(end.tool_calls) or end.tool_arguments,
                    elapsed_s=self.earlier_elapsed_s + end.elapsed_s, attempts=max(1, self.attempt),
                    warnings=(*end.warnings, TRUNCATED_BY_BUDGET) if capped else end.warnings, cut=cut,
                    params=end.params, refused_params=end.refused_params,
                    sources=tuple({"url": one.url, "title": one.title} for one in end.sources),
                    answer_limit=_describe_limit(end),
                )  # fmt: skip
            case Finished() as end:
                return self._failure_at_end("empty", _describe_empty(self.model, end), end)
            case Failed() as end:
                return self._failure_at_end(end.kind, end.message, end)
        if self.budget_exceeded and self.text.strip():
            return TurnFinished(
                turn=self.queued.turn, seat=seat.id, text=self.text, reasoning=self.reasoning,
                finish_reason="length", usage=self._usage_with_cost(self.usage_so_far), elapsed_s=elapsed_s,
                attempts=max(1, self.attempt), warnings=(TRUNCATED_BY_BUDGET,), cut="length",
            )  # fmt: skip
        if self.budget_exceeded:
            return self.build_failure(
                BUDGET_EXCEEDED, "the budget was used up before the answer began", elapsed_s
            )
        return self.build_failure("cut", f"the call to {self.model} ended without an answer", elapsed_s)

    def stopped_by_user(self, elapsed_s: float) -> TurnFailed:
        """Return the failure of a call that the user stopped."""
        return self.build_failure("stopped", "stopped by you", elapsed_s, named=False)

    def cancelled_unneeded(self) -> TurnFailed:
        """Return the failure of a call that the run no longer needed."""
        return self.build_failure(UNNEEDED, "no longer needed")

    def interrupted(self) -> TurnFailed:
        """Return the failure of a call that was in flight when the run was stopped."""
        return self.skipped(INTERRUPTED, "the run was stopped")

    def skipped(self, kind: str, why: str) -> TurnFailed:
        """Return the failure of a call that was not made, or not made again."""
        turn = self.build_failure(kind, why)
        return turn if self.attempt or self.trips else TurnFailed(
            turn=turn.turn, seat=turn.seat, kind=kind, error=turn.error, attempts=0
        )  # fmt: skip

    def crashed(self, error: Exception) -> TurnFailed:
        """Return the failure for an unexpected exception, which must not affect other seats."""
        why = str(error) if isinstance(error, RoundtableError) else repr(error)
        return replace(self.build_failure("fault", why), cut="fault" if self.text.strip() else None)

    def build_failure(self, kind: str, why: str, elapsed_s: float = 0.0, *, named: bool = True) -> TurnFailed:
        """Return a failure with the text received so far and its estimated usage."""
        return TurnFailed(
            turn=self.queued.turn, seat=self.seat.id, kind=kind, text=self.text, reasoning=self.reasoning,
            error=single_line(f"{self.seat.name}: {why}", 1000) if named else why,
            usage=self._usage_with_cost(self.usage_so_far) if self.attempt or self.trips else {},
            elapsed_s=elapsed_s, attempts=max(1, self.attempt),
        )  # fmt: skip

    def _failure_at_end(self, kind: str, why: str, end: Finished | Failed) -> TurnFailed:
        return TurnFailed(
            turn=self.queued.turn,
            seat=self.seat.id,
            kind=kind,
            error=f"{self.seat.name}: {why}",
            text=end.text,
            reasoning=end.reasoning,
            usage=self._usage_with_cost(self.earlier_usage + end.usage),
            ttft_s=end.ttft_s,
            elapsed_s=end.elapsed_s,
            attempts=max(1, self.attempt),
            cut=(end.cut or None) if isinstance(end, Failed) else None,
            answer_limit=_describe_limit(end),
        )

    def _usage_with_cost(self, usage: Usage) -> dict[str, Any]:
        return add_cost(asdict(usage), self.server, self.model)


def _describe_limit(end: Finished | Failed) -> dict[str, Any]:
    """Return the limit that held for an answer, for its event."""
    limit = end.output_limit
    return {} if limit is None else {"tokens": limit.tokens, "source": limit.source}


def _describe_empty(model: str, end: Finished) -> str:
    """Return why there is no answer."""
    if end.tool_calls or end.tool_arguments:
        return f"{model} called a tool that it was not offered, and gave no answer"
    return f"{model} gave no answer"
