"""All tasks, personas and teams: given, here, yours, shipped; the first of a name is used."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Protocol, TypeVar, cast

from roundtable_tui.config.suggestions import did_you_mean
from roundtable_tui.errors import FileError, UsageError
from roundtable_tui.resources.broken_files import (
    BrokenFile,
    Kind,
    describe_broken_file,
    find_broken_file,
    is_path_of,
)
from roundtable_tui.resources.importing.json_kinds import is_foreign_json
from roundtable_tui.resources.inside import inside, own
from roundtable_tui.resources.json_positions import Loc, find_positions
from roundtable_tui.resources.persona import NamedFile, Persona, slugify
from roundtable_tui.resources.reading import (
    MAX_PERSONA_BYTES,
    is_file,
    is_folder,
    list_folders,
    list_json_files,
    list_other_files,
    read_text,
)
from roundtable_tui.resources.task import Task, is_task, is_task_folder, load_task
from roundtable_tui.resources.team import Team
from roundtable_tui.resources.validation import Problem, check_json, summarize_problems
from roundtable_tui.utils import files, paths
from roundtable_tui.utils.paths import expand_user
from roundtable_tui.utils.text import single_line

FOREIGN = "is a persona file of another program"
_IMPORT_HINT = "To import it: roundtable personas import FILE"
_MAX_NAMED = 3
_MAX_OTHER_FILES = 200
_MAX_REMEMBERED_CHARS = 20_000
_IS_NOTE = re.compile(r"readme|license|licence|.*\.schema\.json$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class LibraryTask:
    """A task and where it was found. Origins: given, here, yours, shipped."""

    task: Task
    path: Path
    origin: str

    @property
    def slug(self) -> str:
        """The task's stable id."""
        return self.task.slug


def load_from(origin: str, path: Path) -> Task:
    """Return the task in the folder `path`, which was found in `origin`. Raises FileError.

    A folder beside the current one may be a stranger's: a link to a folder elsewhere is refused there.
    """
    if origin == "here":
        own(path.parent, path.name)
    return load_task(path)


@dataclass(slots=True)
class TaskLibrary:
    """Tasks by search order, then by name. One bad task never hides the others."""

    items: list[LibraryTask] = field(default_factory=list)
    hidden: list[LibraryTask] = field(default_factory=list)
    """Tasks that come second to one of the same name."""
    problems: list[FileError] = field(default_factory=list)
    broken: list[BrokenFile] = field(default_factory=list)
    """Folders of tasks that cannot be used, by search order."""

    @classmethod
    def load(cls, given: Path | None = None) -> TaskLibrary:
        """Return the tasks in `given` (a folder of tasks, or one task), here, yours and shipped.

        Raises FileError if `given` is not a folder.
        """
        if given is not None and not is_folder(given):
            load_task(given)
        library = cls()
        for origin, folder in paths.search_path("tasks", given):
            inside, problems = ([folder], []) if is_task(folder) else list_folders(folder)
            library.problems += problems
            for path in inside:
                if is_task(path):
                    library._add_task(origin, path)
        return library

    def hidden_by(self, found: LibraryTask) -> str:
        """Return the origin of the task that `found` hides, "" for none."""
        return next((other.origin for other in self.hidden if other.slug == found.slug), "")

    def get(self, name: str) -> LibraryTask:
        """Return the task of this name, in any case, or the one in the folder `name`.

        Raises UsageError with the nearest name, FileError for a task or folder that cannot be used.
        """
        if name.startswith((".", "~")) or os.sep in name:
            return self._load_folder(expand_user(name))
        # The folder's own name first: the task's is cleaned, and may be shorter.
        if (exact := next((found for found in self.items if found.path.name == name), None)) is not None:
            return exact
        names = [(found.slug, found.task.name, found.task.title) for found in self.items]
        known = {one.casefold() for of in names for one in of}
        if name.strip().casefold() not in known and is_task_folder(Path(name)):
            return self._load_folder(Path(name))
        try:
            return find_by_name(self.items, names, name, "task")
        except UsageError:
            if broken := find_broken_file(self.broken, "task", name):
                raise broken from None
            self._raise_for_path(name)
            raise

    def _raise_for_path(self, name: str) -> None:
        """Raise FileError if something of this name, which is not a task, is among the tasks."""
        for _, folder in paths.search_path("tasks"):
            if name.strip() and inside(folder, name) is not None and files.path_exists(folder / name):
                load_task(folder / name)

    def _load_folder(self, folder: Path) -> LibraryTask:
        return LibraryTask(load_task(folder), folder, "given")

    def _add_task(self, origin: str, path: Path) -> None:
        try:
            found = LibraryTask(load_from(origin, path), path, origin)
        except FileError as error:
            self.problems.append(error)
            self.broken.append(describe_broken_file("task", origin, path, error))
            return
        known = found.slug in {other.slug for other in self.items}
        (self.hidden if known else self.items).append(found)


N = TypeVar("N", bound=NamedFile)


@dataclass(frozen=True, slots=True)
class LibraryPersona:
    """A persona and where it was found. Origins: task, given, here, yours, shipped."""

    persona: Persona
    path: Path
    origin: str

    @property
    def slug(self) -> str:
        """The persona's stable id."""
        return self.persona.slug


@dataclass(frozen=True, slots=True)
class LibraryTeam:
    """A team and where it was found."""

    team: Team
    path: Path
    origin: str

    @property
    def slug(self) -> str:
        """The team's stable id."""
        return self.team.slug


LibraryItem = LibraryPersona | LibraryTeam


def get_resource(found: LibraryItem) -> Persona | Team:
    """Return what was found."""
    return found.team if isinstance(found, LibraryTeam) else found.persona


@dataclass(slots=True)
class PersonaLibrary:
    """Personas and teams by search order, then by name. One bad file never hides the others."""

    items: list[LibraryPersona] = field(default_factory=list)
    teams: list[LibraryTeam] = field(default_factory=list)
    hidden: list[LibraryPersona] = field(default_factory=list)
    """Personas that come second to one of the same name."""
    hidden_teams: list[LibraryTeam] = field(default_factory=list)
    problems: list[FileError] = field(default_factory=list)
    broken: list[BrokenFile] = field(default_factory=list)
    """Files that hold no usable persona or team, by search order."""

    @classmethod
    def load(cls, given: Path | None = None, task: Path | None = None) -> PersonaLibrary:
        """Return all in `task` (a task's own folder of personas), `given`, here, yours and shipped.

        A folder holds `NAME.json` or `role1.json`, `role2.json`, ..., itself or in `participants/`, and
        teams in `teams/`. `given` may also be one file. Raises FileError where `given` is not there.
        """
        if given is not None and not (is_folder(given) or is_file(given)):
            raise FileError(
                "is not there", where=files.display_path(given), hint="Give a folder of personas."
            )
        library = cls()
        places = [("task", task)] if task is not None else []
        for origin, folder in [*places, *paths.search_path("personas", given)]:
            library._add_folder(origin, folder)
        known = {found.slug for found in library.items}
        for team in library.teams:
            library._check_members(team, known)
        return library

    def list_found(self, model: type[NamedFile]) -> tuple[Sequence[LibraryItem], Sequence[LibraryItem]]:
        """Return the personas or teams that a run uses, and those that these hide."""
        return (self.teams, self.hidden_teams) if model is Team else (self.items, self.hidden)

    def add(self, persona: Persona) -> None:
        """Put a persona that has no file before all others, so that its name means this one."""
        same = [found for found in self.items if found.slug == persona.slug]
        self.hidden += same
        others = [found for found in self.items if found not in same]
        self.items = [LibraryPersona(persona, Path(), "given"), *others]

    def get(self, name: str) -> LibraryPersona:
        """Return the persona with this key, name or full name, in any case.

        Raises FileError if its file is invalid, UsageError if there is no such persona.
        """
        names = [(found.slug, found.persona.name, found.persona.full_name) for found in self.items]
        return self._find(self.items, names, name, "persona")

    def find_file_error(self, name: str) -> FileError | None:
        """Return the error of the invalid file that holds a persona of this name, if there is one."""
        return find_broken_file(self.broken, "persona", name)

    def get_team(self, name: str) -> LibraryTeam:
        """Return the team with this key or name, in any case.

        Raises FileError if its file is invalid, UsageError if there is no such team.
        """
        return self._find(self.teams, [(found.slug, found.team.name) for found in self.teams], name, "team")

    def _find(self, items: Sequence[K], names: Sequence[tuple[str, ...]], name: str, kind: Kind) -> K:
        try:
            return find_by_name(items, names, name, kind)
        except UsageError:
            for item in items:
                if is_path_of(name, item.path):
                    return item
            # The file exists and is invalid: report that instead of a missing name.
            if broken := find_broken_file(self.broken, kind, name):
                raise broken from None
            raise

    def members_of(self, team: Team) -> tuple[list[LibraryPersona], LibraryPersona | None]:
        """Return the members of a team in order, and its captain. Raises UsageError for a missing persona."""
        members = [self.get(member.persona) for member in team.members]
        return members, self.get(team.captain.persona) if team.captain else None

    def hidden_by(self, found: LibraryItem) -> str:
        """Return the origin of the persona or team that `found` hides, "" for none."""
        _, others = self.list_found(type(get_resource(found)))
        return next((other.origin for other in others if other.slug == found.slug), "")

    def _add_folder(self, origin: str, folder: Path) -> None:
        """Add the items of one folder. The first folder with a name wins; a name twice in one is an error."""
        # What may be a stranger's stays in its folder: a task's in the task's, `./personas` in itself.
        base = {"task": folder.parent, "here": folder}.get(origin)
        known = {found.slug for found in self.items}
        for path, persona in self._iter_unique(Persona, origin, base, folder, folder / "participants"):
            (self.hidden if persona.slug in known else self.items).append(
                LibraryPersona(persona, path, origin)
            )
        known = {found.slug for found in self.teams}
        for path, team in self._iter_unique(Team, origin, base, folder / "teams"):
            (self.hidden_teams if team.slug in known else self.teams).append(LibraryTeam(team, path, origin))

    def _iter_unique(
        self, model: type[N], origin: str, base: Path | None, *folders: Path
    ) -> Iterator[tuple[Path, N]]:
        here: dict[str, Path] = {}
        for folder in folders:
            for path, found in self._iter_files(model, origin, folder, base):
                if (other := here.setdefault(found.slug, path)) is path:
                    yield path, found
                    continue
                what = f"{single_line(found.name)} is there already: {files.display_path(other)} is used"
                self.problems.append(
                    FileError(what, where=files.display_path(path), hint="Give it another name.")
                )

    def _iter_files(
        self, model: type[N], origin: str, folder: Path, base: Path | None
    ) -> Iterator[tuple[Path, N]]:
        kind: Kind = "team" if model is Team else "persona"
        paths, problems = list_json_files(folder)
        self.problems += problems
        if folder.name != "teams":
            self._report_other_files(origin, folder, kind)
        for path in paths:
            try:
                if base is not None:
                    own(base, str(path.relative_to(base)))
                found, faults = _check_text(model, read_text(path, MAX_PERSONA_BYTES))
            except FileError as error:
                self.problems.append(error)
                self.broken.append(describe_broken_file(kind, origin, path, error, base))
                continue
            errors = [fault.to_error(path) for fault in summarize_problems(faults)]
            if errors and model is Persona and is_foreign_json(path):
                # One fault instead of one for each field of another program.
                errors = [FileError(FOREIGN, where=files.display_path(path), hint=_IMPORT_HINT)]
            self.problems += errors
            if found is not None:
                yield path, found
            elif errors:
                self.broken.append(describe_broken_file(kind, origin, path, errors[0], base))

    def _report_other_files(self, origin: str, folder: Path, kind: Kind) -> None:
        """Report files of other kinds in a folder, all in one line."""
        names = [name for name in list_other_files(folder) if not _IS_NOTE.match(name)]
        if names:
            more = f" and {len(names) - _MAX_NAMED} more" if len(names) > _MAX_NAMED else ""
            shown = ", ".join(single_line(name, 40) for name in names[:_MAX_NAMED])
            what = f"{shown}{more}: not the JSON file of a {kind}"
            self.problems.append(FileError(what, where=files.display_path(folder), hint=_IMPORT_HINT))
        for name in names[:_MAX_OTHER_FILES]:
            path = folder / name
            what = f"is not the JSON file of a {kind}"
            error = FileError(what, where=files.display_path(path), hint=_IMPORT_HINT)
            known_as = frozenset({slugify(path.stem), slugify(name)})
            self.broken.append(BrokenFile(kind, origin, path, error, known_as))

    def _check_members(self, found: LibraryTeam, known: Collection[str]) -> None:
        """Report teams with a missing persona; they stay in the list. `known` are keys of personas."""
        named: list[tuple[Loc, str]] = [(("members", n), m.persona) for n, m in enumerate(found.team.members)]
        if found.team.captain:
            named.append((("captain",), found.team.captain.persona))
        for loc, name in named:
            if name in known:
                continue
            try:
                self.get(name)
            except FileError:
                continue  # The file that is wrong is named already.
            except UsageError as error:
                where = files.format_location(
                    found.path, find_positions(read_text(found.path, MAX_PERSONA_BYTES), [loc]).line_of(loc)
                )
                self.problems.append(FileError(error.what, where=where, hint=error.hint))


def _check_text(model: type[N], text: str) -> tuple[N | None, Sequence[Problem]]:
    """Return what `check_json` does. Libraries are loaded often, and their files seldom change."""
    if len(text) > _MAX_REMEMBERED_CHARS:
        return check_json(model, text)
    return cast(tuple[N | None, Sequence[Problem]], _check_remembered(model, text))


@lru_cache(maxsize=256)
def _check_remembered(model: type[NamedFile], text: str) -> tuple[NamedFile | None, Sequence[Problem]]:
    found, problems = check_json(model, text)
    return found, tuple(problems)


class _Keyed(Protocol):
    @property
    def slug(self) -> str: ...

    @property
    def path(self) -> Path: ...


K = TypeVar("K", bound=_Keyed)


def find_by_name(items: Sequence[K], names: Sequence[tuple[str, ...]], wanted: str, what: str) -> K:
    """Return the item one of whose `names` (key first) is `wanted`, in any case and with or without accents.

    Raises UsageError with the nearest name, or all of them.
    """
    folded = wanted.strip().casefold()
    tests: list[Callable[[tuple[str, ...]], bool]] = [
        lambda of: folded in {name.casefold() for name in of if name},
        lambda of: slugify(wanted) == of[0],
    ]
    for test in tests:
        for item, of in zip(items, names, strict=True):
            if test(of):
                return item
    known = list(dict.fromkeys(name for of in names for name in of[:2] if name))
    hint = did_you_mean(wanted, known) or did_you_mean(wanted, [of[0] for of in names], "Known are")
    raise UsageError(f"there is no {what} called {single_line(wanted, 60) or 'nothing'}", hint=hint)
