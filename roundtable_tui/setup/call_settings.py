"""The settings of every call of a run, from its request."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from math import isfinite
from typing import Any

from roundtable_tui.config import Settings
from roundtable_tui.config.params import check_params
from roundtable_tui.engine import Mode, events
from roundtable_tui.engine.params import OPTION_PARAMS, RunParams
from roundtable_tui.engine.record.recorded_values import as_float, as_int
from roundtable_tui.engine.record.recorder import RunRecord
from roundtable_tui.errors import UsageError
from roundtable_tui.llm.types import Limits, Server
from roundtable_tui.resources import Task
from roundtable_tui.setup.options import options_of_environ
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.setup.server_pool import ServerPool
from roundtable_tui.utils.interface import check_count, parameter_name
from roundtable_tui.utils.text import single_line

DEFAULT_LOCAL_MAX_TOKENS = 320
"""Tokens of an answer of the built-in model, unless the user sets them: longer answers ramble."""


def call_settings(request: RunRequest, pool: ServerPool, mode: Mode, server: Server) -> dict[str, Any]:
    """Return the fields of `Plan` that apply to every call: seed, timeouts, maximum tokens and budget.

    Raises UsageError.
    """
    check_count("answer_tokens", request.answer_tokens)
    check_count("max_tokens", request.max_tokens)
    settings = pool.settings
    return {
        "budget": _pick_limit("budget", request.budget, settings.budget),
        "max_cost": _pick_limit("max_cost", request.max_cost, settings.max_cost),
        "seed": secrets.randbelow(2**31) if request.seed is None else request.seed,
        "send_seed": request.seed is not None,
        "limits": replace(
            resolve_limits(request.limits, settings, mode, pool.environ),
            answer_tokens=request.answer_tokens or settings.answer_tokens,
        ),
        "max_tokens": request.max_tokens or (DEFAULT_LOCAL_MAX_TOKENS if server.name == "local" else None),
        "baseline": request.baseline,
    }


def resolve_limits(
    given: Mapping[str, float], settings: Settings, mode: Mode, environ: Mapping[str, str]
) -> Limits:
    """Return the limits of every call: `given` before the environment before the settings (seconds)."""
    found: dict[str, Any] = {f"{name}_s": value for name, value in asdict(settings.limits).items()}
    for variable, names in mode.wiring.limits.items():
        if value := environ.get(variable, "").strip():
            found |= dict.fromkeys(names, _parse_limit(variable, value, is_count="retries" in names))
    return Limits(**found | {f"{name}_s": value for name, value in given.items()})


def _parse_limit(variable: str, value: str, *, is_count: bool) -> float:
    """Return a limit from the environment: a count, else seconds. Raises UsageError."""
    try:
        number = int(value) if is_count else float(value)
    except ValueError:
        number = -1
    if not (0 if is_count else 0.001) <= number < 1_000_000:
        expected = "a count" if is_count else "seconds"
        raise UsageError(f"{variable} should be {expected}, not {single_line(value, 40)}")
    return number


def raised_limits(
    recording: RunRecord, budget: int | None, max_cost: float | None
) -> events.BudgetChanged | None:
    """Return the new budget of a resumed or forked run, None if it is unchanged. Raises UsageError."""
    if budget is None and max_cost is None:
        return None
    calls = recording.header.calls
    tokens, cost = as_int(calls.get("budget")), as_float(calls.get("max_cost"))
    for event in recording.events:
        if isinstance(event, events.BudgetChanged):
            tokens, cost = event.tokens, event.cost
    if budget is not None:
        tokens = _pick_limit("budget", budget, None)
    if max_cost is not None:
        cost = _pick_limit("max_cost", max_cost, None)
    return events.BudgetChanged(tokens=tokens, cost=cost, anew=True)


def _pick_limit(name: str, given: Any, default: Any) -> Any:
    """Return the given limit of the budget, else the default; None for 0. Raises UsageError."""
    limit = default if given is None else given
    if limit is not None and not (isfinite(limit) and limit >= 0):
        what = f"should be more than 0, or 0 for no limit, not {limit:g}"
        raise UsageError(f"{parameter_name(name)} {what}")
    return limit or None


def collect_params(
    request: RunRequest, task: Task | None, modes: Iterable[Mode], environ: Mapping[str, str]
) -> RunParams:
    """Return the parameters of a run that goes through `modes`. Raises UsageError."""
    given = check_params(request.params)
    if request.max_tokens is not None:
        given = {"max_tokens": request.max_tokens} | given
    return RunParams(
        given=given,
        task=dict(task.settings.params) if task else {},
        named=frozenset(
            name
            for mode in modes
            for name in {*request.options, *options_of_environ(mode, environ)}
            if name in OPTION_PARAMS and name in mode.options.model_fields
        ),
        stream=request.stream,
    )
