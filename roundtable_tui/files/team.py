"""A team: a JSON file that names the personas at the table, and their captain."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from roundtable_tui.files.persona import Line, Name, Named


class Team(Named):
    """Who sits at the table, in order. A persona may sit there more than once."""

    title: Line = Field(default="", max_length=120, description="What it is good for, in a line.")
    members: Annotated[tuple[Name, ...], Field(strict=False)] = Field(
        min_length=1, max_length=64, description="The names of its personas, in the order in which they sit."
    )
    captain: Line = Field(
        default="", max_length=40, description="The persona that judges, merges or sums up, if any."
    )
