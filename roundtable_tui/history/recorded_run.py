"""What a run takes over from a recorded one: task, mode, settings of the calls, options that are paths.

A record may come from elsewhere and is not trusted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from roundtable_tui import modes
from roundtable_tui.config.params import BY_NAME, check_params
from roundtable_tui.engine import Mode, events
from roundtable_tui.engine.params import OPTION_PARAMS, RunParams
from roundtable_tui.engine.record.recorded_values import as_float, as_int, as_table, as_tables, as_texts
from roundtable_tui.errors import FileError, RoundtableError, UsageError
from roundtable_tui.llm.types import Limits
from roundtable_tui.resources import Persona, Task
from roundtable_tui.resources.inside import inside
from roundtable_tui.resources.task import TaskSettings
from roundtable_tui.utils import files, paths
from roundtable_tui.utils.interface import by_interface
from roundtable_tui.utils.text import single_line

_MAX_LIMIT = 1e12
"""Limits of a record are smaller than this; other numbers are left out."""


def task_from_record(header: events.RunStarted) -> Task | None:
    """Return the task with its texts as recorded; None if the run had none."""
    if not header.task:
        return None

    def text(key: str) -> str:
        return str(header.task.get(key, "")) if header.task else ""

    return Task(
        name=text("name"), path=Path(), context=text("context"), instructions=text("instructions"),
        summarize=text("summarize"), questions=as_texts(header.task.get("questions")),
        settings=TaskSettings.model_construct(answers=as_texts(header.task.get("answers"))),
    )  # fmt: skip


def mode_of_record(header: events.RunStarted) -> str:
    """Return the mode of a run; for a pipeline, that of its last stage."""
    stages = as_tables(header.options.get("stages")) if header.mode == modes.PIPELINE else ()
    return str(stages[-1].get("mode") or header.mode) if stages else header.mode


def recorded_call_settings(
    header: events.RunStarted, where: str, changed: Iterable[str] = ()
) -> dict[str, Any]:
    """Return the fields of `Plan` that apply to every call; what is not a limit is left out.

    Args:
        header: the header.
        where: the record, for the error.
        changed: names of options that the user sets in a fork.

    Raises:
        FileError: a parameter is not valid.
    """
    calls, stored = header.calls, header.calls.get("params", {})
    if not isinstance(stored, Mapping):
        raise FileError("has no valid params", where=where)
    given, task = (_check_params(stored.get(name, {}), where) for name in ("given", "task"))
    named = {name for name in as_texts(stored.get("named")) if name in BY_NAME}
    named |= {name for name in changed if name in OPTION_PARAMS}
    return {
        "seed": header.seed,
        "send_seed": bool(calls.get("send_seed")),
        "limits": Limits(**{name: value for name, value in calls.items() if _is_limit(name, value)}),
        "max_tokens": as_int(calls.get("max_tokens")),
        "budget": as_int(calls.get("budget")),
        "max_cost": as_float(calls.get("max_cost")),
        "baseline": bool(calls.get("baseline")),
        "params": RunParams(given, task, frozenset(named), stream=stored.get("stream", True) is not False),
    }


def recorded_server_params(header: events.RunStarted, server: str, where: str) -> Mapping[str, Any]:
    """Return the parameters that a server had in the run. Raises FileError if they are not valid."""
    row = next((row for row in header.servers if row.get("name") == server), {})
    return _check_params(row.get("params", {}), where)


def _check_params(given: Any, where: str) -> dict[str, Any]:
    try:
        return check_params(given)
    except UsageError as error:
        raise FileError(f"has params that are not valid: {error.what}", where=where) from None


def persona_of_seat(seat: Mapping[str, Any]) -> Persona | None:
    """Return the persona of a seat in a header; None if it is not valid."""
    try:
        return Persona.model_validate(dict(seat.get("persona") or {}))
    except (TypeError, ValueError):
        return None


def _is_limit(name: str, value: object) -> bool:
    number = as_float(value) if name.endswith("_s") else as_int(value)
    return name in Limits.__slots__ and number is not None and 0 <= number < _MAX_LIMIT


def check_recorded_paths(
    mode: Mode, given: Mapping[str, Any], folder: Path, flags: Collection[str] = ()
) -> None:
    """Raise UsageError if an option in the record in `folder` is a path outside it.

    Options named in `flags` come from the user and may be any path. So may those of records in the user's
    own runs folder: they were flags once.
    """
    ours = files.is_within(folder, paths.runs_dir())
    for part, options in _stage_options(mode, given):
        for name, kind in part.path_options.items():
            value = options.get(name)
            if value in (None, "") or name in flags or (kind.inline and isinstance(value, Mapping)):
                continue
            path = value if kind.writes else value.get("path") if isinstance(value, Mapping) else None
            # What was read is recorded with its checksum: a bare path was never read by this run.
            if not isinstance(path, str) or not (ours or _is_inside(folder, path)):
                shown = single_line(str(path or value), 80)
                what = f'its option {name} "{shown}" is outside the run\'s folder'
                hint = by_interface(
                    command_line=f"Fork it with --option {name}=PATH to allow that.",
                    python=f'Fork it with options={{"{name}": PATH}} to allow that.',
                    app=f"Fork it (f), and name the path as its option {name}, to allow that.",
                )
                raise UsageError(what, where=files.display_path(folder), hint=hint)


def _is_inside(folder: Path, path: str) -> bool:
    """Return whether a recorded path (resolved when it was written) is in the folder of the record."""
    if not Path(path).is_absolute():
        return inside(folder, path) is not None
    return ".." not in Path(path).parts and files.is_within(Path(path), folder)


def _stage_options(mode: Mode, given: Mapping[str, Any]) -> Iterator[tuple[Mode, Mapping[str, Any]]]:
    """Yield the mode with its options; for a pipeline, those of each stage."""
    if mode.seats != "stages":
        yield mode, given
        return
    for row in as_tables(given.get("stages")):
        if options := as_table(row.get("options")):
            try:
                yield modes.get_mode(str(row.get("mode"))), options
            except RoundtableError:
                continue  # An unknown mode cannot be run, whatever its options are.
