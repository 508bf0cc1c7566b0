"""The options of a mode, from all who have a say in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from roundtable_tui.config import Settings, did_you_mean
from roundtable_tui.config.toml_edit import find_key_line
from roundtable_tui.engine import Mode, Options
from roundtable_tui.errors import FileError, UsageError
from roundtable_tui.resources.inside import own
from roundtable_tui.resources.reading import read_text
from roundtable_tui.resources.task import SETTINGS_FILE, Task
from roundtable_tui.resources.validation import describe_expected
from roundtable_tui.setup.own_paths import of_flags, of_task
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.utils import files
from roundtable_tui.utils.text import single_line


def resolve_mode_options(
    mode: Mode, request: RunRequest, task: Task | None, settings: Settings, environ: Mapping[str, str]
) -> Options:
    """Return the mode's options: the person's before the environment's, the task's, the settings', its own.

    Raises UsageError that says what is expected, or the nearest name; FileError for a path of the task that
    is outside its folder.
    """
    given: dict[str, Any] = {}
    countable = "agents" in mode.options.model_fields
    if countable and settings.agents is not None:
        given["agents"] = settings.agents
    given |= of_flags(mode, settings.options.get(mode.name, {}))
    if task and task.settings.mode in ("", mode.name):
        given |= _of_task(mode, task)
    for variable, option in mode.wiring.environ.items():
        if value := environ.get(variable, "").strip():
            given |= of_flags(mode, {option: value})
    given |= of_flags(mode, request.options)
    if countable and request.agents is not None:
        given["agents"] = request.agents
    return validate_options(mode, given)


def _of_task(mode: Mode, task: Task) -> dict[str, Any]:
    """Return the options of a task with its paths. Raises FileError, with the line of `task.toml`."""
    for name, value in task.settings.options.items():
        try:
            of_task(mode, {name: value}, task.path)
        except UsageError as error:
            line = find_key_line(read_text(own(task.path, SETTINGS_FILE)), ["options", name])
            raise FileError(
                error.what, where=files.format_location(task.path / SETTINGS_FILE, line), hint=error.hint
            ) from None
    return of_task(mode, task.settings.options, task.path)


def validate_options(mode: Mode, given: dict[str, Any]) -> Options:
    """Return `given` as the options of `mode`. Raises UsageError."""
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
