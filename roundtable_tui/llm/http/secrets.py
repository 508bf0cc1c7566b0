"""Reads keys and headers without blocking the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

_Secret = TypeVar("_Secret")


async def fetch_secret(read: Callable[[], _Secret]) -> _Secret:
    """Return a key, or the headers of a server. Raises what `read` raises.

    It is read in a thread, as it may come from a command; directly if `read` is cached and was called before,
    since a thread costs more than the rest of a short call where many start at once.
    """
    if (cache_info := getattr(read, "cache_info", None)) is not None and cache_info().currsize:
        return read()
    return await asyncio.to_thread(read)
