"""What may come next on a command line: asked for by the shell when somebody presses TAB.

argcomplete speaks with the shell and walks the parsers; here the parsers are put together as far as the line
needs them, and the names are found that go with a flag: modes, personas, teams, tasks, runs, servers.
"""

from __future__ import annotations

import argparse
import os
import shlex
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import argcomplete
from argcomplete.completers import DirectoriesCompleter, FilesCompleter, SuppressCompleter

from roundtable_tui.cli import arguments, runs
from roundtable_tui.cli.argparser import ArgumentParser
from roundtable_tui.utils.text import single_line

_MAX_RUNS = 50
"""How many runs are offered."""
Names = dict[str, str]
"""Name -> what it is, in a few words."""


def complete() -> NoReturn:
    """Tell the shell what may come next, and leave. What cannot be found out is not offered."""
    with suppress(Exception):
        words = split_line(os.environ.get("COMP_LINE", ""))
        parser = build_full_parser(words)
        argcomplete.autocomplete(
            parser,
            # Where a question is to come, the flags are what there is to offer.
            always_complete_options="long" if "ask" in words else False,
            default_completer=SuppressCompleter(),
        )
    os._exit(1)


def split_line(text: str) -> list[str]:
    """Return the words of a command line, after the program's own name, as far as they are whole."""
    try:
        return shlex.split(text)[1:]
    except ValueError:  # a quotation that is still open
        return text.split()[1:]


def build_full_parser(words: Sequence[str]) -> ArgumentParser:
    """Return the parser of all commands; those that `words` are about have all of their flags."""
    parser = arguments.build_parser()
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            known: dict[str, Any] = action._name_parser_map
            for name in set(words) & {"ask", "runs", "knowledge", "serve"}:
                known[name] = _build_command_parser(name, words)
    _attach_completers(parser, words)
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
    except Exception:  # A mode or task that is only half written: that of the rest.
        mode = modes.get_mode(config.Settings().mode)
    return ask_flags.build_ask_parser(mode)


def _attach_completers(parser: ArgumentParser, words: Sequence[str]) -> None:
    """Say for each flag, in all parsers, what its values are."""
    for action in parser._actions:
        for name in action.option_strings or [action.dest]:
            if completer := _get_completer(name, words):
                action.completer = completer  # type: ignore[attr-defined]
    for command in parser.commands().values():
        _attach_completers(command, words)


def _get_completer(name: str, words: Sequence[str]) -> Callable[..., Any] | None:
    if name in ("--personas", "--out", "--store"):
        return DirectoriesCompleter()
    if name in ("--file", "paths"):
        return FilesCompleter()
    find = _COMPLETERS.get(name)
    if find is None:
        return None

    def offered(**_: Any) -> Names:
        with suppress(Exception):
            # A name that a terminal would not show as it is cannot be typed either.
            return {
                one: single_line(text, 60)
                for one, text in find(words).items()
                if one == single_line(one, 200)
            }
        return {}

    return offered


def _complete_modes(words: Sequence[str]) -> Names:
    from roundtable_tui import modes

    return {name: mode.summary for name, mode in modes.all_modes().items()}


def _load_library(words: Sequence[str]) -> Any:
    from roundtable_tui.resources import PersonaLibrary

    return PersonaLibrary.load(_flag_value(words, "--personas"))


def _flag_value(words: Sequence[str], flag: str) -> Path | None:
    found = next((words[at + 1] for at, word in enumerate(words[:-1]) if word == flag), "")
    return Path(found).expanduser() if found else None


def _personas(words: Sequence[str]) -> Names:
    return {found.persona.name: found.persona.role or "" for found in _load_library(words).items}


def _seats(words: Sequence[str]) -> Names:
    return {f"{name}=": role for name, role in _personas(words).items()}


def _teams(words: Sequence[str]) -> Names:
    return {found.team.name: found.team.title or "" for found in _load_library(words).teams}


def _complete_tasks(words: Sequence[str]) -> Names:
    from roundtable_tui.resources import TaskLibrary

    return {found.task.name: found.task.title or "" for found in TaskLibrary.load().items}


def _complete_servers(words: Sequence[str]) -> Names:
    from roundtable_tui import config

    return {name: server.base_url for name, server in config.load().servers.items()}


def _complete_models(words: Sequence[str]) -> Names:
    from roundtable_tui import config

    settled = config.load()
    named = [settled.model, *(server.model for server in settled.servers.values())]
    return dict.fromkeys(filter(None, named), "of the settings file")


def _complete_runs(words: Sequence[str]) -> Names:
    from roundtable_tui.history.constants import LAST
    from roundtable_tui.history.scan import list_run_names
    from roundtable_tui.utils import paths

    newest = sorted(list_run_names(paths.runs_dir()), reverse=True)[:_MAX_RUNS]
    return {LAST: "the newest"} | dict.fromkeys(newest, "")


def _complete_options(words: Sequence[str]) -> Names:
    from roundtable_tui import modes
    from roundtable_tui.cli import ask_flags

    mode = modes.get_mode(ask_flags.parse_mode_selector(words).mode or "debate")
    return {f"{name}=": field.description or "" for name, field in mode.options.model_fields.items()}


def _complete_collections(words: Sequence[str]) -> Names:
    from contextlib import closing

    from roundtable_tui.knowledge.locations import STORE_VARIABLE, open_store

    if "://" in os.environ.get(STORE_VARIABLE, ""):  # A database may be far away.
        return {}
    with closing(open_store("", os.environ)) as store:
        return {one.name: "" for one in store.collections()}


def _listed(names: Iterable[str]) -> Callable[[Sequence[str]], Names]:
    return lambda words: dict.fromkeys(names, "")


def _complete_formats(words: Sequence[str]) -> Names:
    from roundtable_tui.history.constants import FORMATS

    return dict(FORMATS)


def _complete_statuses(words: Sequence[str]) -> Names:
    from roundtable_tui.history.constants import STATUSES

    return dict.fromkeys(STATUSES, "")


_COMPLETERS: dict[str, Callable[[Sequence[str]], Names]] = {
    "--mode": _complete_modes,
    "name": lambda words: _complete_collections(words) if "knowledge" in words else _complete_modes(words),
    "--in": _complete_collections,
    "--team": _teams,
    "--task": _complete_tasks,
    "--persona": _personas,
    "--captain": _personas,
    "--model-for": _seats,
    "--server": _complete_servers,
    "--embedding-server": _complete_servers,
    "--model": _complete_models,
    "--follow-up": _complete_runs,
    "run": _complete_runs,
    "runs": _complete_runs,
    "--option": _complete_options,
    "--knowledge": _complete_collections,
    "--into": _complete_collections,
    "--format": _complete_formats,
    "--status": _complete_statuses,
    "--speed": _listed(("instant",)),
}


def run(args: argparse.Namespace) -> int:
    """Print the script of a shell. It asks this very program what may come next: see `completing`."""
    from argcomplete.shell_integration import shellcode

    print(shellcode(["roundtable"], shell=args.shell).strip())
    return 0
