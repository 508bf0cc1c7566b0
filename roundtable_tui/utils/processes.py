"""Starts other programs. None of them may come from the current folder by accident.

A program is an absolute path, or a name found on PATH; empty and relative entries of PATH, which mean the
current folder, do not count. Python runs with `-P` and without any PYTHON* variable that adds code or
changes where code comes from. Only the three standard streams are handed on, each of them stated.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Mapping, MutableMapping, Sequence

TYPE_CHECKING = False  # As in `typing`, whose import is a tenth of the time of `--help`.
if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from pathlib import Path
    from subprocess import Popen
    from typing import IO, Any, Literal

    Stream = Literal["null", "pipe", "terminal"]
    """What a standard stream of a child is: nothing, a pipe to us, or our own terminal."""

_NUMBERS: dict[Stream, int | None] = {"null": -3, "pipe": -1, "terminal": None}
"""As `subprocess` has them; it is imported where a child is started, since most commands start none."""
_SEARCHED = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONPATH")
_HARMLESS = frozenset({"PYTHONIOENCODING", "PYTHONUTF8", "PYTHONDONTWRITEBYTECODE"})
_CLOSING_S = 5.0
"""Until a process that has ended is left alone if its streams stay open."""
NOWHERE = "/"
"""Where a child works that needs no folder."""


def python(*words: str) -> list[str]:
    """Return the command that runs this Python with `words`, the current folder not on its path."""
    return [sys.executable, "-P", *words]


def python_main(module: str, *words: str) -> list[str]:
    """Return the command that runs `main()` of a module of this package with the arguments `words`."""
    return python_code(
        f"import sys; sys.path.append(sys.argv.pop(1)); from {module} import main; main()", *words
    )


def python_code(code: str, *words: str) -> list[str]:
    """Return the command that runs `code`; `sys.argv[1]` is the folder this package is in, `words` follow.

    The code appends the folder to `sys.path`: in the last place it hides no other package.
    """
    from pathlib import Path  # Not at the top: it is a tenth of the time of `roundtable --help`.

    return python("-c", code, str(Path(__file__).resolve().parents[2]), *words)


def find_program(name: str, environ: Mapping[str, str] = os.environ) -> str | None:
    """Return the absolute path of a program; None if there is none outside of the current folder."""
    import shutil  # Not at the top either: it imports four compression libraries.

    if os.path.dirname(name):  # noqa: PTH120
        return shutil.which(name) if os.path.isabs(name) else None  # noqa: PTH117
    return shutil.which(name, path=_absolute_only(environ.get("PATH", os.defpath)) or os.defpath)


def find_home_folder() -> Path:
    """Return where programs of the settings work: relative paths in their arguments mean the user's home."""
    from pathlib import Path

    try:
        home = Path.home()
        return home if home.is_absolute() and home.is_dir() else Path(NOWHERE)
    except (RuntimeError, OSError):  # There is none, or this user may not enter it.
        return Path(NOWHERE)


def environment(environ: Mapping[str, str] = os.environ, *, for_python: bool = False) -> dict[str, str]:
    """Return a child's environment: search paths without the current folder.

    `for_python` drops what makes Python run other code (PYTHONPATH, PYTHONSTARTUP, PYTHONHOME, ...).
    """
    safe = dict(environ)
    for name in _SEARCHED:
        if name in safe and not _set(safe, name):
            del safe[name]  # An empty one may mean the current folder.
    if for_python:
        safe = {k: v for k, v in safe.items() if not k.startswith("PYTHON") or k in _HARMLESS}
    return safe


def secure_path(environ: MutableMapping[str, str] = os.environ) -> None:
    """Drop the current folder from this process's own PATH: libraries too look for programs there."""
    if "PATH" in environ and not _set(environ, "PATH"):
        environ["PATH"] = os.defpath


def import_path(entries: Sequence[str]) -> list[str]:
    """Return the entries of a `sys.path` without the current folder; other entries stay as they are."""
    try:
        here = os.path.realpath(os.getcwd())  # noqa: PTH109
    except OSError:  # It was removed: nothing can be imported from it.
        return [entry for entry in entries if entry]
    return [entry for entry in entries if entry and os.path.realpath(entry) != here]


def start(
    words: Sequence[str],
    *,
    stdin: Stream = "null",
    stdout: Stream = "null",
    stderr: Stream = "null",
    environ: Mapping[str, str] = os.environ,
    folder: Path | str | None = None,
    session: bool = True,
) -> Popen[bytes]:
    """Start a program with its arguments, without a shell. Raises OSError where it cannot be started.

    It works in `folder`, by default in the current one. Its own `session` keeps it from the terminal and
    ctrl+c from it.
    """
    import subprocess

    command, how = _prepare(words, stdin, stdout, stderr, environ, folder, session)
    return subprocess.Popen(command, **how)


def communicate(
    process: Popen[bytes], data: bytes, timeout_s: float, max_bytes: int = 100_000
) -> tuple[bytes, bytes] | None:
    """Send `data` to a process and return the ends of its output and errors; None if it had to be killed.

    Args:
        process: its three streams are pipes.
        data: its standard input.
        timeout_s: seconds until it is killed.
        max_bytes: what is kept of each stream, the last ones: a program may write without an end.
    """
    from subprocess import TimeoutExpired
    from threading import Thread

    assert process.stdin and process.stdout and process.stderr
    out, err = bytearray(), bytearray()
    threads = [
        Thread(target=_write_all, args=(process.stdin, data), daemon=True),
        Thread(target=_read_end, args=(process.stdout, out, max_bytes), daemon=True),
        Thread(target=_read_end, args=(process.stderr, err, max_bytes), daemon=True),
    ]
    for thread in threads:
        thread.start()
    try:
        process.wait(timeout_s)
        was_killed = False
    except TimeoutExpired:
        process.kill()
        process.wait()
        was_killed = True
    for thread in threads:
        thread.join(_CLOSING_S)  # What it started may keep a pipe open.
    return None if was_killed else (bytes(out), bytes(err))


def _write_all(stream: IO[bytes], data: bytes) -> None:
    try:
        with stream:
            stream.write(data)
    except OSError:
        return  # It has ended, or does not read.


def _read_end(stream: IO[bytes], end: bytearray, max_bytes: int) -> None:
    with stream:
        while piece := os.read(stream.fileno(), 65_536):
            end += piece
            del end[:-max_bytes]


async def start_async(
    words: Sequence[str],
    *,
    stdin: Stream = "null",
    stdout: Stream = "null",
    stderr: Stream = "null",
    environ: Mapping[str, str] = os.environ,
    folder: Path | str | None = None,
    session: bool = True,
) -> Process:
    """Start a program as `start` does, for use in an event loop."""
    import asyncio

    command, how = _prepare(words, stdin, stdout, stderr, environ, folder, session)
    return await asyncio.create_subprocess_exec(*command, **how)


def _prepare(
    words: Sequence[str],
    stdin: Stream,
    stdout: Stream,
    stderr: Stream,
    environ: Mapping[str, str],
    folder: Path | str | None,
    session: bool,
) -> tuple[list[str], dict[str, Any]]:
    program = words[0] if os.path.isabs(words[0]) else find_program(words[0], environ)  # noqa: PTH117
    if program is None:
        raise FileNotFoundError(errno.ENOENT, "it is neither on PATH nor an absolute path")
    how: dict[str, Any] = {
        "stdin": _NUMBERS[stdin],
        "stdout": _NUMBERS[stdout],
        "stderr": _NUMBERS[stderr],
        "env": environment(environ, for_python=program == sys.executable),
        "cwd": folder,
        "start_new_session": session,
        "close_fds": True,
    }
    return [program, *words[1:]], how


def _set(environ: MutableMapping[str, str], name: str) -> bool:
    """Keep the absolute entries of a search path only; return whether any is left."""
    environ[name] = _absolute_only(environ[name])
    return bool(environ[name])


def _absolute_only(searched: str) -> str:
    return os.pathsep.join(entry for entry in searched.split(os.pathsep) if os.path.isabs(entry))  # noqa: PTH117
