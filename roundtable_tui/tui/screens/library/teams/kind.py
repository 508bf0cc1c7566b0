"""Teams as a kind of resource, and the seats of a team as rows."""

from __future__ import annotations

from roundtable_tui.errors import RoundtableError
from roundtable_tui.resources import LibraryTeam, Member, PersonaLibrary, Team
from roundtable_tui.tui.screens.library.kinds import ORIGIN_HEADINGS, ResourceKind
from roundtable_tui.tui.widgets.lists.item_list import Item
from roundtable_tui.utils.format import count_of
from roundtable_tui.utils.text import single_line


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


def _make_row(library: PersonaLibrary, found: LibraryTeam) -> Item:
    team = found.team
    title = " · ".join(part for part in (team.name, team.title) if part)
    hint = count_of(len(team.members), "seat") + (", captain" if team.captain else "")
    return Item("", title, team.summary, hint=hint)


def _describe(library: PersonaLibrary, found: LibraryTeam) -> tuple[list[str], str]:
    team = found.team
    seats = [(f"{n:>2}", member) for n, member in enumerate(team.members, 1)]
    if team.captain is not None:
        seats.append((" ★", team.captain))
    rows = [(mark, *describe_member(member, library)) for mark, member in seats]
    return [team.title], "\n".join(
        f"{mark}  {name}" + (f": {model}" if model else "") for mark, name, model, _ in rows
    )


TEAMS: ResourceKind[Team, LibraryTeam] = ResourceKind(
    noun="team",
    model=Team,
    subfolders=("teams",),
    list_found=lambda library: (library.teams, library.hidden_teams),
    get=lambda found: found.team,
    make_row=_make_row,
    describe_content=_describe,
)
