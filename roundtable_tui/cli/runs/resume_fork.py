"""`roundtable runs resume` and `fork`: continue runs from their records."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from roundtable_tui.cli.argparser import parse_pairs
from roundtable_tui.errors import FileError, UsageError
from roundtable_tui.history.find import find_run
from roundtable_tui.setup.request import ForkChanges, ForkRequest, ResumeRequest
from roundtable_tui.utils import files
from roundtable_tui.utils.paths import expand_user

MAX_ANSWER_BYTES = 4_000_000
"""Maximum size of a file for `--answer`."""


def run_resume(args: argparse.Namespace) -> int:
    """Resume a run; return its exit code."""
    request = ResumeRequest(
        find_run(args.run), budget=args.budget, max_cost=args.max_cost,
        answer_tokens=args.answer_tokens, max_tokens=args.max_tokens,
    )  # fmt: skip
    return asyncio.run(_run_to_end(request, args))


def run_fork(args: argparse.Namespace) -> int:
    """Fork a run; return the exit code of the fork."""
    from roundtable_tui.resources import PersonaLibrary

    folder = find_run(args.run)
    named = parse_pairs("--persona", "SEAT=NAME", args.persona)
    options = parse_pairs("--option", "KEY=VALUE", args.option)
    answers = parse_pairs("--answer", "TURN=FILE", args.answer)
    library = PersonaLibrary.load(expand_user(args.personas) if args.personas else None)
    changes = ForkChanges(
        personas={seat: library.get(name).persona for seat, name in named.items()},
        models=dict(parse_pairs("--model", "SEAT=NAME", args.model)),
        options={key.replace("-", "_"): value for key, value in options.items()},
        answers={turn: _read_answer(file) for turn, file in answers.items()},
        budget=args.budget,
        max_cost=args.max_cost,
    )
    return asyncio.run(_run_to_end(ForkRequest(folder, args.turn, changes), args))


async def _run_to_end(request: ResumeRequest | ForkRequest, args: argparse.Namespace) -> int:
    from roundtable_tui.cli.headless import run_headless
    from roundtable_tui.setup.open_run import open_run

    if args.json and args.events:
        raise UsageError("--json and --events cannot be combined", hint="Use one of them.")
    async with open_run(request) as run:
        return await run_headless(
            run, as_json=args.json, as_events=args.events, quiet=args.quiet, whole=args.verbose
        )


def _read_answer(file: str) -> str:
    text = files.read_text(expand_user(file), MAX_ANSWER_BYTES).strip()
    if not text:
        raise FileError("is empty. Write the answer into it", where=files.display_path(Path(file)))
    return text
