"""Requests for a run, before anything is looked up: a question, a run to resume, or a run to fork."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from roundtable_tui.engine.material.attachments import Attachment
    from roundtable_tui.resources import Persona


@dataclass(frozen=True, slots=True)
class RunRequest:
    """A question and the choices of the user.

    Empty fields fall back to the task, then the settings, then the mode.
    """

    question: str = ""
    task: str = ""
    question_number: int = 1
    """Number of the task's question, from 1; used if `question` is empty."""
    context: str = ""
    """Background for the question, in addition to the task's."""
    mode: str = ""
    team: str = ""
    personas: tuple[str, ...] = ()
    """Names of personas: instead of a team, or in addition to `team` if that is given."""
    captain: str = ""
    own_personas: tuple[Persona, ...] = ()
    """Personas without a file; `personas` and `captain` name them before those of the library."""
    agents: int | None = None
    model: str = ""
    models: Mapping[str, str] = field(default_factory=dict)
    """Persona or seat ("Candidate 2") -> model for this run; overrides the persona's file."""
    seat_models: tuple[str, ...] = ()
    """Models of the run's server, dealt out to the seats in turn; the captain gets the run's model."""
    check_names: bool = False
    """True refuses names in `models` that no seat has."""
    servers: Mapping[str, str] = field(default_factory=dict)
    """Persona or seat -> server for this run: name, base URL, "demo" or "local"; its model is in `models`."""
    server: str = ""
    base_url: str = ""
    demo: bool = False
    local: bool = False
    seed: int | None = None
    max_tokens: int | None = None
    answer_tokens: int | None = None
    """Tokens of an answer, reasoning included, at which it is stopped; not sent to the server."""
    params: Mapping[str, Any] = field(default_factory=dict)
    """Generation parameters of every call, by name (`config.params`)."""
    stream: bool = True
    """False asks servers for whole replies instead of streams."""
    budget: int | None = None
    """Maximum tokens of the run; 0 for no limit."""
    max_cost: float | None = None
    """Maximum cost in USD; 0 for no limit."""
    baseline: bool = False
    """Take a plain vote with as many tokens after the run, and compare."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Options of the mode; text is converted to the option's type."""
    limits: Mapping[str, float] = field(default_factory=dict)
    """Timeouts in seconds: first_token, idle, turn."""
    personas_dir: Path | None = None
    folder: Path | None = None
    """Folder of the record, instead of one in the runs folder."""
    knowledge: tuple[str, ...] = ()
    """Collections of documents to search, in addition to the task's documents."""
    passages: int | None = None
    """Number of passages added to the prompts; 0 for none."""
    store: str = ""
    """Store of the collections: a folder or postgresql://...; the default is ROUNDTABLE_STORE."""
    embedding_model: str = ""
    """Embedding model for the task's documents; named collections remember theirs."""
    embedding_server: str = ""
    """Name or base URL of the server with the embedding model, if it is not the run's server."""
    roots: tuple[Path, ...] = ()
    """Folders whose files the seats may list, search and read."""
    tools: tuple[str, ...] = ()
    """Further tools of the seats: python, documents, or names of MCP servers."""
    mcp: Path | None = None
    """An `mcpServers` file, whose servers are used too."""
    allow: tuple[str, ...] = ()
    """Tools, `NAME` or `NAME(PATTERN)`, that need no question in this run."""
    tool_trips: int | None = None
    """Replies of a turn that may call tools."""
    record: bool = True
    """False writes no record."""
    follow_up_of: Path | None = None
    """Folder of the run that the question follows up on."""
    attachments: tuple[Path | Attachment, ...] = ()
    """Files, or attachments that are ready (`attachments.read`), that go before the question."""


@dataclass(frozen=True, slots=True)
class ResumeRequest:
    """A recorded run to resume, perhaps with a new budget or another limit of its answers."""

    folder: Path
    budget: int | None = None
    """Tokens; 0 for no limit, None for the recorded one."""
    max_cost: float | None = None
    """USD; 0 for no limit, None for the recorded one."""
    answer_tokens: int | None = None
    """Tokens of an answer at which it is stopped; None for the recorded limit."""
    max_tokens: int | None = None
    """Token limit sent with each request; None for the recorded one."""


@dataclass(frozen=True, slots=True)
class ForkChanges:
    """Differences between a fork and the run it comes from."""

    personas: Mapping[str, Persona] = field(default_factory=dict)
    """Seat -> persona, from its first call after the fork."""
    models: Mapping[str, str] = field(default_factory=dict)
    """Seat -> model."""
    options: Mapping[str, Any] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)
    """Turn -> the text that replaces its answer."""
    budget: int | None = None
    """Tokens; 0 for no limit."""
    max_cost: float | None = None
    """USD; 0 for no limit."""


@dataclass(frozen=True, slots=True)
class ForkRequest:
    """A recorded run to fork; it changes from `turn` on, "" for the first edited answer or the start."""

    folder: Path
    turn: str = ""
    changes: ForkChanges = field(default_factory=ForkChanges)
