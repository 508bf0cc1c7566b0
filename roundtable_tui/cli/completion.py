"""Shell completion: `roundtable completion SHELL`, and the parsers that a shell completes.

argcomplete talks to the shell and walks the parsers. Which names complete an argument is declared where the
argument is added (`argparser.complete_with`); `completion_names` finds the names.
"""

from __future__ import annotations

import argparse
import os
import shlex
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

import argcomplete
from argcomplete.completers import SuppressCompleter

from roundtable_tui.cli import arguments, runs
from roundtable_tui.cli.argparser import ArgumentParser


def complete() -> NoReturn:
    """Print completions for the shell that asks, and exit. Names that cannot be found are left out."""
    with suppress(Exception):
        words = split_line(os.environ.get("COMP_LINE", ""))
        argcomplete.autocomplete(
            build_full_parser(words),
            # Questions cannot be completed: offer the flags.
            always_complete_options="long" if "ask" in words else False,
            default_completer=SuppressCompleter(),
        )
    os._exit(1)


def split_line(text: str) -> list[str]:
    """Split a command line into words, without the program's name; an open quotation is allowed."""
    try:
        return shlex.split(text)[1:]
    except ValueError:
        return text.split()[1:]


def build_full_parser(words: Sequence[str]) -> ArgumentParser:
    """Build the parser of all commands; those that occur in `words` get all of their flags."""
    parser = arguments.build_parser()
    commands = parser.commands()
    for name in set(words) & {"ask", "batch", "bench", "runs", "knowledge", "proxy", "serve"}:
        commands[name] = _build_command_parser(name, words)
    return parser


def _build_command_parser(name: str, words: Sequence[str]) -> ArgumentParser:
    if name == "runs":
        return runs.build_runs_parser()
    if name == "knowledge":
        from roundtable_tui.cli import knowledge

        return knowledge.build_knowledge_parser()
    if name == "batch":
        from roundtable_tui.cli.batch import command

        return command.build_batch_parser()
    if name == "bench":
        from roundtable_tui.cli.bench import measure

        return measure.build_bench_parser()
    if name == "proxy":
        from roundtable_tui.cli import proxy

        return proxy.build_proxy_parser()
    if name == "serve":
        from roundtable_tui.cli import serve

        parser = serve.build_serve_parser()
        for add in (
            arguments.add_server_arguments,
            arguments.add_table_arguments,
            arguments.add_document_arguments,
        ):
            add(parser)
        return parser
    from roundtable_tui import config, modes
    from roundtable_tui.cli import ask_flags
    from roundtable_tui.setup.plan import find_mode, find_task
    from roundtable_tui.setup.request import RunRequest

    try:
        early = ask_flags.parse_mode_selector(words)
        mode = find_mode(RunRequest(mode=early.mode), find_task(early.task), config.load())
    except Exception:  # A mode or task that is not typed to its end: offer the flags of the default mode.
        mode = modes.get_mode(config.Settings().mode)
    return ask_flags.build_ask_parser(mode)


def run(args: argparse.Namespace) -> int:
    """Print the completion script of a shell. It calls this program for completions."""
    from argcomplete.shell_integration import shellcode

    print(shellcode(["roundtable"], shell=args.shell).strip())
    return 0
