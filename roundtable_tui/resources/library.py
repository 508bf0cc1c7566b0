"""All personas and teams there are: given, here, yours, shipped; the first of a name counts."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

from roundtable_tui.config.suggestions import nearest
from roundtable_tui.errors import FileError, UsageError
from roundtable_tui.resources.inside import own
from roundtable_tui.resources.json_positions import Loc, places
from roundtable_tui.resources.persona import Named, Persona, key_of
from roundtable_tui.resources.reading import PERSONA_LIMIT, folders, is_file, is_folder, json_files, read_text
from roundtable_tui.resources.task import Task, is_task, load_task
from roundtable_tui.resources.team import Team
from roundtable_tui.resources.validation import check_json
from roundtable_tui.utils import files, paths
from roundtable_tui.utils.text import one_line


@dataclass(frozen=True, slots=True)
class FoundTask:
    """A task and where it was found. Origins: given, here, yours, shipped."""

    task: Task
    path: Path
    origin: str

    @property
    def key(self) -> str:
        """The task's stable id."""
        return self.task.key


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

    items: list[FoundTask] = field(default_factory=list)
    shadowed: list[FoundTask] = field(default_factory=list)
    """Tasks that come second to one of the same name."""
    problems: list[FileError] = field(default_factory=list)

    @classmethod
    def load(cls, given: Path | None = None) -> TaskLibrary:
        """Return the tasks in `given` (a folder of tasks, or one task), here, yours and shipped.

        Raises FileError where `given` is no folder.
        """
        if given is not None and not is_folder(given):
            load_task(given)
        library = cls()
        for origin, folder in paths.search_dirs("tasks", given):
            inside, problems = ([folder], []) if is_task(folder) else folders(folder)
            library.problems += problems
            for path in inside:
                if is_task(path):
                    library._read(origin, path)
        return library

    def hidden_by(self, found: FoundTask) -> str:
        """Return the origin of the task that `found` comes before, "" where it hides none."""
        return next((other.origin for other in self.shadowed if other.key == found.key), "")

    def get(self, name: str) -> FoundTask:
        """Return the task of this name, in any case, or the one in the folder `name`.

        Raises UsageError with the nearest name, FileError for a folder that is no task.
        """
        if name.startswith((".", "~")) or os.sep in name:
            return self._at(Path(name).expanduser())
        # The folder's own name first: the task's is cleaned, and may be shorter.
        if (exact := next((found for found in self.items if found.path.name == name), None)) is not None:
            return exact
        names = [(found.key, found.task.name, found.task.title) for found in self.items]
        known = {one.casefold() for of in names for one in of}
        if name.strip().casefold() not in known and is_task(Path(name)):
            return self._at(Path(name))
        return pick(self.items, names, name, "task")

    def _at(self, folder: Path) -> FoundTask:
        return FoundTask(load_task(folder), folder, "given")

    def _read(self, origin: str, path: Path) -> None:
        try:
            found = FoundTask(load_from(origin, path), path, origin)
        except FileError as error:
            self.problems.append(error)
            return
        known = found.key in {other.key for other in self.items}
        (self.shadowed if known else self.items).append(found)


N = TypeVar("N", bound=Named)


@dataclass(frozen=True, slots=True)
class Found:
    """A persona and where it was found. Origins: task, given, here, yours, shipped."""

    persona: Persona
    path: Path
    origin: str

    @property
    def key(self) -> str:
        """The persona's stable id."""
        return self.persona.key


@dataclass(frozen=True, slots=True)
class FoundTeam:
    """A team and where it was found."""

    team: Team
    path: Path
    origin: str

    @property
    def key(self) -> str:
        """The team's stable id."""
        return self.team.key


@dataclass(slots=True)
class PersonaLibrary:
    """Personas and teams by search order, then by name. One bad file never hides the others."""

    items: list[Found] = field(default_factory=list)
    teams: list[FoundTeam] = field(default_factory=list)
    shadowed: list[Found] = field(default_factory=list)
    """Personas that come second to one of the same name."""
    shadowed_teams: list[FoundTeam] = field(default_factory=list)
    problems: list[FileError] = field(default_factory=list)

    @classmethod
    def load(cls, given: Path | None = None, task: Path | None = None) -> PersonaLibrary:
        """Return what is in `task` (the folder of personas a task brings), `given`, here, yours and shipped.

        A folder holds `NAME.json` or `role1.json`, `role2.json`, ..., itself or in `participants/`, and
        teams in `teams/`. `given` may also be one file. Raises FileError where `given` is not there.
        """
        if given is not None and not (is_folder(given) or is_file(given)):
            raise FileError("is not there", where=files.show(given), hint="Give a folder of personas.")
        library = cls()
        places = [("task", task)] if task is not None else []
        for origin, folder in [*places, *paths.search_dirs("personas", given)]:
            library._read(origin, folder)
        for found in library.teams:
            library._check_team(found)
        return library

    def get(self, name: str) -> Found:
        """Return the persona with this key, name or full name, in any case.

        Raises FileError where its file is there and wrong, UsageError where there is none.
        """
        names = [(found.key, found.persona.name, found.persona.full_name) for found in self.items]
        try:
            return pick(self.items, names, name, "persona")
        except UsageError:
            if broken := self.broken(name):  # It is there, and cannot be read: that is what is wrong.
                raise broken from None
            raise

    def broken(self, name: str) -> FileError | None:
        """Return what is wrong with the file that a persona of this name would be in, if there is one."""
        wanted = name.casefold()
        for problem in self.problems:
            path = Path(problem.where.partition(".json")[0])
            if path.parent.name != "teams" and path.name.casefold() == wanted:
                return problem
        return None

    def team(self, name: str) -> FoundTeam:
        """Return the team with this key or name, in any case. Raises UsageError."""
        return pick(self.teams, [(found.key, found.team.name) for found in self.teams], name, "team")

    def roster(self, team: Team) -> tuple[list[Found], Found | None]:
        """Return the members of a team in order, and its captain. Raises UsageError if one is not there."""
        members = [self.get(member.persona) for member in team.members]
        return members, self.get(team.captain.persona) if team.captain else None

    def hidden_by(self, found: Found | FoundTeam) -> str:
        """Return the origin of the persona or team that `found` comes before, "" where it hides none."""
        others = self.shadowed if isinstance(found, Found) else self.shadowed_teams
        return next((other.origin for other in others if other.key == found.key), "")

    def _read(self, origin: str, folder: Path) -> None:
        """Add what is in one place. Over places the first of a name wins; in one, a second is a fault."""
        # What may be a stranger's stays in its folder: a task's in the task's, `./personas` in itself.
        base = {"task": folder.parent, "here": folder}.get(origin)
        known = {found.key for found in self.items}
        for path, persona in self._distinct(Persona, base, folder, folder / "participants"):
            (self.shadowed if persona.key in known else self.items).append(Found(persona, path, origin))
        known = {found.key for found in self.teams}
        for path, team in self._distinct(Team, base, folder / "teams"):
            (self.shadowed_teams if team.key in known else self.teams).append(FoundTeam(team, path, origin))

    def _distinct(self, model: type[N], base: Path | None, *folders: Path) -> Iterator[tuple[Path, N]]:
        here: dict[str, Path] = {}
        for folder in folders:
            for path, found in self._files(model, folder, base):
                if (other := here.setdefault(found.key, path)) is path:
                    yield path, found
                    continue
                what = f"{one_line(found.name)} is there already: {files.show(other)} is used"
                self.problems.append(FileError(what, where=files.show(path), hint="Give it another name."))

    def _files(self, model: type[N], folder: Path, base: Path | None) -> Iterator[tuple[Path, N]]:
        paths, problems = json_files(folder)
        self.problems += problems
        for path in paths:
            try:
                if base is not None:
                    own(base, str(path.relative_to(base)))
                found, faults = check_json(model, read_text(path, PERSONA_LIMIT))
            except FileError as error:
                self.problems.append(error)
                continue
            self.problems += [fault.error(path) for fault in faults]
            if found is not None:
                yield path, found

    def _check_team(self, found: FoundTeam) -> None:
        """Say where a team names somebody who is not there; it stays in the list all the same."""
        named: list[tuple[Loc, str]] = [(("members", n), m.persona) for n, m in enumerate(found.team.members)]
        if found.team.captain:
            named.append((("captain",), found.team.captain.persona))
        for loc, name in named:
            try:
                self.get(name)
            except FileError:
                continue  # The file that is wrong is named already.
            except UsageError as error:
                where = files.place(found.path, places(read_text(found.path, PERSONA_LIMIT)).line(loc))
                self.problems.append(FileError(error.what, where=where, hint=error.hint))


class _Keyed(Protocol):
    @property
    def key(self) -> str: ...


K = TypeVar("K", bound=_Keyed)


def pick(items: Sequence[K], names: Sequence[tuple[str, ...]], wanted: str, what: str) -> K:
    """Return the item one of whose `names` (key first) is `wanted`, in any case and with or without accents.

    Raises UsageError with the nearest name, or all of them.
    """
    folded = wanted.strip().casefold()
    tests: list[Callable[[tuple[str, ...]], bool]] = [
        lambda of: folded in {name.casefold() for name in of if name},
        lambda of: key_of(wanted) == of[0],
    ]
    for test in tests:
        for item, of in zip(items, names, strict=True):
            if test(of):
                return item
    known = list(dict.fromkeys(name for of in names for name in of[:2] if name))
    hint = nearest(wanted, known) or nearest(wanted, [of[0] for of in names], "Known are")
    raise UsageError(f"there is no {what} called {one_line(wanted, 60) or 'nothing'}", hint=hint)
