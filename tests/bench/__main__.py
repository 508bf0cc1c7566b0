"""Runs every bench and prints one table: `python -m tests.bench [NAME ...]`."""

from __future__ import annotations

import os
import platform
import sys
from importlib import import_module
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
BENCHES = ("startup", "wall_time", "reading", "stream_view", "runs_index")
HEAD = ("what", "measured", "against", "ratio", "target")


def main(names: list[str]) -> int:
    """Print the table of the named benches, or of all."""
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    rows = [HEAD]
    for name in names or BENCHES:
        print(f"measuring {name} ...", file=sys.stderr)
        rows += import_module(f"tests.bench.{name}").rows()
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEAD))]
    for number, row in enumerate(rows):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |")
        if number == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
