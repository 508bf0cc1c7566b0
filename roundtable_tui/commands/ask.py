"""`roundtable ask`: a run without a screen."""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import Sequence

from roundtable_tui import settings
from roundtable_tui.commands import show
from roundtable_tui.commands.ask_wish import wish_of
from roundtable_tui.errors import FileError, NoAnswer, RoundtableError, UsageError
from roundtable_tui.files import PersonaLibrary
from roundtable_tui.headless import run_headless
from roundtable_tui.launch import again
from roundtable_tui.launch.backends import Backends
from roundtable_tui.launch.prepare import prepare
from roundtable_tui.launch.wish import Wish
from roundtable_tui.runs.find import find_run
from roundtable_tui.table.run import Run


def run(argv: Sequence[str]) -> int:
    """Ask, and return the exit code of the run."""
    settled = settings.load()
    wish, args = wish_of(argv, settled)
    return asyncio.run(_ask(wish, settled, args))


async def _ask(wish: Wish, settled: settings.Settings, args: argparse.Namespace) -> int:
    backends = Backends(settled, os.environ)
    try:
        try:
            prepared = await _prepared(wish, backends, args)
        except (UsageError, FileError):
            raise
        except RoundtableError as error:  # A server that cannot be reached is no wrong use.
            raise NoAnswer(error.what, where=error.where, hint=error.hint) from error
        if not args.quiet:
            _tell_broken(prepared, wish)
        how = {"as_json": args.json, "as_events": args.events, "quiet": args.quiet, "whole": args.verbose,
               "linear": args.linear}  # fmt: skip
        return await run_headless(prepared, **how)
    finally:
        await backends.aclose()


def _tell_broken(run: Run, wish: Wish) -> None:
    """Say where somebody's own file is wrong, so that another of the same name sits at the table."""
    library = PersonaLibrary.load(wish.personas_dir)
    told = [library.broken(seat.name) for seat in run.table.everyone]
    show.trouble(dict.fromkeys(f"{one} Another of that name sits here." for one in told if one))


async def _prepared(wish: Wish, backends: Backends, args: argparse.Namespace) -> Run:
    """Return the run: a new one, or one that follows up on another."""
    if not args.follow_up:
        return await prepare(wish, backends)
    return await again.follow(find_run(args.follow_up), wish, backends)
