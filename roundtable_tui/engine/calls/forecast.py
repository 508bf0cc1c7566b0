"""A forecast of what is about to be asked at once: calls, about how many tokens, about what money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from roundtable_tui.engine.calls.pricing import dollars
from roundtable_tui.engine.events import Forecast
from roundtable_tui.engine.seat import Seat

if TYPE_CHECKING:
    from roundtable_tui.engine.table import Table


def foresee(table: Table, asked: Sequence[tuple[Seat, str, Mapping[str, Any]]]) -> None:
    """Tell about what asking these (seat, prompt, how) will use; nothing for what the record has already."""
    shares = []
    for seat, prompt, how in asked:
        if seat.muted or table.calls.memory.call(f"{seat.id}.{seat.calls + 1}"):
            continue
        fresh = bool(how.get("fresh"))
        said = [] if fresh else [message["content"] for message in seat.conversation.messages]
        texts = [seat.system(), *said, prompt if fresh else seat.conversation.asking(prompt)]
        most = table.most_tokens(seat, how.get("max_tokens"))
        shares.append(table.calls.purse.share(seat.server, seat.model, texts, most))
    if shares:
        costs = [share.cost(share.expected) for share in shares if share.per_token]
        table.emit(
            Forecast(
                calls=len(shares),
                prompt_tokens=sum(share.prompt for share in shares),
                completion_tokens=sum(share.expected for share in shares),
                cost=sum(costs) if costs else None,
            )
        )


def in_words(event: Forecast) -> str:
    """Return a forecast as a line."""
    calls = f"{event.calls} {'call' if event.calls == 1 else 'calls'}"
    money = f", about {dollars(event.cost)}" if event.cost is not None else ""
    return f"to be asked: {calls}, about {event.prompt_tokens + event.completion_tokens:,} tokens{money}"
