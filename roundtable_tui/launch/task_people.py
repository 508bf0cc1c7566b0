"""Who sat at a table, for a task that seats them again: named where that is enough, else written down."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from roundtable_tui import modes
from roundtable_tui.errors import RoundtableError
from roundtable_tui.files import Persona, PersonaLibrary, key_of, persona_text
from roundtable_tui.text import one_line

Seat = tuple[Persona, bool, int]
"""A persona, whether it is the captain's, and the stage of a pipeline it sits in, from 1; else 0."""
FOLDER = "participants"
_NAME_LIMIT = 40
_NUMBERED = re.compile(r"(.+) \d+")


class People:
    """Seats with plain and distinct names, and the `files` that bring them back, by their path in a task."""

    def __init__(self, seats: Sequence[Seat], library: PersonaLibrary) -> None:
        self._library = library
        plain = [(self._plain(persona), captain, stage) for persona, captain, stage in seats]
        self._seats = _distinct(plain)
        self.files = {
            f"{FOLDER}/{persona.key}.json": persona_text(persona)
            for persona, _, _ in self._seats
            if not self._found(persona)
        }

    def team(self, stage: int, given: str, mode: str, name: str) -> str:
        """Return the team that seats those of a stage: `given` ("" is the `mode`'s own), where it does.

        Else a new one called `name` is put to the files.
        """
        members = [persona.name for persona, captain, at in self._seats if at == stage and not captain]
        captain = next((persona.name for persona, captain, at in self._seats if at == stage and captain), "")
        if not members or self._sits(given or _own_team(mode), members, captain):
            return given
        made = one_line(name, _NAME_LIMIT)
        spelled = {"name": made, "members": members, **({"captain": captain} if captain else {})}
        content = json.dumps(spelled, indent=2, ensure_ascii=False) + "\n"
        self.files[f"{FOLDER}/teams/{key_of(made)}.json"] = content
        return made

    def _plain(self, persona: Persona) -> Persona:
        """Return the persona without a number that it has only because another seat had its name."""
        if (numbered := _NUMBERED.fullmatch(persona.name)) is not None:
            named = persona.model_copy(update={"name": numbered[1]})
            if self._found(named):
                return named
        return persona

    def _found(self, persona: Persona) -> bool:
        """Return whether naming the persona is enough to have it again, as it is."""
        found = next((one for one in self._library.items if one.key == persona.key), None)
        if found is None or found.origin == "given":
            return False
        return found.persona.model_copy(update={"schema_ref": persona.schema_ref}) == persona

    def _sits(self, team: str, members: Sequence[str], captain: str) -> bool:
        """Return whether a team of this name is known, and seats these people in this order."""
        teams = (one.team for one in self._library.teams if one.origin != "given")
        found = next((one for one in teams if one.name == team), None)
        if found is None:
            return False
        names = [_name(member) for member in found.members]
        around = [names[n % len(names)] for n in range(len(members))]
        led = _name(found.captain) if found.captain else ""
        return around == list(members) and (not led or not captain or led == captain)


def _distinct(seats: Sequence[Seat]) -> list[Seat]:
    """Return the seats with names of their own for those that share a name and are not the same."""
    known: dict[str, Persona] = {}
    found = []
    for persona, captain, stage in seats:
        number, one = 1, persona
        while known.setdefault(one.key, one) != one:
            number += 1
            one = persona.model_copy(update={"name": f"{persona.name[: _NAME_LIMIT - 3]} {number}"})
        found.append((one, captain, stage))
    return found


def _own_team(mode: str) -> str:
    try:
        return modes.get(mode).team if mode else ""
    except RoundtableError:
        return ""


def _name(member: object) -> str:
    """Return the persona's name of a member of a team, which may say more than its name."""
    return str(getattr(member, "persona", member))
