"""`roundtable ask`: runs a question without the app."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

from roundtable_tui import config, modes
from roundtable_tui.cli import ask_flags, output
from roundtable_tui.cli.argparser import parse_pairs
from roundtable_tui.cli.arguments import tool_choices
from roundtable_tui.cli.headless import run_headless
from roundtable_tui.cli.terminal import stdin
from roundtable_tui.cli.terminal.permission import confirm
from roundtable_tui.engine import Mode
from roundtable_tui.engine.material.attachments import Attachment
from roundtable_tui.engine.record.recorder import read_record
from roundtable_tui.engine.run import Run
from roundtable_tui.errors import UsageError
from roundtable_tui.history.constants import LAST
from roundtable_tui.history.find import find_run
from roundtable_tui.history.recorded_run import mode_of_record
from roundtable_tui.resources.library_cache import load_personas
from roundtable_tui.setup.open_run import open_run
from roundtable_tui.setup.plan import find_mode, find_task
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.tools.mcp.servers import UnapprovedServersError
from roundtable_tui.utils.paths import expand_user
from roundtable_tui.utils.shutdown import abandon_threads_at_exit
from roundtable_tui.utils.text import fix_surrogates

MAX_STDIN_BYTES = 16_000_000
_CONFLICTING_FLAGS = {
    "json": ("events",),
    "quiet": ("verbose", "linear"),
    "verbose": ("linear",),
    "follow_up": ("task",),
    "question": ("question_number",),
}


def parse_request(argv: Sequence[str], settings: config.Settings) -> tuple[RunRequest, argparse.Namespace]:
    """Parse `argv` into a RunRequest, and the remaining arguments. Raises RoundtableError."""
    early = ask_flags.parse_mode_selector(argv)
    mode = _select_mode(early, settings)
    args = ask_flags.parse_arguments(argv, mode)
    _take_question_from_follow_up(args)
    _check_conflicts(args)
    options = _add_stdin_text(
        _parse_options(args.option) | ask_flags.mode_options(args), args, mode, settings
    )
    request = RunRequest(
        question=_read_question(args.question),
        task=args.task,
        question_number=1 if args.question_number is None else args.question_number,
        mode=mode.name,
        team=args.team,
        personas=tuple(args.persona),
        captain=args.captain,
        agents=args.agents,
        model=args.model,
        models=parse_pairs("--model-for", "NAME=MODEL", args.model_for),
        seat_models=_parse_models(args.models),
        check_names=True,
        server=args.server,
        base_url=args.base_url,
        demo=args.demo,
        local=args.local,
        seed=args.seed,
        max_tokens=args.max_tokens,
        answer_tokens=args.answer_tokens,
        params=ask_flags.given_params(args),
        stream=not args.no_stream,
        budget=args.budget,
        max_cost=args.max_cost,
        baseline=args.baseline,
        options=options,
        limits=_parse_limits(args),
        knowledge=tuple(args.knowledge),
        passages=args.passages,
        store=args.store,
        embedding_model=args.embedding_model,
        embedding_server=args.embedding_server,
        **tool_choices(args),
        personas_dir=expand_user(args.personas) if args.personas else None,
        folder=expand_user(args.out) if args.out else None,
        follow_up_of=find_run(args.follow_up) if args.follow_up else None,
        attachments=(*map(stdin.read_pipe_attachment, args.attach), *_piped_attachment(args, mode)),
    )
    return request, args


def _select_mode(early: argparse.Namespace, settings: config.Settings) -> Mode:
    """Return the mode that determines the flags: as given, or that of the run to follow up."""
    named = early.mode
    if early.follow_up and not named:
        run = LAST if _is_question(early.follow_up) else early.follow_up
        named = mode_of_record(read_record(find_run(run)).header)
    return find_mode(RunRequest(mode=named), find_task(early.task), settings)


def _is_question(text: str) -> bool:
    """Return whether a value of --follow-up is a question after the flag, which may stand alone."""
    return " " in text.strip() or text.endswith("?")


def _take_question_from_follow_up(args: argparse.Namespace) -> None:
    """Take `--follow-up "And in winter?"` as the newest run and the question."""
    if not args.question and _is_question(args.follow_up):
        args.question, args.follow_up = [args.follow_up], LAST


def _piped_attachment(args: argparse.Namespace, mode: Mode) -> list[Attachment]:
    """Return what is piped in beside a question, unless that is the question or the text of the mode."""
    if not args.question or args.question == ["-"] or stdin.is_stdin(str(getattr(args, "mode_file", ""))):
        return []
    if mode.needs_text and not args.attach:
        return []  # It has its text, from standard input or elsewhere.
    return stdin.read_piped_attachment(show_waiting=not args.quiet)


def _check_conflicts(args: argparse.Namespace) -> None:
    """Raise UsageError for flags that cannot be combined."""
    for one, others in _CONFLICTING_FLAGS.items():
        for other in others:
            if getattr(args, one) and getattr(args, other):
                names = [
                    name if name == "question" else f"--{name.replace('_', '-')}" for name in (one, other)
                ]
                raise UsageError(f"{' and '.join(names)} cannot be combined", hint="Use one of them.")
    if args.follow_up and not args.question:
        raise UsageError("--follow-up needs a question", hint="Add the question.")


def _parse_models(text: str) -> tuple[str, ...]:
    """Return the names of `--models`. Raises UsageError for an empty one."""
    names = tuple(name.strip() for name in text.split(",")) if text else ()
    if not all(names):
        raise UsageError("--models has an empty name", hint="Use the form --models A,B,C.")
    return names


def _parse_options(words: Sequence[str]) -> dict[str, Any]:
    given = parse_pairs("--option", "KEY=VALUE", words)
    return {key.replace("-", "_"): value for key, value in given.items()}


def _add_stdin_text(
    options: dict[str, Any], args: argparse.Namespace, mode: Mode, settings: config.Settings
) -> dict[str, Any]:
    """Return the options with the text from stdin: for `--file -`, or if the mode needs a text without one.

    A text of the task or of the settings comes before standard input, which a script may leave open.
    """
    if "file" not in mode.options.model_fields:
        return options
    given = options.get("file")
    if isinstance(given, str) and not given.strip():
        raise UsageError("--file is empty", hint="Name a file, or use - for standard input.")
    piped = isinstance(given, str) and stdin.is_stdin(given)
    if mode.needs_text and not (given or args.attach) and stdin.has_piped_input():
        task = find_task(args.task)
        of_settings = settings.options.get(mode.name, {}).get("file")
        piped = not (of_settings or (task and (task.context or task.settings.options.get("file"))))
    if not piped:
        return options | ({"file": str(stdin.store_pipe(expand_user(given)))} if given else {})
    if args.question == ["-"]:
        raise UsageError(
            "stdin cannot be both the question and the text", hint="Use --file PATH for the text."
        )
    return options | {"file": str(stdin.store_stdin())}


def _parse_limits(args: argparse.Namespace) -> dict[str, float]:
    given = {name: getattr(args, f"{name}_timeout") for name in ("first_token", "idle", "turn")}
    for name, value in given.items():
        if value is not None and not 0 < value < float("inf"):
            raise UsageError(f"--{name.replace('_', '-')}-timeout should be seconds above 0, not {value:g}")
    return {name: value for name, value in given.items() if value is not None}


def _read_question(words: Sequence[str]) -> str:
    """Return the words as one question; `-` alone reads stdin."""
    if list(words) != ["-"]:
        question = " ".join(words)
        if fix_surrogates(question) != question:
            raise UsageError("the question is not UTF-8", hint="Check the encoding of your terminal.")
        return question
    text = stdin.read_stdin_text(MAX_STDIN_BYTES).strip()
    if not text:
        raise UsageError("stdin contains no question")
    return text


def run(argv: Sequence[str]) -> int:
    """Ask a question. Returns the exit code of the run."""
    settings = config.load()
    request, args = parse_request(argv, settings)
    if not args.quiet:
        output.print_warnings(
            filter(None, [config.describe_unknown(settings, modes.all_modes() if settings.options else ())])
        )
    return asyncio.run(_ask(request, settings, args))


async def _ask(request: RunRequest, settings: config.Settings, args: argparse.Namespace) -> int:
    abandon_threads_at_exit()
    async with AsyncExitStack() as stack:
        try:
            run = await stack.enter_async_context(open_run(request, settings=settings))
        except UnapprovedServersError as error:
            question = f"{error.where} {error.what}. Do you trust this content?"
            if args.quiet or not await confirm(sys.stdin, sys.stderr, question):
                raise
            request = replace(request, allow=(*request.allow, error.rule))
            run = await stack.enter_async_context(open_run(request, settings=settings))
        if not args.quiet:
            _warn_broken_personas(run, request)
        return await run_headless(
            run,
            as_json=args.json,
            as_events=args.events,
            quiet=args.quiet,
            whole=args.verbose,
            linear=args.linear,
        )


def _warn_broken_personas(run: Run, request: RunRequest) -> None:
    """Print invalid persona files that were replaced by a bundled persona of the same name."""
    library = load_personas(request.personas_dir)
    errors = [library.find_file_error(seat.name) for seat in run.table.everyone]
    output.print_warnings(
        dict.fromkeys(f"{one} A bundled persona of that name is used." for one in errors if one)
    )
