"""Options of a mode: merged from request, environment, task and settings, and validated.

Options that are paths: those of a task or a record must stay in its folder, those of a flag need not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from roundtable_tui import modes
from roundtable_tui.attachments.documents import to_text_file
from roundtable_tui.config import Settings, did_you_mean
from roundtable_tui.config.toml_edit import find_key_line
from roundtable_tui.engine import Mode, Options
from roundtable_tui.errors import FileError, RoundtableError, UsageError
from roundtable_tui.resources.inside import inside, own
from roundtable_tui.resources.reading import read_text
from roundtable_tui.resources.task import SETTINGS_FILE, Task
from roundtable_tui.resources.validation import describe_expected
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.utils import files, paths
from roundtable_tui.utils.interface import by_interface
from roundtable_tui.utils.paths import expand_user
from roundtable_tui.utils.text import single_line

OPTION_PARAMS = ("temperature", "top_p")
"""Parameters that some modes have as an option, for the calls that the option is about."""


def resolve_mode_options(
    mode: Mode, request: RunRequest, task: Task | None, settings: Settings, environ: Mapping[str, str]
) -> Options:
    """Return the mode's options: request before environment before task before settings before defaults.

    Raises:
        UsageError: an option is unknown or has a wrong value.
        FileError: a path in the task is outside its folder.
    """
    given: dict[str, Any] = {}
    fields = mode.options.model_fields
    countable = "agents" in fields
    if countable and settings.agents is not None:
        given["agents"] = settings.agents
    given |= resolve_flag_paths(mode, settings.options.get(mode.name, {}))
    if task and task.settings.mode in ("", mode.name):
        given |= _task_options(mode, task)
    for variable, option in mode.wiring.environ.items():
        if value := environ.get(variable, "").strip():
            given |= resolve_flag_paths(mode, {option: value})
    numbers = {name: request.params.get(name) for name in OPTION_PARAMS if name in fields}
    given |= {name: number for name, number in numbers.items() if number is not None}
    given |= resolve_flag_paths(mode, request.options)
    if countable and request.agents is not None:
        given["agents"] = request.agents
    for name, kind in mode.path_options.items():
        path = given.get(name)
        if not kind.writes and not kind.inline and isinstance(path, str) and path:
            given[name] = to_text_file(path)
    return validate_options(mode, given)


def _task_options(mode: Mode, task: Task) -> dict[str, Any]:
    """Return a task's options with its paths resolved. Raises FileError with the line of `task.toml`."""
    found: dict[str, Any] = {}
    for name, value in task.settings.options.items():
        try:
            found |= resolve_task_paths(mode, {name: value}, task.path)
        except UsageError as error:
            line = find_key_line(read_text(own(task.path, SETTINGS_FILE)), ["options", name])
            raise FileError(
                error.what, where=files.format_location(task.path / SETTINGS_FILE, line), hint=error.hint
            ) from None
    return found


def validate_options(mode: Mode, given: dict[str, Any]) -> Options:
    """Validate `given` and return it as the options of `mode`. Raises UsageError."""
    from pydantic import ValidationError

    fields = mode.options.model_fields
    for name in given:
        if name not in fields:
            hint = did_you_mean(name, fields, "It has")
            raise UsageError(f"mode {mode.name} has no option {single_line(name, 60)}", hint=hint)
    try:
        return mode.options.model_validate(given)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
    name = ".".join(map(str, fault["loc"])) or "options"
    wanted = describe_expected(mode.options.model_json_schema(), fault["loc"], fault)
    if fault["type"] == "literal_error":
        wanted = str(fault["ctx"]["expected"]).replace("'", "")
    if not fault["loc"]:
        raise UsageError(f"mode {mode.name} expects {wanted}")
    found = single_line(str(fault["input"]), 60)
    raise UsageError(f"{name} of mode {mode.name} should be {wanted}, not {found or 'empty'}")


def split_by_stage(stages: Sequence[Mode], given: Mapping[str, Any], of: str = "") -> list[dict[str, Any]]:
    """Return for each stage of a pipeline those of the given options that its mode has.

    Raises UsageError for an option that no stage has; `of` names the pipeline in it.
    """
    for name in given:
        if not any(name in mode.options.model_fields for mode in stages):
            raise UsageError(f"no stage{of} has an option {single_line(name, 60)}")
    return [{key: given[key] for key in given if key in mode.options.model_fields} for mode in stages]


def select_storable_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that a settings file can hold."""
    return {name: value for name, value in options.items() if isinstance(value, str | int | float | bool)}


def resolve_flag_paths(mode: Mode, given: Mapping[str, Any]) -> dict[str, Any]:
    """Make output paths absolute in options from flags, forms, settings or the environment."""
    found = dict(given)
    for name, kind in mode.path_options.items():
        if kind.writes and isinstance(value := found.get(name), str) and value:
            found[name] = str(expand_user(value).absolute())
    return found


def resolve_task_paths(mode: Mode, given: Mapping[str, Any], folder: Path | None) -> dict[str, Any]:
    """Resolve the input paths in a task's options against its `folder`.

    Without a folder (a task that is not saved yet) they become None. Raises UsageError for a path outside
    the folder.
    """
    found = dict(given)
    for name, kind in mode.path_options.items():
        value = found.get(name)
        if value in (None, "") or (kind.inline and isinstance(value, Mapping)):
            continue
        if not isinstance(value, str):
            raise UsageError(f"options.{name} should be a path in the task folder")
        if (path := inside(folder or Path(), value)) is None:
            do = "to write there" if kind.writes else "to read it"
            what = f'options.{name} "{single_line(value, 80)}" is outside the task folder'
            use = by_interface(
                command_line=kind.flag,
                python=f'options={{"{name}": PATH}}',
                app=f"{name} in the options of the mode (shift+F2)",
            )
            raise UsageError(what, hint=f"Use {use} {do}.")
        if not kind.writes:
            found[name] = str(path) if folder is not None else None
    return found


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
    rows = given.get("stages")
    for row in rows if isinstance(rows, list | tuple) else ():
        options = row.get("options") if isinstance(row, Mapping) else None
        if isinstance(options, Mapping):
            try:
                yield modes.get_mode(str(row.get("mode"))), options
            except RoundtableError:
                continue  # An unknown mode cannot be run, whatever its options are.
