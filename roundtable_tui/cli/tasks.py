"""`roundtable tasks`: lists tasks, shows one, or creates one from a run."""

from __future__ import annotations

import argparse
from typing import Any

from roundtable_tui.cli import output
from roundtable_tui.errors import UsageError
from roundtable_tui.resources import TaskLibrary
from roundtable_tui.resources.library import LibraryTask
from roundtable_tui.utils import files
from roundtable_tui.utils.format import count_of
from roundtable_tui.utils.text import sanitize, single_line


def run(args: argparse.Namespace) -> int:
    """List the tasks, show one, or create one. Returns 2 if all tasks are invalid."""
    if args.new or args.from_run:
        return _create_task(args.new, args.from_run)
    if args.name:
        return _show_task(TaskLibrary.load().get(args.name), as_json=args.json)
    library = TaskLibrary.load()
    if args.json:
        output.print_json([_task_to_dict(found) for found in library.items])
    else:
        rows = []
        for found in library.items:
            questions = count_of(len(found.task.questions), "question")
            origin = output.origin(found.origin, library.hidden_by(found))
            rows.append(
                (found.task.name, origin, _mode_label(found) or "any mode", questions, found.task.title)
            )
        print(output.format_columns(rows) or "No tasks.")
    output.print_warnings(library.problems)
    return 2 if library.problems and not library.items else 0


def _create_task(name: str, run: str) -> int:
    """Create a task from a run, and print its folder."""
    if not (name and run):
        raise UsageError("--new NAME and --from-run RUN must be used together", hint="RUN may be `last`.")
    from roundtable_tui.history.find import find_run
    from roundtable_tui.history.reader import read_run
    from roundtable_tui.history.recorded_run import task_from_record
    from roundtable_tui.setup.save_as_task import draft_from_run, make_task

    recording = read_run(find_run(run))
    draft = draft_from_run(recording.header, task_from_record(recording.header), recording.events)
    print(files.display_path(make_task(name, draft)))
    return 0


def _show_task(found: LibraryTask, *, as_json: bool) -> int:
    task = found.task
    if as_json:
        texts = {"context": task.context, "instructions": task.instructions, "summarize": task.summarize}
        output.print_json({**_task_to_dict(found), **texts, "notes": list(task.notes)})
        return 0
    print(f"{single_line(task.name)}: {single_line(task.title)}")
    rows = [
        ("origin", found.origin),
        ("folder", files.display_path(found.path)),
        ("mode", _mode_label(found)),
    ]
    rows += [("team", task.settings.team)]
    rows += [(name, str(value)) for name, value in task.settings.options.items()]
    print(output.format_columns([row for row in rows if row[1]], indent="  "))
    for number, question in enumerate(task.questions, 1):
        print(f"\n{number}. {sanitize(question)}" if number == 1 else f"{number}. {sanitize(question)}")
    for title, text in (
        ("Background", task.context),
        ("Instructions", task.instructions),
        ("Summary instructions", task.summarize),
    ):
        if text:
            print(f"\n{title}:\n{sanitize(text)}")
    output.print_warnings(task.notes)
    return 0


def _mode_label(found: LibraryTask) -> str:
    settings = found.task.settings
    return settings.mode or ", ".join(stage.mode for stage in settings.stages)


def _task_to_dict(found: LibraryTask) -> dict[str, Any]:
    settings = found.task.settings
    return {
        "name": found.task.name,
        "title": found.task.title,
        "mode": settings.mode,
        "team": settings.team,
        "options": dict(settings.options),
        "stages": [stage.model_dump() for stage in settings.stages],
        "questions": list(found.task.questions),
        "origin": found.origin,
        "path": str(found.path),
    }
