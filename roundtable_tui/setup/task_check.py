"""Checks the texts of a task: of `task.toml` also whether its modes, options and teams exist."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any

from roundtable_tui import modes
from roundtable_tui.config.toml_edit import find_key_line
from roundtable_tui.engine import Mode
from roundtable_tui.errors import FileError, RoundtableError, UsageError
from roundtable_tui.resources import Persona, PersonaLibrary, Problem, TaskSettings, Team
from roundtable_tui.resources.questions import parse_questions
from roundtable_tui.resources.task import QUESTIONS_FILE, SETTINGS_FILE, StageSettings, check_settings
from roundtable_tui.resources.validation import check_json
from roundtable_tui.setup.options import resolve_task_paths
from roundtable_tui.utils.format import count_of

_LINE = re.compile(r"line (\d+)$")
Finding = tuple[tuple[str, ...], RoundtableError]
"""The keys in the file, and what is wrong there."""


def check_task_text(
    name: str, text: str, questions: int, library: PersonaLibrary | None = None, folder: Path | None = None
) -> tuple[str, Sequence[Problem]]:
    """Check one text of a task, `name` is its path in the task's folder. The rest as `check_task_settings`.

    Returns:
        A line about the text, and the problems.
    """
    if name == SETTINGS_FILE:
        settings, problems = check_task_settings(text, questions, library, folder)
        return _summarize(settings) if settings is not None and not problems else "", problems
    if has_syntax(name):
        model = Team if PurePath(name).parent.name == "teams" else Persona
        _, problems = check_json(model, text)
        return "" if problems else f"✓ Valid {model.__name__.lower()}.", problems
    if name == QUESTIONS_FILE:
        return f"{count_of(len(parse_questions(text)), 'question')}, one per line", []
    return count_of(len(text.split()), "word"), []


def has_syntax(name: str) -> bool:
    """Return whether a text of a task has a syntax and can be wrong."""
    path = PurePath(name)
    is_resource = path.suffix == ".json" and path.parts[0] in ("participants", "personas")
    return name == SETTINGS_FILE or is_resource


def _summarize(settings: TaskSettings) -> str:
    options = len(settings.options)
    parts = (
        f"mode {settings.mode}" if settings.mode else "",
        " → ".join(stage.mode for stage in settings.stages),
        f"team {settings.team}" if settings.team else "",
        count_of(options, "option") if options else "",
    )
    return "✓ " + (", ".join(part for part in parts if part) or "Valid.")


def check_task_settings(
    source: str, questions: int, library: PersonaLibrary | None = None, folder: Path | None = None
) -> tuple[TaskSettings | None, list[Problem]]:
    """Check the text of a `task.toml`.

    Args:
        source: the text.
        questions: number of questions of the task.
        library: where teams are looked up; without it they are not checked.
        folder: the task's folder; without it files that options name are not checked.

    Returns:
        The settings, None if they cannot be read, and the problems in order of lines.
    """
    try:
        settings, problems = check_settings(source, questions)
    except FileError as error:
        line = _LINE.search(error.where)
        return None, [Problem(error.what, int(line[1]) if line else None, hint=error.hint)]
    if settings is None:
        return None, problems
    not_here = UsageError("a pipeline is made of stages", hint="Remove the mode, and write [[stages]].")
    checks = (*check_stages(settings, library, folder), *_check_part(settings, library, folder, not_here))
    found = [Problem(error.what, find_key_line(source, keys), hint=error.hint) for keys, error in checks]
    return settings, sorted([*found, *problems], key=lambda problem: problem.line or 0)


def check_stages(
    settings: TaskSettings, library: PersonaLibrary | None, folder: Path | None = None
) -> Iterator[Finding]:
    """Yield what is wrong with the modes, options and teams of a task's stages.

    `folder` is the task's, None if it is not saved yet.
    """
    not_here = UsageError("a pipeline cannot be a stage of another")
    for number, stage in enumerate(settings.stages):
        for keys, error in _check_part(stage, library, folder, not_here):
            what = f"stage {number + 1} ({stage.mode}): {error.what}"
            yield ("stages", str(number), *keys), UsageError(what, hint=error.hint)


def _check_part(
    part: TaskSettings | StageSettings,
    library: PersonaLibrary | None,
    folder: Path | None,
    not_pipeline: UsageError,
) -> Iterator[Finding]:
    """Yield what is wrong with the mode, else its options (one by one, or else together), and the team."""
    try:
        mode = modes.get_mode(part.mode) if part.mode else None
        if mode is not None and mode.seats == "stages":
            raise not_pipeline
    except RoundtableError as error:
        yield ("mode",), error
    else:
        if mode is not None and (together := _options_error(mode, part.options, folder)):
            each = [(key, _options_error(mode, {key: value}, folder)) for key, value in part.options.items()]
            found: list[Finding] = [(("options", key), error) for key, error in each if error]
            yield from found or [(("options",), together)]
    if part.team and library is not None:
        try:
            library.get_team(part.team)
        except RoundtableError as error:
            yield ("team",), error


def _options_error(mode: Mode, options: Mapping[str, Any], folder: Path | None) -> RoundtableError | None:
    try:
        mode.validate_options(resolve_task_paths(mode, options, folder))
    except RoundtableError as error:
        return error
    return None
