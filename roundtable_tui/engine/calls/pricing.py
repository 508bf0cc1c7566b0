"""Prices of model calls: of the server's list of models, else offline from the package `genai-prices`."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Iterable
from functools import lru_cache
from importlib import import_module
from urllib.parse import urlsplit

from roundtable_tui.llm.types import Server

_LOCAL_DOMAINS = ("localhost", "local", "lan", "home", "internal", "test")
"""Top-level domains of hosts that do not belong to a provider."""


def cost_of(server: Server, model: str, prompt: int, completion: int, cached: int = 0) -> float | None:
    """Return the cost of a call in USD, from its numbers of tokens; None if the price is unknown."""
    if (price := server.prices.get(model)) is not None:
        return price.prompt * max(0, prompt) + price.completion * max(0, completion)
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
    """Return True if a price may be known: not for the demo or a server in the local network."""
    return server.transport is None and _has_public_host(server.base_url)


@lru_cache(maxsize=64)  # Asked several times per call.
def _has_public_host(base_url: str) -> bool:
    host = (urlsplit(base_url).hostname or "").rstrip(".")
    try:
        return not ipaddress.ip_address(host).is_private
    except ValueError:
        return "." in host and host.rpartition(".")[2] not in _LOCAL_DOMAINS


async def load_prices(servers: Iterable[Server]) -> None:
    """Load the prices in a thread, if one of these servers may have any; importing them is slow."""
    if any(map(can_be_priced, servers)):
        await asyncio.to_thread(import_module, "genai_prices")


def format_dollars(cost: float) -> str:
    """Format an amount in USD with two significant digits, at most four decimals; `$0` for zero."""
    if cost and cost < 0.0001:
        return "<$0.0001"
    places = 2 if cost >= 1 or not cost else 3 if cost >= 0.1 else 4
    return f"${cost:,.{places}f}" if cost else "$0"
