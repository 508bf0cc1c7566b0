"""`roundtable personas`: who can sit at the table, and where each comes from."""

from __future__ import annotations

import argparse
from pathlib import Path

from roundtable_tui.commands import show
from roundtable_tui.files import PersonaLibrary


def run(args: argparse.Namespace) -> int:
    """List the personas; 2 when there is none that can be used."""
    library = load(args)
    if args.json:
        show.json(
            [
                {
                    "name": found.persona.name,
                    "full_name": found.persona.full_name,
                    "role": found.persona.role,
                    "temperature": found.persona.heat,
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
                show.origin(found.origin, library.hidden_by(found)),
                found.persona.role or found.persona.full_name,
            )
            for found in library.items
        ]
        print(show.columns(rows) or "No personas.")
    show.trouble(library.problems)
    return 0 if library.items else 2


def load(args: argparse.Namespace) -> PersonaLibrary:
    """Return the library with the folder that the command line gives. Raises FileError."""
    return PersonaLibrary.load(Path(args.personas).expanduser() if args.personas else None)
