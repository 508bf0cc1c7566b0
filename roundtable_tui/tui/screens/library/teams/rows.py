"""Rows of the list of teams, of the seats of a team, and of the personas to choose from."""

from __future__ import annotations

from roundtable_tui.errors import RoundtableError
from roundtable_tui.resources import LibraryTeam, Member, PersonaLibrary
from roundtable_tui.tui.screens.library.entries import (
    ORIGIN_HEADINGS,
    ResourceEntry,
    describe_error,
    list_errors,
    list_resources,
)
from roundtable_tui.tui.screens.library.personas.rows import PersonaFolders
from roundtable_tui.tui.widgets.lists.item_list import Item
from roundtable_tui.utils import files
from roundtable_tui.utils.text import single_line

TeamEntry = ResourceEntry[LibraryTeam]


def list_team_entries(library: PersonaLibrary, folders: PersonaFolders) -> dict[str, TeamEntry]:
    """Return the teams and the team files with errors, by the id of their row."""
    teams = list_resources(library.teams, library.hidden_teams, lambda found: found.team.name, _team_row)
    entries: list[TeamEntry] = [
        *teams,
        *list_errors(library.problems, folders.list_files("teams"), only_files=True),
    ]
    return {entry.item.id: entry for entry in entries}


def describe_member(member: Member, library: PersonaLibrary) -> tuple[str, str, bool]:
    """Return persona with role, its model ("" for the run's model), and whether the persona exists."""
    try:
        persona = library.get(member.persona).persona
    except RoundtableError:
        return single_line(member.persona), "persona not found", False
    role = f" · {persona.role}" if persona.role else ""
    own = " @ ".join(part for part in (persona.model, persona.server) if part)
    model = member.model_label or (f"{own}, from the persona" if own else "")
    return single_line(persona.name + role), single_line(model), True


def list_persona_items(library: PersonaLibrary) -> list[Item]:
    """Return all personas as items of a picker."""
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


def describe_team(entry: TeamEntry, library: PersonaLibrary) -> tuple[str, str, str]:
    """Return the name, the facts and the seats of an entry (or its error), sanitized."""
    if entry.found is None:
        assert entry.fault is not None
        return describe_error(entry.fault)
    team = entry.found.team
    seats = [(f"{n:>2}", member) for n, member in enumerate(team.members, 1)]
    if team.captain is not None:
        seats.append((" ★", team.captain))
    rows = [(mark, *describe_member(member, library)) for mark, member in seats]
    lines = [f"{mark}  {name}" + (f": {model}" if model else "") for mark, name, model, _ in rows]
    facts = [team.title, files.display_path(entry.found.path)]
    return single_line(team.name), "\n".join(single_line(fact) for fact in facts if fact), "\n".join(lines)


def _team_row(found: LibraryTeam) -> Item:
    team, seats = found.team, len(found.team.members)
    title = " · ".join(part for part in (team.name, team.title) if part)
    hint = f"{seats} seat{'s' * (seats > 1)}" + (", captain" if team.captain else "")
    return Item("", title, team.summary, hint=hint)
