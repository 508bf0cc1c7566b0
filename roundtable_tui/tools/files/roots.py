"""The folders that seats may look into, and the guard between them and everything else."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path, PurePosixPath

from roundtable_tui.engine.seat import unique_names
from roundtable_tui.errors import FileError
from roundtable_tui.tools.files.secrets import has_secret_part, is_secret_name
from roundtable_tui.utils import files
from roundtable_tui.utils.text import single_line
from roundtable_tui.utils.texts.decoding import decode_any

MAX_FILE_BYTES = 2 * files.BYTES_PER_MB
MAX_DOCUMENT_BYTES = 20 * files.BYTES_PER_MB
"""Of a PDF file, a Word document or a notebook."""
_DOCUMENT_SUFFIXES = frozenset({".pdf", ".docx", ".ipynb"})
MAX_ENTRIES = 5_000
"""Files and folders of one walk, and of one folder."""
_MAX_DEPTH = 24
_MAX_PATH_CHARS = 4_000
_MAX_SCANNED = 100_000
"""Names of a folder that are read, of which the first are listed."""
_SKIPPED = frozenset({"node_modules", "bower_components", "__pycache__", "site-packages", "venv"})
"""Folders of packages and generated files; they can be read by name, but are not searched."""


DocumentReading = Callable[[Path, bytes], list[str] | None]
"""Returns the lines of a document from its bytes, None for a file that is none. May raise FileError."""


class FileToolError(Exception):
    """A file cannot be shown; the message is for the model."""


@dataclass(frozen=True, slots=True)
class FileRoot:
    """A folder that is open to seats. `path` is its real path."""

    path: Path
    label: str
    """How its paths begin, where there are several roots."""
    allowed: tuple[Path, ...] = ()
    """The real paths in it that are open, with what is below them; () for all."""

    def permits(self, real: Path) -> bool:
        """Return whether a real path is open."""
        if not real.is_relative_to(self.path):
            return False
        return not self.allowed or any(real.is_relative_to(one) for one in self.allowed)


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file or folder in a root: its real path, and the name by which seats know it."""

    real: Path
    name: str
    root: FileRoot = field(repr=False)
    is_folder: bool = False
    size: int = 0
    """Bytes."""


class FileRoots:
    """The roots of a run. Every path that a model names goes through `find`."""

    def __init__(self, roots: Sequence[FileRoot], read_document: DocumentReading | None = None) -> None:
        """Open the roots; without `read_document`, PDF files and the like are refused as binary."""
        self._read_document = read_document
        labels = unique_names([root.label for root in roots], "-")
        self._roots = [
            FileRoot(root.path, label, root.allowed) for root, label in zip(roots, labels, strict=True)
        ]

    @property
    def folders(self) -> tuple[FoundFile, ...]:
        """The roots themselves."""
        return tuple(FoundFile(root.path, self._name(root, root.path), root, True) for root in self._roots)

    def find(self, path: str) -> FoundFile:
        """Return what a path means. Raises FileToolError for one that is not open, or not there."""
        shown = single_line(path, 120)
        path = path.strip()
        # As in lists: a name that acts on a terminal, or begins another line of a result, is not shown.
        if len(path) > _MAX_PATH_CHARS or not path.isprintable():
            raise FileToolError("the path is not valid")
        outside = f"{shown} is outside the folders that are open"
        for root, inner in self._candidates(path):
            if ".." in PurePosixPath(inner).parts:
                raise FileToolError(outside)
            real = files.resolve_path(root.path / inner)
            if has_secret_part(PurePosixPath(inner).parts):
                raise FileToolError(f"{shown} is not shown: by its name it may hold secrets")
            if not root.permits(real):
                if files.path_exists(root.path / inner):
                    raise FileToolError(outside)
                continue
            if has_secret_part(real.relative_to(root.path).parts):
                raise FileToolError(f"{shown} is not shown: by its name it may hold secrets")
            if (found := self._describe(root, real)) is not None:
                return found
        if PurePosixPath(path).is_absolute() or path.startswith("~"):
            raise FileToolError(outside)
        raise FileToolError(f"{shown} is not there")

    def names_of(self, found: FoundFile) -> tuple[str, ...]:
        """Return the names of a file: as seats know it, without the label of its root, and without links."""
        real = found.real.relative_to(found.root.path).as_posix()
        prefix = f"{found.root.label}/" if len(self._roots) > 1 else ""
        return tuple(dict.fromkeys((found.name, found.name.removeprefix(prefix), real)))

    def read_lines(self, found: FoundFile) -> list[str]:
        r"""Return the lines of a text or a document, separated by `\n`. Raises FileToolError otherwise."""
        if found.is_folder:
            raise FileToolError(f"{found.name} is a folder")
        max_bytes = MAX_DOCUMENT_BYTES if self.is_document(found) else MAX_FILE_BYTES
        if found.size > max_bytes:
            megabytes = max_bytes // files.BYTES_PER_MB
            raise FileToolError(f"{found.name} is too large: at most {megabytes} MB are read")
        try:
            with files.open_regular(found.real, follow=False) as file:
                data = file.read(max_bytes)
            # A link may have taken the place of a folder in between.
            if not found.root.permits(files.resolve_path(found.real)):
                raise FileToolError(f"{found.name} is outside the folders that are open")
            if self._read_document and (lines := self._read_document(found.real, data)) is not None:
                return lines
            text = decode_any(data, found.real)
        except FileError as error:
            raise FileToolError(f"{found.name} {error.what}") from None
        except OSError as error:
            raise FileToolError(f"{found.name} cannot be read: {error.strerror}") from None
        return text.removesuffix("\n").split("\n") if text else []

    def is_document(self, found: FoundFile) -> bool:
        """Return whether a file is, by its name, a document whose reading takes a process of its own."""
        return self._read_document is not None and found.real.suffix.lower() in _DOCUMENT_SUFFIXES

    def entries(self, folder: FoundFile) -> list[FoundFile]:
        """Return what is in a folder, by name, without hidden entries and those that may hold secrets."""
        try:
            with os.scandir(folder.real) as scanned:
                links = sorted((entry.name, entry.is_symlink()) for entry in islice(scanned, _MAX_SCANNED))
        except OSError as error:
            raise FileToolError(f"{folder.name} cannot be listed: {error.strerror}") from None
        found = []
        for name, is_link in links[:MAX_ENTRIES]:
            if name.startswith(".") or is_secret_name(name) or not name.isprintable():
                continue
            real = files.resolve_path(folder.real / name) if is_link else folder.real / name
            if folder.root.permits(real) and not has_secret_part(real.relative_to(folder.root.path).parts):
                described = self._describe(folder.root, real, self._name(folder.root, folder.real / name))
                found += [described] if described is not None else []
            elif self._leads_to_allowed(folder.root, real):
                found.append(FoundFile(real, self._name(folder.root, real), folder.root, is_folder=True))
        return found

    def walk(self, folder: FoundFile) -> Iterator[FoundFile]:
        """Yield the files below a folder, by name; links to folders are not followed.

        It ends after `MAX_ENTRIES` files and folders: a tree of empty folders may have any size.
        """
        return (one for one in islice(self._walk(folder, 0), MAX_ENTRIES) if not one.is_folder)

    def _walk(self, folder: FoundFile, depth: int) -> Iterator[FoundFile]:
        for entry in self.entries(folder):
            yield entry
            if (
                entry.is_folder
                and depth < _MAX_DEPTH
                and entry.real.name not in _SKIPPED
                and entry.real.parent == folder.real
            ):
                yield from self._walk(entry, depth + 1)

    def _candidates(self, path: str) -> Iterator[tuple[FileRoot, str]]:
        """Yield what a path may mean: in a root by its label, in the only root, in any root."""
        path = path.removeprefix("file://")
        if PurePosixPath(path).is_absolute():
            for root in self._roots:
                if (pure := PurePosixPath(path)).is_relative_to(root.path):
                    yield root, str(pure.relative_to(root.path))
            return
        pure = PurePosixPath(path)
        if len(self._roots) > 1:
            for root in self._roots:
                if pure.parts and pure.parts[0] == root.label:
                    yield root, str(PurePosixPath(*pure.parts[1:]))
        for root in self._roots:
            yield root, str(pure)

    def _describe(self, root: FileRoot, real: Path, name: str = "") -> FoundFile | None:
        try:
            status = real.stat()
        except (OSError, ValueError):
            return None
        return FoundFile(real, name or self._name(root, real), root, real.is_dir(), status.st_size)

    def _name(self, root: FileRoot, path: Path) -> str:
        inner = path.relative_to(root.path).as_posix()
        if len(self._roots) == 1:
            return inner
        return root.label if inner == "." else f"{root.label}/{inner}"

    @staticmethod
    def _leads_to_allowed(root: FileRoot, real: Path) -> bool:
        """Return whether an open path lies below this folder, which is not open itself."""
        return real.is_relative_to(root.path) and any(one.is_relative_to(real) for one in root.allowed)
