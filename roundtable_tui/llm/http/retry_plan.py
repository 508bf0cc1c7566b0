"""Decides whether and when a call is sent again, from its own attempts and the state of its server."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from roundtable_tui.llm.http.connection import Connection
from roundtable_tui.llm.http.reset_time import describe_reset
from roundtable_tui.llm.http.retry import BackoffPolicy, RetryBudget, RetryCounter
from roundtable_tui.llm.types import CallError

OVERLOADED_STATUSES = frozenset({429, 503, 529})
_DOWN_STATUSES = frozenset({502, 503, 529})
"""Statuses with which a proxy, or a server that is starting or overloaded, refuses for a short time."""
_LOST_KINDS = frozenset({"unreachable", "cut"})
_MAX_OUTAGE_DELAY_S = 5.0
_LOADING_DELAY_FACTOR = 4
"""Time between tries while a model is loaded, relative to the first delay: 2 s by default."""
_MAX_OUTAGE_ATTEMPTS = 16
"""Attempts of one call in one outage; usually they take longer than `BackoffPolicy.outage_s`."""


@dataclass(frozen=True, slots=True)
class RetryDecision:
    """The seconds until the next attempt, or None if the call has failed with `fault`."""

    delay: float | None
    fault: CallError


class RetryPlan:
    """The retries of one call.

    Not counted are: the time in which a server loads the model; waits for a moment that the server
    announced, and for its overload to pass, as long as it answers other calls; and attempts to reach a server
    that has answered before, for `BackoffPolicy.outage_s` from the first lost connection of any call to it.
    An attempt that failed after a part of the answer had arrived is counted always: it has been paid for.
    """

    def __init__(
        self,
        connection: Connection,
        backoff: BackoffPolicy,
        counter: RetryCounter,
        budget: RetryBudget | None,
        model: str,
    ) -> None:
        self._connection, self._backoff, self._counter = connection, backoff, counter
        self._budget, self._model = budget, model
        self._answers_seen = -1
        self._outage_attempts = 0
        self._outage_since = -1.0
        self._outages = 0
        self._loading_since: float | None = None

    def decide(
        self,
        fault: CallError,
        random: Random,
        *,
        attempt: int,
        sent_at: float,
        now: float,
        deadline: float,
        has_response: bool,
        has_content: bool = False,
    ) -> RetryDecision:
        """Decide what follows attempt number `attempt`; times are those of the event loop.

        Args:
            fault: Why the attempt failed.
            random: The source of the jitter.
            attempt: The number of attempts so far.
            sent_at: When it was sent.
            now: The present time.
            deadline: When the whole call must have ended.
            has_response: A response had begun, so that tokens may have been paid for.
            has_content: A part of the answer had arrived, so that each attempt counts.
        """
        connection = self._connection
        wait = self._backoff.delay(attempt, fault, random)
        if fault.is_loading and not has_content and (loading := self._loading_delay(fault, now)) is not None:
            return RetryDecision(loading if now + loading <= deadline else None, fault)
        is_overload = fault.status in OVERLOADED_STATUSES
        is_announced = fault.retry_after is not None and (fault.kind == "rate" or is_overload)
        if is_overload:
            connection.decrease_limit(sent_at)
        if is_announced and wait > self._backoff.max_wait_s:
            fault = replace(fault, hint=describe_reset(fault.retry_after or 0.0) or fault.hint)
            self._stop_model(fault)
            return RetryDecision(None, fault)
        if fault.kind == "quota" or (fault.kind == "rate" and fault.is_final):
            self._stop_model(fault)
        if fault.is_final:
            return RetryDecision(None, fault)
        if fault.kind == "rate" or (is_announced and fault.retry_after):
            connection.pause(wait)
        is_free = (is_announced or is_overload) and self._is_progressing(or_first=is_announced)
        if has_content:
            is_free = False
        elif not is_free and (
            (outage := self._outage_delay(fault, random, now, has_response=has_response)) is not None
        ):
            wait, is_free = outage, True
        elif self._outage_attempts > 1 and fault.kind in _LOST_KINDS and not has_response and not is_free:
            return RetryDecision(None, fault)  # The time of a restart is over.
        if now + wait > deadline or not (is_free or self._counter.should_retry(fault)):
            return RetryDecision(None, fault)
        return RetryDecision(wait, fault)

    def _loading_delay(self, fault: CallError, now: float) -> float | None:
        """Return the delay until the next try while a server loads the model; None if that takes too long."""
        if self._loading_since is None:
            self._loading_since = now
        left = self._loading_since + self._counter.loading_s - now
        if left <= 0 or self._counter.max_retries == 0:
            return None
        return min(left, fault.retry_after or _LOADING_DELAY_FACTOR * self._backoff.base_delay_s)

    def _stop_model(self, fault: CallError) -> None:
        """Send no more requests to this model in this run."""
        if self._budget is not None:
            key = (self._connection.address.base_url, self._model)
            self._budget.exhausted_models[key] = ". ".join(filter(None, (fault.reason, fault.hint)))

    def _is_progressing(self, *, or_first: bool) -> bool:
        """Return whether the server has answered a call since the last refusal of this one, or is doing so.

        With `or_first`, the first refusal of the call counts as progress.
        """
        seen, self._answers_seen = self._answers_seen, self._connection.answers
        if seen < 0 and or_first:
            return True
        return self._connection.serving > 0 or 0 <= seen < self._connection.answers

    def _outage_delay(
        self, fault: CallError, random: Random, now: float, *, has_response: bool
    ) -> float | None:
        """Return the delay until the next try to reach a server that has answered before; None to give up."""
        connection = self._connection
        is_lost = fault.kind in _LOST_KINDS and not has_response
        connection.is_out_of_reach = connection.is_out_of_reach or is_lost
        if not (connection.answers and (is_lost or fault.status in _DOWN_STATUSES)):
            return None
        since = connection.note_outage(now)
        if since != self._outage_since:
            self._outage_since, self._outage_attempts = since, 0
            self._outages += 1
        self._outage_attempts += 1
        left = since + self._backoff.outage_s - now
        if (
            left <= 0
            or self._outage_attempts > _MAX_OUTAGE_ATTEMPTS
            or self._outages > self._counter.max_retries
        ):
            return None
        grown: float = self._backoff.base_delay_s * 2 ** min(self._outage_attempts, 16)
        longest = min(_MAX_OUTAGE_DELAY_S, grown)
        return min(left, random.uniform(0.5, 1.0) * longest)
