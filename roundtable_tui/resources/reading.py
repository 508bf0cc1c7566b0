"""Reads folders of JSON files, with limits of size and number."""

from __future__ import annotations

import re
from pathlib import Path

from roundtable_tui.errors import FileError
from roundtable_tui.utils import files
from roundtable_tui.utils.files import BYTES_PER_MB, read_text

MAX_PERSONA_BYTES = BYTES_PER_MB
MAX_TASK_BYTES = 16 * BYTES_PER_MB
MAX_FILES = 1000
_SEAT = re.compile(r"^role(\d+)\.json$", re.IGNORECASE)

__all__ = [
    "MAX_PERSONA_BYTES",
    "MAX_TASK_BYTES",
    "is_file",
    "is_folder",
    "list_folders",
    "list_json_files",
    "list_other_files",
    "read_text",
]


def list_json_files(folder: Path) -> tuple[list[Path], list[FileError]]:
    """Return the JSON files of `folder`, by name, `role1.json`, `role2.json`, ... first and by number.

    Schemas and hidden files are left out. The second part has the problems: folders that cannot be
    listed, and gaps in the numbers of the roles. A file in place of a folder is returned as it is.
    """
    if is_file(folder):
        return [folder], []
    names, problems = _list_names(folder)
    names = [name for name in names if _is_json_name(name)]
    numbers = {int(match[1]): name for name in names if (match := _SEAT.match(name))}
    roles = [numbers[number] for number in sorted(numbers)]
    gaps = [n for n in range(1, min(max(numbers, default=0), MAX_FILES)) if n not in numbers]
    if gaps:
        missing = ", ".join(f"role{number}.json" for number in gaps[:5]) + (", ..." if gaps[5:] else "")
        what = f"{missing} {'is' if len(gaps) == 1 else 'are'} missing between the others"
        problems.append(FileError(what, where=files.display_path(folder), hint="The others are used."))
    return [folder / name for name in (*roles, *(name for name in names if name not in roles))], problems


def list_other_files(folder: Path) -> list[str]:
    """Return the names of the files in `folder` that are not JSON, by name, without hidden files."""
    names, _ = _list_names(folder)
    return [name for name in names if is_file(folder / name) and not name.lower().endswith(".json")]


def _is_json_name(name: str) -> bool:
    return name.lower().endswith(".json") and not name.lower().endswith(".schema.json")


def list_folders(folder: Path) -> tuple[list[Path], list[FileError]]:
    """Return the folders in `folder` by name, without hidden ones, and the problems."""
    names, problems = _list_names(folder)
    return [folder / name for name in names if is_folder(folder / name)], problems


def is_folder(path: Path) -> bool:
    """Return whether `path` is a folder that can be accessed."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def is_file(path: Path) -> bool:
    """Return whether `path` is a regular file that can be accessed."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _list_names(folder: Path) -> tuple[list[str], list[FileError]]:
    if not is_folder(folder):
        return [], []
    try:
        names = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        return [], [FileError(f"cannot be listed: {error.strerror}", where=files.display_path(folder))]
    if len(names) > MAX_FILES:
        what = f"holds {len(names):,} files: the first {MAX_FILES:,} are looked at"
        return names[:MAX_FILES], [FileError(what, where=files.display_path(folder))]
    return names, []
