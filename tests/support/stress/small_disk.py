"""Disks that cannot be written to: full, read-only, or limited for this process."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

AS_ROOT = os.geteuid() == 0


class small_disk:
    """`with small_disk(folder) as mounted`: a separate disk, 128 kB by default, where possible."""

    def __init__(self, folder: Path, size: str = "128k") -> None:
        self._folder, self._size = folder, size
        self._mounted = False

    def __enter__(self) -> bool:
        command = ["mount", "-t", "tmpfs", "-o", f"size={self._size}", "tmpfs", str(self._folder)]
        if AS_ROOT:
            self._mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
        return self._mounted

    def __exit__(self, *_: object) -> None:
        if self._mounted:
            subprocess.run(["umount", "-l", str(self._folder)], check=True)


def fill(folder: Path) -> Path:
    """Fill the disk of `folder` to the last byte; return the file that does."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while file.write(b"x" * 512):
                pass
        except OSError:
            pass
    return filler


@contextmanager
def full_disk(folder: Path, *, mounted: bool) -> Iterator[None]:
    """Make writing fail: the disk is filled or, if it is not a separate one, file sizes are limited."""
    if not mounted:
        with no_file_may_grow():
            yield
        return
    filler = fill(folder)
    try:
        yield
    finally:
        filler.unlink()


@contextmanager
def no_file_may_grow() -> Iterator[None]:
    """Make every write of this process to a file fail, as root too; Python ignores the signal for it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def read_only(folder: Path, *, mounted: bool) -> Iterator[None]:
    """Forbid writing in `folder`: its disk is mounted read-only, or its folders lose the permission."""
    if mounted:
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        try:
            yield
        finally:
            subprocess.run(["mount", "-o", "remount,rw", str(folder)], check=True)
        return
    folders = [folder, *(path for path in folder.rglob("*") if path.is_dir())]
    for one in folders:
        one.chmod(0o555)
    try:
        yield
    finally:
        for one in folders:
            one.chmod(0o755)
