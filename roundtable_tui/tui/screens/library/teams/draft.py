"""A team while it is edited. Each change returns another draft, so that it can be undone."""

from __future__ import annotations

from dataclasses import dataclass, replace

from roundtable_tui.resources import Member, Problem, Team, check_team
from roundtable_tui.utils.text import to_safe_json

CAPTAIN = "captain"
"""Id of the captain's row. The ids of the seats are their numbers, from 0."""


@dataclass(frozen=True, slots=True)
class TeamDraft:
    """The content of the editor. `row` is the id of a seat's row."""

    name: str = ""
    title: str = ""
    members: tuple[Member, ...] = ()
    captain: Member | None = None
    schema_ref: str = ""

    @classmethod
    def from_team(cls, team: Team | None) -> TeamDraft:
        """Return a team as a draft; None is a new team."""
        if team is None:
            return cls()
        return cls(team.name, team.title, team.members, team.captain, team.schema_ref)

    def check(self) -> tuple[Team | None, list[Problem]]:
        """Return the team, or None and the problems."""
        content = {
            "$schema": self.schema_ref,
            "name": self.name,
            "title": self.title,
            "members": [member.to_json for member in self.members],
            "captain": self.captain.to_json if self.captain else "",
        }
        return check_team(to_safe_json(content))

    def with_text(self, field: str, value: str) -> TeamDraft:
        """Return the draft with another name or title."""
        return replace(self, name=value) if field == "name" else replace(self, title=value)

    @property
    def rows(self) -> dict[str, Member]:
        """The members by the ids of their rows, the captain first."""
        captain = {CAPTAIN: self.captain} if self.captain else {}
        return captain | {str(at): member for at, member in enumerate(self.members)}

    def with_member(self, row: str, member: Member | None) -> TeamDraft:
        """Return the draft with another member in a seat; None removes the seat."""
        if row == CAPTAIN:
            return replace(self, captain=member)
        at = int(row)
        new = () if member is None else (member,)
        return replace(self, members=(*self.members[:at], *new, *self.members[at + 1 :]))

    def with_seat(self, persona: str) -> TeamDraft:
        """Return the draft with another seat at the end."""
        return replace(self, members=(*self.members, Member(persona=persona)))

    def with_persona(self, row: str, persona: str) -> TeamDraft:
        """Return the draft with another persona in a seat; model and server stay."""
        before = self.rows.get(row) or Member(persona=persona)
        return self.with_member(row, before.model_copy(update={"persona": persona}))

    def with_model(self, row: str, server: str, model: str) -> TeamDraft:
        """Return the draft with another model and server in a seat; "" is the default."""
        if (before := self.rows.get(row)) is None:
            return self
        return self.with_member(row, before.model_copy(update={"server": server, "model": model}))

    def move_seat(self, row: str, by: int) -> tuple[TeamDraft, str]:
        """Return the draft with a seat moved down by some places, and its new row."""
        if row in ("", CAPTAIN):
            return self, row
        at = int(row)
        to = min(max(at + by, 0), len(self.members) - 1)
        members: list[Member] = [*self.members]
        members.insert(to, members.pop(at))
        return replace(self, members=tuple(members)), str(to)
