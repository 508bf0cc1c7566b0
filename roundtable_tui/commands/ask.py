"""`roundtable ask`: a run without a screen."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from roundtable_tui import modes, settings
from roundtable_tui.commands import ask_flags
from roundtable_tui.errors import UsageError
from roundtable_tui.files import TaskLibrary
from roundtable_tui.headless import run_headless
from roundtable_tui.launch.backends import Backends
from roundtable_tui.launch.prepare import prepare
from roundtable_tui.launch.wish import Wish


def run(argv: Sequence[str]) -> int:
    """Ask, and return the exit code of the run."""
    settled = settings.load()
    seen, _ = ask_flags.early().parse_known_args(list(argv))
    task = TaskLibrary.load().get(seen.task) if seen.task else None
    mode = modes.get(seen.mode or (task.mode if task else "") or settled.mode)
    args = ask_flags.full(mode).parse_args(list(argv))
    wish = Wish(
        question=_question(args.question), task=args.task, mode=args.mode, team=args.team,
        personas=tuple(args.persona), captain=args.captain, agents=args.agents, model=args.model,
        server=args.server, base_url=args.base_url, demo=args.demo, local=args.local, seed=args.seed,
        max_tokens=args.max_tokens, options=_options(args.option) | _given(args), limits=_limits(args),
        personas_dir=Path(args.personas) if args.personas else None, folder=Path(args.out) if args.out else None,
    )  # fmt: skip
    return asyncio.run(_ask(wish, settled, args))


async def _ask(wish: Wish, settled: settings.Settings, args: argparse.Namespace) -> int:
    backends = Backends(settled, os.environ)
    try:
        prepared = await prepare(wish, backends)
        return await run_headless(prepared, as_json=args.json, as_events=args.events, quiet=args.quiet)
    finally:
        await backends.aclose()


def _given(args: argparse.Namespace) -> dict[str, Any]:
    given = {name: value for name, value in vars(args).items() if name.startswith("mode_")}
    return {name.removeprefix("mode_"): value for name, value in given.items() if value is not None}


def _options(pairs: Sequence[str]) -> dict[str, Any]:
    options = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            raise UsageError(f"--option {pair}", hint="Write it as --option KEY=VALUE")
        options[key.strip().replace("-", "_")] = value
    return options


def _limits(args: argparse.Namespace) -> dict[str, float]:
    given = {"first_token": args.first_token_timeout, "idle": args.idle_timeout, "turn": args.turn_timeout}
    for name, value in given.items():
        if value is not None and value <= 0:
            raise UsageError(f"--{name.replace('_', '-')}-timeout is {value:g}", hint="Give seconds above 0")
    return {name: value for name, value in given.items() if value is not None}


def _question(given: str) -> str:
    if given != "-":
        return given
    text = sys.stdin.buffer.read().decode("utf-8-sig", "replace").strip()
    if not text:
        raise UsageError("there is no question on standard input")
    return text
