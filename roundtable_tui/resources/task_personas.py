"""The personas and teams that are saved with a task: those that the library does not have."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from itertools import cycle, islice

from roundtable_tui.resources.editing import render_persona
from roundtable_tui.resources.library import PersonaLibrary
from roundtable_tui.resources.persona import Persona, slugify
from roundtable_tui.utils.text import single_line

SavedSeat = tuple[Persona, bool, int]
"""A persona, True for the captain, and the stage of a pipeline from 1, else 0."""
PARTICIPANTS_DIR = "participants"
_MAX_NAME_LENGTH = 40
_NUMBERED = re.compile(r"(.+) \d+")


class TaskPersonas:
    """The seats of a task with distinct names, and the `files` that define them, by path in the task."""

    def __init__(self, seats: Sequence[SavedSeat], library: PersonaLibrary) -> None:
        self._library = library
        plain = [(self._without_number(persona), captain, stage) for persona, captain, stage in seats]
        self._seats = _with_unique_names(plain)
        self.files = {
            f"{PARTICIPANTS_DIR}/{persona.slug}.json": render_persona(persona)
            for persona, _, _ in self._seats
            if not self._is_in_library(persona)
        }

    def team_for(self, stage: int, given: str, default: str, name: str) -> str:
        """Return the name of a team with the seats of a stage.

        It is `given` ("" for `default`) if that has these seats, else a new one, `name`, that is added to
        the files.
        """
        members = [persona.name for persona, captain, at in self._seats if at == stage and not captain]
        captain = next((persona.name for persona, captain, at in self._seats if at == stage and captain), "")
        if not members or self._team_matches(given or default, members, captain):
            return given
        made = single_line(name, _MAX_NAME_LENGTH)
        spelled = {"name": made, "members": members, **({"captain": captain} if captain else {})}
        content = json.dumps(spelled, indent=2, ensure_ascii=False) + "\n"
        self.files[f"{PARTICIPANTS_DIR}/teams/{slugify(made)}.json"] = content
        return made

    def _without_number(self, persona: Persona) -> Persona:
        """Return the persona without the number that only distinguishes it from a seat with the same name."""
        if (numbered := _NUMBERED.fullmatch(persona.name)) is not None:
            named = persona.model_copy(update={"name": numbered[1]})
            if self._is_in_library(named):
                return named
        return persona

    def _is_in_library(self, persona: Persona) -> bool:
        """Return True if the library has exactly this persona under its name."""
        found = next((one for one in self._library.items if one.slug == persona.slug), None)
        if found is None or found.origin == "given":
            return False
        return found.persona.model_copy(update={"schema_ref": persona.schema_ref}) == persona

    def _team_matches(self, team: str, members: Sequence[str], captain: str) -> bool:
        """Return True if the team is known and has these seats in this order."""
        teams = (one.team for one in self._library.teams if one.origin != "given")
        found = next((one for one in teams if one.name == team), None)
        if found is None:
            return False
        around = [member.persona for member in islice(cycle(found.members), len(members))]
        leads = found.captain is None or captain in ("", found.captain.persona)
        return around == list(members) and leads


def _with_unique_names(seats: Sequence[SavedSeat]) -> list[SavedSeat]:
    """Return the seats, numbered if different personas share a name."""
    known: dict[str, Persona] = {}
    found = []
    for persona, captain, stage in seats:
        number, one = 1, persona
        while known.setdefault(one.slug, one) != one:
            number += 1
            one = persona.model_copy(update={"name": f"{persona.name[: _MAX_NAME_LENGTH - 3]} {number}"})
        found.append((one, captain, stage))
    return found
