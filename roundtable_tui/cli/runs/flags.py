"""The flags of each action of `roundtable runs`. Must stay cheap to import."""

from __future__ import annotations

import argparse

from roundtable_tui.cli.argparser import complete_with
from roundtable_tui.history.constants import FORMATS, LAST, STATUSES
from roundtable_tui.reports.wording import STATUS_LABELS

DEFAULT_LIMIT = 20
DEFAULT_SIZE = "120x36"


def flags_list(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `list`."""
    parser.add_argument("--search", metavar="WORDS", default="", help="only runs that contain these words")
    _add_filter_flags(parser)
    parser.add_argument("--deleted", action="store_true", help="list the runs in the trash")


def flags_search(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `search`."""
    text = "words that must all occur; quote a phrase: '\"a bridge\"'"
    parser.add_argument("words", nargs="+", metavar="WORDS", help=text)
    _add_filter_flags(parser)


def _add_filter_flags(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    complete_with(add("--mode", metavar="NAME", default="", help="only runs of this mode"), "modes")
    labels = (
        f"{status} ({label})" if (label := STATUS_LABELS.get(status)) else status for status in STATUSES
    )
    text = f"only runs with this status: {', '.join(labels)}"
    complete_with(add("--status", metavar="STATUS", default="", help=text), "statuses")
    text = "only runs whose model names contain NAME"
    complete_with(add("--model", metavar="NAME", default="", help=text), "models")
    text = "only runs started at or after this time: 2026-11-20, yesterday, 12h, 7d"
    add("--since", metavar="TIME", default="", help=text)
    add("--until", metavar="TIME", default="", help="only runs started before this time")
    text = f"maximum number of runs; 0 for all (default: {DEFAULT_LIMIT})"
    add("-n", type=int, default=DEFAULT_LIMIT, metavar="N", help=text)
    add("--json", action="store_true", help="print JSON")


def _add_run_argument(parser: argparse.ArgumentParser, text: str = f"the run (default: {LAST})") -> None:
    complete_with(parser.add_argument("run", nargs="?", default=LAST, metavar="RUN", help=text), "runs")


def flags_show(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `show`."""
    _add_run_argument(parser)
    parser.add_argument("--turns", action="store_true", help="list its turns with the ids that fork takes")
    text = "print only the report: outcome, votes, changes, dissent, baseline, usage"
    parser.add_argument("--report", action="store_true", help=text)
    parser.add_argument("--json", action="store_true", help="print the run as one JSON object")


def flags_replay(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `replay`."""
    _add_run_argument(parser)
    text = "playback speed as a factor, or `instant` (default: 1)"
    complete_with(parser.add_argument("--speed", metavar="X", default="1", help=text), "speeds")
    text = "print the events as lines of JSON at their recorded times"
    parser.add_argument("--events", action="store_true", help=text)


def flags_resume(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `resume`."""
    add = parser.add_argument
    _add_run_argument(parser)
    _add_budget_flags(parser)
    text = "stop an answer at N tokens, reasoning included; answers that were cut off are asked for again"
    add("--answer-tokens", metavar="N", type=int, help=text)
    text = "maximum tokens of one reply, sent to the server; answers that were cut off are asked for again"
    add("--max-tokens", metavar="N", type=int, help=text)
    _add_output_flags(parser)


def flags_fork(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `fork`."""
    add = parser.add_argument
    _add_run_argument(parser)
    text = "first turn to ask again; everything before it is copied (default: the first turn)"
    add("--turn", "--at", metavar="TURN", default="", help=text)
    for flag, form, text in (
        ("--persona", "SEAT=NAME", "replace the persona of a seat"),
        ("--model", "SEAT=NAME", "replace the model of a seat"),
        ("--option", "KEY=VALUE", "change an option of the mode"),
        ("--answer", "TURN=FILE", "replace the text of a turn"),
    ):
        add(flag, metavar=form, action="append", default=[], help=f"{text} (repeatable)")
    text = "search for personas and teams in DIR first"
    complete_with(add("--personas", metavar="DIR", default="", help=text), "directories")
    _add_budget_flags(parser)
    _add_output_flags(parser)


def _add_budget_flags(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    text = "new maximum of tokens, including those already used; 0 for no limit"
    add("--budget", metavar="N", type=int, help=text)
    text = "new maximum cost in USD, including what is already spent; 0 for no limit"
    add("--max-cost", metavar="USD", type=float, help=text)


def _add_output_flags(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("output").add_argument
    add("--json", action="store_true", help="print the full report as one JSON object")
    add("--events", action="store_true", help="print every event as a line of JSON as it happens")
    add("--quiet", action="store_true", help="print only errors to stderr")
    add("--verbose", action="store_true", help="also print the text of every turn to stderr")


def flags_export(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `export`."""
    add = parser.add_argument
    _add_run_argument(parser)
    formats = "; ".join(f"{name}: {text}" for name, text in FORMATS.items())
    text = f"{formats} (default: by the file name, else md)"
    complete_with(add("--format", metavar="NAME", default="", help=text), "formats")
    text = "file or folder to write to (default: stdout)"
    complete_with(add("--out", metavar="FILE", default="", help=text), "files")
    text = f"size of a terminal recording (default: {DEFAULT_SIZE})"
    add("--size", metavar="COLSxROWS", default=DEFAULT_SIZE, help=text)
    text = "speed of a terminal recording (default: 4)"
    complete_with(add("--speed", metavar="X", default="4", help=text), "speeds")


def flags_rename(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `rename`."""
    complete_with(parser.add_argument("run", metavar="RUN", help="the run"), "runs")
    text = "the new title; leave it out to remove the title"
    parser.add_argument("title", nargs="*", metavar="TITLE", help=text)


def flags_delete(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `delete`."""
    add = parser.add_argument
    complete_with(add("runs", nargs="*", metavar="RUN", help="the runs to delete"), "runs")
    add("--undo", action="store_true", help="restore the run that was deleted last")
    add("--forever", action="store_true", help="delete permanently instead of moving to the trash")


def flags_restore(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `restore`."""
    _add_run_argument(parser, "the run (default: the run that was deleted last)")
