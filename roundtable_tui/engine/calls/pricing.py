"""What calls cost, where a provider's prices are known: from `genai-prices`, offline. No price, no figure."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Iterable
from importlib import import_module
from urllib.parse import urlsplit

from roundtable_tui.llm.types import Server

_LOCAL_DOMAINS = ("localhost", "local", "lan", "home", "internal", "test")
"""Last parts of names that are no provider's."""


def cost_of(server: Server, model: str, prompt: int, completion: int, cached: int = 0) -> float | None:
    """Return USD for so many tokens, `cached` of them among the prompt's; None where no price is known."""
    if not can_be_priced(server):
        return None
    from genai_prices import Usage, calc_price

    usage = Usage(
        input_tokens=max(0, prompt),
        output_tokens=max(0, completion),
        cache_read_tokens=min(max(0, cached), max(0, prompt)),
    )
    try:
        return float(calc_price(usage, model, provider_api_url=server.base_url).total_price)
    except (LookupError, ValueError):
        return None


def can_be_priced(server: Server) -> bool:
    """Tell whether a provider's price could be had: not for the demo, nor for a server on this network."""
    if server.transport is not None:
        return False
    host = (urlsplit(server.base_url).hostname or "").rstrip(".")
    try:
        return not ipaddress.ip_address(host).is_private
    except ValueError:
        return "." in host and host.rpartition(".")[2] not in _LOCAL_DOMAINS


async def load_prices(servers: Iterable[Server]) -> None:
    """Load the prices off the event loop, where one of these servers may have any: it takes a moment."""
    if any(map(can_be_priced, servers)):
        await asyncio.to_thread(import_module, "genai_prices")


def format_dollars(cost: float) -> str:
    """Return an amount as a person reads it: two digits that count, four places at most; `$0` for nothing."""
    if cost and cost < 0.0001:
        return "<$0.0001"
    places = 2 if cost >= 1 or not cost else 3 if cost >= 0.1 else 4
    return f"${cost:,.{places}f}" if cost else "$0"
