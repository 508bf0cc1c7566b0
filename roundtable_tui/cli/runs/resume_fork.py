"""`roundtable runs resume` and `fork`: continue runs from their records."""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from roundtable_tui import config
from roundtable_tui.cli.argparser import parse_pairs
from roundtable_tui.errors import FileError, NoAnswerError, RoundtableError, UsageError
from roundtable_tui.history.find import find_run
from roundtable_tui.utils import files

MAX_ANSWER_BYTES = 4_000_000
"""Maximum size of a file for `--answer`."""


def run_resume(args: argparse.Namespace) -> int:
    """Resume a run."""
    from roundtable_tui.engine.run import Run
    from roundtable_tui.setup.resume import resume
    from roundtable_tui.setup.server_pool import ServerPool

    folder = find_run(args.run)

    async def build(backends: ServerPool) -> Run:
        return await resume(folder, backends, budget=args.budget, max_cost=args.max_cost)

    return asyncio.run(_run_to_end(build, args))


def run_fork(args: argparse.Namespace) -> int:
    """Fork a run."""
    from roundtable_tui.engine.run import Run
    from roundtable_tui.resources import PersonaLibrary
    from roundtable_tui.setup.resume import ForkChanges, fork
    from roundtable_tui.setup.server_pool import ServerPool

    folder = find_run(args.run)
    named = parse_pairs("--persona", "SEAT=NAME", args.persona)
    options = parse_pairs("--option", "KEY=VALUE", args.option)
    answers = parse_pairs("--answer", "TURN=FILE", args.answer)
    library = PersonaLibrary.load(Path(args.personas).expanduser() if args.personas else None)
    changes = ForkChanges(
        personas={seat: library.get(name).persona for seat, name in named.items()},
        models=dict(parse_pairs("--model", "SEAT=NAME", args.model)),
        options={key.replace("-", "_"): value for key, value in options.items()},
        answers={turn: _read_answer(file) for turn, file in answers.items()},
        budget=args.budget,
        max_cost=args.max_cost,
    )  # fmt: skip

    async def build(backends: ServerPool) -> Run:
        return await fork(folder, args.turn, changes, backends)

    return asyncio.run(_run_to_end(build, args))


async def _run_to_end(make_run: Callable[..., Awaitable[object]], args: argparse.Namespace) -> int:
    """Build a run and execute it. Returns the exit code."""
    from roundtable_tui.cli.headless import run_headless
    from roundtable_tui.engine.run import Run
    from roundtable_tui.setup.server_pool import ServerPool

    if args.json and args.events:
        raise UsageError("--json and --events cannot be combined", hint="Use one of them.")
    backends = ServerPool(config.load(), os.environ)
    try:
        try:
            run = await make_run(backends)
        except (UsageError, FileError):
            raise
        except RoundtableError as error:  # An unreachable server is not wrong usage: exit code 1.
            raise NoAnswerError(error.what, where=error.where, hint=error.hint) from error
        assert isinstance(run, Run)
        return await run_headless(
            run, as_json=args.json, as_events=args.events, quiet=args.quiet, whole=args.verbose
        )
    finally:
        await backends.aclose()


def _read_answer(file: str) -> str:
    text = files.read_text(Path(file).expanduser(), MAX_ANSWER_BYTES).strip()
    if not text:
        raise FileError("is empty. Write the answer into it", where=files.display_path(Path(file)))
    return text
