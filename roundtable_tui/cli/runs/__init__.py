"""`roundtable runs`: what was asked so far, and all that can be done with it."""

from __future__ import annotations

from argparse import RawDescriptionHelpFormatter
from collections.abc import Sequence
from importlib import import_module

from roundtable_tui.cli.argparser import ArgumentParser
from roundtable_tui.cli.runs import flags
from roundtable_tui.errors import UsageError
from roundtable_tui.history.constants import LAST

ACTIONS = {
    "list": "list the runs, newest first",
    "search": "find runs by words in their questions, answers and transcripts",
    "show": "print a run: its transcript, its turns, or all of it as JSON",
    "replay": "watch a run again in the terminal, without a server",
    "resume": "go on with a run that was cut off or stopped",
    "fork": "a new run that is like another up to a turn, and goes on otherwise",
    "export": "write a run as Markdown, as one HTML page, as JSON, or as a terminal recording",
    "rename": "give a run a title of its own",
    "delete": "move runs to the trash",
    "restore": "take a run back from the trash",
}
_MODULES = {
    "list": "listing", "search": "listing", "show": "listing", "replay": "replay", "resume": "resume_fork",
    "fork": "resume_fork", "export": "replay", "rename": "manage", "delete": "manage", "restore": "manage",
}  # fmt: skip
EPILOG = """A RUN is its id, the start of that or any part that no other has, its folder, or `last`.
Without an action the newest runs are listed; the flags of list go with that too."""


def run(argv: Sequence[str]) -> int:
    """Do what the words after `runs` say; return the exit code."""
    words = list(argv)
    if words and words[0] in ("-h", "--help"):
        build_runs_parser().print_help()
        return 0
    if not words or words[0].startswith("-"):
        words.insert(0, "list")
    action = words.pop(0)
    if action not in ACTIONS:
        from roundtable_tui.config import did_you_mean
        from roundtable_tui.utils.text import single_line

        hint = did_you_mean(action, ACTIONS, "There are")
        if action == LAST or action[:1].isdigit():  # A run itself is named.
            hint = f"Write it as runs show {single_line(action, 60)}."
        raise UsageError(f"runs {single_line(' '.join([action, *words]), 60)}", hint=hint)
    own = ArgumentParser(prog=f"roundtable runs {action}", description=_sentence(action))
    getattr(flags, f"flags_{action}")(own)
    args, unknown = own.parse_known_intermixed_args(words)
    if unknown:
        own.reject(unknown)
    module = import_module(f"roundtable_tui.cli.runs.{_MODULES[action]}")
    return int(getattr(module, f"run_{action}")(args))


def build_runs_parser() -> ArgumentParser:
    """Return the parser of all actions."""
    out = ArgumentParser(
        prog="roundtable runs",
        description="What was asked so far, and all that can be done with it.",
        epilog=EPILOG,
        formatter_class=RawDescriptionHelpFormatter,
    )
    actions = out.add_subparsers(dest="action", metavar="ACTION")
    for action, text in ACTIONS.items():
        own = actions.add_parser(action, help=text, description=_sentence(action))
        getattr(flags, f"flags_{action}")(own)
    return out


def _sentence(action: str) -> str:
    return f"{ACTIONS[action][0].upper()}{ACTIONS[action][1:]}."
