"""Opens a file in the user's editor; the app is suspended meanwhile."""

from __future__ import annotations

import os
import shlex
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from textual.app import App, SuspendNotSupported

from roundtable_tui.errors import UsageError
from roundtable_tui.utils import processes
from roundtable_tui.utils.text import single_line

_SET_EDITOR_HINT = "Set EDITOR, for example `export EDITOR=nano`, and restart roundtable."


def get_editor_command(environ: Mapping[str, str]) -> list[str]:
    """Return the command of the editor with its arguments, from VISUAL or EDITOR.

    Raises:
        UsageError: Neither is set, the quotes are not closed, or the program is missing.
    """
    for name in ("VISUAL", "EDITOR"):
        value = environ.get(name, "").strip()
        if not value:
            continue
        try:
            command = shlex.split(value)
        except ValueError:
            raise UsageError(f"{name} has an unclosed quote", hint=_SET_EDITOR_HINT) from None
        if processes.find_program(command[0], environ) is None:
            raise UsageError(
                f"editor not found: {single_line(command[0], 60)} (set by {name})", hint=_SET_EDITOR_HINT
            )
        return command
    raise UsageError("no editor is set", hint=_SET_EDITOR_HINT)


def open_in_editor(app: App[Any], path: Path, environ: Mapping[str, str] = os.environ) -> None:
    """Open `path` in the user's editor and wait until it has ended.

    Raises:
        UsageError: There is no editor, it failed, or the app does not run in a terminal.
    """
    command = get_editor_command(environ)
    try:
        with app.suspend(), _ignore_interrupts():
            # An absolute path cannot be mistaken for an option.
            ended = processes.start(
                [*command, str(path.absolute())],
                stdin="terminal",
                stdout="terminal",
                stderr="terminal",
                environ=environ,
                session=False,
            ).wait()
    except SuspendNotSupported:
        raise UsageError("the editor needs a terminal", hint="Edit the file here instead.") from None
    except OSError as error:
        raise UsageError(
            f"{single_line(command[0], 60)} cannot be started: {error.strerror}", hint=_SET_EDITOR_HINT
        ) from None
    if ended:
        raise UsageError(
            f"{single_line(command[0], 60)} failed with exit code {ended}",
            hint="The file is read as it is on disk.",
        )


@contextmanager
def _ignore_interrupts() -> Iterator[None]:
    """Ignore SIGINT so that ctrl+c reaches only the editor; unlike SIG_IGN a handler is not inherited."""
    previous = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
