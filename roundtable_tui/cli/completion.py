"""Shell completion: `roundtable completion SHELL`, and the names that TAB offers.

argcomplete talks to the shell and walks the parsers. Which names complete an argument is declared where the
argument is added (`argparser.complete_with`); this module finds the names.
"""

from __future__ import annotations

import argparse
import os
import shlex
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, NoReturn

import argcomplete
from argcomplete.completers import DirectoriesCompleter, FilesCompleter, SuppressCompleter

from roundtable_tui.cli import arguments, runs
from roundtable_tui.cli.argparser import ArgumentParser
from roundtable_tui.utils.paths import expand_user
from roundtable_tui.utils.text import single_line

_MAX_RUNS = 50
Names = dict[str, str]
"""Name -> a short description."""


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
    for name in set(words) & {"ask", "runs", "knowledge", "serve"}:
        commands[name] = _build_command_parser(name, words)
    return parser


def _build_command_parser(name: str, words: Sequence[str]) -> ArgumentParser:
    if name == "runs":
        return runs.build_runs_parser()
    if name == "knowledge":
        from roundtable_tui.cli import knowledge

        return knowledge.build_knowledge_parser()
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


def complete_names(kind: str, prefix: str, args: argparse.Namespace) -> Iterable[str] | Names:
    """Return the completions of an argument.

    Args:
        kind: `files`, `directories`, or a key of `SOURCES`.
        prefix: What has been typed of the value.
        args: The arguments before it.

    Returns:
        Paths, or names with descriptions; nothing if they cannot be found.
    """
    if kind == "directories":
        return list(DirectoriesCompleter()(prefix))
    if kind == "files":
        return list(FilesCompleter()(prefix))
    with suppress(Exception):
        # A name with control characters cannot be typed on a terminal.
        return {
            name: single_line(text, 60)
            for name, text in SOURCES[kind](args).items()
            if name == single_line(name, 200)
        }
    return {}


def _find_modes(args: argparse.Namespace) -> Names:
    from roundtable_tui import modes

    return {name: mode.summary for name, mode in modes.all_modes().items()}


def _load_library(args: argparse.Namespace) -> Any:
    from roundtable_tui.resources import PersonaLibrary

    folder = getattr(args, "personas", "")
    return PersonaLibrary.load(expand_user(folder) if folder else None)


def _find_personas(args: argparse.Namespace) -> Names:
    return {found.persona.name: found.persona.role or "" for found in _load_library(args).items}


def _find_seats(args: argparse.Namespace) -> Names:
    return {f"{name}=": role for name, role in _find_personas(args).items()}


def _find_teams(args: argparse.Namespace) -> Names:
    return {found.team.name: found.team.title or "" for found in _load_library(args).teams}


def _find_tasks(args: argparse.Namespace) -> Names:
    from roundtable_tui.resources import TaskLibrary

    return {found.task.name: found.task.title or "" for found in TaskLibrary.load().items}


def _find_servers(args: argparse.Namespace) -> Names:
    from roundtable_tui import config

    return {name: server.base_url for name, server in config.load().servers.items()}


def _find_models(args: argparse.Namespace) -> Names:
    from roundtable_tui import config

    settings = config.load()
    named = [settings.model, *(server.model for server in settings.servers.values())]
    return dict.fromkeys(filter(None, named), "from the settings file")


def _find_runs(args: argparse.Namespace) -> Names:
    from roundtable_tui.history.constants import LAST
    from roundtable_tui.history.scan import list_run_names
    from roundtable_tui.utils import paths

    newest = sorted(list_run_names(paths.runs_dir()), reverse=True)[:_MAX_RUNS]
    return {LAST: "the newest run"} | dict.fromkeys(newest, "")


def _find_options(args: argparse.Namespace) -> Names:
    from roundtable_tui import modes

    mode = modes.get_mode(args.mode or "debate")
    return {f"{name}=": field.description or "" for name, field in mode.options.model_fields.items()}


def _find_collections(args: argparse.Namespace) -> Names:
    from contextlib import closing

    from roundtable_tui.knowledge.locations import STORE_VARIABLE, open_store

    if "://" in os.environ.get(STORE_VARIABLE, ""):  # A remote database may be slow.
        return {}
    with closing(open_store("", os.environ)) as store:
        return {one.name: "" for one in store.collections()}


def _find_formats(args: argparse.Namespace) -> Names:
    from roundtable_tui.history.constants import FORMATS

    return dict(FORMATS)


def _find_statuses(args: argparse.Namespace) -> Names:
    from roundtable_tui.history.constants import STATUSES

    return dict.fromkeys(STATUSES, "")


SOURCES: dict[str, Callable[[argparse.Namespace], Names]] = {
    "modes": _find_modes,
    "personas": _find_personas,
    "seats": _find_seats,
    "teams": _find_teams,
    "tasks": _find_tasks,
    "servers": _find_servers,
    "models": _find_models,
    "runs": _find_runs,
    "options": _find_options,
    "collections": _find_collections,
    "formats": _find_formats,
    "statuses": _find_statuses,
    "speeds": lambda args: {"instant": "without waiting"},
}
"""Kind of name -> what finds the names, given the arguments before them."""


def run(args: argparse.Namespace) -> int:
    """Print the completion script of a shell. It calls this program for completions."""
    from argcomplete.shell_integration import shellcode

    print(shellcode(["roundtable"], shell=args.shell).strip())
    return 0
