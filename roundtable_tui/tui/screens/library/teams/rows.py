"""What the list of teams shows: every team under its origin, and every file that has a fault."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from roundtable_tui.errors import FileError, RoundtableError
from roundtable_tui.resources import LibraryTeam, Member, PersonaLibrary
from roundtable_tui.resources.reading import list_json_files
from roundtable_tui.tui.screens.library.file_store import is_yours
from roundtable_tui.tui.screens.library.personas.rows import FAULTY, ORIGIN_HEADINGS, ORIGINS, PersonaScan
from roundtable_tui.tui.widgets.lists.item_list import Item
from roundtable_tui.utils import files
from roundtable_tui.utils.text import sanitize, single_line


@dataclass(frozen=True, slots=True)
class TeamEntry:
    """A team, or a file with a fault."""

    item: Item
    path: Path | None
    found: LibraryTeam | None = None
    fault: FileError | None = None

    @property
    def yours(self) -> bool:
        """Whether its file may be written to."""
        return self.path is not None and is_yours(self.path)


def entries_of(library: PersonaLibrary, given: Path | None, task: Path | None) -> dict[str, TeamEntry]:
    """Return the teams, and the files among them that have a fault."""
    paths = {
        files.display_path(path): path
        for folder in PersonaScan.places(given, task)
        for path in list_json_files(folder / "teams")[0]
    }
    return {entry.item.id: entry for entry in (*_teams(library), *_faults(library, paths))}


def free_name(library: PersonaLibrary, name: str) -> str:
    """Return `name` with the first number after it that no team has."""
    names = {found.team.name.casefold() for found in (*library.teams, *library.hidden_teams)}
    number = 2
    while (free := f"{name[:36].rstrip()} {number}").casefold() in names:
        number += 1
    return free


def seat_row(member: Member, library: PersonaLibrary) -> tuple[str, str, bool]:
    """Return who sits there, what speaks there ("": as the run says), and whether there is such a persona."""
    try:
        persona = library.get(member.persona).persona
    except RoundtableError:
        return single_line(member.persona), "there is no such persona", False
    role = f" · {persona.role}" if persona.role else ""
    own = " @ ".join(part for part in (persona.model, persona.server) if part)
    voice = member.model_label or (f"{own}, its own" if own else "")
    return single_line(persona.name + role), single_line(voice), True


def people(library: PersonaLibrary) -> list[Item]:
    """Return all personas as rows to choose from."""
    return [
        Item(
            one.persona.name,
            one.persona.name,
            single_line(one.persona.prompt, 120),
            ORIGIN_HEADINGS.get(one.origin, one.origin),
            one.persona.role,
        )
        for one in library.items
    ]


def described(entry: TeamEntry, library: PersonaLibrary) -> tuple[str, str, str]:
    """Return the name of an entry, what is known of it, and who sits there or its fault, all clean."""
    if entry.found is None:
        assert entry.fault is not None
        said = sanitize("\n".join(part for part in (entry.fault.what, entry.fault.hint) if part))
        return single_line(entry.fault.where or "A fault"), "", said
    team = entry.found.team
    seats = [(f"{n:>2}", member) for n, member in enumerate(team.members, 1)]
    if team.captain is not None:
        seats.append((" ★", team.captain))
    rows = [(mark, *seat_row(member, library)) for mark, member in seats]
    lines = [f"{mark}  {who}" + (f": {voice}" if voice else "") for mark, who, voice, _ in rows]
    facts = [team.title, files.display_path(entry.found.path)]
    return single_line(team.name), "\n".join(single_line(fact) for fact in facts if fact), "\n".join(lines)


def _teams(library: PersonaLibrary) -> Iterator[TeamEntry]:
    hidden = {id(found) for found in library.hidden_teams}
    first = {found.slug: found.origin for found in library.teams}
    by_name = sorted((*library.teams, *library.hidden_teams), key=lambda one: one.team.name.casefold())
    for origin in ORIGINS:
        for found in (found for found in by_name if found.origin == origin):
            behind = id(found) in hidden
            seats = len(found.team.members)
            hint = f"{seats} seat{'s' * (seats > 1)}" + (", captain" if found.team.captain else "")
            item = Item(
                id=str(found.path),
                title=" · ".join(part for part in (found.team.name, found.team.title) if part),
                detail=found.team.summary,
                group=ORIGIN_HEADINGS[origin],
                hint=f"hidden by {ORIGIN_HEADINGS[first[found.slug]].lower()}" if behind else hint,
                tone="muted" if behind else "",
            )
            yield TeamEntry(item, found.path, found)


def _faults(library: PersonaLibrary, paths: dict[str, Path]) -> Iterator[TeamEntry]:
    for number, fault in enumerate(library.problems):
        path = paths.get(fault.where) or paths.get(fault.where.rpartition(", line ")[0])
        if path is not None:
            where = fault.where.replace(files.display_path(path), path.name, 1)
            title = f"{where}: {fault.what}"
            item = Item(f"fault {number}", title, fault.hint, FAULTY, tone="error")
            yield TeamEntry(item, path, fault=fault)
