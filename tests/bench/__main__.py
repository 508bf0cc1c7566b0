"""Runs every bench and prints a table of each: `python -m tests.bench [NAME ...]`."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Sequence
from importlib import import_module

BENCHES = (
    "startup",
    "wall_time",
    "reading",
    "stream_view",
    "whole_program",
    "prefix",
    "runs_index",
    "answers",
    "picker",
    "proxy",
    "many_runs",
    "batch",
    "tools",
)
HEADS = {
    5: ("what", "measured", "against", "ratio", "target"),
    4: ("what", "best", "median", "unit"),
    3: ("what", "figure", "unit"),
}


def main(names: Sequence[str]) -> int:
    """Print the tables of the named benches, or of all."""
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    for name in names or BENCHES:
        print(f"\n{name.replace('_', ' ')}\n")
        rows = [tuple(map(shown, row)) for row in import_module(f"tests.bench.{name}").rows()]
        if head := HEADS.get(len(rows[0])):
            rows.insert(0, head)
        widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
        for number, row in enumerate(rows):
            print(
                "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
            )
            if number == 0:
                print("|" + "|".join("-" * (width + 2) for width in widths) + "|", flush=True)
    return 0


def shown(cell: object) -> str:
    """Return a cell as text."""
    return f"{cell:.3g}" if isinstance(cell, float) else str(cell)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
