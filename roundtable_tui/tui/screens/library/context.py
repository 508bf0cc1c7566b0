"""What the library screens need from the app: trials, model selection and known servers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from roundtable_tui.tui.screens.trial.panel import Trial

ServerModel = tuple[str, str]
"""Names of a server and a model as files store them; either may be empty."""


@dataclass(slots=True)
class LibraryContext:
    """What the screens use of the app. An action for which there is None is not offered."""

    trial: Trial | None = None
    pick_model: Callable[[str], Awaitable[ServerModel | None]] | None = None
    """Lets the user pick a model of any known server; the argument is the title of the dialog."""
    use_team: Callable[[str], None] | None = None
    """Selects a team, by name, for the next runs."""
    servers: Sequence[str] = ()
    """Names of the configured servers, for completion."""
