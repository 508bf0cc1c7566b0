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
    generation: str = ""
    """What the model wrote that the server could not make a tool call of (Groq)."""
    param: str = ""
    """The parameter the server names as refused."""
    final: bool = False
    """Trying again would end the same."""
    out_of_tokens: bool = False
    """The limit of tokens was spent before an answer began."""
