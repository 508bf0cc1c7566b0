"""`roundtable tasks`: what there is to work on."""

from __future__ import annotations

import argparse

from roundtable_tui.commands import show
from roundtable_tui.files import TaskLibrary


def run(args: argparse.Namespace) -> int:
    """List the tasks; 2 when there are only broken ones."""
    library = TaskLibrary.load()
    if args.json:
        show.json(
            [
                {
                    "name": found.task.name,
                    "title": found.task.title,
                    "mode": found.task.settings.mode,
                    "team": found.task.settings.team,
                    "options": dict(found.task.settings.options),
                    "questions": list(found.task.questions),
                    "origin": found.origin,
                    "path": str(found.path),
                }
                for found in library.items
            ]
        )
    else:
        rows = []
        for found in library.items:
            count = len(found.task.questions)
            questions = f"{count} question{'' if count == 1 else 's'}"
            rows.append(
                (
                    found.task.name,
                    found.origin,
                    found.task.settings.mode or "any mode",
                    questions,
                    found.task.title,
                )
            )
        print(show.columns(rows) or "No tasks.")
    show.trouble(library.problems)
    return 2 if library.problems and not library.items else 0
