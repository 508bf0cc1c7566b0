"""The person's own editor, on a file: the app steps aside for it and is drawn anew when it ends."""

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

_SET_EDITOR_HINT = "Set EDITOR, say `export EDITOR=nano`, and start roundtable again."


def get_editor_command(environ: Mapping[str, str]) -> list[str]:
    """Return the editor's command with its arguments, of VISUAL or else EDITOR. Raises UsageError."""
    for name in ("VISUAL", "EDITOR"):
        value = environ.get(name, "").strip()
        if not value:
            continue
        try:
            command = shlex.split(value)
        except ValueError:
            raise UsageError(f"{name} has an open quotation mark", hint=_SET_EDITOR_HINT) from None
        if processes.find_program(command[0], environ) is None:
            raise UsageError(
                f"{name} names {single_line(command[0], 60)}, which is not there", hint=_SET_EDITOR_HINT
            )
        return command
    raise UsageError("no editor is named", hint=_SET_EDITOR_HINT)


def open_in_editor(app: App[Any], path: Path, environ: Mapping[str, str] = os.environ) -> None:
    """Open `path` in the person's editor and return when it has ended.

    Everything else stands still meanwhile. Raises UsageError: no editor, one that failed, no terminal.
    """
    command = get_editor_command(environ)
    try:
        with app.suspend(), _ignore_interrupts():
            # An absolute path is never taken for an option.
            ended = processes.start(
                [*command, str(path.absolute())],
                stdin="terminal",
                stdout="terminal",
                stderr="terminal",
                environ=environ,
                session=False,
            ).wait()
    except SuspendNotSupported:
        raise UsageError("an editor needs a terminal of its own", hint="Edit it here instead.") from None
    except OSError as error:
        raise UsageError(
            f"{single_line(command[0], 60)} cannot be started: {error.strerror}", hint=_SET_EDITOR_HINT
        ) from None
    if ended:
        raise UsageError(
            f"{single_line(command[0], 60)} ended with {ended}", hint="The file is read as it is."
        )


@contextmanager
def _ignore_interrupts() -> Iterator[None]:
    """Have ctrl+c reach the editor alone: a handler, unlike SIG_IGN, is not handed on to it."""
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
