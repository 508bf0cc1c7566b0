"""`roundtable bench compare`: two benches on the same questions, arm by arm."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from roundtable_tui.bench.across import BenchSide, compare_benches
from roundtable_tui.bench.output.table import render_pairs
from roundtable_tui.bench.saved import apply_verdicts, load_bench, load_rows
from roundtable_tui.cli.argparser import ArgumentParser, complete_with
from roundtable_tui.utils.paths import expand_user
from roundtable_tui.utils.text import single_line


def run(argv: Sequence[str]) -> int:
    """Print the comparison. Returns the exit code. Raises RoundtableError."""
    args = build_compare_parser().parse_args(list(argv))
    first, second = _load(expand_user(args.first)), _load(expand_user(args.second))
    print(render_pairs(compare_benches(first, second), (first.name, second.name)))
    return 0


def build_compare_parser() -> ArgumentParser:
    """Build the parser of the command."""
    out = ArgumentParser(
        prog="roundtable bench compare",
        description="Compare two benches on the same questions, such as with two models. No model is asked.",
    )
    for name in ("first", "second"):
        folder = out.add_argument(name, metavar="DIR", help="the folder of a bench, as it printed at its end")
        complete_with(folder, "directories")
    return out


def _load(folder: Path) -> BenchSide:
    bench, rows = load_bench(folder), apply_verdicts(folder, load_rows(folder))
    results = bench.collect(rows)
    used = {row.key: row for pool in results.pool.values() for row in pool}
    used |= {row.key: row for found in results.runs.values() for row in found.values()}
    return BenchSide(single_line(folder.name, 40), results, used)
