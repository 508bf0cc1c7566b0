"""A turn: one model call by one seat. A failed call is a turn too, never an exception."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from roundtable_tui.llm.finish_reasons import find_former_cut

INTERRUPTED = "interrupted"
"""Kind of failure: the run was stopped while the turn was in flight; a resumed run makes the call again."""
UNNEEDED = "unneeded"
"""Kind of failure: the turn was cancelled because the run no longer needed it."""
MUTED = "muted"
"""Kind of failure: the seat is muted by the user; no request was made, the run is not partial."""


@dataclass(frozen=True, slots=True)
class Turn:
    """The result of asking a seat. The `text` of a failed turn is incomplete and never used as an answer.

    A turn whose answer was cut off has failed, with the kind "cut", unless its reply is a decision: that is
    read as far as it goes.
    """

    id: str
    seat: str
    label: str
    text: str
    ok: bool = True
    reasoning: str = ""
    tool_arguments: str = ""
    finish_reason: str | None = None
    kind: str = ""
    """The kind of failure; "" for none."""
    error: str = ""
    phase: str = ""
    round: int = 0
    usage: Mapping[str, Any] = field(default_factory=dict)
    ttft_s: float | None = None
    elapsed_s: float = 0.0
    attempts: int = 1
    warnings: tuple[str, ...] = ()
    cut: str | None = None
    """What cut the answer off, as in `TurnFinished` and `TurnFailed`."""
    decides: bool = False
    """The reply is a decision, not a statement to other seats."""
    tools_used: tuple[str, ...] = ()
    """Names of the tools that gave it a result, each once."""
    rank: int = 0
    """Order of completion among all turns of the run, from 1."""

    @property
    def is_unfinished(self) -> bool:
        """True if the turn failed because its answer is not whole, and a part of it is there."""
        return not self.ok and bool(self.text.strip()) and bool(self.cut)

    @property
    def is_truncated(self) -> bool:
        """True if the answer was cut off."""
        return bool(find_former_cut(self.finish_reason) if self.cut is None else self.cut)
