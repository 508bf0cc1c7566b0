"""`roundtable paths`: where everything is kept."""

from __future__ import annotations

import argparse

from roundtable_tui.cli import output
from roundtable_tui.utils import paths
from roundtable_tui.utils.text import single_line


def run(args: argparse.Namespace) -> int:
    """Print the places, one a line."""
    places = {
        "settings": paths.settings_file(),
        "personas": paths.data_dir() / "personas",
        "tasks": paths.data_dir() / "tasks",
        "runs": paths.runs_dir(),
        "models": paths.models_dir(),
        "cache": paths.cache_dir(),
        "log": paths.log_file(),
        "shipped personas": paths.bundled_dir("personas"),
        "shipped tasks": paths.bundled_dir("tasks"),
    }
    if args.json:
        output.print_json({name: str(path) for name, path in places.items()})
        return 0
    # A path is never broken over lines: it is there to be copied.
    for name, path in places.items():
        print(f"{name:<18}{single_line(str(path), 4000)}{'' if path.exists() else '  (not there yet)'}")
    return 0
