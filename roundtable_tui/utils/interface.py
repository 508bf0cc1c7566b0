"""Words of an error that depend on where it is read: on the command line, in a Python program, in the app.

Code below these three raises the errors; it names a parameter with `parameter_name` and gives advice with
`by_interface`, so that a program is not asked for a flag, nor the app for an argument of a function.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal, TypeAlias

from roundtable_tui.errors import UsageError

Interface: TypeAlias = Literal["command line", "python", "app"]

_interface: ContextVar[Interface] = ContextVar("interface", default="command line")
_FLAGS = {
    "personas": "--persona",
    "personas_dir": "--personas",
    "model_for": "--model-for",
    "roots": "--root",
}
"""Flags whose name is not that of the parameter."""


def use_interface(name: Interface) -> None:
    """Set the interface for this task and the tasks and threads that it starts through asyncio."""
    _interface.set(name)


@contextmanager
def using_interface(name: Interface) -> Iterator[None]:
    """Set the interface within the `with`."""
    token = _interface.set(name)
    try:
        yield
    finally:
        _interface.reset(token)


def parameter_name(name: str) -> str:
    """Return the name under which the user knows a parameter: `--max-tokens`, `max_tokens`, `max tokens`."""
    return by_interface(
        command_line=_FLAGS.get(name) or f"--{name.replace('_', '-')}",
        python=name,
        app=name.replace("_", " "),
    )


def check_count(name: str, value: int | None, low: int = 1, high: int | None = None) -> None:
    """Raise UsageError if the value of a parameter is not in its range; None is not given."""
    if value is None or (value >= low and (high is None or value <= high)):
        return
    wanted = f"{low} or more" if high is None else f"a whole number from {low} to {high}"
    raise UsageError(f"{parameter_name(name)} should be {wanted}, not {value}")


def by_interface(*, command_line: str, python: str, app: str) -> str:
    """Return the text for the present interface."""
    match _interface.get():
        case "python":
            return python
        case "app":
            return app
    return command_line
