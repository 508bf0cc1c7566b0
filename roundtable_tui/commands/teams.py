"""`roundtable teams`: who sits together, and what for."""

from __future__ import annotations

import argparse

from roundtable_tui.commands import show
from roundtable_tui.commands.personas import load
from roundtable_tui.files import Team


def run(args: argparse.Namespace) -> int:
    """List the teams; 2 when there is none."""
    library = load(args)
    if args.json:
        show.json(
            [
                {
                    "name": found.team.name,
                    "title": found.team.title,
                    "members": [member.persona for member in found.team.members],
                    "captain": found.team.captain.persona if found.team.captain else "",
                    "seats": _seats(found.team),
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
            origin = show.origin(found.origin, library.hidden_by(found))
            rows.append((found.team.name, origin, title + found.team.in_words))
        print(show.columns(rows) or "No teams.")
    show.trouble(library.problems)
    return 0 if library.teams else 2


def _seats(team: Team) -> list[dict[str, object]]:
    """Return who sits where, the captain last, with what the team says speaks for each."""
    seats = [(member, False) for member in team.members]
    if team.captain:
        seats.append((team.captain, True))
    return [{**member.model_dump(), "captain": captain} for member, captain in seats]
