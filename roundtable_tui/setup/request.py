"""What a person asks for, before anything is looked up: flags of the command line, choices on the screen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class RunRequest:
    """Empty values leave it to the task, the settings, the mode, in this order."""

    question: str = ""
    task: str = ""
    question_number: int = 1
    """Which question of the task, where `question` is empty."""
    mode: str = ""
    team: str = ""
    personas: tuple[str, ...] = ()
    """Instead of a team; with a team named too, beside it."""
    captain: str = ""
    agents: int | None = None
    model: str = ""
    models: Mapping[str, str] = field(default_factory=dict)
    """Persona -> model, for this run: before what the persona's file says."""
    servers: Mapping[str, str] = field(default_factory=dict)
    """Persona -> server, for this run: a name, a base URL, demo or local; with its model in `models`."""
    server: str = ""
    base_url: str = ""
    demo: bool = False
    local: bool = False
    seed: int | None = None
    max_tokens: int | None = None
    budget: int | None = None
    """Tokens that the run may use; 0 for no limit."""
    max_cost: float | None = None
    """USD that it may cost; 0 for no limit."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Options of the mode; text is read as the option's type."""
    limits: Mapping[str, float] = field(default_factory=dict)
    """first_token, idle, turn: seconds."""
    personas_dir: Path | None = None
    folder: Path | None = None
    """Where the record goes, in place of the runs folder."""
    knowledge: tuple[str, ...] = ()
    """Collections of documents to look into, beside the task's own documents."""
    passages: int | None = None
    """How many passages the seats are given; 0 for none."""
    store: str = ""
    """Where collections are kept: a folder or postgresql://...; ROUNDTABLE_STORE stands in for it."""
    embedding_model: str = ""
    """Makes vectors of the task's documents; named collections remember their own."""
    embedding_server: str = ""
    """A server's name or base URL, where the run's own has no such model."""
    record: bool = True
    """False leaves no record at all."""
