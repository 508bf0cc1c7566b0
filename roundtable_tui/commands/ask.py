"""`roundtable ask`: a run without a screen."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from roundtable_tui import settings
from roundtable_tui.commands import ask_flags
from roundtable_tui.errors import FileError, NoAnswer, RoundtableError, UsageError
from roundtable_tui.headless import run_headless
from roundtable_tui.launch.backends import Backends
from roundtable_tui.launch.prepare import find_mode, find_task, prepare
from roundtable_tui.launch.wish import Wish
from roundtable_tui.text import one_line

MOST_STDIN = 16_000_000


def run(argv: Sequence[str]) -> int:
    """Ask, and return the exit code of the run."""
    settled = settings.load()
    early = ask_flags.early(argv)
    mode = find_mode(Wish(mode=early.mode), find_task(early.task), settled)
    args = ask_flags.parse(argv, mode)
    if args.json and args.events:
        raise UsageError("--json and --events are both given", hint="Give one of them.")
    wish = Wish(
        question=_question(args.question),
        task=args.task,
        nth=args.question_number,
        mode=args.mode,
        team=args.team,
        personas=tuple(args.persona),
        captain=args.captain,
        agents=args.agents,
        model=args.model,
        models=_pairs("--model-for", "NAME=MODEL", args.model_for),
        server=args.server,
        base_url=args.base_url,
        demo=args.demo,
        local=args.local,
        seed=args.seed,
        max_tokens=args.max_tokens,
        options=_options(args.option) | ask_flags.of_mode(args),
        limits=_limits(args),
        personas_dir=Path(args.personas).expanduser() if args.personas else None,
        folder=Path(args.out).expanduser() if args.out else None,
    )
    return asyncio.run(_ask(wish, settled, args))


async def _ask(wish: Wish, settled: settings.Settings, args: argparse.Namespace) -> int:
    backends = Backends(settled, os.environ)
    try:
        try:
            prepared = await prepare(wish, backends)
        except (UsageError, FileError):
            raise
        except RoundtableError as error:  # A server that cannot be reached is no wrong use.
            raise NoAnswer(error.what, where=error.where, hint=error.hint) from error
        return await run_headless(prepared, as_json=args.json, as_events=args.events, quiet=args.quiet)
    finally:
        await backends.aclose()


def _options(pairs: Sequence[str]) -> dict[str, Any]:
    given = _pairs("--option", "KEY=VALUE", pairs)
    return {key.replace("-", "_"): value for key, value in given.items()}


def _pairs(flag: str, form: str, pairs: Sequence[str]) -> dict[str, str]:
    out = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not (equals and key.strip()):
            raise UsageError(f"{flag} {one_line(pair, 60)}: no such pair", hint=f"Write it as {flag} {form}.")
        out[key.strip()] = value
    return out


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
