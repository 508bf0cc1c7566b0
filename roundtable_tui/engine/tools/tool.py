"""A tool: what a seat may call, as the engine sees it. `roundtable_tui.tools` has the tools themselves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from roundtable_tui.engine.tools.permission import PermissionRule, Verb
from roundtable_tui.llm.types import ToolSpec

DEFAULT_TRIPS = 3
"""Replies of a turn that may call tools; the next one is made without."""
MAX_TRIPS = 20
"""The most that a run may set in place of `DEFAULT_TRIPS`."""


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a call returned. `text` is data from outside and not sanitized."""

    text: str
    ok: bool = True
    title: str = ""
    """What was looked at, in a few words: `README.md:1-40`."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """For readers of the record; of a file: `{path, first, last, total}`."""


@dataclass(frozen=True, slots=True)
class CallContext:
    """The call that a tool carries out."""

    turn: str
    seat: str
    round_key: str
    """The same for all turns of a round: what is read in a round is the same for all of them."""
    is_restricted: Callable[[str, Sequence[str]], bool] = lambda tool, subjects: False
    """Whether a rule of the user keeps this tool from a subject, for calls that are about several."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool, and how the engine treats it."""

    spec: ToolSpec
    run: Callable[[Mapping[str, Any], CallContext], Awaitable[ToolResult]]
    """Carries out a call with valid arguments. Any exception becomes a result that says that it failed."""
    default: Verb = "ask"
    """What holds where no rule of the user does."""
    is_shared: bool = False
    """Equal calls of a round have one result, for all its seats; a resumed run takes it from the record."""
    subject: Callable[[Mapping[str, Any]], Sequence[str]] = lambda arguments: ("",)
    """The names of what a call is about, which patterns of permissions are compared with: a path, a URL."""
    mentions: Callable[[Mapping[str, Any]], Sequence[str]] = lambda arguments: ()
    """Further texts of a call, which only patterns that deny are compared with."""
    timeout_s: float = 60.0

    @property
    def name(self) -> str:
        """The name by which models call it."""
        return self.spec.name


@dataclass(frozen=True, slots=True)
class ToolPlan:
    """The tools of a run, decided before it starts."""

    tools: tuple[Tool, ...]
    guidance: str = ""
    """Sentences for the system prompt: what the tools are for, how to cite."""
    max_trips: int = DEFAULT_TRIPS
    rules: tuple[PermissionRule, ...] = ()
    header: Mapping[str, Any] = field(default_factory=dict)
    """What the record says about them, without secrets: `{names, roots, trips}`."""
    end_turn: Callable[[str], Awaitable[None]] | None = None
    """Called with the id of a turn that has ended."""
    close: Callable[[], Awaitable[None]] | None = None
    """Called at the end of the run."""
