"""A turn: one model call by one seat, whole or failed. A failure is a value, never an exception."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

UNNEEDED = "unneeded"
"""The kind of failure of a turn that was ended because the run could do without it."""
MUTED = "muted"
"""The kind of failure of a turn that was not asked, since the person has muted its seat: no fault."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What came of asking a seat. `text` of a failed turn is what had arrived; it is never an answer."""

    id: str
    seat: str
    label: str
    text: str
    ok: bool = True
    reasoning: str = ""
    tool_arguments: str = ""
    finish_reason: str | None = None
    kind: str = ""
    """The kind of failure, "" for none."""
    error: str = ""
    phase: str = ""
    round: int = 0
    usage: Mapping[str, Any] = field(default_factory=dict)
    ttft_s: float | None = None
    elapsed_s: float = 0.0
    attempts: int = 1
    warnings: tuple[str, ...] = ()
    rank: int = 0
    """Order of arrival among all turns of the run, from 1."""

    @property
    def is_truncated(self) -> bool:
        """True when the answer ran into a token limit: it must not win unseen."""
        return self.finish_reason == "length"
