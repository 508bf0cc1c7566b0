"""`roundtable paths`: prints the paths of settings, runs and other files."""

from __future__ import annotations

import argparse

from roundtable_tui.cli import output
from roundtable_tui.utils import files, paths
from roundtable_tui.utils.text import single_line


def run(args: argparse.Namespace) -> int:
    """Print the paths, one per line. The names are also the keys of `--json`."""
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
    # A path is meant to be copied: never wrapped.
    for name, path in places.items():
        note = "" if files.path_exists(path) else "  (does not exist yet)"
        print(f"{name:<18}{single_line(str(path), 4000)}{note}")
    return 0
