"""Fetch a server's key from where it is kept; what is fetched is never shown, not even in an error."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from roundtable_tui import processes
from roundtable_tui.errors import UsageError
from roundtable_tui.mask import remember
from roundtable_tui.settings.model import ServerSettings
from roundtable_tui.text import one_line

if TYPE_CHECKING:
    from subprocess import Popen

SECONDS = 10.0
_LONGEST = 8192


def read_key(
    server: ServerSettings, environ: Mapping[str, str] = os.environ, *, seconds: float = SECONDS
) -> str:
    """Return the key of `server`, "" if it needs none; a command may take `seconds`: call this in a thread.

    Raises UsageError that names the variable or the program, never what it holds or says.
    """
    if server.api_key_env:
        value = environ.get(server.api_key_env, "")
        return _usable(value, server, f"the variable {one_line(server.api_key_env, 64)}", "is not set")
    if server.api_key_cmd:
        words = shlex.split(server.api_key_cmd)
        # Only the program's name: its arguments may be private.
        source = f"the key command ({one_line(Path(words[0]).name, 40)})"
        return _usable(_first_line(words, server, source, seconds), server, source, "printed nothing")
    return ""


def _first_line(words: list[str], server: ServerSettings, source: str, seconds: float) -> str:
    import threading

    try:
        # A session of its own: it cannot ask on the terminal the app draws on, and ends as a whole.
        process = processes.start(words, stdout="pipe", folder=_home())
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", "") or "it cannot be run"
        raise _fault(server, f"{source} failed: {one_line(reason, 80)}") from None
    late = threading.Event()

    def give_up() -> None:
        late.set()
        _end(process)

    clock = threading.Timer(seconds, give_up)
    clock.daemon = True
    clock.start()
    try:
        assert process.stdout is not None
        with process.stdout as output:
            line = output.readline(_LONGEST)
        status = process.wait()
    finally:
        clock.cancel()
    if late.is_set():
        raise _fault(server, f"{source} took longer than {seconds:g} s")
    # A program that goes on printing ends by SIGPIPE, as its pipe is closed after one line.
    if status not in {0, -13, 141}:
        raise _fault(server, f"{source} failed with status {status}")
    return line.decode("utf-8", "replace")


def _home() -> Path:
    """Return where a key command works: `python -m` and relative paths find the user's own files there."""
    try:
        home = Path.home()
    except RuntimeError:
        return processes.NOWHERE
    return home if home.is_absolute() and home.is_dir() else processes.NOWHERE


def _end(process: Popen[bytes]) -> None:
    """End the command, if it still runs, and what it started."""
    import signal
    from contextlib import suppress

    if process.returncode is not None:
        return
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _usable(value: str, server: ServerSettings, source: str, if_empty: str) -> str:
    key = value.strip()
    remember(key)
    if not key:
        raise _fault(server, f"{source} {if_empty}")
    if not (key.isascii() and key.isprintable()):
        raise _fault(server, f"{source} gave something that cannot be a key")
    return key


def _fault(server: ServerSettings, what: str) -> UsageError:
    where = f"server {one_line(server.name, 60)}"
    return UsageError(what, where=where, hint="Try it in a shell, or change it in the settings.")
