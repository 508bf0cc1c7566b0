"""The budget of a run: from request and settings, from a record, and as text."""

from __future__ import annotations

import re
from math import isfinite
from typing import Any

from roundtable_tui.config import Settings
from roundtable_tui.engine import events
from roundtable_tui.engine.record.recorder import RunRecord
from roundtable_tui.errors import UsageError
from roundtable_tui.history.recorded_values import as_float, as_int
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.utils.interface import parameter_name
from roundtable_tui.utils.text import single_line

BudgetLimits = tuple[int | None, float | None]
"""Tokens and USD; None for no limit."""


def budget_limits(request: RunRequest, settings: Settings) -> BudgetLimits:
    """Return the limits of a new run: the request's before the settings'. Raises UsageError."""
    return (
        _validate_limit("budget", settings.budget if request.budget is None else request.budget),
        _validate_limit("max_cost", settings.max_cost if request.max_cost is None else request.max_cost),
    )


def limits_from_record(header: events.RunStarted) -> BudgetLimits:
    """Return the limits a run was started with."""
    return as_int(header.calls.get("budget")), as_float(header.calls.get("max_cost"))


def raised_limits(
    recording: RunRecord, budget: int | None, max_cost: float | None
) -> events.BudgetChanged | None:
    """Return the new budget of a resumed or forked run, None if it is unchanged. Raises UsageError."""
    if budget is None and max_cost is None:
        return None
    tokens, cost = limits_from_record(recording.header)
    for event in recording.events:
        if isinstance(event, events.BudgetChanged):
            tokens, cost = event.tokens, event.cost
    return events.BudgetChanged(
        tokens=tokens if budget is None else _validate_limit("budget", budget),
        cost=cost if max_cost is None else _validate_limit("max_cost", max_cost),
        anew=True,
    )


def _validate_limit(name: str, value: Any) -> Any:
    """Return the limit, None for 0."""
    if value is not None and not (isfinite(value) and value >= 0):
        what = f"should be more than 0, or 0 for no limit, not {value:g}"
        raise UsageError(f"{parameter_name(name)} {what}")
    return value or None


_PART = re.compile(r"(\$)?([\d][\d.,_]*)([km])?(\$|usd|dollars?|tokens?)?", re.IGNORECASE)
_MULTIPLIERS = {"": 1, "k": 1_000, "m": 1_000_000}


def parse_budget(text: str) -> BudgetLimits:
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
