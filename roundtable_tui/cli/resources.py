"""`roundtable personas` and `teams`: list personas and teams with their origins."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from roundtable_tui.cli import output
from roundtable_tui.errors import FileError, UsageError
from roundtable_tui.resources import PersonaLibrary, Team
from roundtable_tui.utils import files
from roundtable_tui.utils.paths import expand_user
from roundtable_tui.utils.text import single_line


def run(args: argparse.Namespace) -> int:
    """List the personas, or import some. Returns 2 if there are none."""
    if args.action == "import":
        return _import_files(args.files)
    library = load_library(args)
    if args.json:
        output.print_json(
            [
                {
                    "name": found.persona.name,
                    "full_name": found.persona.full_name,
                    "role": found.persona.role,
                    "temperature": found.persona.effective_temperature,
                    "model": found.persona.model,
                    "server": found.persona.server,
                    "origin": found.origin,
                    "hides": library.hidden_by(found),
                    "path": str(found.path),
                }
                for found in library.items
            ]
        )
    else:
        rows = [
            (
                found.persona.name,
                output.origin(found.origin, library.hidden_by(found)),
                found.persona.role or found.persona.full_name,
            )
            for found in library.items
        ]
        print(output.format_columns(rows) or "No personas.")
    output.print_warnings(library.problems)
    return 0 if library.items else 2


def _import_files(names: Sequence[str]) -> int:
    """Import persona files of other programs; print each persona, its file, and what was left out.

    Returns 2 if a file cannot be read; the others are imported.
    """
    from roundtable_tui.resources.importing import read_foreign_file, save_imported

    if not names:
        raise UsageError("there is no file to import", hint="Use: roundtable personas import FILE ...")
    errors = []
    for name in names:
        try:
            for found in read_foreign_file(expand_user(name)):
                saved, path = save_imported(found)
                print(f"{saved.persona.name}: {files.display_path(path)}")
                if saved.left_out:
                    print(f"  left out: {single_line(', '.join(saved.left_out), 300)}")
        except FileError as error:
            errors.append(error)
    output.print_warnings(errors)
    return 2 if errors else 0


def load_library(args: argparse.Namespace) -> PersonaLibrary:
    """Load the library with the folder from `--personas`. Raises FileError."""
    return PersonaLibrary.load(expand_user(args.personas) if args.personas else None)


def run_teams(args: argparse.Namespace) -> int:
    """List the teams. Returns 2 if there are none."""
    library = load_library(args)
    if args.json:
        output.print_json(
            [
                {
                    "name": found.team.name,
                    "title": found.team.title,
                    "members": [member.persona for member in found.team.members],
                    "captain": found.team.captain.persona if found.team.captain else "",
                    "seats": _seats_to_dicts(found.team),
                    "origin": found.origin,
                    "hides": library.hidden_by(found),
                    "path": str(found.path),
                }
                for found in library.teams
            ]
        )
    else:
        rows = []
        for found in library.teams:
            title = f"{found.team.title}: " if found.team.title else ""
            origin = output.origin(found.origin, library.hidden_by(found))
            rows.append((found.team.name, origin, title + found.team.summary))
        print(output.format_columns(rows) or "No teams.")
    output.print_warnings(library.problems)
    return 0 if library.teams else 2


def _seats_to_dicts(team: Team) -> list[dict[str, object]]:
    """Return the seats of a team with their models, the captain last."""
    seats = [(member, False) for member in team.members]
    if team.captain:
        seats.append((team.captain, True))
    return [{**member.model_dump(), "captain": captain} for member, captain in seats]
