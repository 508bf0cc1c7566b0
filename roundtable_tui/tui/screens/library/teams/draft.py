"""A team while it is put together: each change makes another draft, so that it can be taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from roundtable_tui.resources import Member, Problem, Team, check_team
from roundtable_tui.utils.text import to_safe_json

CAPTAIN = "captain"
"""The id of the captain's row; those of the seats are their numbers from 0."""


@dataclass(frozen=True, slots=True)
class TeamDraft:
    """What stands in the builder. Seats are named by the ids of their rows."""

    name: str = ""
    title: str = ""
    members: tuple[Member, ...] = ()
    captain: Member | None = None
    schema_ref: str = ""

    @classmethod
    def of(cls, team: Team | None) -> TeamDraft:
        """Return a team as a draft."""
        if team is None:
            return cls()
        return cls(team.name, team.title, team.members, team.captain, team.schema_ref)

    def read(self) -> tuple[Team | None, list[Problem]]:
        """Return the team, or None and what is wrong with it."""
        told = {
            "$schema": self.schema_ref,
            "name": self.name,
            "title": self.title,
            "members": [member.to_json for member in self.members],
            "captain": self.captain.to_json if self.captain else "",
        }
        return check_team(to_safe_json(told))

    def called(self, field: str, value: str) -> TeamDraft:
        """Return the draft with another name or title."""
        return replace(self, name=value) if field == "name" else replace(self, title=value)

    def at(self, row: str) -> Member | None:
        """Return who sits there."""
        return self.captain if row == CAPTAIN else self.members[int(row)] if row else None

    def put(self, row: str, member: Member | None) -> TeamDraft:
        """Return the draft with somebody else there; None empties the seat."""
        if row == CAPTAIN:
            return replace(self, captain=member)
        at = int(row)
        new = () if member is None else (member,)
        return replace(self, members=(*self.members[:at], *new, *self.members[at + 1 :]))

    def seated(self, persona: str) -> TeamDraft:
        """Return the draft with one more at the end."""
        return replace(self, members=(*self.members, Member(persona=persona)))

    def swapped(self, row: str, persona: str) -> TeamDraft:
        """Return the draft with another persona there; model and server stay."""
        before = self.at(row)
        changed = {"persona": persona}
        return self.put(row, before.model_copy(update=changed) if before else Member(persona=persona))

    def voiced(self, row: str, server: str, model: str) -> TeamDraft:
        """Return the draft with another model and server there; "" for none of its own."""
        before = self.at(row)
        return (
            self
            if before is None
            else self.put(row, before.model_copy(update={"server": server, "model": model}))
        )

    def moved(self, row: str, by: int) -> tuple[TeamDraft, str]:
        """Return the draft with the seat further down by so much, and its row then."""
        if row in ("", CAPTAIN):
            return self, row
        at = int(row)
        to = min(max(at + by, 0), len(self.members) - 1)
        members: list[Member] = [*self.members]
        members.insert(to, members.pop(at))
        return replace(self, members=tuple(members)), str(to)


def fault_of(problems: Sequence[Problem], field: str) -> str:
    """Return what is wrong with a field, or with something in it; "" if nothing is."""
    for problem in problems:
        if problem.field.split(".")[0].split("[")[0] == field:
            return str(Problem(problem.what, hint=problem.hint))
    return ""
