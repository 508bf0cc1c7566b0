"""Notes on what a run takes from the current folder in place of a resource of the same name elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from roundtable_tui.resources.library import LibraryItem, PersonaLibrary
from roundtable_tui.utils.text import single_line

_ORIGIN_LABELS = {"yours": "yours", "shipped": "the shipped one"}


def describe_shadowing(entries: Iterable[tuple[str, str, str]]) -> tuple[str, ...]:
    """Return a note for each (name, origin, origin of what it hides) from the current folder.

    A downloaded folder may replace a persona, team or task of the user: that must be visible.
    """
    return tuple(
        f"{single_line(name, 60)}: from this folder, in place of {_ORIGIN_LABELS.get(hidden, hidden)}"
        for name, origin, hidden in entries
        if origin == "here" and hidden
    )


def describe_shadowing_seats(
    library: PersonaLibrary, slugs: Collection[str], teams: Collection[str]
) -> tuple[str, ...]:
    """Return the notes for the personas with these ids and the teams with these names."""
    found: list[tuple[str, LibraryItem]] = [
        (one.persona.name, one) for one in library.items if one.slug in slugs
    ]
    found += [(f"team {one.team.name}", one) for one in library.teams if one.team.name in teams]
    return describe_shadowing((name, one.origin, library.hidden_by(one)) for name, one in found)
