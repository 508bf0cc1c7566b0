"""The generation parameters of a run: from the request and the task, or read back from a record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from roundtable_tui.config.params import BY_NAME, check_params
from roundtable_tui.engine import Mode
from roundtable_tui.engine.params import RunParams
from roundtable_tui.errors import FileError, UsageError
from roundtable_tui.history.recorded_values import as_texts
from roundtable_tui.resources import Task
from roundtable_tui.setup.request import RunRequest

OPTION_PARAMS = ("temperature", "top_p")
"""Parameters that some modes have as an option, for the calls that the option is about."""


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
        named=frozenset(name for mode in modes for name in _named_options(mode, request, environ)),
        stream=request.stream,
    )


def option_params(mode: Mode, request: RunRequest) -> dict[str, Any]:
    """Return the parameters of the request that `mode` has as options."""
    return {
        name: request.params[name]
        for name in OPTION_PARAMS
        if request.params.get(name) is not None and name in mode.options.model_fields
    }


def _named_options(mode: Mode, request: RunRequest, environ: Mapping[str, str]) -> Iterable[str]:
    """Yield the options of `mode` that are parameters and set by the user, in a flag or the environment."""
    of_environ = {option for name, option in mode.wiring.environ.items() if environ.get(name, "").strip()}
    for name in OPTION_PARAMS:
        if name in mode.options.model_fields and (name in request.options or name in of_environ):
            yield name


def params_from_record(calls: Mapping[str, Any], where: str, changed: Iterable[str] = ()) -> RunParams:
    """Return the parameters in the call settings of a header; a record may come from elsewhere.

    Args:
        calls: the call settings.
        where: the record, for the error.
        changed: names of options that the user sets in a fork.

    Raises:
        FileError: a parameter is not valid.
    """
    stored = calls.get("params", {})
    if not isinstance(stored, Mapping):
        raise FileError("has no valid params", where=where)
    try:
        given, task = (check_params(stored.get(name, {})) for name in ("given", "task"))
    except UsageError as error:
        raise FileError(f"has params that are not valid: {error.what}", where=where) from None
    named = {name for name in as_texts(stored.get("named")) if name in BY_NAME}
    named |= {name for name in changed if name in OPTION_PARAMS}
    return RunParams(given, task, frozenset(named), stream=stored.get("stream", True) is not False)
