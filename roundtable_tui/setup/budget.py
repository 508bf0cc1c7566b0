"""The budget of a run: what a person allows it, what its record allows it, and what it is raised to."""

from __future__ import annotations

import re
from math import isfinite
from typing import Any

from roundtable_tui.config import Settings
from roundtable_tui.engine import events
from roundtable_tui.engine.record.recorder import Recording
from roundtable_tui.errors import UsageError
from roundtable_tui.setup.request import Wish
from roundtable_tui.utils.text import one_line

Allowed = tuple[int | None, float | None]
"""Tokens and USD; None is no limit."""


def allowed(wish: Wish, settings: Settings) -> Allowed:
    """Return what a new run may use: the person's word before the settings'. Raises UsageError."""
    return (
        _limit("--budget", settings.budget if wish.budget is None else wish.budget),
        _limit("--max-cost", settings.max_cost if wish.max_cost is None else wish.max_cost),
    )


def of_record(header: events.RunStarted) -> Allowed:
    """Return what a run was planned to use."""
    return _int(header.calls.get("budget")), _float(header.calls.get("max_cost"))


def raised(recording: Recording, budget: int | None, max_cost: float | None) -> events.BudgetChanged | None:
    """Return the new budget of a run that is gone on with, None for what it had. Raises UsageError."""
    if budget is None and max_cost is None:
        return None
    tokens, cost = of_record(recording.header)
    for event in recording.events:
        if isinstance(event, events.BudgetChanged):
            tokens, cost = event.tokens, event.cost
    return events.BudgetChanged(
        tokens=tokens if budget is None else _limit("--budget", budget),
        cost=cost if max_cost is None else _limit("--max-cost", max_cost),
        anew=True,
    )


def _limit(flag: str, value: Any) -> Any:
    """Return a limit; 0 is none."""
    if value is not None and not (isfinite(value) and value >= 0):
        raise UsageError(f"{flag} should be more than 0, or 0 for no limit, not {value:g}")
    return value or None


def _int(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _float(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


_PART = re.compile(r"(\$)?([\d][\d.,_]*)([km])?(\$|usd|dollars?|tokens?)?", re.IGNORECASE)
_MANY = {"": 1, "k": 1_000, "m": 1_000_000}


def read(text: str) -> Allowed:
    """Return a budget as a person writes it: `20k`, `20,000 tokens`, `$0.50`, both; `none` or nothing for no
    limit. Raises UsageError.
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
            number = float(found[2].replace("_", "").replace(",", "")) * _MANY[found[3] or ""]
        except ValueError:
            raise _unread(text) from None
        if money:
            cost = number or None
        else:
            tokens = int(number) or None
    return tokens, cost


def written(tokens: int | None, cost: float | None) -> str:
    """Return a budget as `read` reads it."""
    parts = [str(tokens)] if tokens is not None else []
    return " ".join([*parts, *([f"${cost:g}"] if cost is not None else [])])


def _unread(text: str) -> UsageError:
    return UsageError(f"no budget: {one_line(text, 40)}", hint="Write 20000 or 20k, $0.50, or both.")
