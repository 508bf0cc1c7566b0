"""`roundtable keys`: lists the keys of the app and their names in the settings."""

from __future__ import annotations

import argparse

from roundtable_tui.cli import output
from roundtable_tui.tui.commands import COMMANDS, SCOPE_TITLES, format_keys


def run(args: argparse.Namespace) -> int:
    """List the keys, with the changes from the settings."""
    custom = output.load_settings().keys
    if args.json:
        output.print_json(
            [
                {
                    "name": one.id,
                    "keys": custom.get(one.id, one.keys).split(","),
                    "where": one.scope,
                    "title": one.title,
                }
                for one in COMMANDS
            ]
        )
        return 0
    parts = []
    for where, title in SCOPE_TITLES.items():
        rows = [
            (format_keys(custom.get(one.id, one.keys)), one.id, one.title)
            for one in COMMANDS
            if one.scope == where
        ]
        parts.append(f"{title}\n{output.format_columns(rows, indent='  ')}")
    print("\n\n".join(parts))
    return 0
