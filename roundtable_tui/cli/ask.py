"""`roundtable ask`: a run without a screen."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from roundtable_tui import config
from roundtable_tui.cli import ask_flags, output
from roundtable_tui.cli.argparser import pairs
from roundtable_tui.cli.headless import run_headless
from roundtable_tui.engine import Mode
from roundtable_tui.engine.record.recorder import read_record
from roundtable_tui.engine.run import Run
from roundtable_tui.errors import FileError, NoAnswer, RoundtableError, UsageError
from roundtable_tui.history.find import find_run
from roundtable_tui.resources import PersonaLibrary
from roundtable_tui.setup import resume
from roundtable_tui.setup.plan import find_mode, find_task, prepare
from roundtable_tui.setup.request import Wish
from roundtable_tui.setup.server_pool import Backends
from roundtable_tui.setup.stages import mode_like
from roundtable_tui.utils import text_input

MOST_STDIN = 16_000_000
_ONE_OF = {
    "json": ("events",),
    "quiet": ("verbose", "linear"),
    "verbose": ("linear",),
    "follow_up": ("task",),
}


def wish_of(argv: Sequence[str], settled: config.Settings) -> tuple[Wish, argparse.Namespace]:
    """Return what `argv` wishes for, and the arguments that are not about that. Raises RoundtableError."""
    early = ask_flags.early(argv)
    mode = _mode(early, settled)
    args = ask_flags.parse(argv, mode)
    _check(args)
    wish = Wish(
        question=_question(args.question),
        task=args.task,
        nth=args.question_number,
        mode=mode.name,
        team=args.team,
        personas=tuple(args.persona),
        captain=args.captain,
        agents=args.agents,
        model=args.model,
        models=pairs("--model-for", "NAME=MODEL", args.model_for),
        server=args.server,
        base_url=args.base_url,
        demo=args.demo,
        local=args.local,
        seed=args.seed,
        max_tokens=args.max_tokens,
        budget=args.budget,
        max_cost=args.max_cost,
        options=_with_text(_options(args.option) | ask_flags.of_mode(args), args, mode),
        limits=_limits(args),
        knowledge=tuple(args.knowledge),
        passages=args.passages,
        store=args.store,
        embedding_model=args.embedding_model,
        embedding_server=args.embedding_server,
        personas_dir=Path(args.personas).expanduser() if args.personas else None,
        folder=Path(args.out).expanduser() if args.out else None,
    )
    return wish, args


def _mode(early: argparse.Namespace, settled: config.Settings) -> Mode:
    """Return the mode that says which flags there are: that of an earlier run, where one is followed up."""
    named = early.mode
    if early.follow_up and not named:
        named = mode_like(read_record(find_run(early.follow_up)).header)
    return find_mode(Wish(mode=named), find_task(early.task), settled)


def _check(args: argparse.Namespace) -> None:
    """Raise UsageError for flags that do not go together."""
    for one, others in _ONE_OF.items():
        for other in others:
            if getattr(args, one) and getattr(args, other):
                names = [
                    name if name == "question" else f"--{name.replace('_', '-')}" for name in (one, other)
                ]
                raise UsageError(f"{' and '.join(names)} are both given", hint="Give one of them.")
    if args.follow_up and not args.question:
        raise UsageError("there is no question to follow up with", hint="Give one.")
    if args.max_tokens is not None and args.max_tokens < 1:
        raise UsageError(f"--max-tokens should be 1 or more, not {args.max_tokens}")


def _options(words: Sequence[str]) -> dict[str, Any]:
    given = pairs("--option", "KEY=VALUE", words)
    return {key.replace("-", "_"): value for key, value in given.items()}


def _with_text(options: dict[str, Any], args: argparse.Namespace, mode: Mode) -> dict[str, Any]:
    """Return the options with the text from standard input, for `--file -` or where one is needed."""
    if "file" not in mode.options.model_fields:
        return options
    piped = options.get("file") == "-"
    if mode.text and not options.get("file") and not sys.stdin.isatty():
        task = find_task(args.task)
        piped = not (task and (task.context or task.settings.options.get("file")))
    if not piped:
        return options
    if args.question == ["-"]:
        raise UsageError("question and text are both to come from standard input", hint="Give --file PATH.")
    return options | {"file": str(text_input.keep(sys.stdin.buffer))}


def _limits(args: argparse.Namespace) -> dict[str, float]:
    given = {name: getattr(args, f"{name}_timeout") for name in ("first_token", "idle", "turn")}
    for name, value in given.items():
        if value is not None and not 0 < value < float("inf"):
            raise UsageError(f"--{name.replace('_', '-')}-timeout should be seconds above 0, not {value:g}")
    return {name: value for name, value in given.items() if value is not None}


def _question(words: Sequence[str]) -> str:
    """Return the words as one question; `-` alone is standard input."""
    if list(words) != ["-"]:
        return " ".join(words)
    raw = sys.stdin.buffer.read(MOST_STDIN + 1)
    if len(raw) > MOST_STDIN:
        raise UsageError(f"standard input is longer than {MOST_STDIN // 1_000_000} MB")
    text = raw.decode("utf-8-sig", "replace").strip()
    if not text:
        raise UsageError("there is no question on standard input")
    return text


def run(argv: Sequence[str]) -> int:
    """Ask, and return the exit code of the run."""
    settled = config.load()
    wish, args = wish_of(argv, settled)
    return asyncio.run(_ask(wish, settled, args))


async def _ask(wish: Wish, settled: config.Settings, args: argparse.Namespace) -> int:
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
    output.trouble(dict.fromkeys(f"{one} Another of that name sits here." for one in told if one))


async def _prepared(wish: Wish, backends: Backends, args: argparse.Namespace) -> Run:
    """Return the run: a new one, or one that follows up on another."""
    if not args.follow_up:
        return await prepare(wish, backends)
    return await resume.follow(find_run(args.follow_up), wish, backends)
