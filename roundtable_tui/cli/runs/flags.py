"""The flags of each action of `roundtable runs`; nothing here is slow to import."""

from __future__ import annotations

import argparse

from roundtable_tui.history.constants import FORMATS, LAST, STATUSES

DEFAULT_LIMIT = 20
DEFAULT_SIZE = "120x36"


def flags_list(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `list`."""
    parser.add_argument("--search", metavar="WORDS", default="", help="only runs in which these words occur")
    _add_filter_flags(parser)
    parser.add_argument("--deleted", action="store_true", help="list what is in the trash instead")


def flags_search(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `search`."""
    parser.add_argument(
        "words", nargs="+", metavar="WORDS", help="all have to be there; a phrase in quotes: '\"a bridge\"'"
    )
    _add_filter_flags(parser)


def _add_filter_flags(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--mode", metavar="NAME", default="", help="only runs in this mode")
    add("--status", metavar="WHICH", default="", help=f"only these: {', '.join(STATUSES)}")
    add("--model", metavar="NAME", default="", help="only runs with this model; a part of its name will do")
    add("--since", metavar="WHEN", default="", help="only runs from then on: 2026-11-20, yesterday, 12h, 7d")
    add("--until", metavar="WHEN", default="", help="only runs before then")
    add("-n", type=int, default=DEFAULT_LIMIT, metavar="N", help=f"how many ({DEFAULT_LIMIT}; 0: all)")
    add("--json", action="store_true", help="print JSON")


def flags_show(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `show`."""
    parser.add_argument("run", nargs="?", default=LAST, metavar="RUN", help=f"which one ({LAST})")
    parser.add_argument("--turns", action="store_true", help="its turns, each by the name that fork takes")
    parser.add_argument("--json", action="store_true", help="all of it as one JSON object")


def flags_replay(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `replay`."""
    add = parser.add_argument
    add("run", nargs="?", default=LAST, metavar="RUN", help=f"which one ({LAST})")
    add("--speed", metavar="X", default="1", help="so many times as fast as it was, or `instant` (1)")
    add("--events", action="store_true", help="print its events as lines of JSON, each in its time")


def flags_resume(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `resume`."""
    add = parser.add_argument
    add("run", nargs="?", default=LAST, metavar="RUN", help=f"which one ({LAST})")
    _add_budget_flags(parser)
    _add_output_flags(parser)


def flags_fork(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `fork`."""
    add = parser.add_argument
    add("run", nargs="?", default=LAST, metavar="RUN", help=f"which one ({LAST})")
    add(
        "--turn",
        "--at",
        metavar="TURN",
        default="",
        help="the turn to ask anew, and all after it (the first)",
    )
    for flag, form, text in (
        ("--persona", "SEAT=NAME", "another persona on a seat"),
        ("--model", "SEAT=NAME", "another model for a seat"),
        ("--option", "KEY=VALUE", "another option of the mode"),
        ("--answer", "TURN=FILE", "what a turn is to have said"),
    ):
        add(flag, metavar=form, action="append", default=[], help=f"{text}; repeatable")
    add("--personas", metavar="DIR", default="", help="look for personas in DIR first")
    _add_budget_flags(parser)
    _add_output_flags(parser)


def _add_budget_flags(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--budget", metavar="N", type=int, help="another budget in tokens, all so far included; 0: none")
    add("--max-cost", metavar="USD", type=float, help="another budget in money, all so far included; 0: none")


def _add_output_flags(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("output").add_argument
    add("--json", action="store_true", help="print one JSON object with everything")
    add("--events", action="store_true", help="print each event as a line of JSON while it happens")
    add("--quiet", action="store_true", help="tell nothing on stderr but a failure")
    add("--verbose", action="store_true", help="tell on stderr what everybody says")


def flags_export(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `export`."""
    add = parser.add_argument
    add("run", nargs="?", default=LAST, metavar="RUN", help=f"which one ({LAST})")
    formats = "; ".join(f"{name}: {text}" for name, text in FORMATS.items())
    add("--format", metavar="NAME", default="", help=f"{formats} (by the name of the file, else md)")
    add("--out", metavar="FILE", default="", help="the file, or a folder to put it in (standard output)")
    add("--size", metavar="COLSxROWS", default=DEFAULT_SIZE, help=f"of a terminal recording ({DEFAULT_SIZE})")
    add("--speed", metavar="X", default="4", help="of a terminal recording (4)")


def flags_rename(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `rename`."""
    parser.add_argument("run", metavar="RUN", help="which one")
    parser.add_argument(
        "title", nargs="*", metavar="TITLE", help="its title; without one, its question again"
    )


def flags_delete(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `delete`."""
    parser.add_argument("runs", nargs="*", metavar="RUN", help="which ones")
    parser.add_argument("--undo", action="store_true", help="take the last deleted one back")
    parser.add_argument("--forever", action="store_true", help="not to the trash; or out of it, for good")


def flags_restore(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `restore`."""
    parser.add_argument("run", nargs="?", default=LAST, metavar="RUN", help="which one (the last deleted)")
