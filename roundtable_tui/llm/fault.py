"""What went wrong with one attempt."""

from __future__ import annotations

from dataclasses import dataclass

from roundtable_tui.llm.types import FailureKind


@dataclass(frozen=True, slots=True)
class Fault:
    """Why an attempt came to nothing, in words that hold no key, no markup and no control characters."""

    kind: FailureKind
    reason: str
    hint: str = ""
    status: int | None = None
    retry_after: float | None = None
    """Seconds the server asks to wait, where it says so."""
    detail: str = ""
    """The server's own words, longer and raw: read by the program, never shown."""
    param: str = ""
    """The parameter the server names as refused."""
    sent: bool = True
    """False when the request cannot have reached the server."""
