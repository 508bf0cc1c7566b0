"""`roundtable runs show`."""

from __future__ import annotations

import argparse

from roundtable_tui.commands import show
from roundtable_tui.runs.find import find_run
from roundtable_tui.runs.read import read_run
from roundtable_tui.table.report import report
from roundtable_tui.table.transcript import transcript


def run_show(args: argparse.Namespace) -> int:
    """Print a run: as JSON, as the list of its turns, or as its transcript."""
    recording = read_run(find_run(args.run))
    if args.turns:
        found = report(recording.events, recording.folder)["turns"]
        if args.json:
            show.json(found)
            return 0
        rows = [(turn["turn"], turn["label"], turn["status"], turn["text"][:300]) for turn in found]
        print(show.columns(rows, lines=1) or "No turn has ended in this run.")
    elif args.json:
        show.json(report(recording.events, recording.folder))
    else:
        print(transcript(recording.events), end="")
    return 0
