"""Rows of the resource lists: one entry per file, grouped by origin, and the files with errors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from roundtable_tui.errors import FileError
from roundtable_tui.tui.screens.library.file_store import is_user_file
from roundtable_tui.tui.widgets.lists.item_list import Item
from roundtable_tui.utils import files
from roundtable_tui.utils.text import sanitize, single_line

ORIGIN_HEADINGS = {
    "task": "From the task",
    "given": "Given",
    "here": "From this folder",
    "yours": "Yours",
    "shipped": "Bundled",
}
"""Headings of the lists, in the order in which they are shown."""
_ORIGIN_PHRASES = {
    "task": "one of the task",
    "given": "the given one",
    "here": "one from this folder",
    "yours": "yours",
    "shipped": "the bundled one",
}
ERRORS_HEADING = "Errors"


class LibraryItem(Protocol):
    """A persona or a team as the library found it."""

    @property
    def path(self) -> Path:
        """Its file."""

    @property
    def origin(self) -> str:
        """A key of `ORIGIN_HEADINGS`."""

    @property
    def slug(self) -> str:
        """Its name as it is looked up."""


F = TypeVar("F", bound=LibraryItem)


@dataclass(frozen=True, slots=True)
class ResourceEntry(Generic[F]):
    """A resource, or an error. `path` is None where the error does not belong to one file."""

    item: Item
    path: Path | None
    found: F | None = None
    fault: FileError | None = None

    @property
    def is_writable(self) -> bool:
        """Whether the file is the user's own."""
        return self.path is not None and is_user_file(self.path)


def describe_hidden(origin: str) -> str:
    """Return the hint of a resource that another one of the same name, found earlier, hides."""
    return f"hidden by {_ORIGIN_PHRASES[origin]}"


def list_resources(
    found: Sequence[F], hidden: Sequence[F], name: Callable[[F], str], describe: Callable[[F], Item]
) -> Iterator[ResourceEntry[F]]:
    """Yield an entry per resource, by origin and name.

    Args:
        found: the resources that a run uses.
        hidden: those behind another one of the same name; they are shown dimmed.
        name: returns the name of a resource.
        describe: returns title, detail and hint of its row.
    """
    first = {one.slug: one.origin for one in found}
    hidden_ids = {id(one) for one in hidden}
    for origin, heading in ORIGIN_HEADINGS.items():
        ours = [one for one in (*found, *hidden) if one.origin == origin]
        for one in sorted(ours, key=lambda one: name(one).casefold()):
            is_hidden = id(one) in hidden_ids
            row = describe(one)
            hint = describe_hidden(first[one.slug]) if is_hidden else row.hint
            tone = "muted" if is_hidden else row.tone
            item = Item(str(one.path), row.title, row.detail, heading, hint, tone)
            yield ResourceEntry(item, one.path, one)


def list_errors(
    problems: Sequence[FileError], paths: Iterable[Path], *, only_files: bool = False
) -> Iterator[ResourceEntry[F]]:
    """Yield an entry per problem; with `only_files` leave out those that are not about one of `paths`."""
    known = {files.display_path(path): path for path in paths}
    for number, fault in enumerate(problems):
        path = known.get(fault.where) or known.get(fault.where.rpartition(", line ")[0])
        if path is None and only_files:
            continue
        where = fault.where if path is None else fault.where.replace(files.display_path(path), path.name, 1)
        title = f"{where}: {fault.what}" if where else fault.what
        item = Item(f"fault {number}", title, fault.hint, ERRORS_HEADING, tone="error")
        yield ResourceEntry(item, path, fault=fault)


def describe_error(fault: FileError) -> tuple[str, str, str]:
    """Return where the error is, nothing, and the error with its hint: all sanitized."""
    lines = "\n".join(part for part in (fault.what, fault.hint) if part)
    return single_line(fault.where or "Error"), "", sanitize(lines)


def unused_name(name: str, names: Iterable[str]) -> str:
    """Return `name` followed by the first number, from 2, that makes it differ from `names`."""
    taken = {one.casefold() for one in names}
    number = 2
    while (free := f"{name[:36].rstrip()} {number}").casefold() in taken:
        number += 1
    return free
