"""The budget of a run as text: parsed and formatted."""

from __future__ import annotations

import re

from roundtable_tui.errors import UsageError
from roundtable_tui.utils.text import single_line

_PART = re.compile(r"(\$)?([\d][\d.,_]*)([km])?(\$|usd|dollars?|tokens?)?", re.IGNORECASE)
_MULTIPLIERS = {"": 1, "k": 1_000, "m": 1_000_000}


def parse_budget(text: str) -> tuple[int | None, float | None]:
    """Parse a budget such as `20k`, `20,000 tokens`, `$0.50` or both; `none` or nothing for no limit.

    Raises UsageError.
    """
    tokens: int | None = None
    cost: float | None = None
    words = text.casefold().replace("and", " ").replace(";", " ")
    for part in re.sub(r"(?<=[\dkm])\s+(?=usd|dollar|token)", "", words).split():
        found = _PART.fullmatch(part)
        if part in ("none", "0"):
            continue
        if found is None:
            raise _unread(text)
        money = found[1] or (found[4] or "").startswith(("$", "usd", "dollar"))
        try:
            number = float(found[2].replace("_", "").replace(",", "")) * _MULTIPLIERS[found[3] or ""]
        except ValueError:
            raise _unread(text) from None
        if money:
            cost = number or None
        else:
            tokens = int(number) or None
    return tokens, cost


def format_budget(tokens: int | None, cost: float | None) -> str:
    """Format a budget so that `parse_budget` reads it."""
    parts = [str(tokens)] if tokens is not None else []
    return " ".join([*parts, *([f"${cost:g}"] if cost is not None else [])])


def _unread(text: str) -> UsageError:
    return UsageError(f"no budget: {single_line(text, 40)}", hint="Write 20000 or 20k, $0.50, or both.")
