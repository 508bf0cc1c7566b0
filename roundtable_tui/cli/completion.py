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
from roundtable_tui.cli.argparser import Parser
from roundtable_tui.utils.text import one_line

_NEWEST = 50
"""How many runs are offered."""
Names = dict[str, str]
"""Name -> what it is, in a few words."""


def answer() -> NoReturn:
    """Tell the shell what may come next, and leave. What cannot be found out is not offered."""
    with suppress(Exception):
        words = line(os.environ.get("COMP_LINE", ""))
        parser = whole(words)
        argcomplete.autocomplete(
            parser,
            # Where a question is to come, the flags are what there is to offer.
            always_complete_options="long" if "ask" in words else False,
            default_completer=SuppressCompleter(),
        )
    os._exit(1)


def line(text: str) -> list[str]:
    """Return the words of a command line, after the program's own name, as far as they are whole."""
    try:
        return shlex.split(text)[1:]
    except ValueError:  # a quotation that is still open
        return text.split()[1:]


def whole(words: Sequence[str]) -> Parser:
    """Return the parser of all commands; those that `words` are about have all of their flags."""
    parser = arguments.build()
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            known: dict[str, Any] = action._name_parser_map
            for name in set(words) & {"ask", "runs", "knowledge", "serve"}:
                known[name] = _full(name, words)
    _name_values(parser, words)
    return parser


def _full(name: str, words: Sequence[str]) -> Parser:
    if name == "runs":
        return runs.parser()
    if name == "knowledge":
        from roundtable_tui.cli import knowledge

        return knowledge.parser()
    if name == "serve":
        from roundtable_tui.cli import serve

        parser = serve.parser()
        for add in (arguments.source, arguments.choices, arguments.documents):
            add(parser)
        return parser
    from roundtable_tui import config, modes
    from roundtable_tui.cli import ask_flags
    from roundtable_tui.setup.plan import find_mode, find_task
    from roundtable_tui.setup.request import Wish

    try:
        early = ask_flags.early(words)
        mode = find_mode(Wish(mode=early.mode), find_task(early.task), config.load())
    except Exception:  # A mode or task that is only half written: that of the rest.
        mode = modes.get(config.Settings().mode)
    return ask_flags.full(mode)


def _name_values(parser: Parser, words: Sequence[str]) -> None:
    """Say for each flag, in all parsers, what its values are."""
    for action in parser._actions:
        for name in action.option_strings or [action.dest]:
            if completer := _completer(name, words):
                action.completer = completer  # type: ignore[attr-defined]
    for command in parser.commands().values():
        _name_values(command, words)


def _completer(name: str, words: Sequence[str]) -> Callable[..., Any] | None:
    if name in ("--personas", "--out", "--store"):
        return DirectoriesCompleter()
    if name in ("--file", "paths"):
        return FilesCompleter()
    find = _VALUES.get(name)
    if find is None:
        return None

    def offered(**_: Any) -> Names:
        with suppress(Exception):
            # A name that a terminal would not show as it is cannot be typed either.
            return {one: one_line(text, 60) for one, text in find(words).items() if one == one_line(one, 200)}
        return {}

    return offered


def _modes(words: Sequence[str]) -> Names:
    from roundtable_tui import modes

    return {name: mode.summary for name, mode in modes.all_modes().items()}


def _library(words: Sequence[str]) -> Any:
    from roundtable_tui.resources import PersonaLibrary

    return PersonaLibrary.load(_given(words, "--personas"))


def _given(words: Sequence[str], flag: str) -> Path | None:
    found = next((words[at + 1] for at, word in enumerate(words[:-1]) if word == flag), "")
    return Path(found).expanduser() if found else None


def _personas(words: Sequence[str]) -> Names:
    return {found.persona.name: found.persona.role or "" for found in _library(words).items}


def _seats(words: Sequence[str]) -> Names:
    return {f"{name}=": role for name, role in _personas(words).items()}


def _teams(words: Sequence[str]) -> Names:
    return {found.team.name: found.team.title or "" for found in _library(words).teams}


def _tasks(words: Sequence[str]) -> Names:
    from roundtable_tui.resources import TaskLibrary

    return {found.task.name: found.task.title or "" for found in TaskLibrary.load().items}


def _servers(words: Sequence[str]) -> Names:
    from roundtable_tui import config

    return {name: server.base_url for name, server in config.load().servers.items()}


def _models(words: Sequence[str]) -> Names:
    from roundtable_tui import config

    settled = config.load()
    named = [settled.model, *(server.model for server in settled.servers.values())]
    return dict.fromkeys(filter(None, named), "of the settings file")


def _runs(words: Sequence[str]) -> Names:
    from roundtable_tui.history.constants import LAST
    from roundtable_tui.history.scan import run_names
    from roundtable_tui.utils import paths

    newest = sorted(run_names(paths.runs_dir()), reverse=True)[:_NEWEST]
    return {LAST: "the newest"} | dict.fromkeys(newest, "")


def _options(words: Sequence[str]) -> Names:
    from roundtable_tui import modes
    from roundtable_tui.cli import ask_flags

    mode = modes.get(ask_flags.early(words).mode or "debate")
    return {f"{name}=": field.description or "" for name, field in mode.options.model_fields.items()}


def _collections(words: Sequence[str]) -> Names:
    from contextlib import closing

    from roundtable_tui.knowledge.locations import VARIABLE, open_store

    if "://" in os.environ.get(VARIABLE, ""):  # A database may be far away.
        return {}
    with closing(open_store("", os.environ)) as store:
        return {one.name: "" for one in store.collections()}


def _listed(names: Iterable[str]) -> Callable[[Sequence[str]], Names]:
    return lambda words: dict.fromkeys(names, "")


def _formats(words: Sequence[str]) -> Names:
    from roundtable_tui.history.constants import FORMATS

    return dict(FORMATS)


def _statuses(words: Sequence[str]) -> Names:
    from roundtable_tui.history.constants import STATUSES

    return dict.fromkeys(STATUSES, "")


_VALUES: dict[str, Callable[[Sequence[str]], Names]] = {
    "--mode": _modes,
    "name": lambda words: _collections(words) if "knowledge" in words else _modes(words),
    "--in": _collections,
    "--team": _teams,
    "--task": _tasks,
    "--persona": _personas,
    "--captain": _personas,
    "--model-for": _seats,
    "--server": _servers,
    "--embedding-server": _servers,
    "--model": _models,
    "--follow-up": _runs,
    "run": _runs,
    "runs": _runs,
    "--option": _options,
    "--knowledge": _collections,
    "--into": _collections,
    "--format": _formats,
    "--status": _statuses,
    "--speed": _listed(("instant",)),
}


def run(args: argparse.Namespace) -> int:
    """Print the script of a shell. It asks this very program what may come next: see `completing`."""
    from argcomplete.shell_integration import shellcode

    print(shellcode(["roundtable"], shell=args.shell).strip())
    return 0
