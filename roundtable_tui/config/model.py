"""What is remembered between runs: servers, limits, and the last choices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """A server a person has named. The key itself is never kept: only where to find it."""

    name: str
    base_url: str
    """As the client uses it, usually ending in /v1; no slash at the end."""
    api_key_env: str = ""
    """The environment variable that holds the key."""
    api_key_cmd: str = ""
    """The command whose first line is the key (`pass show x`); run without a shell."""
    model: str = ""
    """The model to use here when nobody names one."""
    concurrency: int = 0
    """Calls at once; 0 leaves it to the program."""


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """The clocks of one model call, in seconds."""

    connect: float = 5.0
    first_token: float = 300.0
    idle: float = 120.0
    turn: float = 1800.0


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the settings file may hold; what it does not say has these values."""

    server: str = ""
    """The name of the server to use when none is given."""
    model: str = ""
    mode: str = "debate"
    team: str = ""
    agents: int | None = None
    """How many seats, in modes that let one choose; None leaves it to the mode."""
    budget: int | None = None
    """Tokens that a run may use, prompts and answers; None is no limit."""
    max_cost: float | None = None
    """USD that a run may cost, where prices are known; None is no limit."""
    theme: str = ""
    mouse: bool = True
    animations: bool = True
    discovery: bool = True
    """Look for servers on this machine when the app starts."""
    demo: bool = False
    """Use the built-in demo server."""
    servers: Mapping[str, ServerSettings] = field(default_factory=dict)
    limits: LimitSettings = field(default_factory=LimitSettings)
    keys: Mapping[str, str] = field(default_factory=dict)
    """Action -> keys, in place of the app's own."""
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Mode -> its options, in place of the mode's defaults; checked by the mode."""
    unknown: Mapping[str, Any] = field(default_factory=dict)
    """What the file holds beyond this, kept when it is written (another version's settings)."""
