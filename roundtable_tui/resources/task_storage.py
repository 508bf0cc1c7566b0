"""Create, copy, rename, delete and restore the user's own task folders; edit their texts."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from roundtable_tui.config.toml_edit import parse, update_toml
from roundtable_tui.errors import FileError, UsageError
from roundtable_tui.resources.inside import inside, own
from roundtable_tui.resources.json_schema import SCHEMA_FILES, render_schema
from roundtable_tui.resources.persona import slugify
from roundtable_tui.resources.reading import read_text
from roundtable_tui.resources.task import SETTINGS_FILE
from roundtable_tui.utils import files, paths
from roundtable_tui.utils.text import single_line
from roundtable_tui.utils.trash import TrashedItem, list_trash, move_to_trash, restore

SCHEMA_FILE = "task.schema.json"
SCHEMA_LINE = f"#:schema ../{SCHEMA_FILE}\n"
MAX_FILES = 2000
MAX_BYTES = 200 * files.BYTES_PER_MB


DeletedTask = TrashedItem


def user_tasks_dir() -> Path:
    """Return the folder of the user's own tasks."""
    return paths.data_dir() / "tasks"


def is_shipped(path: Path) -> bool:
    """Return whether `path`, with its links followed, is built in and therefore read-only."""
    return files.is_within(path, paths.bundled_dir("tasks"))


def new_settings_text(name: str) -> str:
    """Return a `task.toml` with only the title of the task."""
    import tomli_w

    return SCHEMA_LINE + tomli_w.dumps({"title": single_line(name, 120)})


def new_task(name: str, contents: Mapping[str, str]) -> Path:
    """Create a task of the user from texts by their path in it; return its folder.

    Raises UsageError where one has that name, FileError.
    """
    folder = _unused_path(name)
    _schema()
    for name_in_it, content in contents.items():
        files.write_text(folder / name_in_it, content, mode=0o644)
    return folder


def copy_task(source: Path, name: str = "") -> Path:
    """Copy a task to the user's tasks, under its own folder name or as `name`; return the copy.

    Raises UsageError if the user has one of that name, FileError; a failed copy is removed.
    """
    target = _unused_path(name) if name else _require_unused(user_tasks_dir() / source.name)
    _schema()
    try:
        copy_files(source, target)
        if name:
            _set_title(target, name)
    except FileError:
        shutil.rmtree(target, ignore_errors=True)
        raise
    return target


def copy_files(source: Path, target: Path) -> None:
    """Copy the regular files of a folder, without hidden files, devices and links that lead out of it.

    Raises FileError, also for more than MAX_FILES files or MAX_BYTES bytes.
    """
    try:
        sources = _list_files(source)
        if len(sources) > MAX_FILES or sum(path.stat().st_size for path in sources) > MAX_BYTES:
            hint = "Copy it by hand, or leave its documents out."
            raise FileError("is too large to be copied", where=files.display_path(source), hint=hint)
        for path in sources:
            to = target / path.relative_to(source)
            paths.make_private_dir(to.parent)
            shutil.copyfile(path, to)
    except OSError as error:
        raise FileError(f"cannot be copied: {error.strerror}", where=files.display_path(source)) from None


def rename_task(folder: Path, name: str) -> Path:
    """Give a task another title, and its folder the name that follows from it; return the folder.

    Raises UsageError where another has that name, FileError.
    """
    target = folder.with_name(_folder_name(name))
    if target != folder:
        _require_unused(target)
    _set_title(folder, name)
    if target != folder:
        try:
            folder.rename(target)
        except OSError as error:
            raise FileError(
                f"cannot be renamed: {error.strerror}", where=files.display_path(folder)
            ) from None
    return target


def delete_task(folder: Path) -> DeletedTask:
    """Move a task to the trash. Raises UsageError for a built-in task, FileError."""
    if is_shipped(folder):
        raise UsageError("built-in tasks cannot be deleted", where=files.display_path(folder))
    return move_to_trash(folder)


def restore_task(deleted: DeletedTask) -> Path:
    """Move a task back from the trash and return its folder. Raises UsageError, FileError."""
    _require_unused(deleted.path)
    return restore(deleted)


def list_deleted_tasks() -> list[DeletedTask]:
    """Return the tasks in the trash, the last deleted first."""
    return list_trash(user_tasks_dir())


def _folder_name(name: str) -> str:
    if not name.strip():
        raise UsageError("a task needs a name")
    return slugify(single_line(name, 120))


def _unused_path(name: str) -> Path:
    return _require_unused(user_tasks_dir() / _folder_name(name))


def _require_unused(target: Path) -> Path:
    if files.path_exists(target):
        what = f"there is a task {single_line(target.name, 60)} already"
        raise UsageError(what, where=files.display_path(target.parent))
    return target


def _schema() -> None:
    """Write the JSON schema, which editors use, beside the user's tasks if it is missing."""
    if not files.path_exists(user_tasks_dir() / SCHEMA_FILE):
        files.write_text(
            user_tasks_dir() / SCHEMA_FILE, render_schema(SCHEMA_FILES[f"tasks/{SCHEMA_FILE}"]()), mode=0o644
        )


def _set_title(folder: Path, name: str) -> None:
    path = own(folder, SETTINGS_FILE)
    there = files.path_exists(path)
    source = read_text(path) if there else SCHEMA_LINE
    settings = parse(source, path)
    if settings.get("title") != name:
        content = update_toml(source, {"title": name, **settings, **{"title": name}}, path)
        files.write_text(path, content, mode=0o644)


def _list_files(folder: Path) -> list[Path]:
    found = []
    for at, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        paths_here = [Path(at, name) for name in names if not name.startswith(".")]
        # What a link leads out to is not the folder's own: a copy would make it so.
        found += [
            path for path in paths_here if path.is_file() and inside(folder, str(path.relative_to(folder)))
        ]
        if len(found) > MAX_FILES:
            break
    return found


_BOM = b"\xef\xbb\xbf"
_DEFAULT_MODE = 0o644


@dataclass(frozen=True, slots=True)
class TextFormat:
    """What saving a text file keeps: its BOM and its line end."""

    bom: str = ""
    line_end: str = "\n"
    """The most frequent one; saving writes it everywhere."""
    is_mixed: bool = False
    """Whether there are others."""


def read_text_file(path: Path) -> tuple[str, TextFormat]:
    r"""Return the text of a file, line ends as `\n`, "" without a file, and its format. Raises FileError."""
    data = files.read_bytes(path) if files.path_exists(path) else b""
    both = data.count(b"\r\n")
    counts = {"\n": data.count(b"\n") - both, "\r\n": both, "\r": data.count(b"\r") - both}
    is_mixed = sum(count > 0 for count in counts.values()) > 1
    bom = "\ufeff" if data.startswith(_BOM) else ""
    return files.decode_text(data, path), TextFormat(bom, max(counts, key=lambda end: counts[end]), is_mixed)


def write_text_file(path: Path, text: str, form: TextFormat) -> None:
    r"""Write a text, line ends as `\n`, in a format; the permissions of the file stay. Raises FileError."""
    files.write_text(path, form.bom + text.replace("\n", form.line_end), mode=_mode(path))


def _mode(path: Path) -> int:
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return _DEFAULT_MODE
