"""Checks of this machine: Python, packages, terminal, clipboard, settings, folders, files, modes."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from roundtable_tui import config
from roundtable_tui.answers import maths
from roundtable_tui.config import Settings
from roundtable_tui.errors import FileError, RoundtableError
from roundtable_tui.llm.http.proxies import EnvironmentProxy, find_proxy_fault
from roundtable_tui.tui.clipboard import find_tool
from roundtable_tui.utils import files as disk
from roundtable_tui.utils import paths
from roundtable_tui.utils.paths import expand_user
from roundtable_tui.utils.text import single_line

PACKAGE = "roundtable-tui"
_PROXY_VARIABLES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")


@dataclass(frozen=True, slots=True)
class Check:
    """The result of a check. `mark`: ok, note (works, with a limitation) or bad; `hint`: what to do."""

    mark: Literal["ok", "note", "bad"]
    name: str
    what: str
    hint: str = ""


def check_machine(environ: Mapping[str, str]) -> list[Check]:
    """Check Python, the packages, the terminal, the clipboard and the proxy variables."""
    return [
        _check_python(),
        _check_packages(),
        _check_maths(),
        _check_terminal(environ),
        *_check_clipboard(environ),
        *_check_proxies(environ),
    ]


def _check_python() -> Check:
    return Check("ok", "Python", f"{platform.python_version()} on {platform.system()} {platform.machine()}")


def _check_packages() -> Check:
    names = [
        PACKAGE,
        *(_package_name(line) for line in metadata.requires(PACKAGE) or () if "extra ==" not in line),
    ]
    found, missing = [], []
    for name in names:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        return Check("bad", "packages", f"missing: {', '.join(missing)}", "Reinstall Roundtable.")
    return Check("ok", "packages", ", ".join(found))


def _check_maths() -> Check:
    if maths.is_installed():
        return Check("ok", "maths", "expressions are compared by math-verify")
    return Check(
        "ok",
        "maths",
        "expressions are compared by their normal form",
        "The extra compares them by a mathematics library: pip install 'roundtable-tui[maths]'.",
    )


def _package_name(requirement: str) -> str:
    return re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0]


def _check_terminal(environ: Mapping[str, str]) -> Check:
    size = shutil.get_terminal_size()
    term = environ.get("TERM", "")
    colors = "24-bit color" if environ.get("COLORTERM") in ("truecolor", "24bit") else "256 colors or fewer"
    what = f"{term or 'TERM is not set'}, {size.columns}x{size.lines}, {colors}"
    if environ.get("NO_COLOR"):
        what += ", NO_COLOR is set"
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return Check(
            "note", "terminal", "not a terminal", "The app needs one. `ask` and the lists work without."
        )
    if term in ("", "dumb"):
        return Check(
            "note", "terminal", what, "The app needs a terminal with cursor control. `ask` works here."
        )
    if size.columns < 60 or size.lines < 15:
        return Check("note", "terminal", what, "Enlarge the terminal: the app needs at least 60x15.")
    encoding = (sys.stdout.encoding or "").lower()
    if "utf" not in encoding:
        return Check(
            "note", "terminal", f"{what}, {encoding}", "Set LANG to a UTF-8 locale, such as C.UTF-8."
        )
    return Check("ok", "terminal", what)


def _check_clipboard(environ: Mapping[str, str]) -> list[Check]:
    tool = find_tool(environ)
    if tool is not None and tool.name == "tmux":
        hint = "If copying does not work: `tmux set -g set-clipboard on`."
        return [Check("ok", "clipboard", "through tmux", hint)]
    if tool is not None:
        return [Check("ok", "clipboard", f"through {tool.name} and the terminal (OSC 52)")]
    how = "the terminal (OSC 52)" + (", because of ssh" if environ.get("SSH_CONNECTION") else "")
    return [Check("ok", "clipboard", f"through {how}")]


def _check_proxies(environ: Mapping[str, str]) -> list[Check]:
    """Check that the proxies of the environment can be used; no line without proxies."""
    found = []
    for name in _PROXY_VARIABLES:
        if not (value := environ.get(name, "").strip()):
            continue
        if (fault := find_proxy_fault(name, value)) is not None:
            found.append(Check("bad", "proxy", fault.what, f"{fault.hint}."))
        else:  # Without the user name and password that it may have.
            proxy = EnvironmentProxy(value if "://" in value else f"http://{value}", name)
            scheme = proxy.url.partition("://")[0]
            found.append(Check("ok", "proxy", f"{name}: {scheme}://{single_line(proxy.host, 80)}"))
    return found


def check_settings() -> tuple[Settings, list[Check]]:
    """Return the settings, or the defaults if the file is invalid, and the check of the file."""
    path = paths.settings_file()
    try:
        found = config.load()
    except FileError as error:
        return Settings(), [Check("bad", "settings", str(error))]
    if not disk.path_exists(path):
        return found, [Check("ok", "settings", f"{disk.display_path(path)} does not exist: using defaults")]
    from roundtable_tui.modes import all_modes

    if unknown := config.describe_unknown(found, all_modes()):
        return found, [Check("note", "settings", unknown.rstrip("."), "They may be of another version.")]
    return found, [Check("ok", "settings", disk.display_path(path))]


def check_folders() -> list[Check]:
    """Check that the folders for settings, runs and cache are writable."""
    places = {"settings": paths.config_dir(), "runs": paths.runs_dir(), "cache": paths.cache_dir()}
    hint = "Change its permissions, or set ROUNDTABLE_HOME."
    bad = [
        Check("bad", "folders", f"{disk.display_path(path)} is not writable ({name})", hint)
        for name, path in places.items()
        if not _is_writable(path)
    ]
    return bad or [Check("ok", "folders", "settings, runs and cache are writable")]


def _is_writable(path: Path) -> bool:
    while not disk.path_exists(path) and path != path.parent:
        path = path.parent
    return os.access(path, os.W_OK | os.X_OK) and path.is_dir()


def check_files(given: str) -> list[Check]:
    """Check personas, teams and tasks: one line for each invalid file."""
    from roundtable_tui.resources import PersonaLibrary, TaskLibrary

    out: list[Check] = []
    try:
        personas = PersonaLibrary.load(expand_user(given) if given else None)
        tasks = TaskLibrary.load()
    except RoundtableError as error:
        return [Check("bad", "files", str(error))]
    count = f"{len(personas.items)} personas, {len(personas.teams)} teams, {len(tasks.items)} tasks"
    out.append(Check("ok" if personas.items else "bad", "files", count))
    out += [Check("bad", "persona", str(problem)) for problem in personas.problems]
    out += [Check("bad", "task", str(problem)) for problem in tasks.problems]
    return out


def check_modes() -> list[Check]:
    """Check that all modes can be loaded."""
    from roundtable_tui.modes import all_modes, load_errors

    bad = [Check("bad", "mode", line, "Update or uninstall the package.") for line in load_errors()]
    return [Check("ok", "modes", ", ".join(all_modes())), *bad]
