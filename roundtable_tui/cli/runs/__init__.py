"""`roundtable runs`: lists, shows and manages recorded runs."""

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
    "search": "search the questions, answers and transcripts of all runs",
    "show": "print a run as transcript, list of turns, or JSON",
    "replay": "replay a run in the terminal, without a server",
    "resume": "resume a run that was interrupted or stopped",
    "fork": "copy a run up to a turn and continue it with changes",
    "export": "export a run as Markdown, HTML, JSON or a terminal recording",
    "rename": "set or remove the title of a run",
    "delete": "move runs to the trash",
    "restore": "restore a run from the trash",
}
_MODULES = {
    "list": "listing", "search": "listing", "show": "listing", "replay": "replay", "resume": "resume_fork",
    "fork": "resume_fork", "export": "replay", "rename": "manage", "delete": "manage", "restore": "manage",
}  # fmt: skip
EPILOG = """RUN is an id, a unique part of an id, a folder, or `last`.
Without an action, the newest runs are listed; all flags of list apply."""


def run(argv: Sequence[str]) -> int:
    """Run an action, given the words after `runs`. Returns the exit code."""
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
        if action == LAST or action[:1].isdigit():  # This is a run, not an action.
            hint = f"To print a run: roundtable runs show {single_line(action, 60)}."
        raise UsageError(f"unknown action: runs {single_line(' '.join([action, *words]), 60)}", hint=hint)
    own = ArgumentParser(prog=f"roundtable runs {action}", description=_sentence(action))
    getattr(flags, f"flags_{action}")(own)
    args, unknown = own.parse_known_intermixed_args(words)
    if unknown:
        own.reject(unknown)
    module = import_module(f"roundtable_tui.cli.runs.{_MODULES[action]}")
    return int(getattr(module, f"run_{action}")(args))


def build_runs_parser() -> ArgumentParser:
    """Build the parser of all actions."""
    out = ArgumentParser(
        prog="roundtable runs",
        description="List, search, show, replay, resume, fork, export and delete runs.",
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
