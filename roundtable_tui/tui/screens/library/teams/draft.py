"""A team while it is edited."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

from roundtable_tui.resources import Member, Team
from roundtable_tui.tui.screens.library.draft import ResourceDraft

CAPTAIN = "captain"
"""Id of the captain's row. The ids of the seats are their numbers, from 0."""


class TeamDraft(ResourceDraft[Team]):
    """The content of the editor. `row` is the id of a seat's row."""

    MODEL = Team
    NEW = {"name": "", "members": []}

    @property
    def members(self) -> tuple[Member, ...]:
        """The seats in order."""
        return tuple(map(_read_member, (self.data or {}).get("members", ())))

    @property
    def captain(self) -> Member | None:
        """The captain, if there is one."""
        given = (self.data or {}).get(CAPTAIN)
        return _read_member(given) if given else None

    @property
    def rows(self) -> dict[str, Member]:
        """The members by the ids of their rows, the captain first."""
        captain = {CAPTAIN: self.captain} if self.captain else {}
        return captain | {str(at): member for at, member in enumerate(self.members)}

    def with_members(self, members: Iterable[Member]) -> Self:
        """Return the draft with other seats."""
        return self.with_field("members", [member.to_json for member in members])

    def with_member(self, row: str, member: Member | None) -> Self:
        """Return the draft with another member in a seat; None removes the seat."""
        if row == CAPTAIN:
            return self.with_field(CAPTAIN, member.to_json if member else "")
        at = int(row)
        new = () if member is None else (member,)
        return self.with_members((*self.members[:at], *new, *self.members[at + 1 :]))

    def with_persona(self, row: str, persona: str) -> Self:
        """Return the draft with another persona in a seat, or in a new one; model and server stay."""
        before = self.rows.get(row) or Member(persona=persona)
        return self.with_member(row, before.model_copy(update={"persona": persona}))

    def with_model(self, row: str, server: str, model: str) -> Self:
        """Return the draft with another model and server in a seat; "" is the default."""
        update = {"server": server, "model": model}
        return self.with_member(row, self.rows[row].model_copy(update=update))

    def move_seat(self, row: str, by: int) -> tuple[Self, str]:
        """Return the draft with a seat moved down by some places, and its new row."""
        if row == CAPTAIN:
            return self, row
        members = [*self.members]
        to = min(max(int(row) + by, 0), len(members) - 1)
        members.insert(to, members.pop(int(row)))
        return self.with_members(members), str(to)


def _read_member(given: Any) -> Member:
    """Return a member as it is in the JSON: what is wrong with it is a problem of the draft."""
    return Member.model_construct(**(given if isinstance(given, dict) else {"persona": given}))
