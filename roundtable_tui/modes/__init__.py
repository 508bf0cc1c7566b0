"""The modes. Each module here with a `MODE` is one; other packages register their `Mode` as an entry point
in group `roundtable.modes`.
"""

from __future__ import annotations

import pkgutil
import re
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, distributions
from typing import get_args

from roundtable_tui.config import did_you_mean
from roundtable_tui.engine import Mode, Options
from roundtable_tui.engine.mode import Layout, SeatingPolicy
from roundtable_tui.errors import UsageError
from roundtable_tui.utils import processes
from roundtable_tui.utils.text import single_line

ENTRY_POINT_GROUP = "roundtable.modes"
PIPELINE = "pipeline"
"""The mode that runs the stages of a task. `get_mode` returns it, but users cannot choose it."""
_BUILTIN_ORDER = (
    "auto", "debate", "pro", "roundtable", "vote", "council", "single", "chain", "fanout", "loop",
)  # fmt: skip


@cache
def all_modes() -> dict[str, Mode]:
    """Return every mode by name: built-in modes first, then those of other packages.

    Invalid modes are left out and reported by `load_errors()`.
    """
    found: dict[str, Mode] = {}
    own = [info.name for info in pkgutil.iter_modules(__path__)]
    for name in sorted(
        own, key=lambda n: (_BUILTIN_ORDER.index(n) if n in _BUILTIN_ORDER else len(_BUILTIN_ORDER), n)
    ):
        mode = getattr(import_module(f"{__name__}.{name}"), "MODE", None)
        if isinstance(mode, Mode):
            found[mode.name] = mode
    for point in _entry_points():
        try:
            mode = _validate_mode(point.load(), found)
        except (Exception, SystemExit) as error:  # Foreign code can raise anything.
            what = str(error) if isinstance(error, UsageError) else f"cannot be loaded: {error!r}"
            _load_errors[point.name] = single_line(f"mode {point.name} ({point.value}) {what}")
        else:
            found[mode.name] = mode
    return found


def _entry_points() -> Iterator[EntryPoint]:
    """Yield the entry points of installed packages; the current folder does not count as installed."""
    seen: set[str] = set()
    for package in distributions(path=processes.import_path(sys.path)):
        if points := package.entry_points.select(group=ENTRY_POINT_GROUP):
            if package.name not in seen:  # The first on the path is the imported one.
                yield from points
            seen.add(package.name)


def _validate_mode(mode: object, found: Mapping[str, Mode]) -> Mode:
    if not isinstance(mode, Mode):
        raise UsageError("is not a Mode")
    if not (isinstance(mode.options, type) and issubclass(mode.options, Options)):
        raise UsageError("has options that are not a subclass of Options")
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,30}", mode.name):
        raise UsageError("has an invalid name: use lower-case letters, digits, - and _")
    if mode.seats not in get_args(SeatingPolicy):
        known = ", ".join(get_args(SeatingPolicy))
        raise UsageError(
            f"has an unknown value of seats: {single_line(str(mode.seats), 30)} is none of {known}"
        )
    if mode.layout not in get_args(Layout):
        known = ", ".join(get_args(Layout))
        raise UsageError(
            f"has an unknown value of layout: {single_line(str(mode.layout), 30)} is none of {known}"
        )
    if not callable(mode.run):
        raise UsageError("has nothing to run")
    if mode.name == PIPELINE or found.get(mode.name, mode) is not mode:
        raise UsageError(f"wants the name {mode.name}, which another mode has")
    return mode


_load_errors: dict[str, str] = {}


def load_errors() -> list[str]:
    """Return one line for each mode of another package that could not be loaded."""
    all_modes()
    return list(_load_errors.values())


def get_mode(name: str) -> Mode:
    """Return the mode of this name, `pipeline` included. Raises UsageError with the closest match."""
    if name == PIPELINE:
        pipeline: Mode = import_module(f"{__name__}.{PIPELINE}").PIPELINE
        return pipeline
    if (builtin := _find_builtin(name)) is not None:
        return builtin
    modes = all_modes()
    if name not in modes:
        raise UsageError(
            f"there is no mode {single_line(name, 60)}", hint=did_you_mean(name, modes, "Known are")
        )
    return modes[name]


def _find_builtin(name: str) -> Mode | None:
    """Return the built-in mode of this name, of which only the module is imported.

    None for other names, and if all modes are loaded already.
    """
    if name not in _BUILTIN_ORDER or all_modes.cache_info().currsize:
        return None
    mode = getattr(import_module(f"{__name__}.{name}"), "MODE", None)
    return mode if isinstance(mode, Mode) and mode.name == name else None


def get_layout(name: str) -> Layout:
    """Return how runs of a mode are shown; `columns` for a mode that is not installed here."""
    mode = _find_builtin(name) or all_modes().get(name)
    return mode.layout if mode else "columns"
