"""`roundtable keys`: every key of the app, and the name under which the settings give it another."""

from __future__ import annotations

import argparse

from roundtable_tui import config
from roundtable_tui.cli import output
from roundtable_tui.tui.commands import ALL, TITLES, shown


def run(args: argparse.Namespace) -> int:
    """List the keys, yours in place of the app's own."""
    yours = config.load().keys
    if args.json:
        output.json(
            [
                {
                    "name": one.id,
                    "keys": yours.get(one.id, one.keys).split(","),
                    "where": one.where,
                    "title": one.title,
                }
                for one in ALL
            ]
        )
        return 0
    parts = []
    for where, title in TITLES.items():
        rows = [(shown(yours.get(one.id, one.keys)), one.id, one.title) for one in ALL if one.where == where]
        parts.append(f"{title}\n{output.columns(rows, indent='  ')}")
    print("\n\n".join(parts))
    return 0
