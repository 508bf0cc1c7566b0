"""Options of a mode: merged from request, environment, task and settings, and validated.

Options that are paths: those of a task must stay in its folder, those of a flag need not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from roundtable_tui.attachments.documents import to_text_file
from roundtable_tui.config import Settings
from roundtable_tui.engine import Mode, Options
from roundtable_tui.engine.params import OPTION_PARAMS
from roundtable_tui.errors import UsageError
from roundtable_tui.resources.inside import inside
from roundtable_tui.resources.task import Task, settings_error
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.utils.interface import by_interface
from roundtable_tui.utils.paths import expand_user
from roundtable_tui.utils.text import single_line


def resolve_mode_options(
    mode: Mode, request: RunRequest, task: Task | None, settings: Settings, environ: Mapping[str, str]
) -> Options:
    """Return the mode's options: request before environment before task before settings before defaults.

    Raises:
        UsageError: an option is unknown or has a wrong value.
        FileError: a path in the task is outside its folder.
    """

    def select(given: Mapping[str, Any]) -> dict[str, Any]:
        fields = mode.options.model_fields
        return {name: value for name, value in given.items() if name in fields and value is not None}

    given = select({"agents": settings.agents})
    given |= resolve_flag_paths(mode, settings.options.get(mode.name, {}))
    if task and task.settings.mode in ("", mode.name):
        for name, value in task.settings.options.items():
            try:
                given |= resolve_task_paths(mode, {name: value}, task.path)
            except UsageError as error:
                raise settings_error(task.path, ["options", name], error) from None
    given |= resolve_flag_paths(mode, options_of_environ(mode, environ))
    given |= select({name: request.params.get(name) for name in OPTION_PARAMS})
    given |= resolve_flag_paths(mode, request.options) | select({"agents": request.agents})
    for name, kind in mode.path_options.items():
        path = given.get(name)
        if not kind.writes and not kind.inline and isinstance(path, str) and path:
            given[name] = to_text_file(path)
    return mode.validate_options(given)


def options_of_environ(mode: Mode, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the options that environment variables set."""
    values = ((option, environ.get(variable, "").strip()) for variable, option in mode.wiring.environ.items())
    return {option: value for option, value in values if value}


def split_by_stage(stages: Sequence[Mode], given: Mapping[str, Any], of: str = "") -> list[dict[str, Any]]:
    """Return for each stage of a pipeline those of the given options that its mode has.

    Raises UsageError for an option that no stage has; `of` names the pipeline in it.
    """
    for name in given:
        if not any(name in mode.options.model_fields for mode in stages):
            raise UsageError(f"no stage{of} has an option {single_line(name, 60)}")
    return [{key: given[key] for key in given if key in mode.options.model_fields} for mode in stages]


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
