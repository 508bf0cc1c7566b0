"""What a mode consists of: a name, options, and a function from a table to an answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import InitVar, dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from roundtable_tui.config import did_you_mean
from roundtable_tui.engine.table import Table
from roundtable_tui.errors import NoAnswer, NoAnswerError, UsageError
from roundtable_tui.resources.validation import describe_expected
from roundtable_tui.utils.text import single_line

__all__ = [
    "Answer",
    "Layout",
    "Mode",
    "NoAnswer",
    "NoAnswerError",
    "OptionSources",
    "Options",
    "PathOption",
    "SeatingPolicy",
]
Layout = Literal["columns", "thread", "one", "files", "notes"]
"""How a run is shown. `columns`: a pane per seat; `thread`: one conversation; `one`: one pane; `files`: a
list of calls with their files; `notes`: a text that grows, with its progress.
"""
SeatingPolicy = Literal["one_each", "copies", "one", "stages"]
AnswerKind = Literal["chosen", "merged", "produced"]


class Options(BaseModel):
    """Base class of the options of a mode. Flags, form and docs are generated from its fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class PathOption:
    """Metadata of an option whose value is the path of a file or folder."""

    flag: str
    """The flag for any path; tasks and records may only name paths in their own folder."""
    writes: bool = False
    """True for an output folder; relative paths are in the folder of the run."""
    inline: bool = False
    """True if a TOML table may be given instead of a file."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of a mode."""

    text: str
    by: str = ""
    """The id of the seat that wrote it."""
    how: str = ""
    """One line on how it was reached."""
    agreement: float | None = None
    """The share of the answers that say what this answer says, 0 to 1; None if that cannot be compared."""
    final: str = ""
    """The answer itself where `text` has more than that; it is compared with those of the seats."""
    candidates: tuple[str, ...] = ()
    partial: bool = False
    """True if less was done than requested, even if no turn failed."""
    kind: AnswerKind = "chosen"
    """`merged`: written from several answers; `produced`: there is no one answer to agree on."""


@dataclass(frozen=True, slots=True)
class OptionSources:
    """Where options of a mode come from besides their flags: the question, roles, the environment."""

    question: str = ""
    """The option that can replace the question; "" for none."""
    models: Mapping[str, str] = field(default_factory=dict)
    """Options that name a model -> the role of the personas that use it."""
    environ: Mapping[str, str] = field(default_factory=dict)
    """Environment variables -> the options they set if nothing else does."""
    limits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Environment variables -> the fields of `Limits` they set if no flag does."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Names of options in other programs -> the options."""


@dataclass(frozen=True, slots=True)
class Mode:
    """The declaration of a mode. `team` is the default team; `seats` is how members get seats.

    `one_each`: each member has a seat. `copies`: members in turn, repeated, until there are as many seats
    as option `agents` says. `one`: only the first member. `stages`: each stage of a pipeline as its mode
    says.
    """

    name: str
    summary: str
    options: type[Options]
    run: Callable[[Table, Any], Awaitable[Answer]]
    team: str
    seats: SeatingPolicy = "one_each"
    captain: bool = True
    """True if it needs a captain."""
    needs_text: bool = False
    """True if it works on a text: its option `file`, else the task's context."""
    wiring: OptionSources = OptionSources()
    """Other sources of its options; most modes need none."""
    has_one_answer: bool = True
    """False if its result is not one answer to the question: answers to several, a discussion, notes."""
    text: InitVar[bool] = False
    """The former name of `needs_text`, for modes outside this package."""
    seat_count: Callable[[Any], int] | None = None
    """The number of seats by its options, where option `agents` does not say it; `--agents` comes before."""
    layout: Layout = "columns"
    """How a run is shown on the screen."""
    different_models: bool = False
    """True if it gains from a second model: without a named one, a local server with several gives two."""

    def __post_init__(self, text: bool) -> None:
        if text:
            object.__setattr__(self, "needs_text", True)

    @property
    def path_options(self) -> dict[str, PathOption]:
        """The options that are paths of files or folders."""
        fields = self.options.model_fields.items()
        return {name: kind for name, one in fields for kind in one.metadata if isinstance(kind, PathOption)}

    def validate_options(self, given: Mapping[str, Any]) -> Options:
        """Validate `given` and return it as the options of this mode. Raises UsageError."""
        fields = self.options.model_fields
        for name in given:
            if name not in fields:
                hint = did_you_mean(name, fields, "It has")
                raise UsageError(f"mode {self.name} has no option {single_line(name, 60)}", hint=hint)
        try:
            return self.options.model_validate(given)
        except ValidationError as error:
            fault = error.errors(include_url=False)[0]
        name = ".".join(map(str, fault["loc"])) or "options"
        wanted = describe_expected(self.options.model_json_schema(), fault["loc"], fault)
        if fault["type"] == "literal_error":
            wanted = str(fault["ctx"]["expected"]).replace("'", "")
        if not fault["loc"]:
            raise UsageError(f"mode {self.name} expects {wanted}")
        found = single_line(str(fault["input"]), 60)
        raise UsageError(f"{name} of mode {self.name} should be {wanted}, not {found or 'empty'}")
