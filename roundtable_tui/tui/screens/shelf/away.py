"""Files put away instead of deleted, and files as they were, so that they can be brought back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from roundtable_tui import disk, paths
from roundtable_tui.errors import FileError


@dataclass(frozen=True, slots=True)
class Away:
    """A file that was put away: where it was, and where it is."""

    path: Path
    kept: Path

    @classmethod
    def put(cls, path: Path) -> Away:
        """Move a file to the folder for what was deleted. Raises FileError."""
        folder = paths.data_dir() / "deleted"
        number, kept = 1, folder / path.name
        while disk.is_there(kept):
            number += 1
            kept = folder / f"{path.stem}-{number}{path.suffix}"
        _move(path, kept)
        return cls(path, kept)

    def bring_back(self) -> None:
        """Move the file back to where it was. Raises FileError, also where another has its place now."""
        if disk.is_there(self.path):
            where, kept = disk.show(self.path), disk.show(self.kept)
            raise FileError("is there again", where=where, hint=f"The deleted one is {kept}.")
        _move(self.kept, self.path)


@dataclass(frozen=True, slots=True)
class Before:
    """A file that was changed: its text before, and since."""

    path: Path
    before: str
    since: str

    def bring_back(self) -> None:
        """Write what it was before. Raises FileError, also where somebody has changed it again."""
        if disk.read_text(self.path) != self.since:
            raise FileError("has been changed since", where=disk.show(self.path), hint="It stays as it is.")
        disk.write_text(self.path, self.before, mode=0o644)


def _move(source: Path, target: Path) -> None:
    try:
        paths.ensure(target.parent)
        source.rename(target)
    except OSError as error:
        reason = error.strerror or "for no known reason"
        raise FileError(f"cannot be moved: {reason}", where=disk.show(source)) from error
