"""The part of each server's calls that each worker may make. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping


def divide_slots(slots: Mapping[str, int], workers: int) -> list[dict[str, int]]:
    """Divide the calls at once of each server among workers; the sum is never more than the limit.

    Args:
        slots: name of a server -> calls at once.
        workers: the number of workers, at least 1.

    Returns:
        For each worker: name -> calls at once; servers of which it has no call are left out.
    """
    out: list[dict[str, int]] = [{} for _ in range(workers)]
    first = 0
    for name, limit in slots.items():
        for number in range(workers):
            share = limit // workers + (number < limit % workers)
            if share:
                # The remainders of different servers go to different workers.
                out[(number + first) % workers][name] = share
        first += limit % workers
    return out
