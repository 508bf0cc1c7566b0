"""The names that TAB offers for an argument: modes, personas, runs and others."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from argcomplete.completers import DirectoriesCompleter, FilesCompleter

from roundtable_tui.utils.paths import expand_user
from roundtable_tui.utils.text import single_line

_MAX_RUNS = 50
Names = dict[str, str]
"""Name -> a short description."""


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
