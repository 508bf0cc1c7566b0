"""`roundtable` without a command: opens the app."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

# Textual reads this when it is imported. Twice the default rate halves the latency of keys.
os.environ.setdefault("TEXTUAL_FPS", "120")

from collections.abc import Sequence
from typing import TYPE_CHECKING

from roundtable_tui import config
from roundtable_tui.cli.arguments import tool_choices
from roundtable_tui.errors import UsageError
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.tui.app import RoundtableApp
from roundtable_tui.utils.text import single_line
from roundtable_tui.web import DRIVER

if TYPE_CHECKING:
    from roundtable_tui.engine.run import Run

_MAX_QUESTION_CHARS = 36
"""The line fits into 80 columns."""
_MAX_UNSENT_CHARS = 2_000


def run(args: argparse.Namespace) -> int:
    """Open the app. Returns its exit code."""
    settings = config.apply_app_state(config.load())
    request = RunRequest(
        task=args.task, mode=args.mode, team=args.team, model=args.model, server=args.server,
        base_url=args.base_url, demo=args.demo or (settings.demo and not args.local), local=args.local,
        knowledge=tuple(args.knowledge), passages=args.passages, store=args.store,
        embedding_model=args.embedding_model, embedding_server=args.embedding_server,
        **tool_choices(args), budget=args.budget, max_cost=args.max_cost,
        personas_dir=Path(args.personas) if args.personas else None,
    )  # fmt: skip
    return open_app(request, settings, mouse=settings.mouse and not args.no_mouse)


def open_app(request: RunRequest, settings: config.Settings, *, mouse: bool) -> int:
    """Open the app with these choices. Returns its exit code. Raises UsageError without a terminal."""
    if not has_terminal():
        raise UsageError("the app needs a terminal", hint="Use `roundtable ask` without one.")
    app = RoundtableApp(request, settings)
    app.run(mouse=mouse)
    if not app.return_code and sys.stdout.isatty():
        run = app.session.last_run
        for line in (*(describe_kept_run(run) if run is not None else ()), *describe_unsent(app.unsent)):
            print(line)
    return app.return_code or 0


def describe_kept_run(run: Run) -> list[str]:
    """Return the lines printed after the app: what is kept of the last run, and how to continue it."""
    from roundtable_tui.engine.record.recorder import EVENTS_FILE
    from roundtable_tui.reports.wording import status_label

    if run.folder is None or not (run.folder / EVENTS_FILE).exists():
        return []
    status = run.result.status if run.result is not None else "cancelled"
    id, question = run.folder.name, single_line(run.plan.question, _MAX_QUESTION_CHARS)
    kept = f"Run {status_label(status)}: “{question}”. Its record is kept."
    if status == "complete":
        return [kept, f'Follow up:  roundtable ask --follow-up {id} "..."']
    return [kept, f"Resume:     roundtable runs resume {id}"]


def describe_unsent(texts: Sequence[str]) -> list[str]:
    """Return a line for each text that was typed or queued in the app and not asked."""
    return [f"Not asked:  “{single_line(text, _MAX_UNSENT_CHARS)}”" for text in texts]


def has_terminal() -> bool:
    """Return whether the app has a terminal for input and output, or a browser."""
    if os.environ.get("TEXTUAL_DRIVER") == DRIVER:
        return True
    from roundtable_tui.tui.screen_terminal import find_screen_terminal

    return sys.stdin.isatty() and find_screen_terminal() is not None


ASK_ONLY_FLAGS = ("json", "events", "quiet", "verbose", "linear", "out", "follow_up", "question")


def run_with_flags(argv: Sequence[str]) -> int:
    """Open the app with flags of `ask`. Returns its exit code. Raises UsageError for flags it cannot take."""
    settings = config.apply_app_state(config.load())
    request = parse_app_flags(argv, settings)
    return open_app(request, settings, mouse=settings.mouse and "--no-mouse" not in argv)


def parse_app_flags(argv: Sequence[str], settings: config.Settings | None = None) -> RunRequest:
    """Parse flags of `ask` for the app. Raises UsageError for flags that only `ask` has."""
    from roundtable_tui.cli.ask import parse_request  # It imports the modes; only flags of one need them.

    settings = settings or config.apply_app_state(config.load())
    request, args = parse_request([arg for arg in argv if arg != "--no-mouse"], settings)
    for name in ASK_ONLY_FLAGS:
        if getattr(args, name, None):
            what = "a question" if name == "question" else f"--{name.replace('_', '-')}"
            raise UsageError(
                f"{what} can be used with `roundtable ask` only", hint="Type the question in the app."
            )
    return request
