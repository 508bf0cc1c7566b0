"""What the screens of personas and teams need of the sitting: a real call, and the models there are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from roundtable_tui.engine.run import Run
    from roundtable_tui.resources import Persona

DEFAULT_QUESTION = "Who are you, and what do you look at first when somebody is sure of something?"

ServerModel = tuple[str, str]
"""A server's name and a model's, either may be empty: as files have them."""


@dataclass(slots=True)
class LibraryContext:
    """Either may be None: then it is not offered."""

    try_persona: Callable[[Persona, str], Awaitable[Run]] | None = None
    """Makes a run of one answer of a persona to a question, with nothing kept. Raises RoundtableError."""
    pick_model: Callable[[str], Awaitable[ServerModel | None]] | None = None
    """Lets the person pick among the models of all known servers, under a title."""
    use_team: Callable[[str], None] | None = None
    """Seats a team from now on."""
    servers: Sequence[str] = ()
    """Names of the servers of the settings, offered as one types."""
    question: str = DEFAULT_QUESTION
    """What was asked last of a persona that was tried."""
