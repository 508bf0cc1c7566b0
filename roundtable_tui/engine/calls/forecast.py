"""Estimates the calls that are about to be made at once: how many, how many tokens, what cost."""

from __future__ import annotations

from collections.abc import Sequence

from roundtable_tui.engine.calls.pricing import format_dollars
from roundtable_tui.engine.calls.turn_runner import AskOptions, TurnRunner
from roundtable_tui.engine.events import CallsForecast
from roundtable_tui.engine.seat import Seat
from roundtable_tui.utils.format import count_of


def emit_forecast(turns: TurnRunner, calls: Sequence[tuple[Seat, str, AskOptions]]) -> None:
    """Emit a token and cost forecast for these calls; recorded calls and muted seats are skipped."""
    allowances = []
    for seat, prompt, options in calls:
        if seat.muted or turns.is_recorded(seat):
            continue
        if options.fresh:
            texts = [seat.system_prompt(), prompt]
        else:
            history = [message["content"] for message in seat.conversation.messages]
            texts = [seat.system_prompt(), *history, seat.conversation.next_message(prompt)]
        max_tokens = turns.max_tokens_for(seat, options.max_tokens)
        allowances.append(turns.budget.estimate_call(seat.server, seat.model, texts, max_tokens))
    if allowances:
        costs = [one.estimate_cost(one.expected_tokens) for one in allowances if one.cost_per_token]
        turns.emit(
            CallsForecast(
                calls=len(allowances),
                prompt_tokens=sum(one.prompt_tokens for one in allowances),
                completion_tokens=sum(one.expected_tokens for one in allowances),
                cost=sum(costs) if costs else None,
            )
        )


def describe_forecast(event: CallsForecast) -> str:
    """Format a forecast as one line."""
    calls = count_of(event.calls, "call")
    money = f", about {format_dollars(event.cost)}" if event.cost is not None else ""
    return f"to be asked: {calls}, about {event.prompt_tokens + event.completion_tokens:,} tokens{money}"
