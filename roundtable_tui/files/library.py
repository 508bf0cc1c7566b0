"""All personas and teams there are: given, here, yours, shipped; the first of a name counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from roundtable_tui import disk, paths
from roundtable_tui.errors import FileError, UsageError
from roundtable_tui.files.inside import own
from roundtable_tui.files.persona import Named, Persona
from roundtable_tui.files.pick import pick
from roundtable_tui.files.places import Loc, places
from roundtable_tui.files.problems import check_json
from roundtable_tui.files.read import PERSONA_LIMIT, is_file, is_folder, json_files, read_text
from roundtable_tui.files.team import Team
from roundtable_tui.text import one_line

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
            raise FileError("is not there", where=disk.show(given), hint="Give a folder of personas.")
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
                what = f"{one_line(found.name)} is there already: {disk.show(other)} is used"
                self.problems.append(FileError(what, where=disk.show(path), hint="Give it another name."))

    def _files(self, model: type[N], folder: Path, base: Path | None) -> Iterator[tuple[Path, N]]:
        files, problems = json_files(folder)
        self.problems += problems
        for path in files:
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
                where = disk.place(found.path, places(read_text(found.path, PERSONA_LIMIT)).line(loc))
                self.problems.append(FileError(error.what, where=where, hint=error.hint))
