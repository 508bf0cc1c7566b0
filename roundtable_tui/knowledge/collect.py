"""Collects the files of the paths that the user names, with limits."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from roundtable_tui.errors import FileError
from roundtable_tui.knowledge.formats import detect_kind
from roundtable_tui.utils import files

MAX_FILES = 10_000
"""Files of one folder, with all that is in it."""
MAX_DEPTH = 40
SKIPPED_FOLDERS = frozenset(
    {
        "venv",
        "env",
        "virtualenv",
        "build",
        "dist",
        "target",
        "out",
        "htmlcov",
        "coverage",
        "vendor",
        "Pods",
        "_build",
        "obj",
    }
)
"""Names of folders of packages and generated files, where they are beside the file of a project."""
_BUILD_MARKS = (
    "package.json", "pyproject.toml", "setup.py", "Cargo.toml", "pom.xml", "build.gradle", "Makefile",
    "CMakeLists.txt", "go.mod", "composer.json", "Podfile", "requirements.txt", "setup.cfg",
    "build.gradle.kts", "Gemfile",
    "mix.exs", "meson.build", "conf.py",
)  # fmt: skip
_ALWAYS_SKIPPED = frozenset({"node_modules", "bower_components", "__pycache__", "site-packages"})
_SKIPPED_SUFFIXES = (".egg-info", ".dist-info")


@dataclass(frozen=True, slots=True)
class Document:
    """A file to ingest: its real path, the name it is cited by, and its kind."""

    path: Path
    name: str
    kind: str


@dataclass(slots=True)
class FileCollector:
    """Walks paths. `problems` lists rejected files, `others` the file name endings that were skipped."""

    problems: list[FileError] = field(default_factory=list)
    skipped_suffixes: Counter[str] = field(default_factory=Counter)
    skipped_folders: list[str] = field(default_factory=list)
    """Folders of packages and build output, by the names they would be cited by."""
    folders: list[Path] = field(default_factory=list)
    """The folders that were named, as they really are."""
    _seen: set[Path] = field(default_factory=set)

    def __call__(self, paths: Iterable[Path]) -> Iterator[Document]:
        """Yield each file once: those in folders by name, without hidden ones."""
        for path in paths:
            real = files.resolve_path(path)
            if path.is_symlink() and not real.exists():
                self._add_problem(path, "is a link that leads nowhere, or back to itself")
            elif not files.path_exists(path):
                self._add_problem(path, "is not there")
            elif real.is_dir():
                self.folders.append(real)
                left = MAX_FILES
                for document in self._collect_folder(real, real, real.name or "root", 0):
                    if not left:
                        self._add_problem(
                            path, f"holds more than {MAX_FILES:,} files", "The others are left out."
                        )
                        break
                    left -= 1
                    yield document
            else:
                # Named one by one, a file of any ending is tried as text.
                yield from self._collect_file(real, real.name, detect_kind(real.name) or "text")

    def _collect_folder(self, folder: Path, top: Path, name: str, depth: int) -> Iterator[Document]:
        try:
            with os.scandir(folder) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            self._add_problem(folder, f"cannot be listed: {error.strerror}")
            return
        for entry in entries:
            if entry.name.startswith("."):
                continue
            path, cited = Path(entry.path), f"{name}/{entry.name}"
            if entry.is_symlink():
                real = files.resolve_path(path)
                if not real.exists():
                    self._add_problem(path, "is a link that leads nowhere, or back to itself")
                    continue
                # What a folder from elsewhere links to is not in it, and not meant to be shown to a server.
                if not real.is_relative_to(top):
                    self._add_problem(path, "is a link that leads out of the folder")
                    continue
                path = real
            if path.is_dir():
                if path in self._seen:
                    continue
                if _is_generated(path, {one.name for one in entries}):
                    self.skipped_folders.append(cited)
                    continue
                self._seen.add(path)
                if depth == MAX_DEPTH:
                    self._add_problem(path, f"lies more than {MAX_DEPTH} folders deep")
                    continue
                yield from self._collect_folder(path, top, cited, depth + 1)
            elif kind := detect_kind(entry.name):
                yield from self._collect_file(path, cited, kind)
            else:
                self.skipped_suffixes[path.suffix.lower() or "no ending"] += 1

    def _collect_file(self, path: Path, name: str, kind: str) -> Iterator[Document]:
        if path in self._seen:
            return
        self._seen.add(path)
        try:
            str(path).encode()
        except UnicodeEncodeError:
            self._add_problem(path, "has a name that is not UTF-8", "Rename it.")
            return
        yield Document(path, name, kind)

    def _add_problem(self, path: Path, what: str, hint: str = "") -> None:
        self.problems.append(FileError(what, where=files.display_path(path), hint=hint))


def _is_generated(folder: Path, siblings: set[str]) -> bool:
    """Return whether a folder holds packages or build output; a common name counts in a project only."""
    if folder.name in _ALWAYS_SKIPPED or files.path_exists(folder / "pyvenv.cfg"):
        return True
    if folder.name.endswith(_SKIPPED_SUFFIXES):
        return True
    return folder.name in SKIPPED_FOLDERS and any(mark in siblings for mark in _BUILD_MARKS)
