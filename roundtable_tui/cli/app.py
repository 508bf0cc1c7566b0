"""`roundtable` without a command: the app."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

# Textual reads this once, when it is imported; twice the usual rate halves the wait for a key's effect.
os.environ.setdefault("TEXTUAL_FPS", "120")

from collections.abc import Sequence

from roundtable_tui import config
from roundtable_tui.errors import UsageError
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.tui.app import RoundtableApp
from roundtable_tui.web import DRIVER


def run(args: argparse.Namespace) -> int:
    """Open the app and return its exit code."""
    settled = config.apply_app_state(config.load())
    wish = RunRequest(
        task=args.task, mode=args.mode, team=args.team, model=args.model, server=args.server,
        base_url=args.base_url, demo=args.demo or (settled.demo and not args.local), local=args.local,
        knowledge=tuple(args.knowledge), passages=args.passages, store=args.store,
        embedding_model=args.embedding_model, embedding_server=args.embedding_server,
        budget=args.budget, max_cost=args.max_cost,
        personas_dir=Path(args.personas) if args.personas else None,
    )  # fmt: skip
    return open_app(wish, settled, mouse=settled.mouse and not args.no_mouse)


def open_app(request: RunRequest, settings: config.Settings, *, mouse: bool) -> int:
    """Open the app with these choices and return its exit code. Raises UsageError without a terminal."""
    if not has_terminal():
        raise UsageError("the app needs a terminal, and this is none", hint="Use `roundtable ask` here.")
    app = RoundtableApp(request, settings)
    app.run(mouse=mouse)
    return app.return_code or 0


def has_terminal() -> bool:
    """Return whether there is a terminal to read keys from and to draw on, or a browser."""
    if os.environ.get("TEXTUAL_DRIVER") == DRIVER:
        return True
    return sys.stdin.isatty() and sys.stdout.isatty()


ASK_ONLY_FLAGS = ("json", "events", "quiet", "verbose", "linear", "out", "follow_up", "question")


def run_with_flags(argv: Sequence[str]) -> int:
    """Open the app and return its exit code. Raises UsageError for flags that only `ask` has."""
    settled = config.apply_app_state(config.load())
    wish = parse_app_flags(argv, settled)
    return open_app(wish, settled, mouse=settled.mouse and "--no-mouse" not in argv)


def parse_app_flags(argv: Sequence[str], settings: config.Settings | None = None) -> RunRequest:
    """Return what the flags wish for. Raises UsageError for flags that only `ask` has."""
    from roundtable_tui.cli.ask import parse_request  # It imports the modes; only flags of one need them.

    settings = settings or config.apply_app_state(config.load())
    wish, args = parse_request([arg for arg in argv if arg != "--no-mouse"], settings)
    for name in ASK_ONLY_FLAGS:
        if getattr(args, name, None):
            what = "a question" if name == "question" else f"--{name.replace('_', '-')}"
            raise UsageError(f"{what} is for `roundtable ask`", hint="The app asks for the question itself.")
    return wish
