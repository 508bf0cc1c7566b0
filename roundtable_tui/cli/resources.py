"""`roundtable personas` and `teams`: list personas and teams with their origins."""

from __future__ import annotations

import argparse

from roundtable_tui.cli import output
from roundtable_tui.resources import PersonaLibrary, Team
from roundtable_tui.utils.paths import expand_user


def run(args: argparse.Namespace) -> int:
    """List the personas. Returns 2 if there are none."""
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
