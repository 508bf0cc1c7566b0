"""Prints the results of a bench, and writes them as HTML page and as logs for Inspect."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from roundtable_tui.bench.compare import ArmSummary, BenchResults
from roundtable_tui.bench.output.html_page import render_page
from roundtable_tui.bench.output.inspect_log import write_logs
from roundtable_tui.bench.output.points import make_plot
from roundtable_tui.bench.output.table import render_table, render_topics
from roundtable_tui.bench.output.terminal_plot import DEFAULT_COLUMNS, render_plot
from roundtable_tui.cli.argparser import ArgumentParser, complete_with
from roundtable_tui.utils import files
from roundtable_tui.utils.paths import expand_user

_MAX_COLUMNS = 100


def add_output_arguments(parser: ArgumentParser) -> None:
    """Add the arguments that say what is written."""
    add = parser.add_argument
    text = "write a log that inspect reads (inspect view); in a folder one per arm"
    complete_with(add("--inspect", default="", metavar="FILE", help=text), "files")
    text = "write the report with its plot and all answers to this file"
    complete_with(add("--html", default="", metavar="FILE", help=text), "files")
    add("--json", action="store_true", help="print JSON")


def write_outputs(
    args: argparse.Namespace,
    results: BenchResults,
    rows: Sequence[ArmSummary],
    name: str,
    default_page: Path | None,
) -> None:
    """Write the HTML page, without a name to `default_page`, and the logs for Inspect. Raises FileError."""
    page = expand_user(args.html) if args.html else default_page
    if page is not None:
        files.write_text(page, render_page(results, rows, name))
    if args.inspect:
        for path in write_logs(expand_user(args.inspect), results, name):
            sys.stderr.write(f"Log for inspect: {files.display_path(path)}\n")


def print_results(
    args: argparse.Namespace, results: BenchResults, rows: Sequence[ArmSummary], facts: Mapping[str, Any]
) -> None:
    """Print the table, the topics and the plot; or all as JSON, together with `facts`."""
    if args.json:
        print(json.dumps({**facts, "arms": [asdict(row) for row in rows]}))
        return
    print(render_table(rows))
    if topics := render_topics(rows):
        print(f"\n{topics}")
    plot = make_plot(results, rows)
    if plot and len(rows) > 1:
        columns = shutil.get_terminal_size((DEFAULT_COLUMNS + 2, 24)).columns
        print(f"\n{render_plot(plot, min(columns - 1, _MAX_COLUMNS))}")
