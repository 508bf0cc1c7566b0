"""A forecast of what is about to be asked at once: calls, about how many tokens, about what money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from roundtable_tui.engine.calls.pricing import format_dollars
from roundtable_tui.engine.events import CallsForecast
from roundtable_tui.engine.seat import Seat

if TYPE_CHECKING:
    from roundtable_tui.engine.table import Table


def emit_forecast(table: Table, calls: Sequence[tuple[Seat, str, Mapping[str, Any]]]) -> None:
    """Tell about what asking these (seat, prompt, how) will use; nothing for what the record has already."""
    shares = []
    for seat, prompt, how in calls:
        if seat.muted or table.calls.memory.get_call(f"{seat.id}.{seat.call_count + 1}"):
            continue
        fresh = bool(how.get("fresh"))
        said = [] if fresh else [message["content"] for message in seat.conversation.messages]
        texts = [seat.system_prompt(), *said, prompt if fresh else seat.conversation.next_message(prompt)]
        most = table.max_tokens_for(seat, how.get("max_tokens"))
        shares.append(table.calls.purse.estimate_call(seat.server, seat.model, texts, most))
    if shares:
        costs = [share.estimate_cost(share.expected_tokens) for share in shares if share.cost_per_token]
        table.emit(
            CallsForecast(
                calls=len(shares),
                prompt_tokens=sum(share.prompt_tokens for share in shares),
                completion_tokens=sum(share.expected_tokens for share in shares),
                cost=sum(costs) if costs else None,
            )
        )


def describe_forecast(event: CallsForecast) -> str:
    """Return a forecast as a line."""
    calls = f"{event.calls} {'call' if event.calls == 1 else 'calls'}"
    money = f", about {format_dollars(event.cost)}" if event.cost is not None else ""
    return f"to be asked: {calls}, about {event.prompt_tokens + event.completion_tokens:,} tokens{money}"
