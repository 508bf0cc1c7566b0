"""A team: a JSON file that names the personas at the table, and their captain."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema

from roundtable_tui.resources.persona import Name, NamedFile, SingleLine

_NAME = {"type": "string", "minLength": 1, "maxLength": 40}


class Member(BaseModel):
    """A seat of a team: persona, model and server. A file may have the persona's name alone instead."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    persona: Name = Field(description="The name of the persona.")
    model: SingleLine = Field(
        default="", max_length=200, description="The model on this seat; empty: the persona's, or the run's."
    )
    server: SingleLine = Field(
        default="", max_length=100, description="The server of this seat; empty: the persona's, or the run's."
    )

    @model_validator(mode="before")
    @classmethod
    def _by_name(cls, given: Any) -> Any:
        return {"persona": given} if isinstance(given, str) else given

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [_NAME, handler(core)]}

    @property
    def to_json(self) -> str | dict[str, str]:
        """The member as in a file: the name alone if nothing else is set."""
        own = {name: value for name, value in (("model", self.model), ("server", self.server)) if value}
        return {"persona": self.persona, **own} if own else self.persona

    @property
    def model_label(self) -> str:
        """The model of the seat: `model @ server`, one of them, or "" if the team sets neither."""
        return " @ ".join(part for part in (self.model, self.server) if part)

    def __str__(self) -> str:
        return f"{self.persona} ({self.model_label})" if self.model_label else self.persona


def _nobody(given: Any) -> Any:
    return None if given == "" else given


class Team(NamedFile):
    """The seats of a run, in order. A persona may have several seats."""

    title: SingleLine = Field(default="", max_length=120, description="What it is good for, in a line.")
    members: Annotated[tuple[Member, ...], Field(strict=False)] = Field(
        min_length=1,
        max_length=64,
        description="Its personas by name, in the order in which they sit; an object gives a seat a model"
        " and server of its own.",
    )
    captain: Annotated[Member | None, BeforeValidator(_nobody)] = Field(
        default=None, description="The persona that judges, merges or sums up, if any."
    )

    @property
    def summary(self) -> str:
        """The members on one line."""
        captain = f"; captain {self.captain}" if self.captain else ""
        return ", ".join(map(str, self.members)) + captain
