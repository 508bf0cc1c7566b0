"""`roundtable teams`: who sits together, and what for."""

from __future__ import annotations

import argparse

from roundtable_tui.commands import show
from roundtable_tui.commands.personas import load


def run(args: argparse.Namespace) -> int:
    """List the teams; 2 when there is none."""
    library = load(args)
    if args.json:
        show.json(
            [
                {
                    "name": found.team.name,
                    "title": found.team.title,
                    "members": list(found.team.members),
                    "captain": found.team.captain,
                    "origin": found.origin,
                    "path": str(found.path),
                }
                for found in library.teams
            ]
        )
    else:
        rows = []
        for found in library.teams:
            captain = f"; captain {found.team.captain}" if found.team.captain else ""
            title = f"{found.team.title}: " if found.team.title else ""
            rows.append((found.team.name, found.origin, f"{title}{', '.join(found.team.members)}{captain}"))
        print(show.columns(rows) or "No teams.")
    show.trouble(library.problems)
    return 0 if library.teams else 2
