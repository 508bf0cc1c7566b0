"""A task's `task.toml` checked as it is typed: its form, and whether mode, options and team are there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from roundtable_tui import modes
from roundtable_tui.config.toml_edit import find_key_line, parse
from roundtable_tui.errors import FileError, RoundtableError, UsageError
from roundtable_tui.resources import PersonaLibrary, Problem, TaskSettings
from roundtable_tui.resources.task import check_pipeline
from roundtable_tui.resources.validation import check_data
from roundtable_tui.setup.options import validate_options
from roundtable_tui.setup.own_paths import of_task
from roundtable_tui.setup.stages import check_stages

_LINE = re.compile(r"line (\d+)$")


def check_task_settings(
    source: str, questions: int, library: PersonaLibrary | None = None, folder: Path | None = None
) -> tuple[TaskSettings | None, list[Problem]]:
    """Return the settings that `source` spells out, or None, and what is wrong, in order of lines.

    `questions` is how many the task has; without a `library` the team is not looked for, without its
    `folder` neither are files that options name.
    """
    try:
        data = parse(source, None)
    except FileError as error:
        line = _LINE.search(error.where)
        return None, [Problem(error.what, int(line[1]) if line else None, hint=error.hint)]
    settings, problems = check_data(TaskSettings, data, lambda loc: _line(source, *map(str, loc)))
    if settings is not None:
        problems = [*_check_mode(settings, source, folder), *_check_team(settings, source, library)]
        if wrong := check_pipeline(settings, source):
            problems.append(wrong)
        problems += [
            _problem(why, _line(source, *keys)) for keys, why in check_stages(settings, library, folder)
        ]
        if len(settings.answers) > questions:
            what = f"answers holds {len(settings.answers)} for {questions} questions"
            problems.append(Problem(what, _line(source, "answers"), hint="One a question, in order."))
    return settings, sorted(problems, key=lambda problem: problem.line or 0)


def _check_mode(settings: TaskSettings, source: str, folder: Path | None) -> list[Problem]:
    """Return what is wrong with the mode, or with its options one by one."""
    if not settings.mode:
        return []
    try:
        mode = modes.get_mode(settings.mode)
        if mode.seats == "stages":
            raise UsageError("a pipeline is made of stages", hint="Take the mode out, and write [[stages]].")
    except RoundtableError as error:
        return [_problem(error, _line(source, "mode"))]
    if not (together := _check_options(settings.options, settings.mode, source, folder)):
        return []
    found = []
    for name, value in settings.options.items():
        try:
            validate_options(mode, of_task(mode, {name: value}, folder))
        except RoundtableError as error:
            found.append(_problem(error, _line(source, "options", name)))
    return found or together


def _check_options(options: Mapping[str, Any], mode: str, source: str, folder: Path | None) -> list[Problem]:
    """Return why the options cannot be used, in one line for all of them."""
    try:
        found = modes.get_mode(mode)
        validate_options(found, of_task(found, options, folder))
    except RoundtableError as error:
        return [_problem(error, _line(source, "options"))]
    return []


def _check_team(settings: TaskSettings, source: str, library: PersonaLibrary | None) -> list[Problem]:
    if not settings.team or library is None:
        return []
    try:
        library.get_team(settings.team)
    except RoundtableError as error:
        return [_problem(error, _line(source, "team"))]
    return []


def _problem(error: RoundtableError, line: int | None) -> Problem:
    return Problem(error.what, line, hint=error.hint)


def _line(source: str, *keys: str) -> int | None:
    return find_key_line(source, keys)
