"""What the library screens need from the app: trial calls, model selection and known servers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from roundtable_tui.engine.run import Run
    from roundtable_tui.resources import Persona

DEFAULT_QUESTION = "Who are you, and what do you look at first when you hear a confident claim?"

ServerModel = tuple[str, str]
"""Names of a server and a model as files store them; either may be empty."""


@dataclass(slots=True)
class LibraryContext:
    """Functions of the app that the screens call. An action whose function is None is not offered."""

    try_persona: Callable[[Persona, str], Awaitable[Run]] | None = None
    """Builds a run with one answer of a persona to a question, without a record. Raises RoundtableError."""
    pick_model: Callable[[str], Awaitable[ServerModel | None]] | None = None
    """Lets the user pick a model of any known server; the argument is the title of the dialog."""
    use_team: Callable[[str], None] | None = None
    """Selects a team, by name, for the next runs."""
    servers: Sequence[str] = ()
    """Names of the configured servers, for completion."""
    question: str = DEFAULT_QUESTION
    """The question of the last trial."""
