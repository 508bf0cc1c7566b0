"""What a mode is: a name, its options, and a program that takes a table from a question to an answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import InitVar, dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from roundtable_tui.engine.table import Table
from roundtable_tui.errors import NoAnswer, NoAnswerError

__all__ = [
    "Answer",
    "Mode",
    "NoAnswer",
    "NoAnswerError",
    "OptionSources",
    "Options",
    "PathOption",
    "SeatingPolicy",
]
SeatingPolicy = Literal["one_each", "copies", "one", "stages"]


class Options(BaseModel):
    """The base of every mode's options: descriptions, bounds and defaults make the flags and the form."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class PathOption:
    """Marks an option, in the metadata of its type, whose value names a file or a folder."""

    flag: str
    """The flag that may name any path; a task and a record name those of their own folder alone."""
    writes: bool = False
    """True for a folder of output: a relative one is in the run's folder."""
    inline: bool = False
    """True where a table may stand for what is in the file."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a mode comes to."""

    text: str
    by: str = ""
    """The id of the seat whose words these are."""
    how: str = ""
    """One honest line on how it came about."""
    agreement: float | None = None
    candidates: tuple[str, ...] = ()
    partial: bool = False
    """True where less was done than was asked for, though no turn may have failed."""


@dataclass(frozen=True, slots=True)
class OptionSources:
    """What options of a mode are tied to, beside their flags: the question, roles, the environment."""

    question: str = ""
    """The option that may stand in for the question, "" for none."""
    models: Mapping[str, str] = field(default_factory=dict)
    """Options that name a model -> the role of the personas that it is for."""
    environ: Mapping[str, str] = field(default_factory=dict)
    """Environment variables -> the options they set, where nobody else does."""
    limits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Environment variables -> the limits of a call (fields of `Limits`) they set, where no flag does."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Names that its options have in other programs -> the options."""


@dataclass(frozen=True, slots=True)
class Mode:
    """A mode as the house knows it. `team` is the default team; `seats` says how a team is seated.

    `one_each`: every member of the team has a seat. `copies`: the members in turn, until the
    option `agents` is reached. `one`: the first member alone. `stages`: each stage of a pipeline as its own
    mode says.
    """

    name: str
    summary: str
    options: type[Options]
    run: Callable[[Table, Any], Awaitable[Answer]]
    team: str
    seats: SeatingPolicy = "one_each"
    captain: bool = True
    """True when it cannot do without a captain."""
    needs_text: bool = False
    """True if it works on a text: its option `file`, else the task's context."""
    wiring: OptionSources = OptionSources()
    """Other sources of its options; most modes need none."""
    text: InitVar[bool] = False
    """The former name of `needs_text`, for modes outside this package."""

    def __post_init__(self, text: bool) -> None:
        if text:
            object.__setattr__(self, "needs_text", True)
