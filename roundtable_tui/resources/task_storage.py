"""Task folders of the user's own: made, copied, renamed, deleted and taken back."""

from __future__ import annotations

import os
import shutil
import stat
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from roundtable_tui.config.toml_edit import edited, parse
from roundtable_tui.errors import FileError, UsageError
from roundtable_tui.resources.inside import inside, own
from roundtable_tui.resources.json_schema import FILES, as_text
from roundtable_tui.resources.persona import key_of
from roundtable_tui.resources.reading import is_folder, read_text
from roundtable_tui.resources.task import SETTINGS
from roundtable_tui.utils import files, paths
from roundtable_tui.utils.text import one_line

TRASH = ".trash"
SCHEMA = "task.schema.json"
SCHEMA_LINE = f"#:schema ../{SCHEMA}\n"
MOST_FILES = 2000
MOST_BYTES = 200 * files.MB


@dataclass(frozen=True, slots=True)
class Deleted:
    """A task in the trash: where it was, and where it is."""

    path: Path
    kept: Path


def home() -> Path:
    """Return the folder of the user's own tasks."""
    return paths.data_dir() / "tasks"


def is_shipped(path: Path) -> bool:
    """Return whether `path`, its links followed, is of what comes along and so is never written to."""
    return files.real(path).is_relative_to(files.real(paths.shipped("tasks")))


def titled(name: str) -> str:
    """Return a `task.toml` that says no more than what the task is called."""
    import tomli_w

    return SCHEMA_LINE + tomli_w.dumps({"title": one_line(name, 120)})


def new_task(name: str, contents: Mapping[str, str]) -> Path:
    """Make a task called `name` of yours from texts by their path in it; return its folder.

    Raises UsageError where one has that name, FileError.
    """
    folder = _free(name)
    _schema()
    for name_in_it, content in contents.items():
        files.write_text(folder / name_in_it, content, mode=0o644)
    return folder


def copy_task(source: Path, name: str = "") -> Path:
    """Copy a task to yours, under its own folder name or as `name`; return the copy.

    Raises UsageError where you have one of that name, FileError; a copy that failed is not left behind.
    """
    target = _free(name) if name else _unused(home() / source.name)
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
    """Copy the regular files of a folder; hidden ones, devices and what is not its own stay behind.

    Raises FileError, also for more than is good to copy unasked.
    """
    try:
        sources = _files(source)
        if len(sources) > MOST_FILES or sum(path.stat().st_size for path in sources) > MOST_BYTES:
            hint = "Copy it by hand, or leave its documents out."
            raise FileError("is too large to be copied", where=files.show(source), hint=hint)
        for path in sources:
            to = target / path.relative_to(source)
            paths.ensure(to.parent)
            shutil.copyfile(path, to)
    except OSError as error:
        raise FileError(f"cannot be copied: {error.strerror}", where=files.show(source)) from None


def rename_task(folder: Path, name: str) -> Path:
    """Give a task another title, and its folder the name that follows from it; return the folder.

    Raises UsageError where another has that name, FileError.
    """
    target = folder.with_name(_key(name))
    if target != folder:
        _unused(target)
    _set_title(folder, name)
    if target != folder:
        try:
            folder.rename(target)
        except OSError as error:
            raise FileError(f"cannot be renamed: {error.strerror}", where=files.show(folder)) from None
    return target


def delete_task(folder: Path) -> Deleted:
    """Move a task to the trash. Raises UsageError for what comes along, FileError."""
    if is_shipped(folder):
        raise UsageError("what comes along is not deleted", where=files.show(folder))
    kept = home() / TRASH / f"{time.time_ns()}.{folder.name}"
    _move(folder, kept, "deleted")
    return Deleted(folder, kept)


def restore_task(one: Deleted) -> Path:
    """Take a task back from the trash and return its folder. Raises UsageError, FileError."""
    _unused(one.path)
    _move(one.kept, one.path, "taken back")
    return one.path


def deleted_tasks() -> list[Deleted]:
    """Return what is in the trash, the last deleted first; each goes back to your tasks."""
    try:
        names = sorted((path.name for path in (home() / TRASH).iterdir()), reverse=True)
    except OSError:
        return []
    found = []
    for whole in names:
        at, _, name = whole.partition(".")
        if at.isascii() and at.isdigit() and name:
            found.append(Deleted(home() / name, home() / TRASH / whole))
    return found


def _key(name: str) -> str:
    if not name.strip():
        raise UsageError("a task needs a name")
    return key_of(one_line(name, 120))


def _free(name: str) -> Path:
    return _unused(home() / _key(name))


def _unused(target: Path) -> Path:
    if files.is_there(target):
        what = f"there is a task {one_line(target.name, 60)} already"
        raise UsageError(what, where=files.show(target.parent))
    return target


def _schema() -> None:
    """See to it that the schema, which editors use, stands beside the user's tasks."""
    if not files.is_there(home() / SCHEMA):
        files.write_text(home() / SCHEMA, as_text(FILES[f"tasks/{SCHEMA}"]()), mode=0o644)


def _set_title(folder: Path, name: str) -> None:
    path = own(folder, SETTINGS)
    there = files.is_there(path)
    source = read_text(path) if there else SCHEMA_LINE
    settings = parse(source, path)
    if settings.get("title") != name:
        content = edited(source, {"title": name, **settings, **{"title": name}}, path)
        files.write_text(path, content, mode=0o644)


def _files(folder: Path) -> list[Path]:
    found = []
    for at, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        paths_here = [Path(at, name) for name in names if not name.startswith(".")]
        # What a link leads out to is not the folder's own: a copy would make it so.
        found += [
            path for path in paths_here if path.is_file() and inside(folder, str(path.relative_to(folder)))
        ]
        if len(found) > MOST_FILES:
            break
    return found


def _move(source: Path, target: Path, what: str) -> None:
    try:
        paths.ensure(target.parent)
        shutil.move(source, target)
    except (OSError, shutil.Error) as error:
        reason = getattr(error, "strerror", "") or one_line(str(error), 120)
        raise FileError(f"cannot be {what}: {reason}", where=files.show(source)) from None
    if is_folder(source):  # Copied to another disk, and not all of it could be removed.
        raise FileError(f"is {what}, but could not be removed here", where=files.show(source))


_BOM = b"\xef\xbb\xbf"
_NEW_MODE = 0o644


@dataclass(slots=True)
class TextFile:
    """A file, which need not be there yet, and its bytes as they were last read or written here."""

    path: Path
    data: bytes | None = field(default=None, init=False)

    def read(self) -> str:
        r"""Return the text as it is now, line ends as `\n`; "" where there is no file. Raises FileError."""
        self.data = self._now()
        return "" if self.data is None else files.decoded(self.data, self.path)

    @property
    def line_end(self) -> str:
        r"""The line end of most lines: `\n`, `\r\n` or `\r`."""
        counts = self._line_ends()
        return max(counts, key=lambda end: counts[end])

    @property
    def mixed(self) -> bool:
        """Whether the lines end in more than one way; saving makes them all end as most do."""
        return sum(count > 0 for count in self._line_ends().values()) > 1

    def changed(self) -> bool:
        """Whether the file is another one than was read, or is gone."""
        try:
            return self._now() != self.data
        except FileError:
            return True

    def save(self, text: str, to: Path | None = None) -> None:
        r"""Write `text` (line ends as `\n`) with the line ends, mark and permissions of the file as it was.

        With `to`, that file becomes the one that is edited. Raises FileError; nothing has changed then.
        """
        target = to or self.path
        mark = "\ufeff" if (self.data or b"").startswith(_BOM) else ""
        content = mark + text.replace("\n", self.line_end)
        files.write_text(target, content, mode=_mode(target))
        self.path = target
        self.data = self._now()

    def _now(self) -> bytes | None:
        return files.read_bytes(self.path) if files.is_there(self.path) else None

    def _line_ends(self) -> dict[str, int]:
        data = self.data or b""
        both = data.count(b"\r\n")
        return {"\n": data.count(b"\n") - both, "\r\n": both, "\r": data.count(b"\r") - both}


def _mode(path: Path) -> int:
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return _NEW_MODE
