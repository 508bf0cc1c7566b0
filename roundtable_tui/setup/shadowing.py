"""What of the current folder takes the place of the user's own or of what is shipped: a line for each."""

from __future__ import annotations

from collections.abc import Iterable

from roundtable_tui.errors import RoundtableError
from roundtable_tui.resources import LibraryPersona, PersonaLibrary, TaskLibrary
from roundtable_tui.resources.library import LibraryTeam
from roundtable_tui.setup.stages import StagePlan
from roundtable_tui.utils.text import single_line

_WHOSE = {"yours": "yours", "shipped": "the shipped one"}


def of_this_folder(library: TaskLibrary, name: str) -> tuple[str, ...]:
    """Return the line for the task `name` where it is of `./tasks` and hides another; () otherwise."""
    try:
        found = library.get(name) if name else None
    except RoundtableError:
        return ()
    if found is None or found.origin != "here" or not (hidden := library.hidden_by(found)):
        return ()
    return (_line(f"task {found.task.name}", hidden),)


def seats_of_this_folder(library: PersonaLibrary, parts: Iterable[StagePlan]) -> tuple[str, ...]:
    """Return the lines for seats and teams of `./personas` that hide others."""
    seated = list(parts)
    sitters = [
        one for part in seated for one in (*part.participants.members, part.participants.captain) if one
    ]
    keys = {one.persona.slug for one in sitters}
    names = {part.participants.team for part in seated}
    found: list[tuple[str, LibraryPersona | LibraryTeam]] = []
    found += [(one.persona.name, one) for one in library.items if one.slug in keys]
    found += [(f"team {one.team.name}", one) for one in library.teams if one.team.name in names]
    return tuple(
        _line(name, hidden)
        for name, one in found
        if one.origin == "here" and (hidden := library.hidden_by(one))
    )


def _line(name: str, hidden: str) -> str:
    return f"{single_line(name, 60)}: from this folder, in place of {_WHOSE.get(hidden, hidden)}"
